"""Orders: totals, stock, proofs and messages agree with what was placed."""

from collections import Counter

from .cast import Character
from .market import STOCK
from .money import ngwee, vat_inside
from .pins import pin_in


def totals_add_up(evidence, tally):
    """Line = price x quantity, tier price where one applies; totals and VAT are their sums."""
    for order in evidence.orders:
        lines = vat = 0
        for item in order["items"]:
            line, tier = ngwee(item["lineTotal"]), item.get("tier")
            tally.equal(ngwee(item["unitPrice"]) * item["quantity"], line, f"line {item['id']}")
            if tier:
                tally.expect(item["quantity"] >= tier["minQuantity"]
                             and item["unitPrice"] == tier["price"], f"tier of {item['id']}")
            lines, vat = lines + line, vat + vat_inside(line)
        totals = {name: ngwee(text) for name, text in order["totals"].items() if name != "currency"}
        tally.equal(totals["items"], lines, f"items of {order['id']}")
        tally.equal(totals["vat"], vat, f"VAT of {order['id']}")
        tally.equal(totals["total"], lines + totals["deliveryFee"] - totals["discount"],
                    f"total of {order['id']}")


def wholesale_happened(evidence, tally):
    """Some lines were big enough for a tier, and got it."""
    for order in evidence.orders:
        for item in order["items"]:
            if item.get("tier"):
                tally.expect(item["quantity"] >= 10, f"item {item['id']}")


def stock_adds_up(evidence, tally):
    """What every product has left is what it began with less what paid orders took."""
    sold = Counter()
    for order in evidence.orders:
        if order["reservation"] in ("HELD", "COMMITTED"):
            for item in order["items"]:
                sold[item["productId"]] += item["quantity"]
    for product in evidence.admin.all("/products"):
        if product["zraItemCode"].startswith("GDS-"):
            tally.equal(product["available"], STOCK - sold[product["id"]],
                        f"stock of {product['id']}")


def proofs_verify(evidence, tally):
    """Every delivered order has a proof that verifies."""
    for order in evidence.orders:
        if order["status"] == "DELIVERED":
            proof = evidence.admin.get(f"/delivery/orders/{order['id']}/proof")
            tally.expect(proof["verified"] is True, f"proof of {order['id']}")


def pins_sent_once(evidence, tally):
    """A PIN at confirmation and one at the last pickup: so many for each buyer, not one more."""
    expected, sent = Counter(), Counter()
    for order in evidence.orders:
        phone = order["deliveryAddress"]["phone"].lstrip("+")
        expected[phone] += order["paymentStatus"] == "PAID"
        expected[phone] += order["status"] in ("OUT_FOR_DELIVERY", "DELIVERED")
    for message in evidence.messages:
        sent[message["to"].lstrip("+")] += pin_in(message) is not None
    for phone in set(sent) | set(expected):
        tally.equal(sent[phone], expected[phone], f"PIN messages to {phone}")


def everybody_came(evidence, tally):
    """The market of the day was there: shops of every kind, all active, buyers with orders."""
    buyers = {order["deliveryAddress"]["phone"] for order in evidence.orders}
    tally.expect(Character("buyer", 0).phone in buyers, "the first buyer bought nothing")
    kinds = {shop["sellerKind"] for shop in evidence.shops if shop["status"] == "ACTIVE"}
    tally.equal(kinds, {"MERCHANT", "DISTRIBUTOR", "INDIVIDUAL"}, "kinds of active shops")


CHECKS = [
    ("shops of every kind are open, buyers came", everybody_came),
    ("order lines, totals and VAT add up", totals_add_up),
    ("wholesale tiers were used", wholesale_happened),
    ("stock = what was there - what was bought", stock_adds_up),
    ("every delivered order has a proof that verifies", proofs_verify),
    ("PIN messages: two for each delivered order, none twice", pins_sent_once),
]
