"""Idempotency keys: one effect however often a command is sent, before and after a restart."""

import signal
import unittest
from concurrent.futures import ThreadPoolExecutor

from stage import PASSWORD, ServiceTest


class Keys(ServiceTest):
    """Same key, same body; same key, other body; same key at the same moment."""

    @classmethod
    def set_the_stage(cls):
        cls.shop = cls.stage.shop()
        cls.product = cls.stage.product(cls.shop, stock=1000)

    def setUp(self):
        self.buyer = self.stage.person()
        self.form = self.stage.order_form(self.product)

    def place(self, key, form=None, buyer=None):
        """One call with that key."""
        return (buyer or self.buyer).call("POST", "/orders", form or self.form, key=key)

    def test_a_repeat_gets_the_first_answer_and_places_nothing(self):
        first, again = self.place("one"), self.place("one")
        self.assertEqual((again.status, again.json), (first.status, first.json))
        self.assertIsNone(first.headers.get("Idempotent-Replayed"))
        self.assertEqual(again.headers["Idempotent-Replayed"], "true")
        self.assertEqual(len(self.buyer.all("/orders")), 1)

    def test_a_repeat_is_answered_from_the_moment_of_the_command(self):
        first = self.place("then")
        self.buyer.patch(f"/orders/{first.json['id']}/cancel", {"reason": "No"})
        self.assertEqual(self.place("then").json["status"], "PENDING")

    def test_quoted_and_bare_keys_are_the_same_key(self):
        first, again = self.place("bare"), self.place('"bare"')
        self.assertEqual(again.json["id"], first.json["id"])

    def test_field_order_and_spaces_do_not_make_another_body(self):
        first = self.place("spaces")
        turned = dict(reversed(list(self.form.items())))
        turned["items"] = [dict(reversed(list(item.items()))) for item in self.form["items"]]
        self.assertEqual(self.place("spaces", turned).json["id"], first.json["id"])

    def test_another_body_under_a_used_key_is_refused(self):
        self.place("reused")
        with self.refused(422, "idempotency_key_reused"):
            self.place("reused", self.stage.order_form((self.product, 2)))

    def test_keys_belong_to_their_caller(self):
        other = self.stage.person()
        mine, theirs = self.place("shared"), self.place("shared", buyer=other)
        self.assertNotEqual(mine.json["id"], theirs.json["id"])

    def test_a_key_serves_one_body_wherever_the_body_leads(self):
        person = {"phone": "+260977000111", "password": PASSWORD, "name": "Wezi Daka"}
        first = {**person, "email": "one@keys.example"}
        made = self.stage.api.post("/auth/register", first, key="two-people")
        again = self.stage.api.call("POST", "/auth/register", first, key="two-people")
        self.assertEqual((again.json["userId"], again.headers["Idempotent-Replayed"]),
                         (made["userId"], "true"))
        with self.refused(422, "idempotency_key_reused"):
            self.stage.api.post("/auth/register", {**person, "email": "two@keys.example"},
                                key="two-people")
        orders = [self.place(key).json["id"] for key in ("body-1", "body-2")]
        form = {"orderId": orders[0], "method": "AIRTEL_MONEY"}
        self.buyer.post("/payments/initiate", form, key="pay-one")
        with self.refused(422, "idempotency_key_reused"):
            self.buyer.post("/payments/initiate", {**form, "orderId": orders[1]}, key="pay-one")

    def test_repeats_answer_as_the_first_call_did_though_the_state_moved_on(self):
        shop = self.stage.shop()
        owner, admin = shop.owner, self.stage.admin
        form = self.stage.product_form(shop)
        made = owner.post("/products", form, key="offer")
        product = f"/products/{made['productId']}"
        changed = owner.patch(product, {"price": "90.00"}, key="change")
        counted = owner.post(f"{product}/stock", {"delta": 5, "reason": "Count"}, key="count")
        suspended = admin.patch(f"/admin/shops/{shop.id}/suspend", {"reason": "Papers"}, key="halt")
        self.assertEqual(suspended["status"], "SUSPENDED")
        owner.patch(product, {"price": "80.00"})
        owner.post(f"{product}/stock", {"delta": 7, "reason": "Count"})
        self.assertEqual(owner.post("/products", form, key="offer"), made)
        admin.patch(f"/admin/shops/{shop.id}/activate")
        self.assertEqual(owner.patch(product, {"price": "90.00"}, key="change"), changed)
        self.assertEqual(owner.post(f"{product}/stock", {"delta": 5, "reason": "Count"},
                                    key="count"), counted)
        self.assertEqual(admin.patch(f"/admin/shops/{shop.id}/suspend", {"reason": "Papers"},
                                     key="halt"), suspended)
        flag = "/admin/config/PLATFORM_COMMISSION_PCT"
        chosen = admin.put(flag, {"value": "0.06"}, key="set")
        admin.put(flag, {"value": "0.05"})
        self.assertEqual(admin.put(flag, {"value": "0.06"}, key="set"), chosen)

    def test_a_refusal_binds_nothing(self):
        scarce = self.stage.product(self.shop, stock=1)
        form = self.stage.order_form((scarce, 2))
        with self.refused(409, "out_of_stock"):
            self.place("later", form)
        self.shop.owner.post(f"/products/{scarce}/stock", {"delta": 5, "reason": "Delivery"})
        self.assertEqual(self.place("later", form).status, 201)

    def test_twelve_at_once_are_one(self):
        with ThreadPoolExecutor(12) as pool:
            replies = list(pool.map(lambda _: self.place("at-once"), range(12)))
        self.assertEqual(len({reply.json["id"] for reply in replies}), 1)
        self.assertEqual(len(self.buyer.all("/orders")), 1)

    def test_bad_keys_are_refused(self):
        for key in ("", "x" * 256, "spaces inside"):
            with self.subTest(key=key[:20]):
                with self.assertRaises(Exception) as raised:
                    self.place(key)
                self.assertEqual(raised.exception.status, 400)

    def test_without_a_key_a_step_is_still_harmless_to_repeat(self):
        order = self.place("steps").json
        path = f"/orders/{order['id']}/cancel"
        for _ in range(2):
            answer = self.buyer.patch(path, {"reason": "No"}, key=None)
            self.assertEqual(answer["status"], "CANCELLED")

    def test_a_payment_started_twice_asks_the_buyer_once(self):
        order = self.place("pay-order").json
        form = {"orderId": order["id"], "method": "AIRTEL_MONEY"}
        first = self.buyer.post("/payments/initiate", form, key="pay")
        again = self.buyer.post("/payments/initiate", form, key="pay")
        self.assertEqual(first["transactionId"], again["transactionId"])
        self.stage.payment_ends(self.buyer, order, "CAPTURED")
        self.assertEqual(len(self.world.ledger(first["transactionId"], "deposit")), 1)

    def test_keys_outlive_the_server(self):
        first = self.place("outlive")
        self.world.restart_server(signal.SIGKILL)
        again = self.place("outlive")
        self.assertEqual((again.json, again.headers["Idempotent-Replayed"]), (first.json, "true"))
        with self.refused(422, "idempotency_key_reused"):
            self.place("outlive", self.stage.order_form((self.product, 3)))


if __name__ == "__main__":
    unittest.main()
