"""Money: our books, the shops' accounts and the provider's ledger say the same, to the ngwee."""

from collections import Counter

from .money import half_up, ngwee

PARTS = ("held", "releasable", "inPayout", "paidOut", "platformFees", "deliveryFees",
         "refundPayable", "refunded", "suspense")
COMMISSION = (5, 100)  # PLATFORM_COMMISSION_PCT, default 0.05.


def books_balance(evidence, tally):
    """Difference 0.00, and the parts really add up to what was captured."""
    books = evidence.books
    tally.equal(books["difference"], "0.00", "difference")
    tally.equal(sum(ngwee(books[part]) for part in PARTS), ngwee(books["captured"]),
                "sum of the parts against captured")
    tally.expect(books["checked"]["orders"] > 0 and books["checked"]["lines"] > 0,
                 "the books looked at no order or no line")


def provider_agrees(evidence, tally):
    """Captured and paid out are what the sandbox's own ledger moved."""
    deposits, payouts = evidence.deposits(), evidence.provider_payouts()
    tally.equal(ngwee(evidence.books["captured"]), total(deposits), "captured against deposits")
    tally.equal(ngwee(evidence.books["paidOut"]), total(payouts), "paid out against payouts")
    for count, what in ((deposits, "deposit"), (payouts, "payout")):
        for row in count:
            tally.equal(row["currency"], "ZMW", f"currency of {what} {row['id']}")


def every_deposit_once(evidence, tally):
    """Each paid order was paid by exactly one completed deposit of its total."""
    moved = Counter()
    for row in evidence.deposits():
        moved[row["clientReference"]] += ngwee(amount(row))
    for order in evidence.paid_orders:
        status = evidence.admin.get(f"/payments/status/{order['id']}")
        tally.equal(moved.pop(status["transactionId"], None), ngwee(order["totals"]["total"]),
                    f"deposit of {order['id']}")
    tally.equal(dict(moved), {}, "deposits that belong to no paid order")


def every_payout_once(evidence, tally):
    """Each of our payouts is one completed payout there, with the same amount; and none more."""
    there = {row["id"]: row for row in evidence.provider_payouts()}
    for payout in evidence.payouts:
        if payout["status"] != "COMPLETED":
            continue
        row = there.pop(payout["providerId"], None)
        tally.expect(row and ngwee(amount(row)) == ngwee(amount(payout)),
                     f"payout {payout['id']} against {row}")
    tally.equal(list(there), [], "payouts only the provider knows")


def lines_split_exactly(evidence, tally):
    """Vendor amount + platform fee = line total, fee rounded half up; one line for each item."""
    items = {item["id"]: item for order in evidence.paid_orders for item in order["items"]}
    for account in evidence.accounts.values():
        for line in account["lines"]:
            gross, fee = ngwee(line["gross"]), ngwee(line["platformFee"])
            tally.equal(ngwee(line["vendorAmount"]) + fee, gross, f"split of line {line['id']}")
            tally.equal(fee, half_up(gross, *COMMISSION), f"fee of line {line['id']}")
            item = items.pop(line["itemId"], None)
            tally.expect(item and ngwee(item["lineTotal"]) == gross,
                         f"line {line['id']} against its item {item}")
    tally.equal(list(items), [], "paid items without a settlement line")


def accounts_follow_lines(evidence, tally):
    """Each shop's balances are the sums of its lines by status, its payouts the sum of theirs."""
    for shop_id, account in evidence.accounts.items():
        sums = Counter()
        for line in account["lines"]:
            sums[line["status"]] += ngwee(line["vendorAmount"])
        for field, status in (("held", "HELD"), ("releasable", "RELEASABLE"),
                              ("inPayout", "PAYOUT_PENDING"), ("paidOut", "PAID_OUT")):
            tally.equal(ngwee(account[field]), sums[status], f"{field} of shop {shop_id}")
        paid = sum(ngwee(amount(p)) for p in account["payouts"] if p["status"] == "COMPLETED")
        tally.equal(paid, sums["PAID_OUT"], f"payouts of shop {shop_id}")
        listed = Counter(line for p in account["payouts"] if p["status"] == "COMPLETED"
                         for line in p["lineIds"])
        tally.equal([line for line, times in listed.items() if times > 1], [],
                    f"lines of shop {shop_id} paid out more than once")


def delivered_means_paid_out(evidence, tally):
    """At the end of the day every line of a delivered order is PAID_OUT."""
    for order in evidence.orders:
        if order["status"] == "DELIVERED":
            for item in order["items"]:
                tally.equal(item["settlementStatus"], "PAID_OUT", f"item {item['id']}")


def amount(row):
    """An amount that stands alone ({amount, currency}) or beside a currency."""
    value = row["amount"]
    return value["amount"] if isinstance(value, dict) else value


def total(rows):
    """The sum of rows of a ledger, in ngwee."""
    return sum(ngwee(amount(row)) for row in rows)


CHECKS = [
    ("the books balance: difference 0.00, parts = captured", books_balance),
    ("captured and paid out equal the provider's ledger", provider_agrees),
    ("every paid order has one deposit of its total, no deposit is left over", every_deposit_once),
    ("every payout went out once, with its amount", every_payout_once),
    ("vendor amount + platform fee = line total, fee rounded half up", lines_split_exactly),
    ("shop accounts are the sums of their lines", accounts_follow_lines),
    ("every delivered line is paid out", delivered_means_paid_out),
]
