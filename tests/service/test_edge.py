"""The edge: keys, conventions, bad input of every kind, requests that try to smuggle another."""

import json
import re
import socket
import unittest

from stage import ServiceTest
from day.client import Transport

# Every call of api.md that answers today; the contract must declare each of them.
ROUTES = """
POST /auth/register|POST /auth/login|POST /auth/refresh|POST /auth/logout|GET /auth/me
POST /auth/mfa/totp|POST /auth/mfa/totp/confirm|POST /admin/users|POST /internal/users
POST /shops|GET /shops/{}|GET /admin/shops|PATCH /admin/shops/{}/approve
PATCH /admin/shops/{}/reject|PATCH /admin/shops/{}/suspend|PATCH /admin/shops/{}/activate
PUT /shops/{}/payout-method|POST /products|PATCH /products/{}|DELETE /products/{}
POST /products/{}/stock|GET /products/{}|GET /products|POST /orders|GET /orders/{}|GET /orders
GET /orders/{}/events|PATCH /orders/{}/cancel|PATCH /orders/{}/accept|PATCH /orders/{}/ready
POST /payments/initiate|GET /payments/status/{}|POST /payments/webhook/pawapay
POST /payments/webhook/flutterwave
POST /delivery/apply|GET /delivery/admin/applications|GET /delivery/admin/agents
PATCH /delivery/admin/agents/{}/approve|PATCH /delivery/admin/agents/{}/suspend
PATCH /delivery/admin/agents/{}/activate|PATCH /delivery/admin/agents/{}/reject
GET /delivery/agent/me|PATCH /delivery/agent/availability|GET /delivery/agent/deliveries
GET /delivery/agent/available|POST /delivery/admin/assign|POST /delivery/agent/claim
POST /delivery/agent/release|POST /delivery/agent/pickup|POST /delivery/agent/confirm
POST /delivery/signature/{}/capture|POST /orders/{}/pin|GET /delivery/orders/{}/proof
GET /shops/{}/account|GET /shops/{}/account/lines|GET /shops/{}/account/payouts
POST /admin/settlements/run|GET /admin/payouts|GET /admin/payouts/{}|GET /admin/books
GET /admin/zra/transmissions|GET /admin/zra/transmissions/{}|POST /admin/zra/retransmit/{}
POST /admin/zra/validate-tpin|POST /internal/generate|POST /internal/retry/{}
GET /admin/config|PUT /admin/config/{}|POST /internal/clock|GET /internal/clock
"""


class Doors(ServiceTest):
    """Keys and the open doors."""

    def plain(self, path, headers=None, method="GET", body=None):
        """A call outside /api/v1 or with exactly these headers."""
        return Transport(self.world.url).send(method, path, headers or {}, body)

    def test_the_api_wants_the_client_key(self):
        for key in ({}, {"x-pakashop-key": "wrong"}, {"x-pakashop-key": ""}):
            for path in ("/api/v1/products", "/api/v1/orders", "/api/v1/auth/me"):
                reply = self.plain(path, key)
                self.assertEqual((reply.status, reply.json["code"]), (401, "client_key_invalid"))

    def test_open_doors_and_the_metrics(self):
        for path in ("/health", "/ready", "/openapi.json", "/docs"):
            self.assertEqual(self.plain(path).status, 200, path)
        for key in ({}, {"x-internal-key": "wrong"},
                    {"x-internal-key": self.stage.api.client_key},
                    {"x-pakashop-key": self.stage.api.client_key}):
            reply = self.plain("/metrics", key)
            self.assertEqual((reply.status, reply.json["code"]), (401, "internal_key_invalid"))
        metrics = self.plain("/metrics", {"x-internal-key": self.stage.api.internal_key})
        self.assertIn(b"# TYPE", metrics.body)
        for name in (b"zra_transmission_success_rate", b"zra_transmission_latency_ms",
                     b"zra_failed_transmissions", b"zra_mock_transmissions",
                     b"zra_invalid_tpin_count"):
            self.assertIn(name, metrics.body)

    def test_the_contract_declares_every_route(self):
        contract = self.plain("/openapi.json").json
        self.assertTrue(contract["openapi"].startswith("3.1"))
        declared = {(verb.upper(), re.sub(r"\{[^}]*\}", "{}", path).removeprefix("/api/v1"))
                    for path, verbs in contract["paths"].items() for verb in verbs}
        wanted = [tuple(route.split(" ")) for line in ROUTES.split("\n") if line
                  for route in line.split("|")]
        self.assertGreater(len(wanted), 60)
        self.assertEqual([route for route in wanted if route not in declared], [])

    def test_the_contract_tells_what_every_call_takes_and_answers(self):
        contract = self.plain("/openapi.json").json
        for path, verbs in contract["paths"].items():
            for verb, operation in verbs.items():
                with self.subTest(call=f"{verb} {path}"):
                    success = {status: reply for status, reply in operation["responses"].items()
                               if status < "300"}
                    self.assertEqual(len(success), 1)
                    for status, reply in success.items():
                        self.assertEqual("content" in reply, status != "204")
        for provider in ("pawapay", "flutterwave"):
            hook = contract["paths"][f"/api/v1/payments/webhook/{provider}"]["post"]
            self.assertIn("requestBody", hook)
        for name in re.findall(r'"#/components/schemas/(\w+)"', json.dumps(contract)):
            self.assertIn(name, contract["components"]["schemas"])

    def test_the_documents_are_whole_and_speak_of_delivery(self):
        docs = self.plain("/docs").body.decode()
        self.assertNotRegex(docs, r'(src|href)="https?://')
        contract = self.plain("/openapi.json").body.decode()
        self.assertNotRegex(contract + docs, "(?i)shipping")

    def test_correlation_ids_are_echoed_or_made(self):
        reply = self.stage.api.call("GET", "/products", headers={"X-Correlation-Id": "till-7"})
        self.assertEqual(reply.headers["X-Correlation-Id"], "till-7")
        self.assertTrue(self.stage.api.call("GET", "/products").headers["X-Correlation-Id"])

    def test_unknown_paths_and_methods(self):
        with self.refused(404, "not_found"):
            self.stage.api.get("/nowhere")
        reply = self.stage.api.transport.send("DELETE", "/auth/me", self.stage.api.headers(
            "GET", None, None, None, False, False), None)
        self.assertEqual((reply.status, reply.headers["Allow"]), (405, "GET"))

    def test_paths_that_climb_lead_nowhere(self):
        headers = {"x-pakashop-key": self.stage.api.client_key}
        for path in ("/api/v1/orders/..%2f..%2fhealth", "/api/v1/../../etc/passwd",
                     "/api/v1/orders/%00", "/api/v1/orders/%ff", "/api/v1/orders/" + "x" * 9000):
            with self.subTest(path=path[:40]):
                self.assertIn(self.plain(path, headers).status, (400, 401, 404, 414, 431))


class BadInput(ServiceTest):
    """Bodies that are no JSON, or the wrong JSON: a problem document, and nothing happened."""

    @classmethod
    def set_the_stage(cls):
        cls.shop, cls.buyer = cls.stage.shop(), cls.stage.person()
        cls.product = cls.stage.product(cls.shop)

    def tearDown(self):
        self.assertEqual(self.buyer.all("/orders"), [])
        self.assertEqual(self.shop.owner.get(f"/products/{self.product}")["available"], 100)

    def send(self, body, headers=None):
        """POST /orders with raw bytes."""
        return self.buyer.call("POST", "/orders", body, headers=headers)

    def test_malformed_json(self):
        good = json.dumps(self.stage.order_form(self.product))
        bodies = [b"", b"{", b"nonsense", b"[1,]", b"{'a':1}", b'{"a":NaN}', b'{"a":1e400}',
                  b'{"a":01}', b'{"a":"\x01"}', good.encode() + b"x",
                  b"\xef\xbb\xbf" + good.encode(),
                  b'{"items":[],"items":[]}', b'{"a":{"b":1,"b":2}}', b'{"notes":"\xff\xfe"}',
                  b'{"notes":"\xc0\xaf"}', b'{"notes":"\\ud800"}', b"[" * 33 + b"]" * 33,
                  b'{"a":' * 40 + b"1" + b"}" * 40, b"[" * 100_000]
        for body in bodies:
            with self.subTest(body=body[:30]):
                with self.refused(400, "malformed_json"):
                    self.send(body)

    def test_json_that_is_no_object(self):
        for body in (b"[]", b'"text"', b"5", b"null", b"true"):
            with self.subTest(body=body):
                with self.assertRaises(Exception) as raised:
                    self.send(body)
                self.assertIn(raised.exception.status, (400, 422))

    def test_wrong_fields_are_named(self):
        form = self.stage.order_form(self.product)
        item, address = form["items"][0], form["deliveryAddress"]
        cases = {
            "/colour": {**form, "colour": "red"},
            "/items/0/price": {**form, "items": [{**item, "price": "1.00"}]},
            "/items": {**form, "items": "all"},
            "/items/0/quantity": {**form, "items": [{**item, "quantity": "1"}]},
            "/items/0/productId": {**form, "items": [{"quantity": 1}]},
            "/deliveryAddress": {"items": form["items"]},
            "/deliveryAddress/phone": {**form, "deliveryAddress": {**address, "phone": "12"}},
            "/deliveryAddress/firstName": {**form, "deliveryAddress": {**address, "firstName": 5}},
            "/deliveryAddress/location/lat": {
                **form, "deliveryAddress": {**address, "location": {"lat": 91, "lng": 28}}},
            "/notes": {**form, "notes": ["x"]},
        }
        for pointer, body in cases.items():
            with self.subTest(pointer=pointer):
                with self.refused(422, "validation_failed") as caught:
                    self.send(json.dumps(body).encode())
                self.assert_pointer(caught.problem, pointer)

    def test_quantities_that_overflow(self):
        dear = self.stage.product(self.shop, price="90000000000.00", stock=2_000_000_000)
        for quantity in (2 ** 31, 2 ** 53 + 1, 2 ** 63 - 1, 2 ** 63, 10 ** 30, 2_000_000_000):
            with self.subTest(quantity=quantity):
                with self.assertRaises(Exception) as raised:
                    self.stage.order(self.buyer, (dear, quantity))
                self.assertIn(raised.exception.status, (409, 422))

    def test_routes_without_a_body_refuse_one_that_says_something(self):
        for body, status, code in ((b"{", 400, "malformed_json"),
                                   (b'{"x":1}', 422, "validation_failed"),
                                   (b"[]", 422, "validation_failed")):
            with self.subTest(body=body):
                with self.refused(status, code):
                    self.buyer.call("POST", "/auth/mfa/totp", body)
        with self.refused(415, "media_type"):
            self.buyer.call("POST", "/auth/mfa/totp", b"{}", headers={"Content-Type": "text/plain"})

    def test_an_integer_of_any_length_is_json(self):
        body = json.dumps({**self.stage.order_form(self.product), "notes": 10 ** 400}).encode()
        with self.refused(422, "validation_failed") as caught:
            self.send(body)
        self.assert_pointer(caught.problem, "/notes")

    def test_other_media_types(self):
        for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded"):
            with self.refused(415, "media_type"):
                self.send(b"{}", {"Content-Type": kind})

    def test_bodies_over_a_mebibyte(self):
        with self.refused(413, "body_too_large") as caught:
            self.send(b'{"notes":"' + b"x" * (1 << 20) + b'"}')
        self.assertTrue(caught.problem.headers["X-Correlation-Id"])

    def test_ids_of_somebody_else_or_of_something_else(self):
        for path in (f"/orders/{self.product}", "/orders/ord_", "/orders/ord_nothing",
                     f"/shops/{self.product}", "/products/ord_1", "/orders/%E2%82%AC"):
            with self.subTest(path=path):
                with self.refused(404, "not_found"):
                    self.buyer.get(path)


class Smuggling(ServiceTest):
    """Requests whose end two readers could see differently: one answer at most, never a success."""

    def exchange(self, raw):
        """Sends bytes on a fresh connection; returns everything that comes back."""
        with socket.create_connection(("127.0.0.1", self.world.port), timeout=3) as wire:
            received = b""
            try:
                wire.sendall(raw)
                wire.shutdown(socket.SHUT_WR)
                while chunk := wire.recv(65536):
                    received += chunk
            except (ConnectionError, socket.timeout):
                pass
            return received

    def request(self, *headers, body=b"", line="POST /api/v1/auth/login HTTP/1.1"):
        """A request from its lines; the second one hides behind it."""
        hidden = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
        key = f"x-pakashop-key: {self.stage.api.client_key}"
        head = "\r\n".join([line, "Host: x", key, "Content-Type: application/json", *headers])
        return head.encode("latin-1") + b"\r\n\r\n" + body + hidden

    def refuses(self, raw):
        """At most one answer, and no success in it."""
        received = self.exchange(raw)
        statuses = re.findall(rb"HTTP/1\.[01] (\d{3})", received)
        self.assertLessEqual(len(statuses), 1, received[:500])
        self.assertTrue(all(status >= b"400" for status in statuses), received[:500])

    def test_ambiguous_lengths(self):
        cases = (("Content-Length: 5", "Content-Length: 6"), ("Content-Length: 5, 6",),
                 ("Content-Length: +5",), ("Content-Length: -1",), ("Content-Length: 0x5",),
                 ("Content-Length: 5 5",), ("Content-Length: 99999999999999999999",),
                 ("Content-Length: 5", "Transfer-Encoding: chunked"),
                 ("Transfer-Encoding: chunked, identity",), ("Transfer-Encoding: gzip",),
                 ("Transfer-Encoding : chunked",), ("Content-Length : 5",),
                 ("Transfer-Encoding: xchunked",))
        for headers in cases:
            with self.subTest(headers=headers):
                self.refuses(self.request(*headers, body=b"0\r\n\r\n"))

    def test_bad_chunks(self):
        for body in (b"zz\r\n{}\r\n0\r\n\r\n", b"-2\r\n{}\r\n0\r\n\r\n", b"2\r\n{}XX0\r\n\r\n",
                     b"ffffffffffffffff1\r\n{}\r\n0\r\n\r\n"):
            with self.subTest(body=body):
                self.refuses(self.request("Transfer-Encoding: chunked", body=body))

    def test_bad_heads(self):
        for raw in (self.request("Folded: a\r\n b"), self.request("No colon here"),
                    self.request("Nul: a\0b"), self.request("Big: " + "x" * 70_000),
                    self.request(*[f"H{i}: 1" for i in range(5000)]),
                    self.request(line="POST /api/v1/auth/login HTTP/9.9"),
                    self.request(line="POST /api/v1/auth login HTTP/1.1"),
                    self.request(line="P\0ST /api/v1/auth/login HTTP/1.1"),
                    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x00\x05hello", b"\0" * 64):
            with self.subTest(raw=raw[:50]):
                self.refuses(raw)

    def test_the_server_still_serves(self):
        self.assertTrue(self.stage.api.get("/products")["data"] is not None)


if __name__ == "__main__":
    unittest.main()
