"""Amounts as whole ngwee. Nothing here, and nothing that checks money, uses floating point."""

import re

TEXT = re.compile(r"(-?)(\d+)\.(\d{2})")


def ngwee(text):
    """"5000.00" -> 500000. Anything but a decimal with two places is an error."""
    match = TEXT.fullmatch(text)
    if not match:
        raise ValueError(f"not an amount: {text!r}")
    sign, whole, fraction = match.groups()
    amount = int(whole) * 100 + int(fraction)
    return -amount if sign else amount


def text(amount):
    """500000 -> "5000.00"."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def half_up(amount, numerator, denominator):
    """amount * numerator / denominator, rounded half up, for amounts that are not negative."""
    return (2 * amount * numerator + denominator) // (2 * denominator)


def vat_inside(gross):
    """The VAT of 16 % that a VAT-inclusive amount contains."""
    return half_up(gross, 16, 116)
