"""ops/kafka: a real broker that is killed, paused and robbed of its tail, and what is left."""

import sys
import unittest

from brokers import Brokers

CHECKED = {"records": 0, "kills and pauses": 0}


def tearDownModule():  # pylint: disable=invalid-name
    """Says how much was checked."""
    print("checked " + ", ".join(f"{count} {what}" for what, count in CHECKED.items()),
          file=sys.stderr)


def numbered(first, last):
    """Records that say which they are."""
    return [f"record {number}" for number in range(first, last)]


class BrokerTest(unittest.TestCase):
    """A cluster of `COUNT` brokers for all tests of a class."""

    COUNT = 1

    @classmethod
    def setUpClass(cls):
        cls.brokers = Brokers.start(cls.COUNT)
        cls.addClassCleanup(cls.brokers.stop)

    def holds(self, topic, records):
        """Exactly these records are there, at offsets from 0 on."""
        self.assertEqual(self.brokers.read(topic), dict(enumerate(records)))
        CHECKED["records"] += len(records)

    def strike(self, command, *numbers):
        """kill or pause."""
        self.brokers.kafka(command, *numbers)
        CHECKED["kills and pauses"] += len(numbers)

    def refused(self, *arguments):
        """What ops/kafka says when it will not."""
        done = self.brokers.kafka(*arguments, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("what to do:", done.stderr)
        return done.stderr


class OneBroker(BrokerTest):
    """One broker that syncs each write."""

    def test_what_was_acknowledged_is_there_after_a_kill(self):
        self.brokers.make_topic("kept", flush_messages=1)
        self.brokers.write("kept", numbered(0, 500))
        self.strike("kill", 1)
        self.assertEqual(self.brokers.status()["brokers"][0]["state"], "stopped")
        self.brokers.kafka("start", 1)
        self.holds("kept", numbered(0, 500))
        self.brokers.write("kept", numbered(500, 600))
        self.holds("kept", numbered(0, 600))

    def test_a_lost_tail_is_lost_and_its_offsets_are_given_again(self):
        self.brokers.make_topic("cut")
        self.brokers.write("cut", numbered(0, 20))
        self.brokers.write("cut", numbered(20, 30))
        self.strike("kill", 1)
        lost = self.brokers.kafka("lose-tail", 1, "--topic", "cut", "--partition", 0,
                                  "--batches", 1).stdout
        self.brokers.kafka("start", 1)
        left = int(lost)
        self.assertLess(left, 30)
        self.holds("cut", numbered(0, left))
        self.brokers.write("cut", ["another"])
        self.holds("cut", [*numbered(0, left), "another"])

    def test_up_again_changes_nothing(self):
        before = self.brokers.status()["brokers"][0]["pid"]
        self.assertEqual(self.brokers.kafka("up").stdout.strip(), self.brokers.bootstrap)
        self.assertEqual(self.brokers.status()["brokers"][0]["pid"], before)

    def test_a_mistake_is_told_with_what_to_do(self):
        self.assertIn("no broker 7", self.refused("kill", 7))
        self.assertIn("broker 1 is running", self.refused("start", 1))
        self.assertIn("has 1 broker", self.refused("up", "--brokers", 3))
        self.assertIn("broker 1 is running", self.refused(
            "lose-tail", 1, "--topic", "cut", "--partition", 0, "--batches", 1))


class ThreeBrokers(BrokerTest):
    """Three brokers, two of which must have a record before it is acknowledged."""

    COUNT = 3

    def outlives(self, topic, strike, heal):
        """The leader is struck in the middle of writing, and comes back."""
        self.brokers.make_topic(topic, min_insync_replicas=2)
        self.brokers.write(topic, numbered(0, 200))
        leader, in_sync = self.brokers.partition(topic)
        self.assertEqual(in_sync, [1, 2, 3])
        self.strike(strike, leader)
        self.brokers.write(topic, numbered(200, 400))
        self.holds(topic, numbered(0, 400))
        self.brokers.kafka(heal, leader)
        self.brokers.until_in_sync(topic, 3)
        self.holds(topic, numbered(0, 400))

    def test_writes_outlive_a_killed_leader(self):
        self.outlives("kills", "kill", "start")

    def test_writes_outlive_a_paused_leader(self):
        self.outlives("pauses", "pause", "resume")


if __name__ == "__main__":
    unittest.main()
