"""Settlement: what shops are owed, payout runs, payouts that fail, the books."""

import unittest

from stage import ServiceTest, fresh_phone
from world import until

NO_WALLET = "+260973456089"  # The sandbox: RECIPIENT_NOT_FOUND for Airtel payouts.


class SettlementTest(ServiceTest):
    """An agent, and a new shop with a product for each test."""

    # The test alone makes runs: the hour may turn in the middle of one.
    settings = {"SETTLEMENT_INTERVAL_MINUTES": "9999"}

    @classmethod
    def set_the_stage(cls):
        cls.agent = cls.stage.agent()

    def setUp(self):
        self.buyer, self.shop = self.stage.person(), self.stage.shop()
        self.product = self.stage.product(self.shop, price="99.99")

    def account(self, shop=None):
        """A shop's balances, as its owner sees them."""
        shop = shop or self.shop
        return shop.owner.get(f"/shops/{shop.id}/account")

    def balance(self, **expected):
        """Waits until the shop's account shows these amounts."""
        until(lambda: all(self.account()[name] == value for name, value in expected.items()), 60,
              f"account with {expected}")

    def run_settlement(self):
        """One run; returns this shop's payouts in it."""
        answer = self.stage.finance.post("/admin/settlements/run", {})
        return [payout for payout in answer["payouts"] if payout["shopId"] == self.shop.id]

    def delivered(self, *lines):
        """A delivered order of the test's shop."""
        lines = lines or (self.product,)
        order, _ = self.stage.delivered(self.buyer, self.agent, self.shop, *lines)
        self.balance(held="0.00")
        return order

    def payouts(self, shop=None):
        """The shop's payouts."""
        shop = shop or self.shop
        return shop.owner.all(f"/shops/{shop.id}/account/payouts")


class Lines(SettlementTest):
    """From capture to RELEASABLE."""

    def test_a_captured_line_is_split_to_the_ngwee_and_held(self):
        self.stage.paid(self.buyer, (self.product, 3))
        self.balance(held="284.97", releasable="0.00", inPayout="0.00", paidOut="0.00")
        line = self.shop.owner.all(f"/shops/{self.shop.id}/account/lines")[0]
        self.assertEqual((line["gross"], line["vendorAmount"], line["platformFee"],
                          line["status"]), ("299.97", "284.97", "15.00", "HELD"))
        self.assertEqual(self.account()["currency"], "ZMW")

    def test_nothing_is_paid_before_delivery(self):
        self.stage.paid(self.buyer, self.product)
        self.assertEqual(self.run_settlement(), [])

    def test_delivery_releases_the_lines(self):
        order = self.delivered()
        self.balance(releasable="94.99")
        seen = self.stage.finance.get(f"/orders/{order['id']}")
        self.assertEqual([item["settlementStatus"] for item in seen["items"]], ["RELEASABLE"])

    def test_an_unpaid_order_has_no_settlement(self):
        order = self.stage.order(self.buyer, self.product)
        seen = self.stage.admin.get(f"/orders/{order['id']}")
        self.assertEqual([item["settlementStatus"] for item in seen["items"]], [None])

    def test_the_account_is_the_owners_and_finances(self):
        path = f"/shops/{self.shop.id}/account"
        self.stage.finance.get(path)
        self.stage.admin.get(path)
        for suffix in ("", "/lines", "/payouts"):
            with self.refused(404, "not_found"):
                self.stage.shop().owner.get(path + suffix)


class Runs(SettlementTest):
    """POST /admin/settlements/run and the payouts it makes."""

    def test_a_run_pays_each_shop_once_for_all_its_lines(self):
        self.delivered(self.product, self.stage.product(self.shop, price="10.00"))
        self.balance(releasable="104.49")
        payout = self.run_settlement()[0]
        self.assertTrue(payout["payoutId"].startswith("pot_"))
        self.assertEqual((payout["amount"], payout["lines"]), ("104.49", 2))
        self.balance(releasable="0.00", inPayout="0.00", paidOut="104.49")
        self.assertEqual(self.run_settlement(), [])
        mine = self.payouts()[0]
        self.assertEqual((mine["id"], mine["amount"], mine["status"], len(mine["lineIds"])),
                         (payout["payoutId"], "104.49", "COMPLETED", 2))
        self.assertTrue(mine["completedAt"])
        full = self.stage.finance.get(f"/admin/payouts/{payout['payoutId']}")
        row = [row for row in self.world.sandbox.get("/sandbox/ledger", {"kind": "payout"})
               if row["id"] == full["providerId"]]
        self.assertEqual([(r["amount"], r["status"]) for r in row], [("104.49", "COMPLETED")])
        self.assertEqual(row[0]["phone"].lstrip("+"),
                         self.shop.form["payoutMethod"]["phone"].lstrip("+"))

    def test_two_shops_of_one_order_are_paid_apart(self):
        other = self.stage.shop()
        order = self.stage.paid(self.buyer, self.product, self.stage.product(other))
        self.stage.on_the_way(self.buyer, order, self.agent, self.shop, other)
        asked = self.stage.confirm(self.agent, order, self.stage.pin(self.buyer))
        self.stage.capture(self.agent, order, asked["signatureId"])
        self.balance(releasable="94.99")
        until(lambda: self.account(other)["releasable"] == "95.00", 10, "the other shop's share")
        answer = self.stage.finance.post("/admin/settlements/run", {})
        amounts = {payout["shopId"]: payout["amount"] for payout in answer["payouts"]}
        self.assertEqual((amounts[self.shop.id], amounts[other.id]), ("94.99", "95.00"))

    def test_a_run_is_remembered_under_its_key_also_when_it_paid_nothing(self):
        finance, path = self.stage.finance, "/admin/settlements/run"
        first = finance.call("POST", path, {}, key="run-before-anything")
        self.assertTrue(first.headers["Pakashop-Position"])
        self.assertIsNone(first.headers["Idempotent-Replayed"])
        self.delivered()
        self.balance(releasable="94.99")
        again = finance.call("POST", path, {}, key="run-before-anything")
        self.assertEqual((again.status, again.json), (202, first.json))
        self.assertEqual(again.headers["Idempotent-Replayed"], "true")
        self.balance(releasable="94.99", inPayout="0.00")
        paid = finance.call("POST", path, {}, key="run-that-pays")
        self.assertIn(self.shop.id, [payout["shopId"] for payout in paid.json["payouts"]])
        self.balance(paidOut="94.99")
        again = finance.call("POST", path, {}, key="run-that-pays")
        self.assertEqual((again.json, again.headers["Idempotent-Replayed"]), (paid.json, "true"))
        with self.refused(422, "validation_failed"):
            finance.post(path, {"dryRun": True}, key="run-that-pays")
        self.assertEqual(len(self.payouts()), 1)

    def test_what_one_payout_cannot_hold_goes_out_in_several(self):
        for _ in range(2):
            self.buyer = self.stage.person()  # Whose second PIN is that of this pickup.
            self.delivered(self.stage.product(self.shop, price="600000.00"))
        self.balance(releasable="1140000.00")
        self.assertEqual([payout["amount"] for payout in self.run_settlement()],
                         ["570000.00", "570000.00"])
        self.balance(releasable="0.00", paidOut="1140000.00")

    def test_a_run_is_finances_and_needs_a_key(self):
        for person in (self.buyer, self.shop.owner):
            with self.refused(403, "role_required"):
                person.post("/admin/settlements/run", {})
        with self.refused(400, "idempotency_key_required"):
            self.stage.finance.post("/admin/settlements/run", {}, key=None)
        reply = self.stage.admin.call("POST", "/admin/settlements/run", {})
        self.assertEqual(reply.status, 202)

    def test_payouts_are_listed_by_shop_and_status(self):
        self.delivered()
        self.balance(releasable="94.99")
        self.run_settlement()
        self.balance(paidOut="94.99")
        query = {"shopId": self.shop.id, "status": "COMPLETED"}
        self.assertEqual(len(self.stage.finance.all("/admin/payouts", query)), 1)
        query["status"] = "FAILED"
        self.assertEqual(self.stage.finance.all("/admin/payouts", query), [])


class Faults(SettlementTest):
    """Payouts the provider refuses, loses or repeats."""

    def paid_once_in_spite_of(self, behaviour, advance=0):
        """A payout with one fault at the provider reaches the shop exactly once."""
        phone = self.shop.form["payoutMethod"]["phone"]
        self.delivered()
        self.balance(releasable="94.99")
        self.world.misbehave("pawapay", "payout", behaviour, match={"phone": phone})
        self.run_settlement()
        if advance:
            self.world.advance(advance, sandbox=True)
        self.balance(releasable="0.00", inPayout="0.00", paidOut="94.99")
        rows = [row for row in self.world.sandbox.get("/sandbox/ledger", {"kind": "payout"})
                if row["phone"].lstrip("+") == phone.lstrip("+") and row["status"] == "COMPLETED"]
        self.assertEqual(len(rows), 1)

    def test_a_time_out_after_the_provider_accepted(self):
        self.paid_once_in_spite_of("timeout_after_accept")

    def test_an_error_500(self):
        self.paid_once_in_spite_of("error_500")

    def test_a_callback_that_comes_twice(self):
        self.paid_once_in_spite_of("duplicate_callback")

    def test_a_callback_that_never_comes(self):
        self.paid_once_in_spite_of("no_callback", advance=10 * 60)

    def test_a_payout_that_is_taken_back_goes_out_again(self):
        self.delivered()
        self.balance(releasable="94.99")
        self.world.misbehave("pawapay", "payout", "reverse", ms=1000,
                             match={"phone": self.shop.form["payoutMethod"]["phone"]})
        first = self.run_settlement()[0]
        until(lambda: [payout for payout in self.payouts() if payout["status"] == "REVERSED"], 20,
              "reversal")
        self.balance(releasable="94.99", paidOut="0.00")
        line = self.shop.owner.all(f"/shops/{self.shop.id}/account/lines")[0]
        self.assertEqual(line["status"], "RELEASABLE")
        self.world.until_books(difference="0.00")
        second = self.run_settlement()[0]
        self.assertNotEqual(second["payoutId"], first["payoutId"])
        self.balance(releasable="0.00", paidOut="94.99")

    def test_a_payout_of_another_amount_stays_under_way(self):
        self.delivered()
        self.balance(releasable="94.99")
        self.world.misbehave("pawapay", "payout", "wrong_amount",
                             match={"phone": self.shop.form["payoutMethod"]["phone"]})
        self.run_settlement()
        odd = until(lambda: [payout for payout in self.payouts() if "failure" in payout], 20,
                    "mismatch")
        self.assertEqual((odd[0]["status"], odd[0]["failure"]["code"]),
                         ("SENT", "AMOUNT_MISMATCH"))
        self.balance(inPayout="94.99", paidOut="0.00")
        self.world.until_books(difference="0.00")

    def test_a_failed_payout_goes_back_and_is_paid_by_the_next_method(self):
        self.shop.owner.put(f"/shops/{self.shop.id}/payout-method", {
            "type": "MOBILE_MONEY", "provider": "AIRTEL_OAPI_ZMB", "phone": NO_WALLET})
        self.delivered()
        self.balance(releasable="94.99")
        self.assertEqual(len(self.run_settlement()), 1)
        failed = until(lambda: [payout for payout in self.payouts()
                                if payout["status"] == "FAILED"], 20, "failure")
        self.assertEqual(failed[0]["failure"]["code"], "RECIPIENT_NOT_FOUND")
        self.balance(releasable="94.99", inPayout="0.00", paidOut="0.00")
        self.shop.owner.put(f"/shops/{self.shop.id}/payout-method", {
            "type": "MOBILE_MONEY", "provider": "AIRTEL_OAPI_ZMB", "phone": fresh_phone()})
        self.assertEqual(len(self.run_settlement()), 1)
        self.balance(releasable="0.00", paidOut="94.99")
        self.assertEqual(sorted(payout["status"] for payout in self.payouts()),
                         ["COMPLETED", "FAILED"])


class Books(SettlementTest):
    """GET /admin/books."""

    def test_the_books_balance_at_every_step(self):
        def balanced():
            books = self.stage.finance.get("/admin/books")
            self.assertEqual(books["difference"], "0.00")
            return books

        before = balanced()
        self.stage.paid(self.buyer, self.stage.product(self.stage.shop(), price="99.99"))
        held = balanced()
        self.assertEqual(cents(held["captured"]) - cents(before["captured"]), 9999)
        self.assertEqual(cents(held["held"]) - cents(before["held"]), 9999)
        self.buyer = self.stage.person()
        self.delivered()
        self.balance(releasable="94.99")
        self.run_settlement()
        self.balance(paidOut="94.99")
        paid = balanced()
        self.assertEqual(cents(paid["paidOut"]) - cents(before["paidOut"]), 9499)
        self.assertEqual(cents(paid["platformFees"]) - cents(before["platformFees"]), 500)
        self.assertGreater(paid["checked"]["lines"], 0)

    def test_the_books_are_finances(self):
        with self.refused(403, "role_required"):
            self.shop.owner.get("/admin/books")


def cents(text):
    """An amount in ngwee."""
    return int(text.replace(".", ""))


if __name__ == "__main__":
    unittest.main()
