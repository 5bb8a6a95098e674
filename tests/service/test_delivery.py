"""Delivery: agents, assignment, pickup, PIN, signature, proof."""

import json
import unittest

from stage import ServiceTest
from world import until
from day.paper import signature_hash
from day.pins import pins


class Agents(ServiceTest):
    """Applications and what admins make of them."""

    def test_an_application_is_approved_and_the_role_granted(self):
        person = self.stage.person()
        reply = person.call("POST", "/delivery/apply", self.stage.application(person))
        agent = reply.json["agentId"]
        self.assertEqual((reply.status, reply.json["status"]), (201, "PENDING"))
        self.assertTrue(agent.startswith("agt_"))
        rows = self.stage.admin.all("/delivery/admin/applications", {"type": "INDIVIDUAL"})
        self.assertIn(agent, [row["agentId"] for row in rows])
        answer = self.stage.admin.patch(f"/delivery/admin/agents/{agent}/approve")
        self.assertEqual(answer, {"agentId": agent, "status": "ACTIVE"})
        until(lambda: "DELIVERY_AGENT" in person.get("/auth/me")["roles"], 10, "role")
        self.assertEqual(person.get("/auth/me")["agentId"], agent)
        rows = self.stage.admin.all("/delivery/admin/agents")
        self.assertIn(agent, [row["agentId"] for row in rows])
        person.patch("/delivery/agent/availability", {"available": True})
        me = person.get("/delivery/agent/me")
        self.assertEqual((me["agentId"], me["type"], me["status"], me["available"]),
                         (agent, "INDIVIDUAL", "ACTIVE", True))

    def test_a_company_becomes_a_fleet_manager(self):
        person = self.stage.person()
        form = self.stage.application(person, type="COMPANY", legalName="Fast Feet Ltd",
                                      pacraNumber="120200001234")
        agent = person.post("/delivery/apply", form)["agentId"]
        self.stage.admin.patch(f"/delivery/admin/agents/{agent}/approve")
        until(lambda: "FLEET_MANAGER" in person.get("/auth/me")["roles"], 10, "role")

    def test_one_application_at_a_time_but_again_after_a_rejection(self):
        person = self.stage.person()
        agent = person.post("/delivery/apply", self.stage.application(person))["agentId"]
        with self.refused(409, "application_exists"):
            person.post("/delivery/apply", self.stage.application(person))
        answer = self.stage.admin.patch(f"/delivery/admin/agents/{agent}/reject",
                                        {"reason": "Blurred documents"})
        self.assertEqual(answer["status"], "REJECTED")
        self.assertEqual(person.get("/delivery/agent/me")["rejectionReason"], "Blurred documents")
        self.assertTrue(person.post("/delivery/apply", self.stage.application(person))["agentId"])

    def test_who_never_applied_is_no_agent_and_an_applicant_sees_how_it_stands(self):
        person = self.stage.person()
        for path in ("me", "deliveries", "available"):
            with self.refused(403, "role_required"):
                person.get(f"/delivery/agent/{path}")
        person.post("/delivery/apply", self.stage.application(person))
        self.assertEqual(person.get("/delivery/agent/me")["status"], "PENDING")

    def test_a_rejection_needs_a_reason(self):
        person = self.stage.person()
        agent = person.post("/delivery/apply", self.stage.application(person))["agentId"]
        with self.refused(422, "validation_failed"):
            self.stage.admin.patch(f"/delivery/admin/agents/{agent}/reject", {})

    def test_shop_owners_and_staff_do_not_deliver(self):
        for person in (self.stage.shop().owner, self.stage.admin, self.stage.finance):
            form = {"type": "INDIVIDUAL", "fullName": "Wezi Daka", "phone": "+260977000222",
                    "nrc": "123456/10/1", "vehicle": {"type": "BICYCLE"}}
            with self.refused(403, "role_excluded"):
                person.post("/delivery/apply", form)

    def test_suspension_and_return(self):
        agent = self.stage.agent()
        path = f"/delivery/admin/agents/{agent.id}"
        form = {"reason": "Late"}
        self.assertEqual(self.stage.admin.patch(f"{path}/suspend", form, key="out")["status"],
                         "SUSPENDED")
        self.assertNotIn("rejectionReason", agent.person.get("/delivery/agent/me"))
        self.stage.admin.patch(f"{path}/activate")
        self.assertEqual(self.stage.admin.patch(f"{path}/suspend", form, key="out")["status"],
                         "SUSPENDED")
        self.assertEqual(agent.person.get("/delivery/agent/me")["status"], "ACTIVE")
        self.stage.admin.patch(f"{path}/suspend", {"reason": "Late again"})
        with self.refused(409, "application_exists"):
            agent.person.post("/delivery/apply", self.stage.application(agent.person))
        self.assertEqual(self.stage.admin.patch(f"{path}/activate")["status"], "ACTIVE")
        with self.refused(409, "illegal_transition"):
            self.stage.admin.patch(f"{path}/reject", {"reason": "Too late for that"})

    def test_customers_are_no_agents(self):
        with self.refused(403, "role_required"):
            self.stage.person().patch("/delivery/agent/availability", {"available": True})


class DeliveryTest(ServiceTest):
    """A shop, a product, two agents, a buyer for each test."""

    @classmethod
    def set_the_stage(cls):
        cls.shop = cls.stage.shop()
        cls.product = cls.stage.product(cls.shop, stock=1000)
        cls.agent, cls.other = cls.stage.agent(), cls.stage.agent()

    def setUp(self):
        self.buyer = self.stage.person()

    def on_the_way(self):
        """An order OUT_FOR_DELIVERY with the first agent."""
        order = self.stage.paid(self.buyer, self.product)
        return self.stage.on_the_way(self.buyer, order, self.agent, self.shop)


class Assignment(DeliveryTest):
    """Assign, claim, release, pickup."""

    def deliveries(self, agent, order):
        """An agent's own deliveries of an order."""
        rows = agent.person.all("/delivery/agent/deliveries")
        return [row for row in rows if row["orderId"] == order["id"]]

    def test_the_first_claim_wins(self):
        order = self.stage.paid(self.buyer, self.product)
        rows = until(lambda: [row for row in self.agent.person.all("/delivery/agent/available")
                              if row["orderId"] == order["id"]], 10, "claimable")
        self.assertIsNone(rows[0]["destination"].get("phone"))
        self.assertEqual(rows[0]["stops"][0]["shopId"], self.shop.id)
        self.agent.person.post("/delivery/agent/claim", {"orderId": order["id"]})
        with self.refused(409, "already_assigned"):
            self.other.person.post("/delivery/agent/claim", {"orderId": order["id"]})
        mine = self.deliveries(self.agent, order)[0]
        self.assertEqual(mine["destination"]["phone"], "+260977123456")
        self.assertEqual(self.deliveries(self.other, order), [])

    def test_a_release_lets_another_claim(self):
        order = self.stage.paid(self.buyer, self.product)
        self.agent.person.post("/delivery/agent/claim", {"orderId": order["id"]})
        self.agent.person.post("/delivery/agent/release",
                               {"orderId": order["id"], "reason": "Flat tyre"})
        self.other.person.post("/delivery/agent/claim", {"orderId": order["id"]})
        self.assertEqual(len(self.deliveries(self.other, order)), 1)

    def test_the_admin_assigns_and_the_order_shows_the_agent(self):
        order = self.stage.paid(self.buyer, self.product)
        self.stage.assigned(order, self.other)
        seen = self.buyer.get(f"/orders/{order['id']}", position=self.stage.admin.position)
        self.assertEqual([row["agentId"] for row in seen["deliveries"]], [self.other.id])
        with self.refused(403, "role_required"):
            self.buyer.post("/delivery/admin/assign",
                            {"orderId": order["id"], "agentId": self.agent.id})

    def test_a_suspended_agent_picks_nothing_up_and_is_replaced(self):
        agent = self.stage.agent()
        order = self.stage.paid(self.buyer, self.product)
        agent.person.post("/delivery/agent/claim", {"orderId": order["id"]})
        self.stage.made_ready(order, self.shop)
        with self.refused(409, "already_assigned"):
            self.stage.assigned(order, self.other)
        self.stage.admin.patch(f"/delivery/admin/agents/{agent.id}/suspend", {"reason": "Theft"})
        with self.refused(409, "illegal_transition", **{"from": "SUSPENDED"}):
            agent.person.post("/delivery/agent/pickup", {"orderId": order["id"]})
        self.stage.assigned(order, self.other)
        self.assertEqual(self.deliveries(agent, order), [])
        self.other.person.post("/delivery/agent/pickup", {"orderId": order["id"]})
        self.stage.reaches(self.buyer, order, "OUT_FOR_DELIVERY")

    def test_an_agent_who_is_away_claims_nothing(self):
        agent = self.stage.agent()
        agent.person.patch("/delivery/agent/availability", {"available": False})
        order = self.stage.paid(self.buyer, self.product)
        with self.assertRaises(Exception) as raised:
            agent.person.post("/delivery/agent/claim", {"orderId": order["id"]})
        self.assertIn(raised.exception.status, (403, 409))

    def test_nothing_is_assigned_before_payment(self):
        order = self.stage.order(self.buyer, self.product)
        claim = {"orderId": order["id"]}
        for person, path, form in (
                (self.stage.admin, "/delivery/admin/assign", {**claim, "agentId": self.agent.id}),
                (self.agent.person, "/delivery/agent/claim", claim),
                (self.buyer, f"/orders/{order['id']}/pin", {})):
            with self.refused(409, "illegal_transition", **{"from": "PENDING"}):
                person.post(path, form)
        with self.refused(404, "not_found"):
            self.agent.person.post("/delivery/agent/claim", {"orderId": "ord_nothing"})
        with self.refused(404, "not_found"):
            self.agent.person.post("/delivery/agent/pickup",
                                   {"orderId": "ord_nothing", "shopId": self.shop.id})

    def test_what_was_claimed_is_claimed_whatever_happened_since(self):
        agent = self.stage.agent()
        order = self.stage.paid(self.buyer, self.product)
        claim = {"orderId": order["id"]}
        first = agent.person.post("/delivery/agent/claim", claim, key="mine")
        agent.person.patch("/delivery/agent/availability", {"available": False})
        self.assertEqual(agent.person.post("/delivery/agent/claim", claim, key="mine"), first)
        again = agent.person.post("/delivery/agent/claim", claim)
        self.assertEqual(again["status"], "ASSIGNED")
        self.stage.assigned(order, agent)

    def test_companies_and_other_orders_deliveries_are_not_assigned(self):
        person = self.stage.person()
        company = person.post("/delivery/apply", self.stage.application(
            person, type="COMPANY", legalName="Fast Feet Ltd", pacraNumber="1"))["agentId"]
        self.stage.admin.patch(f"/delivery/admin/agents/{company}/approve")
        order = self.stage.paid(self.buyer, self.product)
        form = {"orderId": order["id"], "agentId": self.agent.id}
        with self.refused(422, "validation_failed") as caught:
            self.stage.admin.post("/delivery/admin/assign", {**form, "agentId": company})
        self.assert_pointer(caught.problem, "/agentId")
        with self.refused(404, "not_found"):
            self.stage.admin.post("/delivery/admin/assign",
                                  {**form, "deliveryId": "dlv_ord_other_1"})
        own = self.buyer.get(f"/orders/{order['id']}")["deliveries"][0]["id"]
        self.stage.admin.post("/delivery/admin/assign", {**form, "deliveryId": own})

    def test_active_deliveries_come_first_on_every_page(self):
        agent = self.stage.agent()
        older = self.stage.paid(self.buyer, self.product)
        newer = self.stage.person()
        done, _ = self.stage.delivered(newer, agent, self.shop, self.product)
        newest = self.stage.paid(self.buyer, self.product)
        for order in (older, newest):
            agent.person.post("/delivery/agent/claim", {"orderId": order["id"]})
        wanted = [newest["id"], older["id"], done["id"]]
        path, found, cursor = "/delivery/agent/deliveries", [], None
        while True:
            page = agent.person.get(path, {"limit": "1", **({"cursor": cursor} if cursor else {})})
            found += [row["orderId"] for row in page["data"]]
            cursor = page["nextCursor"]
            if not cursor:
                break
        self.assertEqual(found, wanted)

    def test_pickup_waits_for_the_shop_and_is_the_assigned_agents(self):
        order = self.stage.paid(self.buyer, self.product)
        self.stage.assigned(order, self.agent)
        with self.refused(409, "not_ready"):
            self.agent.person.post("/delivery/agent/pickup", {"orderId": order["id"]})
        self.stage.made_ready(order, self.shop)
        with self.refused(404, "not_found"):
            self.other.person.post("/delivery/agent/pickup", {"orderId": order["id"]})
        self.agent.person.post("/delivery/agent/pickup", {"orderId": order["id"]})
        seen = self.stage.reaches(self.buyer, order, "OUT_FOR_DELIVERY")
        self.assertEqual(seen["statusLabel"], "Out for Delivery")
        with self.assertRaises(Exception) as raised:
            self.agent.person.post("/delivery/agent/release",
                                   {"orderId": order["id"], "reason": "Too late"})
        self.assertEqual(raised.exception.status, 409)

    def test_an_order_is_on_its_way_when_every_shop_handed_over(self):
        second = self.stage.shop()
        order = self.stage.paid(self.buyer, self.product, self.stage.product(second))
        self.stage.assigned(order, self.agent)
        self.stage.made_ready(order, self.shop)
        self.agent.person.post("/delivery/agent/pickup",
                               {"orderId": order["id"], "shopId": self.shop.id})
        seen = self.buyer.get(f"/orders/{order['id']}", position=self.agent.person.position)
        self.assertEqual(seen["status"], "CONFIRMED")
        self.stage.made_ready(order, second)
        self.agent.person.post("/delivery/agent/pickup",
                               {"orderId": order["id"], "shopId": second.id})
        self.stage.reaches(self.buyer, order, "OUT_FOR_DELIVERY")


class Pin(DeliveryTest):
    """POST /delivery/agent/confirm and POST /orders/:id/pin."""

    def wrong(self, pin):
        """A PIN that is not this one."""
        return f"{(int(pin) + 1) % 1_000_000:06d}"

    def test_the_pin_comes_by_message_to_the_account_phone_at_confirmation_and_pickup(self):
        order = self.on_the_way()
        self.stage.pin(self.buyer)
        self.assertEqual(len(pins(self.stage.sandbox, self.buyer.phone)), 2)
        self.assertEqual(pins(self.stage.sandbox, "+260977123456"), [])
        self.assertEqual(order["status"], "OUT_FOR_DELIVERY")

    def test_the_right_pin_asks_for_a_signature_once(self):
        order = self.on_the_way()
        asked = self.stage.confirm(self.agent, order, self.stage.pin(self.buyer))
        self.assertEqual(asked["signatureRequired"], True)
        self.assertTrue(asked["signatureId"].startswith("sig_"))
        self.assertEqual(self.buyer.get(f"/orders/{order['id']}")["status"], "OUT_FOR_DELIVERY")
        with self.refused(409, "pin_used"):
            self.stage.confirm(self.agent, order, self.stage.pin(self.buyer))

    def test_the_pin_of_the_confirmation_died_with_the_pickup(self):
        order = self.on_the_way()
        first, second = self.stage.pin(self.buyer, 1), self.stage.pin(self.buyer, 2)
        if first != second:
            with self.refused(422, "pin_wrong", attemptsLeft=4):
                self.stage.confirm(self.agent, order, first)
        self.stage.confirm(self.agent, order, second)

    def test_five_wrong_pins_lock_for_fifteen_minutes(self):
        order = self.on_the_way()
        pin = self.stage.pin(self.buyer)
        for left in (4, 3, 2, 1, 0):
            with self.refused(422, "pin_wrong", attemptsLeft=left):
                self.stage.confirm(self.agent, order, self.wrong(pin))
        with self.refused(423, "pin_locked") as caught:
            self.stage.confirm(self.agent, order, pin)
        self.assertIn("retryAt", caught.problem.document)
        self.world.advance(15 * 60 + 1)
        self.stage.confirm(self.agent, order, pin)

    def test_a_malformed_pin_is_no_try(self):
        order = self.on_the_way()
        pin = self.stage.pin(self.buyer)
        for malformed in ("12345", "1234567", "abcdef", 123456, None, ""):
            with self.subTest(pin=malformed):
                with self.refused(422, "validation_failed") as caught:
                    self.stage.confirm(self.agent, order, malformed)
                self.assert_pointer(caught.problem, "/pin")
        with self.refused(422, "pin_wrong", attemptsLeft=4):
            self.stage.confirm(self.agent, order, self.wrong(pin))

    def test_a_pin_dies_after_a_day_and_a_new_one_works(self):
        order = self.on_the_way()
        old = self.stage.pin(self.buyer)
        self.world.advance(24 * 3600 + 60)
        with self.refused(410, "pin_expired"):
            self.stage.confirm(self.agent, order, old)
        reply = self.buyer.call("POST", f"/orders/{order['id']}/pin", {})
        self.assertEqual(reply.status, 202)
        self.stage.confirm(self.agent, order, self.stage.pin(self.buyer, 3))

    def test_asking_for_a_new_pin_kills_the_old_one(self):
        order = self.on_the_way()
        old = self.stage.pin(self.buyer)
        self.buyer.post(f"/orders/{order['id']}/pin", {})
        new = self.stage.pin(self.buyer, 3)
        if old != new:
            with self.refused(422, "pin_wrong", attemptsLeft=4):
                self.stage.confirm(self.agent, order, old)
        self.stage.confirm(self.agent, order, new)

    def test_only_the_assigned_agent_enters_it_and_only_the_buyer_asks_for_one(self):
        order = self.on_the_way()
        with self.refused(404, "not_found"):
            self.stage.confirm(self.other, order, self.stage.pin(self.buyer))
        with self.refused(404, "not_found"):
            self.stage.person().post(f"/orders/{order['id']}/pin", {})


class Signature(DeliveryTest):
    """POST /delivery/signature/:id/capture and the proof."""

    def asked(self):
        """An order whose PIN was right: (order, signature id)."""
        order = self.on_the_way()
        return order, self.stage.confirm(self.agent, order,
                                         self.stage.pin(self.buyer))["signatureId"]

    def test_a_signature_delivers_and_its_hash_can_be_recomputed(self):
        order, signature = self.asked()
        with self.refused(404, "not_found"):
            self.buyer.get(f"/delivery/orders/{order['id']}/proof")
        form = self.stage.capture_form(order)
        done = self.stage.capture(self.agent, order, signature)
        self.assertEqual((done["orderId"], done["status"]), (order["id"], "DELIVERED"))
        self.assertEqual(done["capturedAt"], done["confirmedAt"])
        self.assertEqual(done["signatureHash"],
                         signature_hash(order["id"], form["signatureImage"],
                                        form["signatoryName"], done["capturedAt"]))
        self.assertRegex(done["proofHash"], "^[0-9a-f]{64}$")
        self.stage.reaches(self.buyer, order, "DELIVERED")
        for person in (self.buyer, self.agent.person, self.stage.admin):
            proof = person.get(f"/delivery/orders/{order['id']}/proof")
            self.assertIs(proof["verified"], True)
        with self.refused(404, "not_found"):
            self.stage.person().get(f"/delivery/orders/{order['id']}/proof")

    def test_bad_signatures_are_refused_by_name(self):
        order, signature = self.asked()
        image = self.stage.capture_form(order)["signatureImage"]
        bad = (("/signatureImage", "data:image/png;base64," + image),
               ("/signatureImage", "AAAA"), ("/signatureImage", "not base64!"),
               ("/strokes", "scribble"), ("/strokes", []), ("/strokes/0", [[]]),
               ("/signatoryName", ""))
        for pointer, value in bad:
            with self.subTest(pointer=pointer, value=str(value)[:30]):
                with self.refused(422, "validation_failed") as caught:
                    field = pointer.split("/")[1]
                    self.stage.capture(self.agent, order, signature, **{field: value})
                self.assert_pointer(caught.problem, pointer)
        self.assertEqual(self.buyer.get(f"/orders/{order['id']}")["status"], "OUT_FOR_DELIVERY")

    def test_strokes_have_a_limit(self):
        order, signature = self.asked()
        strokes = [[{"x": i, "y": i, "t": i} for i in range(4000)]]
        self.assertGreater(len(json.dumps(strokes)), 65536)
        with self.assertRaises(Exception) as raised:
            self.stage.capture(self.agent, order, signature, strokes=strokes)
        self.assertIn(raised.exception.status, (413, 422))

    def test_no_signature_without_a_pin_and_none_by_somebody_else(self):
        order, signature = self.asked()
        with self.refused(404, "not_found"):
            self.stage.capture(self.other, order, signature)
        with self.refused(404, "not_found"):
            self.stage.capture(self.agent, order, f"sig_{order['id']}_99")


if __name__ == "__main__":
    unittest.main()
