"""Tax: one accepted invoice for each paid order and shop, numbered without gaps, computed rightly.

Amounts in an invoice are JSON numbers; they are read as decimal text, never as floating point.
"""

import json
import re
from collections import Counter, defaultdict
from decimal import Decimal

from .money import ngwee, vat_inside

NUMBER = re.compile(r"PKS-(\d{8})-(\d{3,})")


def as_ngwee(number):
    """A JSON number of an invoice as ngwee, exactly."""
    amount = Decimal(str(number)) * 100
    if amount != int(amount):
        raise ValueError(f"{number} is finer than a ngwee")
    return int(amount)


def document(row):
    """The invoice inside what the sandbox received."""
    body = row["body"]
    body = json.loads(body) if isinstance(body, str) else body
    return body.get("invoice", body)


def one_invoice_each(evidence, tally):
    """Every paid (order, shop) has one transmission: SENT, or BLOCKED_TPIN if the TPIN is bad."""
    states = defaultdict(list)
    for row in evidence.transmissions:
        states[row["orderId"], row["shopId"]].append(row["transmissionStatus"])
    bad = {shop["id"] for shop in evidence.shops if shop["tpinStatus"] != "VALID"}
    for order in evidence.paid_orders:
        for shop in {item["shopId"] for item in order["items"]}:
            expected = ["BLOCKED_TPIN" if shop in bad else "SENT"]
            tally.equal(states.pop((order["id"], shop), None), expected,
                        f"invoice of {order['id']} and {shop}")
    tally.equal(dict(states), {}, "invoices of orders nobody paid")


def accepted_once(evidence, tally):
    """The tax office has each of our SENT invoices once, and no other."""
    there = Counter((row["sellerTpin"], row["invoiceNumber"]) for row in evidence.received_invoices)
    for row in evidence.transmissions:
        if row["transmissionStatus"] == "SENT":
            tally.equal(there.pop((row["tpin"], row["invoiceNumber"]), 0), 1,
                        f"invoice {row['invoiceNumber']} of {row['tpin']}")
            tally.expect(row["vsdcNumber"], f"invoice {row['id']} has no receipt number")
    tally.equal(dict(there), {}, "invoices only the tax office knows")


def numbers_without_gaps(evidence, tally):
    """Per TPIN and day the numbers run 1, 2, 3 … without a gap."""
    series = defaultdict(list)
    for row in evidence.received_invoices:
        match = NUMBER.fullmatch(row["invoiceNumber"])
        if not match:
            tally.fail(f"{row['invoiceNumber']} is not a number of ours")
            continue
        series[row["sellerTpin"], match[1]].append(int(match[2]))
    for name, numbers in series.items():
        tally.equal(sorted(numbers), list(range(1, len(numbers) + 1)), f"series {name}")


def arithmetic(evidence, tally):
    """C-03: VAT lies inside the price; net + VAT = total = that shop's share of the order."""
    shares = Counter()
    for order in evidence.paid_orders:
        for item in order["items"]:
            shares[order["id"], item["shopId"]] += ngwee(item["lineTotal"])
    owners = {(row["tpin"], row["invoiceNumber"]): (row["orderId"], row["shopId"])
              for row in evidence.transmissions}
    for row in evidence.received_invoices:
        name = f"{row['sellerTpin']} {row['invoiceNumber']}"
        invoice, summary = document(row), document(row)["summary"]
        tax = 0
        for item in invoice["items"]:
            line = as_ngwee(item["totalPrice"]) - as_ngwee(item["discount"])
            tax += as_ngwee(item["taxAmount"])
            tally.equal(as_ngwee(item["taxAmount"]), vat_inside(line), f"VAT of a line of {name}")
        amount = as_ngwee(summary["totalAmount"])
        tally.equal(as_ngwee(summary["totalTax"]), tax, f"total VAT of {name}")
        tally.equal(as_ngwee(summary["subtotal"]) + tax, amount, f"net + VAT of {name}")
        tally.equal(as_ngwee(invoice["payment"]["amount"]), amount, f"payment of {name}")
        tally.equal(shares[owners.get((row["sellerTpin"], row["invoiceNumber"]))], amount,
                    f"the shop's share in {name}")


CHECKS = [
    ("one invoice for each paid order and shop, SENT or BLOCKED_TPIN", one_invoice_each),
    ("every sent invoice accepted exactly once", accepted_once),
    ("invoice numbers without gaps per TPIN and day", numbers_without_gaps),
    ("invoice arithmetic: VAT inside, net + VAT = total = share", arithmetic),
]
