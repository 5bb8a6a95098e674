"""Tax invoices: gates, numbers, arithmetic, retries, the admin's view; flags."""

import unittest

from stage import ServiceTest, fresh_tpin
from world import until
from day.tax_checks import NUMBER, as_ngwee, document


class InvoiceTest(ServiceTest):
    """Invoicing on, a shop and product for each test."""

    @classmethod
    def set_the_stage(cls):
        cls.stage.invoicing(True)

    def setUp(self):
        self.addCleanup(self.stage.invoicing, True)
        self.buyer, self.shop = self.stage.person(), self.stage.shop()
        self.product = self.stage.product(self.shop, price="5000.00", name="Samsung Galaxy S24")

    def received(self, tpin=None):
        """What the tax office has of a TPIN."""
        return self.stage.sandbox.get("/sandbox/invoices", {"tpin": tpin or self.shop.form["tpin"]})

    def sent(self, *lines):
        """A paid order whose invoices are out: (order, transmissions)."""
        order = self.stage.paid(self.buyer, *(lines or (self.product,)))
        return order, self.stage.invoices(order, "SENT")


class Issuing(InvoiceTest):
    """One invoice for each order and shop."""

    def test_an_invoice_computes_vat_inside_the_price(self):
        order, rows = self.sent()
        row = rows[0]
        self.assertTrue(row["id"].startswith("inv_"))
        self.assertEqual((row["orderId"], row["shopId"], row["tpin"], row["transmissionStatus"],
                          row["retryCount"]),
                         (order["id"], self.shop.id, self.shop.form["tpin"], "SENT", 0))
        self.assertTrue(row["vsdcNumber"])
        self.assertTrue(row["responsePayload"])
        invoice = document(self.received()[0])
        self.assertEqual(invoice["invoiceNumber"], row["invoiceNumber"])
        self.assertEqual((invoice["seller"]["tpin"], invoice["seller"]["businessName"]),
                         (self.shop.form["tpin"], self.shop.form["name"]))
        self.assertEqual(invoice["buyer"]["name"], "Natasha Mwanza")
        item, summary = invoice["items"][0], invoice["summary"]
        self.assertEqual((item["itemCode"], item["description"], item["quantity"],
                          item["taxCode"]), ("ELC-001", "Samsung Galaxy S24", 1, "VAT16"))
        self.assertEqual([as_ngwee(item[name]) for name in
                          ("unitPrice", "totalPrice", "taxAmount", "discount")],
                         [500000, 500000, 68966, 0])
        self.assertEqual([as_ngwee(summary[name]) for name in
                          ("subtotal", "totalTax", "totalDiscount", "totalAmount")],
                         [431034, 68966, 0, 500000])
        self.assertEqual(as_ngwee(invoice["payment"]["amount"]), 500000)
        self.assertEqual((invoice["payment"]["method"], summary["currency"]),
                         ("MOBILE_MONEY", "ZMW"))
        self.assertNotIn("vsdcNumber", invoice)
        seen = self.buyer.get(f"/orders/{order['id']}")
        self.assertEqual([(i["shopId"], i["invoiceNumber"], i["status"]) for i in
                          seen["invoices"]], [(self.shop.id, row["invoiceNumber"], "SENT")])

    def test_numbers_run_without_gaps_for_each_taxpayer(self):
        for _ in range(3):
            self.sent()
        numbers = sorted(int(NUMBER.fullmatch(row["invoiceNumber"])[2]) for row in self.received())
        self.assertEqual(numbers, [1, 2, 3])

    def test_each_shop_of_an_order_invoices_its_share(self):
        other = self.stage.shop()
        _, rows = self.sent(self.product, self.stage.product(other, price="40.00"))
        self.assertEqual({row["shopId"] for row in rows}, {self.shop.id, other.id})
        mine = document(self.received(other.form["tpin"])[0])
        self.assertEqual(as_ngwee(mine["payment"]["amount"]), 4000)

    def test_switched_off_nothing_is_invoiced(self):
        self.stage.invoicing(False)
        order = self.stage.paid(self.buyer, self.product)
        self.stage.invoicing(True)
        rows = self.stage.finance.all("/admin/zra/transmissions", {"shopId": self.shop.id})
        self.assertEqual((rows, self.received()), ([], []), order["id"])

    def test_an_unknown_taxpayer_is_blocked_and_counted(self):
        shop = self.stage.shop(tpin=fresh_tpin("9"))
        order = self.stage.paid(self.buyer, self.stage.product(shop))
        self.stage.invoices(order, "BLOCKED_TPIN")
        self.assertEqual(self.received(shop.form["tpin"]), [])

    def test_asking_about_a_tpin_lets_the_invoices_of_its_shops_go(self):
        form = self.stage.shop_form()
        match = {"tpin": form["tpin"]}
        self.world.misbehave("zra", "tpin", "refuse", match=match)
        shops = [self.stage.shop(tpin=form["tpin"]) for _ in range(2)]
        orders = [self.stage.paid(self.buyer, self.stage.product(shop)) for shop in shops]
        self.stage.invoices(orders[0], "BLOCKED_TPIN", "SENT")
        answer = self.stage.finance.post("/admin/zra/validate-tpin", match)
        self.assertIs(answer["valid"], True)
        for order in orders:
            self.stage.invoices(order, "SENT")

    def test_mock_mode_sends_nothing(self):
        self.addCleanup(self.mock, False)
        self.mock(True)
        order = self.stage.paid(self.buyer, self.product)
        row = self.stage.invoices(order, "MOCK")[0]
        self.assertEqual(self.received(), [])
        self.assertTrue(row["responsePayload"])
        self.assertEqual(row["payload"]["invoice"]["invoiceNumber"], row["invoiceNumber"])

    def mock(self, on):
        """The flag of mock mode."""
        self.stage.admin.put("/admin/config/zra_mock_mode", {"value": "true" if on else "false"})


class Retrying(InvoiceTest):
    """The schedule 0, 5, 15, 60 minutes, and people who retry by hand."""

    def fail(self, times):
        """The tax office answers 500 that often for this shop."""
        self.world.misbehave("zra", "invoice", "error_500", times,
                             match={"tpin": self.shop.form["tpin"]})

    def test_a_failed_transmission_is_sent_again_after_five_minutes(self):
        self.fail(1)
        order = self.stage.paid(self.buyer, self.product)
        self.tried(order, 1, "PENDING")
        self.world.advance(5 * 60 + 1)
        row = self.stage.invoices(order, "SENT")[0]
        self.assertEqual(row["retryCount"], 1)
        self.assertTrue(row["lastRetryAt"])
        self.assertEqual(len(self.received()), 1)

    def retries(self, order):
        """How many retries the order's invoice shows; a first transmission is none."""
        return self.stage.invoices(order, "PENDING")[0]["retryCount"]

    def tried(self, order, times, *states):
        """Waits until the tax office refused it so often and the invoice says so."""
        def fired():
            rows = self.stage.sandbox.get("/sandbox/behaviour")
            rows = rows.get("data", rows) if isinstance(rows, dict) else rows
            mine = [row for row in rows
                    if (row.get("match") or {}).get("tpin") == self.shop.form["tpin"]]
            return not mine or mine[-1]["fired"] >= times

        until(fired, 20, f"{times} refusals")
        return self.stage.invoices(order, *states)[0]

    def test_after_four_transmissions_it_has_failed_and_a_person_sends_it_again(self):
        self.fail(4)
        order = self.stage.paid(self.buyer, self.product)
        for times, minutes in ((1, 5), (2, 15), (3, 60)):
            self.tried(order, times, "PENDING")
            until(lambda made=times - 1: self.retries(order) == made, 10, "the retries it shows")
            self.world.advance(minutes * 60 + 1)
        row = self.tried(order, 4, "FAILED")
        self.assertEqual(row["retryCount"], 3)
        self.assertIn("error", row["responsePayload"])
        reply = self.stage.finance.call("POST", f"/admin/zra/retransmit/{row['id']}", {})
        self.assertEqual(reply.status, 202)
        self.stage.invoices(order, "SENT")
        self.assertEqual(len(self.received()), 1)

    def test_a_time_out_after_acceptance_is_not_invoiced_twice(self):
        self.world.misbehave("zra", "invoice", "timeout_after_accept",
                             match={"tpin": self.shop.form["tpin"]})
        order = self.stage.paid(self.buyer, self.product)
        until(self.received, 30, "accepted")
        self.world.advance(5 * 60 + 1)
        self.world.advance(15 * 60 + 1)
        self.stage.invoices(order, "SENT")
        self.assertEqual(len(self.received()), 1)

    def test_what_was_sent_is_not_sent_again(self):
        _, rows = self.sent()
        with self.assertRaises(Exception) as raised:
            self.stage.finance.post(f"/admin/zra/retransmit/{rows[0]['id']}", {})
        self.assertEqual(raised.exception.status, 409)
        with self.assertRaises(Exception) as raised:
            self.stage.api.post(f"/internal/retry/{rows[0]['id']}", {}, internal=True)
        self.assertEqual(raised.exception.status, 409)


    def test_an_invoice_that_does_not_exist_is_not_found_and_the_server_lives(self):
        unknown = f"inv_{self.stage.paid(self.buyer, self.product)['id']}_99"
        for invoice in (unknown, "inv_ord_nothing_1", "inv_nothing", "nothing"):
            with self.refused(404, "not_found"):
                self.stage.finance.post(f"/admin/zra/retransmit/{invoice}", {})
            with self.refused(404, "not_found"):
                self.stage.api.post(f"/internal/retry/{invoice}", {}, internal=True)
        self.assertEqual(self.world.server.process.poll(), None)


class Office(InvoiceTest):
    """The admin's and the node's calls, with and without the prefix."""

    def test_lists_filter(self):
        order, rows = self.sent()
        find = self.stage.finance.all
        query = {"shopId": self.shop.id, "status": "SENT"}
        self.assertEqual([row["id"] for row in find("/admin/zra/transmissions", query)],
                         [rows[0]["id"]])
        self.assertEqual(find("/admin/zra/transmissions", {**query, "status": "FAILED"}), [])
        self.assertEqual(find("/admin/zra/transmissions",
                              {**query, "to": "2020-01-01T00:00:00.000Z"}), [])
        self.assertTrue(order["id"])

    def test_generating_again_makes_no_second_invoice(self):
        order, rows = self.sent()
        reply = self.stage.api.call("POST", "/internal/generate", {"orderId": order["id"]},
                                    internal=True)
        self.assertEqual((reply.status, reply.json["invoiceIds"]), (202, [rows[0]["id"]]))
        self.assertEqual(len(self.received()), 1)
        with self.refused(401, "internal_key_invalid"):
            self.stage.api.post("/internal/generate", {"orderId": order["id"]})

    def test_nothing_is_generated_while_invoicing_is_off(self):
        self.stage.invoicing(False)
        try:
            order = self.stage.paid(self.buyer, self.product)
            made = self.stage.api.post("/internal/generate", {"orderId": order["id"]},
                                       internal=True)
            self.assertEqual(made["invoiceIds"], [])
        finally:
            self.stage.invoicing(True)
        made = self.stage.api.post("/internal/generate", {"orderId": order["id"]}, internal=True)
        self.assertEqual(len(made["invoiceIds"]), 1)
        self.stage.invoices(order, "SENT")
        self.assertEqual(len(self.received()), 1)

    def test_a_cancelled_part_is_not_generated(self):
        other = self.stage.shop()
        product = self.stage.product(other)
        self.stage.invoicing(False)
        try:
            order = self.stage.paid(self.buyer, self.product, product)
            other.owner.patch(f"/orders/{order['id']}/cancel", {"reason": "Sold out"})
        finally:
            self.stage.invoicing(True)
        key = {"key": "generate-" + order["id"]}
        made = self.stage.api.post("/internal/generate", {"orderId": order["id"]}, internal=True,
                                   **key)
        again = self.stage.api.post("/internal/generate", {"orderId": order["id"]}, internal=True,
                                    **key)
        self.assertEqual(len(made["invoiceIds"]), 1)
        self.assertEqual(again, made)
        rows = self.stage.invoices(order, "SENT")
        self.assertEqual([row["shopId"] for row in rows], [self.shop.id])

    def test_tpins_are_checked_on_request(self):
        good = self.stage.finance.post("/admin/zra/validate-tpin", {"shopId": self.shop.id})
        self.assertEqual((good["tpin"], good["valid"]), (self.shop.form["tpin"], True))
        self.assertTrue(good["checkedAt"])
        bad = self.stage.admin.post("/admin/zra/validate-tpin", {"tpin": fresh_tpin("9")})
        self.assertIs(bad["valid"], False)

    def test_other_roles_see_nothing(self):
        _, rows = self.sent()
        for path in ("/admin/zra/transmissions", f"/admin/zra/transmissions/{rows[0]['id']}"):
            for person in (self.shop.owner, self.buyer):
                with self.refused(403, "role_required"):
                    person.get(path)

    def test_the_seeds_own_paths_answer_too(self):
        api, token = self.stage.api, self.stage.finance.access
        headers = api.headers("GET", None, token, None, False, False)
        base = type(api.transport)(self.world.url)
        self.assertEqual(base.send("GET", "/admin/zra/transmissions", headers, None).status, 200)
        internal = api.headers("POST", "seed-path", None, None, True, True)
        reply = base.send("POST", "/internal/generate", internal, b'{"orderId":"ord_nothing"}')
        self.assertEqual(reply.status, 404)


class Flags(ServiceTest):
    """GET and PUT /admin/config."""

    def test_flags_show_value_default_and_author(self):
        self.stage.admin.put("/admin/config/PLATFORM_COMMISSION_PCT", {"value": "0.05"})
        flags = self.stage.admin.get("/admin/config")
        self.assertEqual(flags["zra_invoicing_enabled"]["default"], "false")
        commission = flags["PLATFORM_COMMISSION_PCT"]
        self.assertEqual((commission["value"], commission["default"]), ("0.05", "0.05"))
        self.assertTrue(commission["changedBy"])
        self.assertTrue(commission["changedAt"])
        self.assertEqual(flags["zra_mock_mode"]["value"], "false")

    def test_a_change_answers_with_its_flag(self):
        answer = self.stage.admin.put("/admin/config/zra_invoicing_enabled", {"value": "true"})
        self.assertEqual(answer["value"], "true")
        named = answer.pop("zra_invoicing_enabled")
        self.assertEqual(named, answer)
        self.assertEqual((named["default"], bool(named["changedBy"])), ("false", True))

    def test_the_environment_does_not_choose_mock_receipts(self):
        self.assertEqual(self.world.environment["ZRA_MOCK_MODE"], "true")
        self.assertEqual(self.stage.admin.get("/admin/config")["zra_mock_mode"]["default"],
                         "false")

    def test_a_new_commission_counts_from_the_next_order(self):
        shop, buyer = self.stage.shop(), self.stage.person()
        product = self.stage.product(shop)
        self.stage.admin.put("/admin/config/PLATFORM_COMMISSION_PCT", {"value": "0.10"})
        self.addCleanup(self.stage.admin.put, "/admin/config/PLATFORM_COMMISSION_PCT",
                        {"value": "0.05"})

        def ten_percent():
            self.stage.paid(buyer, product)
            lines = shop.owner.all(f"/shops/{shop.id}/account/lines")
            return any(line["platformFee"] == "10.00" for line in lines)

        until(ten_percent, 20, "the new rate")

    def test_unknown_flags_bad_values_and_other_people(self):
        with self.assertRaises(Exception) as raised:
            self.stage.admin.put("/admin/config/free_beer", {"value": "true"})
        self.assertIn(raised.exception.status, (404, 422))
        for value in ("maybe", True, None):
            with self.refused(422, "validation_failed"):
                self.stage.admin.put("/admin/config/zra_invoicing_enabled", {"value": value})
        with self.refused(422, "validation_failed"):
            self.stage.admin.put("/admin/config/PLATFORM_COMMISSION_PCT", {"value": "1.5"})
        with self.refused(403, "role_required"):
            self.stage.finance.put("/admin/config/zra_mock_mode", {"value": "true"})


if __name__ == "__main__":
    unittest.main()
