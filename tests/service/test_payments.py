"""Mobile-money payments: the push, the provider's evidence, failures, faults, forged callbacks."""

import hashlib
import hmac
import json
import unittest
import uuid

from stage import ServiceTest
from world import until
from day.client import Problem

REFUSING = "+260973456039"  # The sandbox: PAYMENT_NOT_APPROVED.
OPEN_FOR_EVER = "+260973456129"  # The sandbox: never ends.


class PaymentTest(ServiceTest):
    """A shop with one product, a buyer for each test."""

    @classmethod
    def set_the_stage(cls):
        cls.shop = cls.stage.shop()
        cls.product = cls.stage.product(cls.shop, stock=1000)

    def setUp(self):
        self.buyer = self.stage.person()

    def order(self):
        """A PENDING order of the test's buyer."""
        return self.stage.order(self.buyer, self.product)

    def deposits(self, transaction):
        """The provider's completed deposits of a transaction."""
        return [row for row in self.world.ledger(transaction) if row["status"] == "COMPLETED"]

    def captured_once(self, order, transaction):
        """The order gets confirmed, and exactly one deposit paid for it."""
        self.stage.payment_ends(self.buyer, order, "CAPTURED")
        self.stage.reaches(self.buyer, order, "CONFIRMED")
        deposits = self.deposits(transaction)
        self.assertEqual([(row["amount"], row["currency"]) for row in deposits],
                         [("100.00", "ZMW")])


class Paying(PaymentTest):
    """POST /payments/initiate and what follows by itself."""

    def test_a_payment_confirms_its_order(self):
        order = self.order()
        started = self.stage.initiate(self.buyer, order)
        self.assertEqual(started["type"], "ussd")
        self.assertTrue(started["transactionId"].startswith("pay_"))
        self.assertTrue(started["message"])
        self.captured_once(order, started["transactionId"])
        status = self.buyer.get(f"/payments/status/{order['id']}")
        self.assertEqual((status["orderId"], status["status"], status["paymentStatus"],
                          status["transactionId"]),
                         (order["id"], "CAPTURED", "PAID", started["transactionId"]))
        seen = until(lambda: (now := self.buyer.get(f"/orders/{order['id']}"))["reservation"]
                     == "COMMITTED" and now, 10, "reservation committed")
        self.assertEqual((seen["status"], seen["paymentStatus"]), ("CONFIRMED", "PAID"))

    def test_the_phone_defaults_to_the_buyers_own(self):
        order = self.order()
        started = self.stage.initiate(self.buyer, order)
        self.stage.payment_ends(self.buyer, order, "CAPTURED")
        row = self.deposits(started["transactionId"])[0]
        self.assertEqual(row["phone"].lstrip("+"), self.buyer.phone.lstrip("+"))

    def test_all_three_operators_take_money(self):
        for method, phone, operator in (("MTN_MONEY", "+260963000222", "MTN_MOMO_ZMB"),
                                        ("AIRTEL_MONEY", "+260973000222", "AIRTEL_OAPI_ZMB"),
                                        ("ZAMTEL_MONEY", "+260953000222", "ZAMTEL_ZMB")):
            with self.subTest(method=method):
                order = self.order()
                started = self.stage.initiate(self.buyer, order, phone, method)
                self.stage.payment_ends(self.buyer, order, "CAPTURED")
                row = self.deposits(started["transactionId"])[0]
                self.assertEqual(row["operator"], operator)

    def test_a_large_deposit_is_asked_about_before_it_is_believed(self):
        dear = self.stage.product(self.shop, price="12000.00")
        order = self.stage.order(self.buyer, dear)
        self.stage.initiate(self.buyer, order)
        self.stage.payment_ends(self.buyer, order, "CAPTURED")
        facts = self.stage.admin.all(f"/orders/{order['id']}/events")
        evidence = [fact["data"]["evidence"] for fact in facts
                    if fact["type"] == "payment.captured.v1"]
        self.assertEqual(evidence, ["STATUS_QUERY"])

    def test_a_refused_payment_can_be_tried_again(self):
        order = self.order()
        self.stage.initiate(self.buyer, order, REFUSING)
        failed = self.stage.payment_ends(self.buyer, order, "FAILED")
        self.assertEqual(failed["failure"]["code"], "PAYMENT_NOT_APPROVED")
        self.assertTrue(failed["failure"]["message"])
        seen = self.buyer.get(f"/orders/{order['id']}")
        self.assertEqual((seen["status"], seen["paymentStatus"]), ("PENDING", "FAILED"))
        started = self.stage.initiate(self.buyer, order)
        self.captured_once(order, started["transactionId"])

    def test_one_payment_at_a_time(self):
        order = self.order()
        self.stage.initiate(self.buyer, order, OPEN_FOR_EVER)
        with self.refused(409, "payment_in_progress"):
            self.stage.initiate(self.buyer, order)

    def test_an_attempt_left_open_ends_after_fifteen_minutes(self):
        order = self.order()
        self.stage.initiate(self.buyer, order, OPEN_FOR_EVER)
        self.world.advance(16 * 60, sandbox=True)
        self.stage.payment_ends(self.buyer, order, "EXPIRED", "FAILED")
        started = self.stage.initiate(self.buyer, order)
        self.captured_once(order, started["transactionId"])

    def test_a_paid_order_is_paid(self):
        order = self.stage.paid(self.buyer, self.product)
        with self.refused(409, "already_paid"):
            self.stage.initiate(self.buyer, order)

    def test_only_the_buyer_pays_and_looks(self):
        order = self.order()
        stranger = self.stage.person()
        with self.refused(404, "not_found"):
            self.stage.initiate(stranger, order)
        self.stage.initiate(self.buyer, order)
        with self.refused(404, "not_found"):
            stranger.get(f"/payments/status/{order['id']}")
        with self.refused(404, "not_found"):
            self.stage.finance.get(f"/payments/status/{order['id']}")
        self.assertEqual(self.stage.admin.get(f"/payments/status/{order['id']}")["orderId"],
                         order["id"])

    def test_bad_forms_name_the_field(self):
        order = self.order()
        for pointer, change in (("/method", {"method": "COWRIES"}), ("/phone", {"phone": "0977"}),
                                ("/orderId", {"orderId": 5}), ("/amount", {"amount": "1.00"})):
            with self.subTest(pointer=pointer):
                form = {"orderId": order["id"], "method": "AIRTEL_MONEY", **change}
                with self.refused(422, "validation_failed") as caught:
                    self.buyer.post("/payments/initiate", form)
                self.assert_pointer(caught.problem, pointer)

    def test_paying_needs_a_key(self):
        form = {"orderId": self.order()["id"], "method": "AIRTEL_MONEY"}
        with self.refused(400, "idempotency_key_required"):
            self.buyer.post("/payments/initiate", form, key=None)


class Faults(PaymentTest):
    """What the provider does wrong and what must be right in spite of it."""

    def paid_in_spite_of(self, behaviour, operation="deposit", times=1, advance=0):
        """A payment with one fault at the provider still captures exactly once."""
        order = self.order()
        self.world.misbehave("pawapay", operation, behaviour, times,
                             match={"phone": self.buyer.phone})
        started = self.stage.initiate(self.buyer, order)
        if advance:
            self.world.advance(advance, sandbox=True)
        self.captured_once(order, started["transactionId"])
        return order, started

    def test_a_time_out_after_the_provider_accepted(self):
        self.paid_in_spite_of("timeout_after_accept")

    def test_an_error_500(self):
        self.paid_in_spite_of("error_500")

    def test_an_html_page_instead_of_an_answer(self):
        self.paid_in_spite_of("html_502")

    def test_too_many_requests(self):
        self.paid_in_spite_of("error_429")

    def test_a_callback_that_never_comes(self):
        self.paid_in_spite_of("no_callback", advance=5 * 60)

    def test_a_callback_that_comes_twice(self):
        order, started = self.paid_in_spite_of("duplicate_callback")
        events = self.stage.admin.all(f"/orders/{order['id']}/events")
        captured = [event for event in events if event["type"] == "payment.captured.v1"]
        self.assertEqual(len(captured), 1)
        self.assertTrue(started)

    def test_a_callback_sent_again_later_changes_nothing(self):
        order = self.order()
        started = self.stage.initiate(self.buyer, order)
        self.captured_once(order, started["transactionId"])
        events = self.stage.admin.all(f"/orders/{order['id']}/events")
        row = self.deposits(started["transactionId"])[0]
        self.sandbox_resend(row["id"])
        until(lambda: self.deposits(started["transactionId"])[0]["callbacksSent"]
              > row["callbacksSent"], 10, "callback sent again")
        again = self.stage.admin.all(f"/orders/{order['id']}/events")
        paid = [e for e in events if e["type"].startswith("payment.captured")]
        self.assertEqual([e["id"] for e in again if e["type"].startswith("payment.captured")],
                         [e["id"] for e in paid])

    def sandbox_resend(self, provider_id):
        """Asks the provider for its last callback again."""
        self.stage.sandbox.post(f"/sandbox/resend/{provider_id}")

    def test_a_wrong_amount_confirms_nothing(self):
        order = self.order()
        self.world.misbehave("pawapay", "deposit", "wrong_amount",
                             match={"phone": self.buyer.phone})
        before = self.stage.finance.get("/admin/books")["suspense"]
        self.stage.initiate(self.buyer, order)
        until(lambda: self.stage.finance.get("/admin/books")["suspense"] != before, 20,
              "the money lies in suspense")
        self.assertEqual(self.buyer.get(f"/orders/{order['id']}")["status"], "PENDING")
        self.world.until_books(difference="0.00")

    def test_a_forged_callback_confirms_nothing_by_itself(self):
        order = self.order()
        self.world.misbehave("pawapay", "deposit", "forged_signature",
                             match={"phone": self.buyer.phone})
        started = self.stage.initiate(self.buyer, order)
        self.world.advance(5 * 60, sandbox=True)  # Asking the provider finds the truth.
        self.captured_once(order, started["transactionId"])


class Webhook(PaymentTest):
    """POST /payments/webhook/pawapay from people who are not pawaPay."""

    def send(self, body, headers=None, provider="pawapay"):
        """A raw callback without the client key; returns the reply."""
        plain = {"Content-Type": "application/json", **(headers or {})}
        transport = self.stage.api.transport
        return transport.send("POST", f"/payments/webhook/{provider}", plain, body)

    def callback(self, deposit_id, amount="100.00", **more):
        """A success as pawaPay would tell it."""
        return json.dumps({"depositId": deposit_id, "status": "COMPLETED", "amount": amount,
                           "currency": "ZMW", "country": "ZMB", **more}).encode()

    def seal(self, body):
        """X-Signature with the shared secret."""
        secret = self.world.environment["PAWAPAY_WEBHOOK_SECRET"].encode()
        return {"X-Signature": hmac.new(secret, body, hashlib.sha256).hexdigest()}

    def test_without_or_with_a_bad_signature_nothing_changes(self):
        order = self.order()
        started = self.stage.initiate(self.buyer, order, OPEN_FOR_EVER)
        provider_id = until(lambda: self.world.ledger(started["transactionId"]), 10, "deposit")
        body = self.callback(provider_id[0]["id"])
        for headers in ({}, {"X-Signature": "00" * 32}, {"X-Signature": "rubbish"},
                        self.seal(body + b" "),
                        {"Signature": "sig-pp=:AAAA:", "Content-Digest": "sha-512=:AAAA:",
                         "Signature-Input": 'sig-pp=("@method");keyid="x";created=1'}):
            with self.subTest(headers=headers):
                reply = self.send(body, headers)
                self.assertEqual((reply.status, reply.json["code"]),
                                 (401, "webhook_signature_invalid"))
        self.assertEqual(self.buyer.get(f"/orders/{order['id']}")["status"], "PENDING")

    def test_a_sealed_callback_is_evidence(self):
        order = self.order()
        started = self.stage.initiate(self.buyer, order, OPEN_FOR_EVER)
        provider_id = until(lambda: self.world.ledger(started["transactionId"]), 10, "deposit")
        body = self.callback(provider_id[0]["id"])
        self.assertEqual(self.send(body, self.seal(body)).status, 200)
        self.stage.payment_ends(self.buyer, order, "CAPTURED")

    def test_the_sandbox_signs_with_the_shared_secret_when_asked(self):
        self.stage.sandbox.put("/sandbox/config", {"signing": "hmac"})
        self.addCleanup(self.stage.sandbox.put, "/sandbox/config", {"signing": "rfc9421"})
        order = self.order()
        self.stage.initiate(self.buyer, order)
        self.stage.payment_ends(self.buyer, order, "CAPTURED")

    def test_callbacks_are_believed_after_the_sandboxs_clock_was_moved(self):
        self.stage.sandbox.post("/sandbox/clock", {"advanceSeconds": 3600})
        order = self.order()
        self.stage.initiate(self.buyer, order)
        self.stage.payment_ends(self.buyer, order, "CAPTURED")
        events = self.stage.admin.all(f"/orders/{order['id']}/events")
        proofs = [event["data"]["evidence"] for event in events
                  if event["type"] == "payment.captured.v1"]
        self.assertEqual(proofs, ["SIGNED_CALLBACK"])

    def test_an_id_that_is_not_ours_is_taken_note_of(self):
        body = self.callback(str(uuid.uuid4()))
        self.assertEqual(self.send(body, self.seal(body)).status, 200)

    def test_an_attempt_that_never_was_is_taken_note_of(self):
        order = self.order()
        never = f"pay_{order['id']}_7"
        digest = bytearray(hashlib.sha256(f"deposit:{never}".encode()).digest()[:16])
        digest[6], digest[8] = 0x40 | digest[6] & 0x0f, 0x80 | digest[8] & 0x3f
        for status in ("COMPLETED", "PROCESSING", "FAILED"):
            body = self.callback(str(uuid.UUID(bytes=bytes(digest))), status=status,
                                 metadata={"orderId": order["id"], "paymentId": never})
            self.assertEqual(self.send(body, self.seal(body)).status, 200, status)
        self.assertEqual(self.buyer.get(f"/orders/{order['id']}")["status"], "PENDING")

    def test_flutterwave_knocks_with_its_hash_and_owns_no_payment_yet(self):
        body = json.dumps({"event": "charge.completed", "data": {"tx_ref": "x"}}).encode()
        secret = self.world.environment["FLUTTERWAVE_SECRET_HASH"]
        for headers in ({}, {"verif-hash": ""}, {"verif-hash": secret + "0"}):
            reply = self.send(body, headers, "flutterwave")
            self.assertEqual((reply.status, reply.json["code"]), (401, "webhook_signature_invalid"))
        self.assertEqual(self.send(body, {"verif-hash": secret}, "flutterwave").status, 200)
        large = b'{"data":"' + b"x" * 65536 + b'"}'
        self.assertEqual(self.send(large, {"verif-hash": secret}, "flutterwave").status, 413)

    def test_late_money_is_paid_and_owed_back_at_once(self):
        order = self.order()
        started = self.stage.initiate(self.buyer, order, OPEN_FOR_EVER)
        provider_id = until(lambda: self.world.ledger(started["transactionId"]), 10, "deposit")
        self.buyer.patch(f"/orders/{order['id']}/cancel", {"reason": "No"})
        payable = float(self.stage.finance.get("/admin/books")["refundPayable"])
        body = self.callback(provider_id[0]["id"])
        self.assertEqual(self.send(body, self.seal(body)).status, 200)
        status = self.stage.payment_ends(self.buyer, order, "CAPTURED")
        self.assertEqual(status["paymentStatus"], "PAID")
        until(lambda: self.buyer.get(f"/orders/{order['id']}")["paymentStatus"] == "PAID", 10,
              "shown as paid")
        self.world.until_books(refundPayable=f"{payable + 100:.2f}", difference="0.00")
        types = [event["type"] for event in self.stage.admin.all(f"/orders/{order['id']}/events")]
        self.assertIn("payment.refund_owed.v1", types)

    def test_rubbish_and_oversize_are_refused(self):
        self.assertIn(self.send(b"{", self.seal(b"{")).status, (400, 401))
        large = b'{"depositId":"' + b"x" * 65536 + b'"}'
        self.assertEqual(self.send(large, self.seal(large)).status, 413)


class Late(PaymentTest):
    """Payments of orders that are no longer there to be paid."""

    def test_an_expired_order_takes_no_payment(self):
        order = self.order()
        self.world.advance(24 * 3600 + 60)
        self.stage.reaches(self.buyer, order, "CANCELLED")
        with self.assertRaises(Problem) as raised:
            self.stage.initiate(self.buyer, order)
        self.assertEqual(raised.exception.status, 409)
        self.assertIn(raised.exception.code, ("stock_not_held", "illegal_transition"))


if __name__ == "__main__":
    unittest.main()
