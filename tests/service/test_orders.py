"""Orders: placing over several shops, stock, tiers, cancelling, expiry, who sees what."""

import json
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from stage import ServiceTest
from world import until
from day.client import Problem


class Placing(ServiceTest):
    """POST /orders."""

    @classmethod
    def set_the_stage(cls):
        cls.shop, cls.other = cls.stage.shop(), cls.stage.shop()
        cls.buyer = cls.stage.person()

    def available(self, product):
        """What is left of a product."""
        return self.shop.owner.get(f"/products/{product}")["available"]

    def test_an_order_is_pending_held_and_priced_by_its_products(self):
        product = self.stage.product(self.shop, price="5000.00")
        reply = self.buyer.call("POST", "/orders", self.stage.order_form((product, 2)))
        order = reply.json
        self.assertEqual(reply.status, 201)
        self.assertTrue(reply.position)
        self.assertTrue(order["id"].startswith("ord_"))
        self.assertEqual((order["status"], order["paymentStatus"], order["reservation"],
                          order["currency"]), ("PENDING", "PENDING", "HELD", "ZMW"))
        item = order["items"][0]
        self.assertTrue(item["id"].startswith("itm_"))
        self.assertEqual((item["productId"], item["shopId"], item["quantity"], item["unitPrice"],
                          item["lineTotal"]), (product, self.shop.id, 2, "5000.00", "10000.00"))
        self.assertEqual(order["totals"], {**order["totals"], "items": "10000.00", "vat": "1379.31",
                                           "deliveryFee": "0.00", "discount": "0.00",
                                           "total": "10000.00"})
        self.assertEqual(order["fulfilments"][0]["shopId"], self.shop.id)
        self.assertEqual(order["deliveryAddress"]["firstName"], "Natasha")
        self.assertEqual(self.buyer.get(f"/orders/{order['id']}")["totals"], order["totals"])

    def test_one_order_spans_shops(self):
        products = self.stage.product(self.shop), self.stage.product(self.other, price="50.00")
        order = self.stage.order(self.buyer, *products)
        self.assertEqual({part["shopId"] for part in order["fulfilments"]},
                         {self.shop.id, self.other.id})
        self.assertEqual(order["totals"]["total"], "150.00")

    def test_a_later_price_does_not_change_a_placed_order(self):
        product = self.stage.product(self.shop)
        order = self.stage.order(self.buyer, product)
        self.shop.owner.patch(f"/products/{product}", {"price": "250.00"})
        seen = self.buyer.get(f"/orders/{order['id']}")
        self.assertEqual(seen["items"][0]["unitPrice"], "100.00")

    def test_a_wholesale_quantity_gets_its_tier(self):
        tiers = [{"minQuantity": 10, "price": "90.00"}, {"minQuantity": 50, "price": "80.00"}]
        product = self.stage.product(self.shop, wholesaleTiers=tiers, stock=1000)
        for quantity, price in ((9, "100.00"), (10, "90.00"), (49, "90.00"), (50, "80.00")):
            item = self.stage.order(self.buyer, (product, quantity))["items"][0]
            self.assertEqual(item["unitPrice"], price, f"{quantity} pieces")
            if quantity >= 10:
                self.assertEqual(item["tier"]["price"], price)

    def test_too_much_is_out_of_stock_and_nothing_stays_behind(self):
        scarce, plenty = self.stage.product(self.shop, stock=2), self.stage.product(self.other)
        buyer = self.stage.person()
        with self.refused(409, "out_of_stock") as caught:
            self.stage.order(buyer, (plenty, 3), (scarce, 3))
        self.assertEqual(caught.problem.document["items"],
                         [{"productId": scarce, "available": 2}])
        self.assertEqual(buyer.all("/orders"), [])
        self.assertEqual((self.available(plenty), self.available(scarce)), (100, 2))

    def test_lines_of_one_product_are_one_hold(self):
        product = self.stage.product(self.shop, stock=5)
        with self.refused(409, "out_of_stock"):
            self.stage.order(self.buyer, (product, 3), (product, 3))
        order = self.stage.order(self.buyer, (product, 2), (product, 3))
        self.assertEqual(sum(item["quantity"] for item in order["items"]), 5)
        self.assertEqual(self.available(product), 0)

    def test_the_last_piece_is_sold_once(self):
        product = self.stage.product(self.shop, stock=1)
        buyers = [self.stage.person() for _ in range(6)]

        def buy(buyer):
            try:
                return self.stage.order(buyer, product)["id"]
            except Problem as problem:
                return problem.code

        with ThreadPoolExecutor(6) as pool:
            ends = sorted(pool.map(buy, buyers))
        self.assertEqual(sum(end.startswith("ord_") for end in ends), 1, ends)
        self.assertEqual(ends.count("out_of_stock"), 5, ends)

    def test_an_unknown_product_is_unavailable_and_named_alone(self):
        scarce, plenty = self.stage.product(self.shop, stock=1), self.stage.product(self.shop)
        for unknown in ("prd_nothing", "01HX-Of-Elsewhere"):
            with self.refused(422, "product_unavailable") as caught:
                self.stage.order(self.buyer, (scarce, 2), unknown, plenty)
            self.assertEqual(caught.problem.document["items"], [{"productId": unknown}])
            self.assert_pointer(caught.problem, "/items")
        self.assertEqual(self.available(plenty), 100)

    def test_bad_lines_are_named(self):
        product = self.stage.product(self.shop)
        for quantity in (0, -1, 1.5, "2", 2 ** 63, None):
            with self.subTest(quantity=quantity):
                with self.refused(422, "validation_failed") as caught:
                    self.stage.order(self.buyer, (product, quantity))
                self.assert_pointer(caught.problem, "/items/0/quantity")
        with self.refused(422, "validation_failed") as caught:
            self.buyer.post("/orders", {**self.stage.order_form(), "items": []})
        self.assert_pointer(caught.problem, "/items")

    def test_an_order_needs_a_key_and_a_token(self):
        form = self.stage.order_form(self.stage.product(self.shop))
        with self.refused(400, "idempotency_key_required"):
            self.buyer.post("/orders", form, key=None)
        with self.refused(401, "token_invalid"):
            self.stage.api.post("/orders", form)


class Seeing(ServiceTest):
    """Who sees which part of an order."""

    @classmethod
    def set_the_stage(cls):
        cls.shop, cls.other = cls.stage.shop(), cls.stage.shop()
        cls.buyer = cls.stage.person()
        cls.products = cls.stage.product(cls.shop), cls.stage.product(cls.other, price="40.00")
        cls.order = cls.stage.paid(cls.buyer, *cls.products)

    def test_the_buyer_sees_everything_but_the_shops_shares(self):
        seen = self.buyer.get(f"/orders/{self.order['id']}")
        self.assertEqual(len(seen["items"]), 2)
        for item in seen["items"]:
            self.assertNotIn("vendorAmount", item)
            self.assertNotIn("platformFee", item)
        self.assertEqual(seen["statusLabel"], "Confirmed")

    def test_a_shop_sees_its_own_items_with_their_shares(self):
        seen = self.other.owner.get(f"/orders/{self.order['id']}")
        self.assertEqual([item["shopId"] for item in seen["items"]], [self.other.id])
        item = seen["items"][0]
        self.assertEqual((item["vendorAmount"], item["platformFee"], item["settlementStatus"]),
                         ("38.00", "2.00", "HELD"))

    def test_a_shop_learns_nothing_of_the_other(self):
        seen = self.other.owner.get(f"/orders/{self.order['id']}")
        self.assertEqual([row["shopIds"] for row in seen["deliveries"]], [[self.other.id]])
        self.assertEqual([row["shopId"] for row in seen["fulfilments"]], [self.other.id])
        self.assertEqual(seen["totals"]["total"], "40.00")
        self.assertNotIn(self.shop.id, json.dumps(seen))

    def test_support_sees_all_items_and_no_shares(self):
        support = self.world.make_staff("SUPPORT_AGENT", "helper@staff.example", "+260970000303")
        seen = support.get(f"/orders/{self.order['id']}")
        self.assertEqual(len(seen["items"]), 2)
        for item in seen["items"]:
            self.assertNotIn("platformFee", item)
        with self.refused(404, "not_found"):
            support.post(f"/orders/{self.order['id']}/pin", {})

    def test_finance_and_admin_see_all_shares(self):
        for person in (self.stage.admin, self.stage.finance):
            seen = person.get(f"/orders/{self.order['id']}")
            self.assertEqual(sorted(item["platformFee"] for item in seen["items"]),
                             ["2.00", "5.00"])

    def test_everybody_else_finds_nothing(self):
        strangers = self.stage.person(), self.stage.shop().owner, self.stage.agent().person
        for stranger in strangers:
            with self.refused(404, "not_found"):
                stranger.get(f"/orders/{self.order['id']}")
            self.assertEqual(stranger.all("/orders"), [])

    def test_lists_filter_and_page(self):
        buyer = self.stage.person()
        orders = [self.stage.order(buyer, self.products[0]) for _ in range(3)]
        buyer.patch(f"/orders/{orders[0]['id']}/cancel", {"reason": "No"})
        ids = {order["id"] for order in orders}
        self.assertEqual({row["id"] for row in buyer.all("/orders")}, ids)
        pending = buyer.all("/orders", {"status": "PENDING"})
        self.assertEqual({row["id"] for row in pending}, ids - {orders[0]["id"]})
        page = buyer.get("/orders", {"limit": "2"})
        self.assertEqual(len(page["data"]), 2)
        rest = buyer.get("/orders", {"limit": "2", "cursor": page["nextCursor"]})
        self.assertEqual({row["id"] for row in page["data"] + rest["data"]}, ids)
        own = self.shop.owner.all("/orders", {"shopId": self.shop.id})
        self.assertTrue(ids <= {row["id"] for row in own})
        self.assertEqual(buyer.all("/orders", {"to": "2020-01-01T00:00:00.000Z"}), [])
        self.assertEqual(len(buyer.all("/orders", {"from": "2020-01-01T00:00:00.000Z"})), 3)

    def test_an_owner_lists_what_was_bought_and_what_was_sold(self):
        shop, buyer = self.stage.shop(), self.stage.person()
        second = self.stage.shop(owner=shop.owner)
        products = self.stage.product(shop), self.stage.product(second)
        made = sorted([self.stage.order(buyer, *products)["id"],
                       self.stage.order(shop.owner, self.products[0])["id"],
                       self.stage.order(buyer, products[1])["id"]])
        past = {"from": "2020-01-01T00:00:00.000Z"}
        for wish in ({}, {"status": "PENDING"}, past):
            with self.subTest(wish):
                page = shop.owner.get("/orders", {**wish, "limit": "2"})
                rest = shop.owner.get("/orders", {**wish, "limit": "2",
                                                  "cursor": page["nextCursor"]})
                rows = page["data"] + rest["data"]
                self.assertEqual(sorted(row["id"] for row in rows), made)
        self.assertEqual(shop.owner.all("/orders", {"status": "CONFIRMED"}), [])
        self.assertEqual(len(shop.owner.all("/orders", {"shopId": shop.id})), 1)


class Steps(ServiceTest):
    """Accept, ready, cancel, expire: who may, and from where."""

    @classmethod
    def set_the_stage(cls):
        cls.shop, cls.buyer = cls.stage.shop(), cls.stage.person()
        cls.product = cls.stage.product(cls.shop, stock=1000)

    def test_a_shop_accepts_and_makes_ready(self):
        order = self.stage.paid(self.buyer, self.product)
        path = f"/orders/{order['id']}"
        self.assertEqual(self.shop.owner.patch(f"{path}/accept", {})["status"], "PROCESSING")
        ready = self.shop.owner.patch(f"{path}/ready", {})
        self.assertEqual((ready["status"], ready["statusLabel"]), ("SHIPPED", "Ready for Pickup"))

    def test_an_order_is_as_far_as_its_slowest_shop(self):
        other = self.stage.shop()
        order = self.stage.paid(self.buyer, self.product, self.stage.product(other))
        path = f"/orders/{order['id']}"
        self.shop.owner.patch(f"{path}/accept", {})
        self.assertEqual(self.buyer.get(path)["status"], "CONFIRMED")
        other.owner.patch(f"{path}/accept", {})
        self.shop.owner.patch(f"{path}/ready", {})
        seen = self.stage.admin.get(path)
        self.assertEqual(seen["status"], "PROCESSING")
        self.assertEqual({part["shopId"]: part["status"] for part in seen["fulfilments"]},
                         {self.shop.id: "SHIPPED", other.id: "PROCESSING"})

    def test_steps_out_of_order_are_illegal_and_change_nothing(self):
        order = self.stage.order(self.buyer, self.product)
        path = f"/orders/{order['id']}"
        for step in ("accept", "ready"):
            with self.refused(409, "illegal_transition") as caught:
                self.shop.owner.patch(f"{path}/{step}", {})
            self.assertEqual(caught.problem.document["from"], "PENDING")
            self.assertIn("asked", caught.problem.document)
        self.assertEqual(self.buyer.get(path)["status"], "PENDING")
        paid = self.stage.paid(self.buyer, self.product)
        with self.refused(409, "illegal_transition"):
            self.shop.owner.patch(f"/orders/{paid['id']}/ready", {})

    def test_a_refused_step_tells_where_its_own_part_stands(self):
        other = self.stage.shop()
        order = self.stage.paid(self.buyer, self.product, self.stage.product(other))
        path = f"/orders/{order['id']}"
        self.stage.made_ready(order, self.shop)
        for shop, step, start in ((self.shop, "accept", "SHIPPED"), (other, "ready", "CONFIRMED")):
            with self.refused(409, "illegal_transition", **{"from": start}):
                shop.owner.patch(f"{path}/{step}", {})
        with self.refused(409, "illegal_transition", **{"from": "SHIPPED"}):
            self.buyer.patch(f"{path}/cancel", {"reason": "Too slow"})

    def test_a_shop_cancels_an_unpaid_order_that_is_all_its_own(self):
        mine = self.stage.order(self.buyer, self.product)
        done = self.shop.owner.patch(f"/orders/{mine['id']}/cancel", {"reason": "Sold out"})
        self.assertEqual(done["status"], "CANCELLED")
        shared = self.stage.order(self.buyer, self.product, self.stage.product(self.stage.shop()))
        with self.refused(409, "illegal_transition", **{"from": "PENDING"}):
            self.shop.owner.patch(f"/orders/{shared['id']}/cancel", {"reason": "Sold out"})

    def test_an_owner_of_two_shops_says_which_part_is_cancelled(self):
        second = self.stage.shop(owner=self.shop.owner)
        order = self.stage.paid(self.buyer, self.product, self.stage.product(second))
        path = f"/orders/{order['id']}/cancel"
        with self.refused(422, "validation_failed") as caught:
            self.shop.owner.patch(path, {"reason": "Sold out"})
        self.assert_pointer(caught.problem, "/shopId")
        self.shop.owner.patch(path, {"reason": "Sold out", "shopId": second.id})

    def test_others_take_no_steps(self):
        order = self.stage.paid(self.buyer, self.product)
        path = f"/orders/{order['id']}/accept"
        with self.refused(403, "role_required"):
            self.buyer.patch(path, {})
        with self.refused(404, "not_found"):
            self.stage.shop().owner.patch(path, {})

    def test_cancelling_before_payment_frees_the_stock(self):
        product = self.stage.product(self.shop, stock=4)
        order = self.stage.order(self.buyer, (product, 3))
        path = f"/orders/{order['id']}/cancel"
        with self.refused(404, "not_found"):
            self.stage.person().patch(path, {"reason": "Not mine"})
        done = self.buyer.patch(path, {"reason": "Changed my mind"})
        self.assertEqual(done["status"], "CANCELLED")
        again = self.buyer.patch(path, {"reason": "Changed my mind"})
        self.assertEqual(again["status"], "CANCELLED")
        until(lambda: self.shop.owner.get(f"/products/{product}")["available"] == 4, 10, "freed")
        seen = until(lambda: (now := self.buyer.get(f"/orders/{order['id']}"))["reservation"]
                     == "RELEASED" and now, 10, "released")
        self.assertEqual(seen["paymentStatus"], "PENDING")

    def test_a_cancelled_order_goes_nowhere(self):
        order = self.stage.order(self.buyer, self.product)
        self.buyer.patch(f"/orders/{order['id']}/cancel", {"reason": "No"})
        with self.refused(409, "illegal_transition") as caught:
            self.shop.owner.patch(f"/orders/{order['id']}/accept", {})
        self.assertEqual(caught.problem.document["from"], "CANCELLED")
        with self.assertRaises(Problem) as raised:
            self.stage.initiate(self.buyer, order)
        self.assertEqual(raised.exception.status, 409)

    def test_an_order_unpaid_for_a_day_expires(self):
        product = self.stage.product(self.shop, stock=1)
        order = self.stage.order(self.buyer, product)
        self.world.advance(24 * 3600 + 60)
        self.stage.reaches(self.buyer, order, "CANCELLED")
        until(lambda: self.shop.owner.get(f"/products/{product}")["available"] == 1, 10, "freed")

    def test_a_read_with_the_position_of_a_write_is_never_older(self):
        for _ in range(20):
            reply = self.buyer.call("POST", "/orders", self.stage.order_form(self.product))
            began = time.monotonic()
            seen = self.stage.admin.get(f"/orders/{reply.json['id']}", position=reply.position)
            self.assertEqual(seen["status"], "PENDING")
            self.assertLess(time.monotonic() - began, 2.5)

    def test_a_made_up_position_is_refused(self):
        with self.refused(400, "position_invalid"):
            self.buyer.get("/orders", position="nowhere")


if __name__ == "__main__":
    unittest.main()
