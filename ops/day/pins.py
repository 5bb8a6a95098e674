"""Delivery PINs, as buyers read them from the messages on their phones."""

import re

SIX_DIGITS = re.compile(r"(?<!\d)\d{6}(?!\d)")


def pin_in(message):
    """The PIN in a message, or None: it is the only number of six digits there."""
    words = [message.get("text") or ""]
    words += [str(parameter) for parameter in message.get("parameters") or []]
    found = SIX_DIGITS.search(" ".join(words))
    return found.group() if found else None


def pins(sandbox, phone):
    """Every PIN a phone was sent, newest last."""
    return [pin for pin in map(pin_in, sandbox.messages(phone)) if pin]
