"""What tests play with: people, shops, agents, and orders taken to any point of the road."""

import contextlib
import itertools
import unittest

from brokers import Brokers
from world import Node, World, until
from day.client import Person, Problem
from day.paper import signature_image, strokes
from day.pins import pins

PARTITIONS = 4  # Of the log of a KafkaTest.
PASSWORD = "Correct-horse-7-battery"
NUMBERS = itertools.count(1)
WAIT = 60  # Longer than the lease of an attempt that a killed server left behind.


def fresh_phone(prefix="26097"):
    """A number nobody has, that means nothing special to the sandbox."""
    number = next(NUMBERS)
    return f"+{prefix}{number // 400:04d}{200 + number % 400}"


def fresh_tpin(first="1"):
    """A TPIN nobody has; beginning with 9 no taxpayer has it."""
    return f"{first}{next(NUMBERS):09d}"


class Shop:
    """An approved shop with its owner."""

    def __init__(self, shop_id, owner, form):
        self.id, self.owner, self.form = shop_id, owner, form


class Agent:
    """An approved, available agent."""

    def __init__(self, agent_id, person):
        self.id, self.person = agent_id, person


class Stage:
    """Makes things in a world and moves orders along. Tests mix these steps as they need."""

    def __init__(self, world):
        self.world, self.api, self.sandbox = world, world.api, world.sandbox
        self.admin, self.finance = world.admin, world.finance

    def person(self, name="Mutale Phiri", phone=None, api=None):
        """A registered, logged-in customer; `phone`, `name` and `id` are on it."""
        number = next(NUMBERS)
        phone = phone or fresh_phone()
        email = f"person{number}@people.example"
        made = self.api.post("/auth/register", {"email": email, "phone": phone,
                                                "password": PASSWORD, "name": name})
        person = Person(api or self.api, email, PASSWORD).login()
        person.phone, person.name, person.id = phone, name, made["userId"]
        return person

    def shop_form(self, **changes):
        """What `POST /shops` takes."""
        phone = fresh_phone()
        form = {"name": f"Shop {next(NUMBERS)}", "sellerKind": "MERCHANT", "tpin": fresh_tpin(),
                "address": "Stand 7, Cairo Road, Lusaka", "phone": phone,
                "payoutMethod": {"type": "MOBILE_MONEY", "provider": "AIRTEL_OAPI_ZMB",
                                 "phone": phone}}
        return {**form, **changes}

    def shop(self, owner=None, **changes):
        """An ACTIVE shop."""
        owner, form = owner or self.person("Chipo Tembo"), self.shop_form(**changes)
        shop_id = owner.post("/shops", form)["shopId"]
        self.admin.patch(f"/admin/shops/{shop_id}/approve")
        until(lambda: "SHOP_OWNER" in owner.get("/auth/me")["roles"], WAIT, "role SHOP_OWNER")
        return Shop(shop_id, owner, form)

    def product_form(self, shop, **changes):
        """What `POST /products` takes."""
        form = {"shopId": shop.id, "name": f"Solar lamp {next(NUMBERS)}", "price": "100.00",
                "description": "Shines all night.", "stock": 100, "categories": ["lamps"],
                "zraItemCode": "ELC-001"}
        return {**form, **changes}

    def product(self, shop, **changes):
        """The id of a product on that shop's shelf."""
        return shop.owner.post("/products", self.product_form(shop, **changes))["productId"]

    def application(self, person, **changes):
        """What `POST /delivery/apply` takes of an individual."""
        form = {"type": "INDIVIDUAL", "fullName": person.name, "nrc": "123456/10/1",
                "phone": person.phone, "vehicle": {"type": "MOTORBIKE", "registration": "BAA 1"}}
        return {**form, **changes}

    def agent(self):
        """An ACTIVE, available agent."""
        person = self.person("Kelvin Zulu")
        agent_id = person.post("/delivery/apply", self.application(person))["agentId"]
        self.admin.patch(f"/delivery/admin/agents/{agent_id}/approve")
        until(lambda: "DELIVERY_AGENT" in person.get("/auth/me")["roles"], WAIT, "role of agent")
        person.patch("/delivery/agent/availability", {"available": True})
        return Agent(agent_id, person)

    def address(self, phone="+260977123456"):
        """A delivery address."""
        return {"firstName": "Natasha", "lastName": "Mwanza", "line1": "Plot 456, Great East Road",
                "city": "Lusaka", "province": "Lusaka", "phone": phone,
                "location": {"lat": -15.3875, "lng": 28.3228}}

    def order_form(self, *lines):
        """What `POST /orders` takes; lines are product ids or (product id, quantity)."""
        pairs = [line if isinstance(line, tuple) else (line, 1) for line in lines]
        return {"items": [{"productId": product, "quantity": quantity}
                          for product, quantity in pairs], "deliveryAddress": self.address()}

    def order(self, buyer, *lines):
        """A PENDING order."""
        return buyer.post("/orders", self.order_form(*lines))

    def initiate(self, buyer, order, phone=None, method="AIRTEL_MONEY"):
        """A started mobile-money payment."""
        form = {"orderId": order["id"], "method": method}
        return buyer.post("/payments/initiate", {**form, "phone": phone} if phone else form)

    def payment_ends(self, buyer, order, *states):
        """Waits until the attempt has one of the states; returns the payment status document."""
        def ended():
            status = buyer.get(f"/payments/status/{order['id']}")
            return status if status["status"] in states else None

        return until(ended, WAIT, f"payment {states} of {order['id']}")

    def paid(self, buyer, *lines):
        """A CONFIRMED order."""
        order = self.order(buyer, *lines)
        self.initiate(buyer, order)
        self.payment_ends(buyer, order, "CAPTURED")
        return self.reaches(buyer, order, "CONFIRMED")

    def reaches(self, person, order, *states):
        """Waits until the order has one of the states; returns it."""
        def there():
            now = person.get(f"/orders/{order['id']}")
            return now if now["status"] in states else None

        return until(there, WAIT, f"order {order['id']} {states}")

    def made_ready(self, order, *shops):
        """Each shop accepts its part and has it ready."""
        for shop in shops:
            shop.owner.patch(f"/orders/{order['id']}/accept", {})
            shop.owner.patch(f"/orders/{order['id']}/ready", {})

    def assigned(self, order, agent):
        """The admin gives the order to the agent."""
        self.admin.post("/delivery/admin/assign", {"orderId": order["id"], "agentId": agent.id})

    def on_the_way(self, buyer, order, agent, *shops):
        """A CONFIRMED order becomes OUT_FOR_DELIVERY, but not before its first PIN was sent."""
        self.pin(buyer, 1)
        self.made_ready(order, *shops)
        self.assigned(order, agent)
        agent.person.post("/delivery/agent/pickup", {"orderId": order["id"]})
        return self.reaches(buyer, order, "OUT_FOR_DELIVERY")

    def pin(self, buyer, number=2):
        """The PIN of the buyer's `number`-th PIN message; the second is that of the pickup."""
        def arrived():
            sent = pins(self.sandbox, buyer.phone)
            return len(sent) >= number and sent[number - 1]

        return until(arrived, WAIT, f"PIN message {number} to {buyer.phone}")

    def confirm(self, agent, order, pin, **options):
        """The agent enters a PIN."""
        return agent.person.post("/delivery/agent/confirm",
                                 {"orderId": order["id"], "pin": pin}, **options)

    def capture_form(self, order, **changes):
        """What the capture of a signature takes."""
        form = {"signatureImage": signature_image(order["id"]), "strokes": strokes(),
                "signatoryName": "Natasha Mwanza"}
        return {**form, **changes}

    def capture(self, agent, order, signature_id, **changes):
        """The signature; the order is DELIVERED."""
        return agent.person.post(f"/delivery/signature/{signature_id}/capture",
                                 self.capture_form(order, **changes))

    def delivered(self, buyer, agent, shop, *lines):
        """A DELIVERED order of one shop: (order, proof)."""
        order = self.paid(buyer, *lines)
        self.on_the_way(buyer, order, agent, shop)
        asked = self.confirm(agent, order, self.pin(buyer))
        proof = self.capture(agent, order, asked["signatureId"])
        return self.reaches(buyer, order, "DELIVERED"), proof

    def invoices(self, order, *states):
        """Waits until every invoice of the order has one of the states; returns them in full."""
        def there():
            mine = [row for row in self.finance.all("/admin/zra/transmissions")
                    if row["orderId"] == order["id"]]
            return mine if mine and all(r["transmissionStatus"] in states for r in mine) else None

        rows = until(there, WAIT, f"invoices of {order['id']} {states}")
        return [self.finance.get(f"/admin/zra/transmissions/{row['id']}") for row in rows]

    def invoicing(self, enabled):
        """The master switch of tax invoices."""
        self.admin.put("/admin/config/zra_invoicing_enabled",
                       {"value": "true" if enabled else "false"})


class ServiceTest(unittest.TestCase):
    """A test against one world a file: `world` and `stage` are there, `refused` reads problems."""

    world: World
    stage: Stage
    settings: dict = {}

    @classmethod
    def setUpClass(cls):
        cls.world = shared_world(cls.settings)
        cls.stage = Stage(cls.world)
        cls.set_the_stage()

    @classmethod
    def set_the_stage(cls):
        """What all tests of a class may use; to be overridden."""

    @contextlib.contextmanager
    def refused(self, status, code, **fields):
        """The calls inside must end in a problem of that status and code; it is yielded."""
        class Caught:
            """The problem, once it happened."""
            problem: Problem

        with self.assertRaises(Problem) as raised:
            yield Caught
        problem = Caught.problem = raised.exception
        self.assertEqual((problem.status, problem.code), (status, code), str(problem))
        self.assertEqual(problem.headers.get_content_type(), "application/problem+json")
        for name in ("type", "title", "status", "detail", "instance", "code"):
            self.assertIn(name, problem.document)
        for name, value in fields.items():
            self.assertEqual(problem.document.get(name), value, str(problem))
        if status == 422:
            self.assertTrue(problem.document["errors"], str(problem))

    def assert_pointer(self, problem, pointer):
        """A validation problem names the field."""
        pointers = [error["pointer"] for error in problem.document["errors"]]
        self.assertIn(pointer, [found.removeprefix("#") for found in pointers])


class KafkaTest(unittest.TestCase):
    """A small shop on a broker of its own, for all tests of a class, and a product in it."""

    LOG_ON_KAFKA = True  # False: the log is on the shop's own machine, beside the broker.

    @classmethod
    def setUpClass(cls):
        cls.brokers = Brokers.start(1)
        cls.addClassCleanup(cls.brokers.stop)
        cls.kafka = f"kafka://{cls.brokers.bootstrap}"
        log = {"PAKASHOP_LOG": cls.kafka} if cls.LOG_ON_KAFKA else {}
        cls.world = World.start(PAKASHOP_ALLOW_WEAK_TOPIC="on",
                                PAKASHOP_PARTITIONS=str(PARTITIONS), **log)
        cls.addClassCleanup(cls.world.stop)
        cls.stage = Stage(cls.world)
        cls.shop = cls.stage.shop()
        cls.product = cls.stage.product(cls.shop, stock=100_000)

    def node(self, name, *arguments, **settings):
        """Another node of the shop, which ends with the test."""
        node = Node(self.world, name, *arguments, **settings)
        self.addCleanup(node.end)
        return node


_WORLDS = {}


def shared_world(settings):
    """One running world for each set of settings, until the test file ends."""
    name = tuple(sorted(settings.items()))
    if name not in _WORLDS:
        world = _WORLDS[name] = World.start(**settings)
        unittest.addModuleCleanup(_WORLDS.pop, name)
        unittest.addModuleCleanup(world.stop)
    return _WORLDS[name]
