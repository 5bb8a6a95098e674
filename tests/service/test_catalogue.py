"""Shops and products: approval, ownership, what the public sees, search, stock."""

import unittest
from functools import partial

from stage import ServiceTest, fresh_phone, fresh_tpin
from world import until


class Shops(ServiceTest):
    """POST /shops and what admins do with it."""

    def test_a_shop_is_pending_until_approved_and_its_owner_gains_the_role(self):
        owner = self.stage.person()
        reply = owner.call("POST", "/shops", self.stage.shop_form())
        self.assertEqual((reply.status, reply.json["status"]), (201, "PENDING"))
        shop_id = reply.json["shopId"]
        self.assertTrue(shop_id.startswith("shp_"))
        waiting = self.stage.admin.all("/admin/shops", {"status": "PENDING"})
        self.assertIn(shop_id, [shop["id"] for shop in waiting])
        answer = self.stage.admin.patch(f"/admin/shops/{shop_id}/approve")
        self.assertEqual(answer, {"shopId": shop_id, "status": "ACTIVE"})
        until(lambda: "SHOP_OWNER" in owner.get("/auth/me")["roles"], 10, "role")
        me = owner.get("/auth/me")
        self.assertEqual(me["shopIds"], [shop_id])
        self.assertEqual(owner.get(f"/shops/{shop_id}")["tpinStatus"], "VALID")

    def test_the_owner_sees_all_and_strangers_the_public_fields(self):
        shop = self.stage.shop()
        own = shop.owner.get(f"/shops/{shop.id}")
        self.assertEqual((own["id"], own["name"], own["sellerKind"], own["status"], own["tpin"]),
                         (shop.id, shop.form["name"], "MERCHANT", "ACTIVE", shop.form["tpin"]))
        self.assertNotIn(shop.form["payoutMethod"]["phone"], str(own["payoutMethod"]))
        public = self.stage.api.get(f"/shops/{shop.id}")
        self.assertEqual((public["id"], public["name"]), (shop.id, shop.form["name"]))
        self.assertNotIn("payoutMethod", public)

    def test_an_unknown_tpin_is_found_out_and_does_not_stop_the_shop(self):
        shop = self.stage.shop(tpin=fresh_tpin("9"))
        seen = shop.owner.get(f"/shops/{shop.id}")
        self.assertEqual((seen["status"], seen["tpinStatus"]), ("ACTIVE", "INVALID"))

    def test_all_three_kinds_of_seller_may_open_a_shop(self):
        for kind in ("MERCHANT", "DISTRIBUTOR", "INDIVIDUAL"):
            self.assertTrue(self.stage.shop(sellerKind=kind).id)

    def test_an_admin_cannot_open_a_shop(self):
        with self.refused(403, "role_excluded"):
            self.stage.admin.post("/shops", self.stage.shop_form())

    def test_bad_forms_name_the_field(self):
        owner = self.stage.person()
        bad = {"/sellerKind": {"sellerKind": "PIRATE"}, "/tpin": {"tpin": "12"},
               "/phone": {"phone": "0977"}, "/name": {"name": ""},
               "/payoutMethod/provider": {"payoutMethod": {
                   "type": "MOBILE_MONEY", "provider": "BANK", "phone": fresh_phone()}}}
        for pointer, change in bad.items():
            with self.subTest(pointer=pointer):
                with self.refused(422, "validation_failed") as caught:
                    owner.post("/shops", self.stage.shop_form(**change))
                self.assert_pointer(caught.problem, pointer)

    def test_rejection_suspension_and_their_illegal_neighbours(self):
        admin, owner = self.stage.admin, self.stage.person()
        shop_id = owner.post("/shops", self.stage.shop_form())["shopId"]
        with self.refused(409, "illegal_transition") as caught:
            admin.patch(f"/admin/shops/{shop_id}/suspend", {"reason": "Too early"})
        self.assertEqual(caught.problem.document["from"], "PENDING")
        self.assertIn("asked", caught.problem.document)
        answer = admin.patch(f"/admin/shops/{shop_id}/reject", {"reason": "No papers"})
        self.assertEqual(answer["status"], "REJECTED")
        active = self.stage.shop().id
        self.assertEqual(admin.patch(f"/admin/shops/{active}/approve")["status"], "ACTIVE")
        answer = admin.patch(f"/admin/shops/{active}/suspend", {"reason": "Complaints"})
        self.assertEqual(answer["status"], "SUSPENDED")
        self.assertEqual(admin.patch(f"/admin/shops/{active}/activate")["status"], "ACTIVE")

    def test_only_admins_decide_about_shops(self):
        owner = self.stage.person()
        shop_id = owner.post("/shops", self.stage.shop_form())["shopId"]
        with self.refused(403, "role_required"):
            owner.patch(f"/admin/shops/{shop_id}/approve")
        for person in (owner, self.stage.finance):
            with self.refused(403, "role_required"):
                person.get("/admin/shops")

    def test_the_payout_method_is_the_owners_and_needs_a_key(self):
        shop = self.stage.shop()
        method = {"type": "MOBILE_MONEY", "provider": "MTN_MOMO_ZMB", "phone": fresh_phone("26096")}
        with self.refused(400, "idempotency_key_required"):
            shop.owner.put(f"/shops/{shop.id}/payout-method", method, key=None)
        shop.owner.put(f"/shops/{shop.id}/payout-method", method)
        self.assertEqual(shop.owner.get(f"/shops/{shop.id}")["payoutMethod"]["provider"],
                         "MTN_MOMO_ZMB")
        for stranger in (self.stage.shop().owner, self.stage.person()):
            with self.refused(404, "not_found"):
                stranger.put(f"/shops/{shop.id}/payout-method", method)

    def test_the_owner_of_a_pending_shop_may_set_the_payout_method(self):
        owner = self.stage.person()
        shop_id = owner.post("/shops", self.stage.shop_form())["shopId"]
        method = {"type": "MOBILE_MONEY", "provider": "MTN_MOMO_ZMB", "phone": fresh_phone("26096")}
        answer = owner.put(f"/shops/{shop_id}/payout-method", method)
        self.assertEqual((answer["status"], answer["payoutMethod"]["provider"]),
                         ("PENDING", "MTN_MOMO_ZMB"))


class Products(ServiceTest):
    """POST /products and what its owner does with it."""

    @classmethod
    def set_the_stage(cls):
        cls.shop = cls.stage.shop()

    def test_a_product_is_shown_as_it_was_declared(self):
        tiers = [{"minQuantity": 10, "price": "90.00"}]
        form = self.stage.product_form(self.shop, wholesaleTiers=tiers)
        made = self.shop.owner.call("POST", "/products", form)
        self.assertEqual(made.status, 201)
        self.assertTrue(made.json["productId"].startswith("prd_"))
        seen = self.shop.owner.get(f"/products/{made.json['productId']}")
        for field in ("shopId", "name", "description", "price", "categories", "wholesaleTiers",
                      "zraItemCode"):
            self.assertEqual(seen[field], form[field], field)
        self.assertEqual((seen["currency"], seen["zraTaxCode"], seen["available"], seen["status"]),
                         ("ZMW", "VAT16", 100, "ACTIVE"))
        self.assertEqual((seen["sku"], seen["shopName"], seen["images"]),
                         (made.json["sku"], self.shop.form["name"], []))

    def test_a_customer_sells_nothing_and_nobody_sells_in_anothers_shop(self):
        form = self.stage.product_form(self.shop)
        with self.refused(403, "role_required"):
            self.stage.person().post("/products", form)
        with self.refused(404, "not_found"):
            self.stage.shop().owner.post("/products", form)

    def test_the_owner_changes_price_and_stock_and_strangers_do_not(self):
        product = self.stage.product(self.shop)
        self.shop.owner.patch(f"/products/{product}", {"price": "120.50"})
        self.assertEqual(self.shop.owner.get(f"/products/{product}")["price"], "120.50")
        answer = self.shop.owner.post(f"/products/{product}/stock",
                                      {"delta": -40, "reason": "Water damage"})
        self.assertEqual(answer["available"], 60)
        for stranger in (self.stage.shop().owner, self.stage.person()):
            with self.refused(404, "not_found"):
                stranger.patch(f"/products/{product}", {"price": "1.00"})
            with self.refused(404, "not_found"):
                stranger.post(f"/products/{product}/stock", {"delta": 1, "reason": "Gift"})
            with self.refused(404, "not_found"):
                stranger.delete(f"/products/{product}")

    def test_more_units_than_anybody_counts_are_refused_at_delta(self):
        product = self.stage.product(self.shop, stock=10_000_000_000)
        with self.refused(422, "validation_failed") as caught:
            self.shop.owner.post(f"/products/{product}/stock", {"delta": 1, "reason": "More"})
        self.assert_pointer(caught.problem, "/delta")

    def test_stock_never_falls_below_nothing(self):
        product = self.stage.product(self.shop, stock=3)
        with self.assertRaises(Exception) as raised:
            self.shop.owner.post(f"/products/{product}/stock", {"delta": -4, "reason": "Oops"})
        self.assertIn(raised.exception.status, (409, 422))
        self.assertEqual(self.shop.owner.get(f"/products/{product}")["available"], 3)

    def test_a_deleted_product_is_not_listed_and_not_sold(self):
        product = self.stage.product(self.shop)
        reply = self.shop.owner.call("DELETE", f"/products/{product}")
        self.assertEqual(reply.status, 204)
        listed = self.shop.owner.all("/products", {"shopId": self.shop.id})
        self.assertNotIn(product, [row["id"] for row in listed])
        with self.refused(422, "product_unavailable"):
            self.stage.order(self.stage.person(), product)

    def test_a_suspended_shop_disappears_with_its_products(self):
        shop = self.stage.shop()
        product = self.stage.product(shop)
        self.stage.admin.patch(f"/admin/shops/{shop.id}/suspend", {"reason": "Complaints"})
        until(lambda: not self.stage.admin.all("/products", {"shopId": shop.id}), 10, "hidden")
        buyer = self.stage.person()

        def refused():
            try:
                self.stage.order(buyer, product)
            except Exception as error:  # pylint: disable=broad-except
                return getattr(error, "code", None) == "product_unavailable"
            return False

        until(refused, 10, "a suspended shop sells nothing")

    def test_bad_prices_and_tiers_are_refused(self):
        bad = {"/price": ["0.00", "-1.00", "1.001", "1", "1.5", 5, "1e3", "100000000000.00"],
               "/stock": [-1, 1.5, "3", 2 ** 70], "/name": ["", None]}
        for pointer, values in bad.items():
            for value in values:
                with self.subTest(pointer=pointer, value=value):
                    form = self.stage.product_form(self.shop, **{pointer[1:]: value})
                    with self.refused(422, "validation_failed") as caught:
                        self.shop.owner.post("/products", form)
                    self.assert_pointer(caught.problem, pointer)
        twice = [{"minQuantity": 10, "price": "9.00"}, {"minQuantity": 10, "price": "8.00"}]
        with self.refused(422, "validation_failed") as caught:
            self.shop.owner.post(
                "/products", self.stage.product_form(self.shop, wholesaleTiers=twice))
        self.assert_pointer(caught.problem, "/wholesaleTiers/1/minQuantity")


class Search(ServiceTest):
    """GET /products with filters, orders and pages."""

    @classmethod
    def set_the_stage(cls):
        cls.shop = cls.stage.shop()
        goods = (("Maize meal", "30.00", 5, "food"), ("Cooking oil", "90.00", 0, "food"),
                 ("Solar panel", "900.00", 2, "energy"))
        cls.ids = [cls.stage.product(cls.shop, name=name, price=price, stock=stock,
                                     categories=[category])
                   for name, price, stock, category in goods]
        until(lambda: len(cls.find()) == 3, 10, "products listed")

    @classmethod
    def find(cls, **query):
        """Ids of this class's products that a search finds, in its order."""
        rows = cls.shop.owner.all("/products", {"shopId": cls.shop.id, **query})
        return [row["id"] for row in rows]

    def test_filters(self):
        maize, oil, solar = self.ids
        self.assertEqual(self.find(q="solar"), [solar])
        self.assertEqual(set(self.find(category="food")), {maize, oil})
        self.assertEqual(self.find(minPrice="50.00", maxPrice="100.00"), [oil])
        self.assertEqual(set(self.find(inStock="true")), {maize, solar})

    def test_orders(self):
        maize, oil, solar = self.ids
        self.assertEqual(self.find(sort="price"), [maize, oil, solar])
        self.assertEqual(self.find(sort="-price"), [solar, oil, maize])
        self.assertEqual(self.find(sort="name"), [oil, maize, solar])
        self.assertEqual(self.find(sort="-createdAt"), [solar, oil, maize])

    def test_pages(self):
        query = {"shopId": self.shop.id, "sort": "price", "limit": "2"}
        first = self.shop.owner.get("/products", query)
        self.assertEqual([row["id"] for row in first["data"]], self.ids[:2])
        rest = self.shop.owner.get("/products", {**query, "cursor": first["nextCursor"]})
        self.assertEqual(([row["id"] for row in rest["data"]], rest["nextCursor"]),
                         (self.ids[2:], None))

    def test_what_is_listed_meanwhile_moves_no_page(self):
        for sort, first in (("-createdAt", {}), ("price", {"price": "0.50"}),
                            ("-price", {"price": "9.00"}), ("name", {"name": "Aa"})):
            shop = self.stage.shop()
            for price in ("3.00", "1.00", "2.00"):
                self.stage.product(shop, name=f"Brick {price}", price=price)
            find = partial(shop.owner.get, "/products")
            query = {"shopId": shop.id, "sort": sort}
            until(lambda: len(find(query)["data"]) == 3, 10, "the goods")
            before, page = self.find(shopId=shop.id, sort=sort), find({**query, "limit": "1"})
            seen = [row["id"] for row in page["data"]]
            new = self.stage.product(shop, **{"name": "Brick", **first})
            until(lambda: find(query)["data"][0]["id"] == new, 10, "a new product in front")
            while page["nextCursor"]:
                page = find({**query, "limit": "1", "cursor": page["nextCursor"]})
                seen += [row["id"] for row in page["data"]]
            self.assertEqual(seen, before, sort)

    def test_bad_questions(self):
        for limit in ("0", "201", "many"):
            with self.refused(422, "validation_failed"):
                self.stage.api.get("/products", {"limit": limit})
        negative, far = b"-5|rows".hex(), b"9223372036854775807|rows".hex()
        for cursor in ("made-up", negative, f"{negative}-{'0' * 16}", far):
            with self.refused(400, "cursor_invalid"):
                self.stage.api.get("/products", {"cursor": cursor})
        with self.refused(422, "validation_failed") as caught:
            self.stage.admin.get("/admin/shops", {"status": "FOO"})
        self.assert_pointer(caught.problem, "/status")
        self.assertTrue(self.stage.admin.get("/admin/shops", {"status": ""})["data"])

    def test_a_product_that_is_not_there(self):
        with self.refused(404, "not_found"):
            self.stage.api.get("/products/prd_nothing")


if __name__ == "__main__":
    unittest.main()
