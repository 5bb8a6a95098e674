"""The sample day: interrupted, gone on with, and set up twice."""

import os
import signal
import subprocess
import sys
import threading
import time
import unittest
from types import SimpleNamespace
from unittest import mock

from stage import ServiceTest
from world import ROOT
from day import market, trading_day
from day.cast import Character
from day.client import Person
from day.progress import Progress


class Trading(unittest.TestCase):
    """Who visits, with nobody behind the counter."""

    def setUp(self):
        self.visits, self.open_orders = [], []
        self.market = SimpleNamespace(
            admin=SimpleNamespace(all=lambda path, query: self.open_orders
                                  if query["status"] == "CONFIRMED" else []))
        for name, stub in (("visit", self.visit), ("settle", lambda *_: None),
                           ("pay_everybody", lambda *_: None)):
            patch = mock.patch.object(trading_day, name, stub)
            patch.start()
            self.addCleanup(patch.stop)

    def visit(self, _, __, character, orders, ___):
        """Takes a moment."""
        self.visits.append((character.number, orders))
        time.sleep(0.02)

    def trade(self, orders):
        """A day of so many orders."""
        trading_day.trade(None, self.market, orders, None)

    def test_each_buyer_orders_twice_and_the_last_one_what_is_left(self):
        self.trade(5)
        self.assertEqual(sorted(self.visits), [(0, 2), (1, 2), (2, 1)])

    def test_buyers_of_an_earlier_day_come_for_what_they_left(self):
        self.open_orders = [
            {"deliveryAddress": {"phone": phone}} for phone in
            (Character("buyer", 1).phone, Character("buyer", 70).phone, "+260977000222", "")]
        self.trade(4)
        self.assertEqual(sorted(self.visits), [(0, 2), (1, 2), (70, 0)])

    def test_after_an_interruption_nobody_begins_a_visit(self):
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        with self.assertRaises(KeyboardInterrupt):
            self.trade(100_000)
        self.assertLess(len(self.visits), 5_000)

    def test_after_a_failure_nobody_begins_a_visit(self):
        with mock.patch.object(trading_day, "visit", side_effect=RuntimeError):
            with self.assertRaises(RuntimeError):
                self.trade(100_000)


class Buyers(unittest.TestCase):
    """People are found again by their numbers."""

    def test_every_buyer_is_found(self):
        for number in (0, 1, 199, 200, 399, 400, 1_203):
            found = Character.buyer_with(Character("buyer", number).phone)
            self.assertEqual(found.number, number)

    def test_nobody_else_is_taken_for_one(self):
        for phone in ("", "+260977000222", Character("seller", 3).phone):
            self.assertIsNone(Character.buyer_with(phone))


class SetUp(ServiceTest):
    """On a real server."""

    def staff(self):
        """The lines of dev.env."""
        return subprocess.run(
            [sys.executable, "-m", "day.staff", f"{self.world.url}/api/v1",
             self.world.dir / "secrets"], env={**os.environ, "PYTHONPATH": str(ROOT / "ops")},
            capture_output=True, text=True, check=True, timeout=60).stdout

    def test_staff_are_the_same_however_often_they_are_made(self):
        first = self.staff()
        self.assertEqual(self.staff(), first)
        told = dict(line.split("=", 1) for line in first.splitlines())
        for who in ("ADMIN", "FINANCE"):
            Person(self.world.api, told[f"{who}_EMAIL"], told[f"{who}_PASSWORD"],
                   told[f"{who}_TOTP_SECRET"]).login()

    def test_an_agent_who_is_at_work_is_not_approved_again(self):
        nobody = mock.Mock(spec=[])  # An admin who can do nothing.
        with Progress(1) as progress:
            first = market.hire_agent(self.world.api, self.world.admin, 0, progress)
            again = market.hire_agent(self.world.api, nobody, 0, progress)
        self.assertEqual(again.id, first.id)

    def test_products_that_are_there_are_not_made_again(self):
        with Progress(1) as progress:
            first = market.open_shop(self.world.api, self.world.admin, 0, progress)
            with mock.patch.object(Person, "post", side_effect=AssertionError("made again")):
                again = market.stock_shelves(first.owner, first.id, 0, progress)
        self.assertEqual([product["id"] for product in again],
                         [product["id"] for product in first.products])


if __name__ == "__main__":
    unittest.main()
