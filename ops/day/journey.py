"""One order's way from the basket to the door, driven by the status the API shows.

Each step looks where the order stands and does the next thing with an Idempotency-Key made from the
order's id. So an order left half-way by a crash, on either side, is simply taken further.
"""

import random

from .paper import signature_hash, signature_image, strokes
from .pins import pins
from .waiting import until

ENDED = ("DELIVERED", "CANCELLED", "REFUNDED")
UNDER_WAY = ("PENDING", "CONFIRMED", "PROCESSING", "SHIPPED", "OUT_FOR_DELIVERY")
CANCELLED_SHARE, FAILED_SHARE = 0.05, 0.08
PATIENCE = 60


class Market:
    """Everybody an order meets, to be looked up by id."""

    def __init__(self, admin, finance, sandbox, shops, agents):
        self.admin, self.finance, self.sandbox = admin, finance, sandbox
        self.shops = {shop.id: shop for shop in shops}
        self.agents = {agent.id: agent for agent in agents}


class Journey:
    """An order of one buyer and what happens to it."""

    def __init__(self, market, buyer, character, order_id, progress):
        self.market, self.buyer, self.character = market, buyer, character
        self.id, self.progress = order_id, progress
        self.dice = random.Random(order_id)
        self.pins_before = None
        self.position = buyer.position

    @classmethod
    def begin(cls, market, buyer, character, number, progress):
        """Places this buyer's order of that number: one to three shops, some of it wholesale."""
        dice = random.Random(f"{character.email}/{number}")
        before = len(pins(market.sandbox, character.phone))
        order = buyer.post("/orders", {"items": basket(dice, list(market.shops.values())),
                                       "deliveryAddress": character.address()},
                           key=f"day-order-{character.email}-{number}")
        progress.add("orders")
        journey = cls(market, buyer, character, order["id"], progress)
        journey.pins_before = before
        return journey

    def finish(self):
        """Takes the order to an end; returns its last status."""
        steps = {"PENDING": self.pay_or_cancel, "CONFIRMED": self.prepare,
                 "PROCESSING": self.prepare, "SHIPPED": self.pick_up,
                 "OUT_FOR_DELIVERY": self.hand_over}
        while (order := self.look())["status"] not in ENDED:
            steps[order["status"]](order)
        self.progress.add(order["status"].lower())
        return order["status"]

    def look(self):
        """The order as its buyer sees it, never older than the last step."""
        return self.buyer.get(f"/orders/{self.id}", position=self.position)

    def act(self, person, verb, path, body=None, step=""):
        """One step of somebody; its position is where the next look starts."""
        reply = person.call(verb, path, body, key=f"day-{self.id}-{step or path[-40:]}")
        self.position = reply.position or self.position
        return reply.json

    def pay_or_cancel(self, order):
        """Most pay; some change their mind before, some try a phone whose payment fails first."""
        fate = self.dice.random()
        if fate < CANCELLED_SHARE and order["paymentStatus"] == "PENDING":
            self.act(self.buyer, "PATCH", f"/orders/{self.id}/cancel",
                     {"reason": "Changed my mind"}, "cancel")
            return
        if fate < CANCELLED_SHARE + FAILED_SHARE and order["paymentStatus"] == "PENDING":
            if self.pay(self.character.failing_phone, "pay-fails") == "FAILED":
                self.progress.add("failed payments")
        if self.pay(self.character.phone, "pay") != "CAPTURED":
            raise RuntimeError(f"order {self.id}: the payment did not go through")
        self.progress.add("paid")

    def pay(self, phone, step):
        """One attempt, from the push on the phone to its end; returns that end."""
        form = {"orderId": self.id, "method": self.character.method, "phone": phone}
        started = self.act(self.buyer, "POST", "/payments/initiate", form, step)

        def ended():
            reply = self.buyer.call("GET", f"/payments/status/{self.id}", position=self.position)
            status, self.position = reply.json, reply.position or self.position
            over = status["status"] in ("CAPTURED", "FAILED", "EXPIRED")
            same = status["transactionId"] == started["transactionId"]
            return status["status"] if over and same else None

        return until(ended, PATIENCE, f"payment of {self.id}", pause=0.2)

    def prepare(self, order):
        """Every shop takes its part one step on; sometimes the admin assigns an agent early."""
        if self.dice.random() < 0.5 and not agent_of(order):
            self.assign()
        for part in order["fulfilments"]:
            shop = self.market.shops[part["shopId"]]
            if part["status"] == "CONFIRMED":
                self.act(shop.owner, "PATCH", f"/orders/{self.id}/accept", {}, f"accept-{shop.id}")
            if part["status"] in ("CONFIRMED", "PROCESSING"):
                self.act(shop.owner, "PATCH", f"/orders/{self.id}/ready", {}, f"ready-{shop.id}")

    def assign(self):
        """The admin chooses an agent."""
        agent = self.dice.choice(sorted(self.market.agents))
        self.act(self.market.admin, "POST", "/delivery/admin/assign",
                 {"orderId": self.id, "agentId": agent}, "assign")

    def pick_up(self, order):
        """The assigned agent, or one who claims it now, collects, all at once or shop by shop."""
        self.pins_arrived(1)
        agent_id = agent_of(order)
        if agent_id is None:
            agent_id = self.dice.choice(sorted(self.market.agents))
            self.act(self.market.agents[agent_id].person, "POST", "/delivery/agent/claim",
                     {"orderId": self.id}, "claim")
        agent = self.market.agents[agent_id].person
        if self.dice.random() < 0.5:
            self.act(agent, "POST", "/delivery/agent/pickup", {"orderId": self.id}, "pickup")
            return
        for part in order["fulfilments"]:
            if part["status"] == "SHIPPED":
                self.act(agent, "POST", "/delivery/agent/pickup",
                         {"orderId": self.id, "shopId": part["shopId"]}, f"pickup-{part['shopId']}")

    def hand_over(self, order):
        """At the door: the PIN, then the signature."""
        agent = self.market.agents[agent_of(order)].person
        asked = self.act(agent, "POST", "/delivery/agent/confirm",
                         {"orderId": self.id, "pin": self.newest_pin()}, "confirm")
        image, signatory = signature_image(self.id), f"{self.character.name} Senior"
        proof = self.act(agent, "POST", f"/delivery/signature/{asked['signatureId']}/capture",
                         {"signatureImage": image, "strokes": strokes(), "signatoryName": signatory,
                          "location": {"lat": -15.4166, "lng": 28.2834}}, "capture")
        expected = signature_hash(self.id, image, signatory, proof["capturedAt"])
        if proof["signatureHash"] != expected:
            raise RuntimeError(f"order {self.id}: the signature hash is not that of its parts")

    def newest_pin(self):
        """The PIN of the pickup: the second one of this order."""
        return self.pins_arrived(2)[-1]

    def pins_arrived(self, count):
        """The buyer's PINs, once so many of this order are among them, if they were counted.

        People are slower than messages. Goods collected before the first PIN was sent would leave
        it unsent, since the second replaces it.
        """
        enough = 1 if self.pins_before is None else self.pins_before + count

        def arrived():
            sent = pins(self.market.sandbox, self.character.phone)
            return len(sent) >= enough and sent

        return until(arrived, PATIENCE, f"PIN {count} of {self.id}", pause=0.2)


def basket(dice, shops):
    """One to three shops, one or two products of each; every fourth line is a wholesale one."""
    items = []
    for shop in dice.sample(shops, dice.choice((1, 1, 2, 3))):
        for product in dice.sample(shop.products, dice.choice((1, 1, 2))):
            quantity = dice.choice((10, 25, 60)) if dice.random() < 0.25 else dice.randint(1, 5)
            items.append({"productId": product["id"], "quantity": quantity})
    return items


def agent_of(order):
    """The agent of an order's delivery, or None."""
    return next((d["agentId"] for d in order["deliveries"] if d.get("agentId")), None)
