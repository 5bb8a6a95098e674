"""The past: an order's events, states as of a time, the books then, the command line's view."""

import json
import time
import unittest
from datetime import datetime, timezone

from stage import ServiceTest
from world import until


def instant(world):
    """Now, as the server sees it, with a moment's distance to what happens next."""
    time.sleep(0.05)
    at = datetime.fromtimestamp(world.api.now(), timezone.utc)
    time.sleep(0.05)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Events(ServiceTest):
    """GET /orders/:id/events and `pakashop explain`."""

    @classmethod
    def set_the_stage(cls):
        cls.shop, cls.agent, cls.buyer = cls.stage.shop(), cls.stage.agent(), cls.stage.person()
        product = cls.stage.product(cls.shop)
        cls.order, _ = cls.stage.delivered(cls.buyer, cls.agent, cls.shop, product)

    def events(self, person):
        """All events of the order."""
        return person.all(f"/orders/{self.order['id']}/events")

    def test_an_order_tells_its_whole_life(self):
        events = self.events(self.stage.admin)
        types = [event["type"] for event in events]
        self.assertTrue(types[0].startswith("order.placed"), types)
        self.assertIn("payment.captured.v1", types)
        for event in events:
            self.assertRegex(event["type"], r"^[a-z_]+\.[a-z_]+\.v\d+$")
            self.assertRegex(event["hash"], "^[0-9a-f]{64}$")
            self.assertTrue(event["id"].startswith("evt_"))
            self.assertLessEqual({"stream", "version", "position", "at", "actor", "commandId",
                                  "data"}, set(event))
        self.assertEqual(len({event["id"] for event in events}), len(events))
        times = [event["at"] for event in events]
        self.assertEqual(times, sorted(times))

    def test_versions_of_each_stream_are_dense(self):
        streams = {}
        for event in self.events(self.stage.admin):
            streams.setdefault(event["stream"], []).append(event["version"])
        for stream, versions in streams.items():
            first = versions[0]
            self.assertEqual(versions, list(range(first, first + len(versions))), stream)

    def test_actors_are_named_and_the_system_is_the_system(self):
        events = {event["type"]: event for event in self.events(self.stage.admin)}
        placed = next(event for name, event in events.items() if name.startswith("order.placed"))
        self.assertEqual(placed["actor"]["id"], self.buyer.id)
        self.assertEqual(events["payment.captured.v1"]["actor"]["role"], "SYSTEM")

    def test_the_buyer_sees_their_events_without_private_fields(self):
        mine, all_of_them = self.events(self.buyer), self.events(self.stage.admin)
        self.assertTrue(mine)
        self.assertLess(len(str(mine)), len(str(all_of_them)))
        self.assertNotIn("vendorAmount", str(mine))
        with self.refused(404, "not_found"):
            self.events(self.stage.person())
        with self.assertRaises(Exception) as raised:
            self.events(self.shop.owner)
        self.assertIn(raised.exception.status, (403, 404))

    def test_no_pin_is_in_any_event(self):
        pin = self.stage.pin(self.buyer)
        done = self.world.pakashop("log", "show")
        self.assertNotIn(f'"{pin}"', done.stdout)

    def test_the_command_line_explains_an_order(self):
        done = self.world.pakashop("explain", self.order["id"])
        for word in ("order.placed", "payment.captured", self.order["id"]):
            self.assertIn(word, done.stdout)

    def test_the_buyer_reads_no_shares_and_only_the_own_name(self):
        events = self.events(self.buyer)
        self.assertEqual([event["id"] for event in events],
                         [event["id"] for event in self.events(self.stage.admin)])
        told = json.dumps(events)
        for name in ("vendorAmount", "platformFee", "commission"):
            self.assertNotIn(f'"{name}"', told)
        self.assertIn('"lineTotal"', told)
        for event in events:
            actor = event["actor"]
            shown = actor["id"] == self.buyer.id or actor["role"] == "SYSTEM"
            self.assertEqual(bool(actor["id"]), shown, actor)
        self.assertEqual(events[0]["actor"], {"id": self.buyer.id, "role": "CUSTOMER"})

    def test_pages_of_events(self):
        path = f"/orders/{self.order['id']}/events"
        first = self.stage.admin.get(path, {"limit": "3"})
        self.assertEqual(len(first["data"]), 3)
        self.assertTrue(first["nextCursor"])


class AsOf(ServiceTest):
    """?asOf= on orders, shop accounts, books, products."""

    @classmethod
    def set_the_stage(cls):
        cls.shop, cls.buyer = cls.stage.shop(), cls.stage.person()

    def test_an_order_as_it_was(self):
        product = self.stage.product(self.shop)
        order = self.stage.order(self.buyer, product)
        before = instant(self.world)
        self.stage.initiate(self.buyer, order)
        self.stage.payment_ends(self.buyer, order, "CAPTURED")
        paid = instant(self.world)
        self.shop.owner.patch(f"/orders/{order['id']}/accept", {})

        def at(moment):
            seen = self.buyer.get(f"/orders/{order['id']}", {"asOf": moment})
            return seen["status"], seen["paymentStatus"]

        self.assertEqual(at(before), ("PENDING", "PENDING"))
        self.assertEqual(at(paid), ("CONFIRMED", "PAID"))
        self.assertEqual(at(instant(self.world)), ("PROCESSING", "PAID"))

    def test_an_order_before_it_was_placed_is_not_there(self):
        before = instant(self.world)
        order = self.stage.order(self.buyer, self.stage.product(self.shop))
        with self.refused(404, "not_found"):
            self.buyer.get(f"/orders/{order['id']}", {"asOf": before})

    def test_a_product_as_it_was(self):
        product = self.stage.product(self.shop, stock=9)
        before = instant(self.world)
        self.shop.owner.patch(f"/products/{product}", {"price": "7.00"})
        self.shop.owner.post(f"/products/{product}/stock", {"delta": 1, "reason": "Found"})
        then = self.shop.owner.get(f"/products/{product}", {"asOf": before})
        self.assertEqual((then["price"], then["available"]), ("100.00", 9))
        now = self.shop.owner.get(f"/products/{product}")
        self.assertEqual((now["price"], now["available"]), ("7.00", 10))

    def test_an_account_and_the_books_as_they_were(self):
        shop, buyer = self.stage.shop(), self.stage.person()
        product = self.stage.product(shop)
        path = f"/shops/{shop.id}/account"
        before, books = instant(self.world), self.stage.finance.get("/admin/books")
        self.stage.paid(buyer, product)
        until(lambda: shop.owner.get(path)["held"] == "95.00", 10, "held")
        self.assertEqual(shop.owner.get(path, {"asOf": before})["held"], "0.00")
        for part in ("/lines", "/payouts"):
            with self.refused(422, "validation_failed"):
                shop.owner.get(path + part, {"asOf": before})
        then = self.stage.finance.get("/admin/books", {"asOf": before})
        self.assertEqual((then["captured"], then["held"], then["difference"]),
                         (books["captured"], books["held"], "0.00"))

    def test_a_time_that_is_none(self):
        for moment in ("yesterday", "2026-13-01T00:00:00Z", "2026-01-01"):
            with self.refused(422, "validation_failed"):
                self.stage.finance.get("/admin/books", {"asOf": moment})


if __name__ == "__main__":
    unittest.main()
