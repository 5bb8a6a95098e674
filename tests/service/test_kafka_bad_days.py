"""A node on Kafka on its bad days: what it needs is away, or is not what it should be."""

import json
import os
import signal
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request
from collections import Counter

from brokers import Brokers
from stage import PARTITIONS, KafkaTest
from world import BIN, Program, free_port, until
from day.client import Problem

TOPIC = "pakashop.log.pakashop-1"
AWAY_SECONDS = 12
WAIT = 40
DEADLINE_SECONDS = 60  # A start waits 30 s for its brokers.
SERVICE_AWAY, REFUSES = 69, 78
CHECKED = Counter()


def tearDownModule():  # pylint: disable=invalid-name
    """Says how much was checked."""
    print("checked " + ", ".join(f"{count} {what}" for what, count in CHECKED.items()),
          file=sys.stderr)


class BadDay(KafkaTest):
    """A shop on one broker, and nodes that are started beside it."""

    def setUp(self):
        self.buyer = self.stage.person()

    def new_node(self, **settings):
        """Another node that starts with such settings, and a name of its own."""
        CHECKED["starts of a node"] += 1
        return self.node(os.urandom(3).hex(), **settings)

    def ends(self, node, code, *words):
        """The node ends in time with that exit code, and says these words."""
        self.assertEqual(node.process.wait(DEADLINE_SECONDS), code, node.tail())
        for word in words:
            self.assertIn(word, node.tail())

    def start_server(self):
        """The shop's own server, which may not be able to serve yet."""
        self.world.server = Program("server", [BIN / "pakashop", "serve"],
                                    self.world.dir / "server.log", self.world.environment)
        CHECKED["starts of a node"] += 1

    def leads(self):
        """True while the shop's server decides."""
        nodes = self.world.admin.get("/admin/cluster")["nodes"]
        return any(node["node"] == "1" and node["leading"] for node in nodes)


class AtTheStart(BadDay):
    """A node that must wait, or must not begin."""

    def test_a_broker_that_is_away_is_waited_for(self):
        self.world.server.end()
        self.brokers.kafka("kill", 1)
        self.start_server()
        until(lambda: "waiting for Kafka at" in self.world.server.tail(), WAIT, "a word of waiting")
        self.brokers.kafka("start", 1)
        self.world.server.wait_until_up(f"{self.world.url}/ready")
        self.stage.order(self.buyer, self.product)

    def test_a_broker_that_stays_away_ends_the_start_with_a_word(self):
        began = time.monotonic()
        node = self.new_node(PAKASHOP_LOG=f"kafka://127.0.0.1:{free_port()}")
        self.ends(node, SERVICE_AWAY, "no Kafka broker answers at")
        self.assertGreater(time.monotonic() - began, 20)

    def test_a_log_of_another_number_of_partitions_is_refused(self):
        node = self.new_node(PAKASHOP_PARTITIONS=str(2 * PARTITIONS))
        self.ends(node, REFUSES, f"has {PARTITIONS} partitions, not {2 * PARTITIONS}")

    def test_a_name_that_a_living_node_bears_is_refused(self):
        node = self.new_node(PAKASHOP_NODE="1")
        self.ends(node, REFUSES, "node 1 is running already", "PAKASHOP_NODE")
        self.stage.order(self.buyer, self.product)


class AnotherCluster(BadDay):
    """The brokers answer, and hold something else than this shop's log."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.others = Brokers.start(1)
        cls.addClassCleanup(cls.others.stop)
        cls.log = f"kafka://{cls.others.bootstrap}"

    def make_log(self):
        """An empty log where there was none; the keys' topic stays."""
        self.others.kafka("topic", "--delete", "--if-exists", "--topic", TOPIC)
        until(lambda: TOPIC not in self.others.kcat("-L"), WAIT, "the old log gone")
        environment = self.world.environment
        self.world.environment = {**environment, "PAKASHOP_LOG": self.log}
        try:
            self.world.pakashop("log", "create")
        finally:
            self.world.environment = environment

    def test_a_topic_that_is_not_there_is_named_with_what_makes_it(self):
        self.others.kafka("topic", "--delete", "--if-exists", "--topic", "pakashop.*")
        node = self.new_node(PAKASHOP_LOG=self.log)
        self.ends(node, REFUSES, "there is no topic", "pakashop log create")

    def test_a_record_of_another_log_is_not_followed(self):
        self.make_log()
        record = self.world.dir / "record"
        with open(record, "wb") as file:
            file.write(self.first_record(0))
        self.others.kcat("-P", "-t", TOPIC, "-p", "1", str(record))
        node = self.new_node(PAKASHOP_LOG=self.log)
        self.freezes(node, 1)

    def freezes(self, node, *partitions):
        """The node goes on, and says which partitions it cannot follow."""
        log = {"partitions": PARTITIONS, "halted": len(partitions)}
        until(lambda: self.health(node) == (503, log), DEADLINE_SECONDS, f"503 with {log}")
        said = node.log.read_text()
        for partition in range(PARTITIONS):
            alert = f"alert code=partition_frozen partition={partition}: "
            self.assertEqual(alert in said, partition in partitions, said)
        self.assertIsNone(node.process.poll())

    @staticmethod
    def health(node):
        """The status of /health and what it says of the log; nothing while nobody answers."""
        try:
            with urllib.request.urlopen(f"{node.url}/health", timeout=2) as reply:
                return reply.status, json.load(reply)["log"]
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)["log"]
        except OSError:
            return None

    def first_record(self, partition):
        """The bytes of the first record of a partition of the shop's own log."""
        return subprocess.run(
            ["kcat", "-b", self.brokers.bootstrap, "-C", "-t", TOPIC, "-p", str(partition), "-o",
             "beginning", "-c", "1", "-q", "-f", "%s"], capture_output=True, timeout=WAIT,
            check=True).stdout

    def test_a_node_with_the_replica_of_another_log_does_not_go_on_with_it(self):
        self.make_log()
        data = str(self.world.dir / "data-moved")
        follower = self.new_node(PAKASHOP_DATA=data)
        follower.wait_until_up(f"{follower.url}/health")
        until(lambda: len([one for one in self.world.admin.get("/admin/cluster")["nodes"]
                           if one["lag"] == 0]) > 1, WAIT, "a second node as far as the first")
        follower.end()
        node = self.new_node(PAKASHOP_DATA=data, PAKASHOP_LOG=self.log)
        self.freezes(node, *range(PARTITIONS))


class Meanwhile(BadDay):
    """What a node needs goes away while it runs."""

    def test_without_brokers_commands_are_refused_and_none_is_half_done(self):
        process = self.world.server.process.pid
        self.stage.order(self.buyer, self.product)
        self.brokers.kafka("kill", 1)
        keys = [os.urandom(8).hex() for _ in range(3)]
        end = time.monotonic() + AWAY_SECONDS
        while time.monotonic() < end:
            for key in keys:
                with self.assertRaises(Problem) as refused:
                    self.place(key, impatient=True)
                self.assertEqual(refused.exception.status, 503, str(refused.exception))
                self.assertGreater(int(refused.exception.headers["Retry-After"]), 0)
                CHECKED["refusals"] += 1
        self.brokers.kafka("start", 1)
        orders = [self.place(key)["id"] for key in keys]
        again = [self.place(key)["id"] for key in keys]
        self.assertEqual(orders, again)
        mine = [order["id"] for order in self.buyer.all("/orders")]
        self.assertEqual(sorted(set(mine)), sorted(mine))
        self.assertLessEqual(set(orders), set(mine))
        self.assertEqual(len(mine), 1 + len(keys))
        self.assertEqual((self.world.server.process.pid, self.world.server.process.poll()),
                         (process, None))
        self.assertIn("every record is in the chain", self.world.pakashop("log", "verify").stdout)

    def place(self, key, impatient=False):
        """An order under that key, asked for once or until it is answered."""
        api = self.world.impatient if impatient else self.world.api
        reply = api.call("POST", "/orders", self.stage.order_form(self.product), key=key,
                         token=self.buyer.access)
        return reply.json

    def test_without_postgresql_the_leader_goes_on(self):
        self.world.postgres("crash")
        try:
            orders = []
            end = time.monotonic() + AWAY_SECONDS
            while time.monotonic() < end:
                orders.append(self.place(os.urandom(8).hex(), impatient=True)["id"])
                CHECKED["orders without PostgreSQL"] += 1
                time.sleep(0.1)
        finally:
            self.world.postgres("start")
        until(self.leads, WAIT, "the server leading on")
        until(lambda: sorted(row["id"] for row in self.buyer.all("/orders")) == sorted(orders),
              WAIT, "every order in the read models, once")

    def test_a_killed_node_starts_without_postgresql_once_it_is_back(self):
        self.world.server.end(signal.SIGKILL)
        self.world.postgres("crash")
        self.start_server()
        self.world.server.wait_until_up(f"{self.world.url}/health")
        with self.assertRaises(Problem) as refused:
            self.place(os.urandom(8).hex(), impatient=True)
        self.assertEqual(refused.exception.status, 503)
        CHECKED["refusals"] += 1
        self.world.postgres("start")
        self.world.server.wait_until_up(f"{self.world.url}/ready")
        self.place(os.urandom(8).hex())


if __name__ == "__main__":
    unittest.main()
