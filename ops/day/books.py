"""Checks the books of the day against the sandbox's own, and the log against itself.

Each check says how much it looked at; one that found nothing to look at has failed.
"""

import os

from . import log_checks, money_checks, order_checks, tax_checks
from .client import Problem  # noqa: F401  (part of this module's interface)
from .evidence import Evidence
from .tally import Tally
from .waiting import until

CHECKS = money_checks.CHECKS + order_checks.CHECKS + tax_checks.CHECKS + log_checks.CHECKS


def binary():
    """The program under test."""
    return os.environ.get("PAKASHOP", "build/dev/pakashop")


def check(admin, finance, sandbox):
    """Runs every check and prints a line for each; returns (failed checks, all orders)."""
    print("\nchecking the books")
    settle_down(finance, sandbox)
    evidence = Evidence(admin, finance, sandbox)
    failed = 0
    for title, function in CHECKS:
        tally = Tally()
        try:
            function(evidence, tally)
        except Exception as error:  # pylint: disable=broad-except  (a check that breaks has failed)
            tally.fail(f"{type(error).__name__}: {error}")
        print(tally.line(title))
        failed += not tally.passed
    return failed, evidence.orders


def settle_down(finance, sandbox):
    """Waits until the messages and invoices that the last orders caused are out."""
    def quiet():
        waiting = finance.get("/admin/zra/transmissions", {"status": "PENDING", "limit": "1"})
        return not waiting["data"]

    until(quiet, 60, "every invoice sent", pause=0.5)
    last = -1

    def no_news():
        nonlocal last
        before, last = last, len(sandbox.get("/sandbox/messages"))
        return before == last

    until(no_news, 60, "messages out", pause=1.5)
