"""ops/chaos: ten faults under load on three brokers, and a verdict that finds what it must."""

import json
import subprocess
import sys
import unittest

from world import ROOT

sys.path.insert(0, str(ROOT / "ops"))
from faults import verdict  # noqa: E402  pylint: disable=wrong-import-position

CYCLES, SECONDS = 10, 560
WITHIN = 30  # ops/chaos itself says 10; a machine that does more than this is slower.


class Chaos(unittest.TestCase):
    """The short form of what ops/chaos proves in its long one."""

    def test_ten_faults_lose_nothing_and_double_nothing(self):
        done = subprocess.run(  # It ends, and ends all that it started, when this process does.
            ["setpriv", "--pdeathsig", "TERM", ROOT / "ops" / "chaos", "kafka", "--cycles",
             str(CYCLES), "--brokers", "3", "--within", str(WITHIN)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS,
            check=False)
        print(done.stdout, file=sys.stderr)
        self.assertEqual(done.returncode, 0, "its own words are above")
        self.assertIn("every check passed", done.stdout)


class Verdict(unittest.TestCase):
    """What the verdict says of a small history, and of the same with a mistake in it."""

    def setUp(self):
        self.clients = verdict.Clients(map(json.dumps, [
            {"asking": "stock", "client": "keeper0", "key": "keeper0-stock-1"},
            {"acknowledged": "stock", "client": "keeper0", "key": "keeper0-stock-1"},
            {"asking": "order", "client": "shopper0", "key": "shopper0-order-1"},
            {"acknowledged": "order", "client": "shopper0", "key": "shopper0-order-1",
             "order": "ord_1", "buyer": "usr_1"}]))
        self.log = verdict.Log(map(json.dumps, [
            self.record("01", "product.stock_adjusted.v1", {"reason": "keeper0-stock-1"}),
            self.record("02", "order.placed.v1", {"order": "ord_1", "buyer": "usr_1"}),
            {**self.record("02", "order.placed.v1", {"order": "ord_1", "buyer": "usr_1"}),
             "void": True}]))

    @staticmethod
    def record(command, kind, data):
        """A line of `pakashop log show --json`, as far as the verdict reads it."""
        return {"commandId": command, "partition": 0, "position": int(command),
                "events": [{"id": f"evt_{command}", "type": kind, "data": data}]}

    def wrong(self):
        """What is wrong, by both checks."""
        return (verdict.nothing_lost(self.clients, self.log).wrong
                + verdict.nothing_doubled(self.clients, self.log).wrong)

    def test_a_whole_history_passes_and_void_records_do_not_count(self):
        self.assertEqual(self.wrong(), [])
        self.assertEqual((self.log.records, self.log.voids), (2, 1))

    def test_an_effect_that_is_forgotten_is_lost(self):
        verdict.misled("forget", self.clients, self.log)
        self.assertEqual(self.wrong(), ["order ord_1 was acknowledged and is lost"])

    def test_an_acknowledgement_that_is_invented_is_lost(self):
        verdict.misled("invent", self.clients, self.log)
        self.assertEqual(len(self.wrong()), 1)

    def test_an_effect_that_is_there_twice_is_doubled(self):
        verdict.misled("double", self.clients, self.log)
        self.assertEqual(self.wrong(), ["order ord_1 is in the log 2 times"])

    def test_an_order_that_nobody_asked_for_is_doubled(self):
        self.log.take(self.record("03", "order.placed.v1", {"order": "ord_2", "buyer": "usr_1"}))
        self.assertEqual(self.wrong(), ["shopper0 asked for 1 orders and has 2"])

    def test_a_command_that_is_there_twice_is_doubled(self):
        self.log.take(self.record("01", "product.changed.v1", {}))
        self.assertEqual(self.wrong(), ["command 01 is in the log 2 times"])

    def told(self, *events):
        """What is wrong when outsiders were told these events of an order."""
        told = {**self.log.public, ("order", 0): list(events)}
        return verdict.outsiders_know_all(told, self.log).wrong

    def test_outsiders_are_told_each_event_and_repeats_do_not_count(self):
        placed = self.log.public["order", 0][0]
        self.assertEqual(self.told(placed), [])
        self.assertEqual(self.told(placed, placed), [])
        self.assertEqual(len(self.told()), 1)

    def test_outsiders_are_told_nothing_else(self):
        sequence, _ = placed = self.log.public["order", 0][0]
        self.log.take(self.record("03", "order.expired.v1", {}))
        after = self.log.public["order", 0][1]
        self.assertEqual(self.told(placed, after), [])
        self.assertEqual(len(self.told(after, placed)), 1)
        self.assertEqual(len(self.told(placed, (sequence, "evt_of_nobody"), after)), 1)


if __name__ == "__main__":
    unittest.main()
