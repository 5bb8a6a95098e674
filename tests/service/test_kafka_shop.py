"""The shop on a real Kafka: an order's whole road, two nodes, kill -9 and the next leader."""

import os
import signal
import time
import unittest

from brokers import Brokers
from stage import Stage
from world import BIN, Program, World, free_port, until
from day.client import Api, Person, Problem

TAKE_OVER_SECONDS = 5
LEADING_SECONDS = 20


def through(person, node):
    """The same person, talking to that node."""
    api = Api(f"{node.url}/api/v1", person.api.client_key, person.api.internal_key)
    twin = Person(api, person.email, person.password, person.totp_secret)
    twin.access, twin.refresh = person.access, person.refresh
    return twin


class Node(Program):
    """A second node of a world's shop, with data of its own."""

    def __init__(self, world, name):
        self.port, self.name = free_port(), name
        self.url = f"http://127.0.0.1:{self.port}"
        environment = {**world.environment, "PAKASHOP_NODE": name,
                       "PAKASHOP_LISTEN": f"127.0.0.1:{self.port}",
                       "PAKASHOP_DATA": str(world.dir / f"data-{name}")}
        super().__init__(f"node {name}", [BIN / "pakashop", "serve"],
                         world.dir / f"server-{name}.log", environment)
        self.wait_until_up(f"{self.url}/health")


class OneBroker(unittest.TestCase):
    """A small shop on one broker."""

    @classmethod
    def setUpClass(cls):
        cls.brokers = Brokers.start(1)
        cls.addClassCleanup(cls.brokers.stop)
        cls.world = World.start(PAKASHOP_LOG=f"kafka://{cls.brokers.bootstrap}",
                                PAKASHOP_ALLOW_WEAK_TOPIC="on", PAKASHOP_PARTITIONS="4")
        cls.addClassCleanup(cls.world.stop)
        cls.stage = Stage(cls.world)
        cls.shop, cls.agent = cls.stage.shop(), cls.stage.agent()
        cls.product = cls.stage.product(cls.shop, stock=100_000)

    def cluster(self):
        """What the node that leads tells of the cluster."""
        return self.world.admin.get("/admin/cluster")

    def leader(self):
        """The name of the node that leads; nothing while nobody does."""
        leading = [node["node"] for node in self.cluster()["nodes"] if node["leading"]]
        return leading[0] if len(leading) == 1 else None

    def second_node(self):
        """A node that stands by, as far as the leader."""
        node = Node(self.world, "2")
        self.addCleanup(node.end)
        until(lambda: len([one for one in self.cluster()["nodes"] if one["lag"] == 0]) == 2,
              LEADING_SECONDS, "a second node as far as the first")
        return node

    def test_an_order_goes_all_the_way_and_survives_a_kill(self):
        order, _ = self.stage.delivered(self.stage.person(), self.agent, self.shop, self.product)
        books = self.world.until_books(difference="0.00")
        self.assertNotEqual(books["captured"], "0.00")
        self.world.restart_server(signal.SIGKILL)
        self.assertEqual(self.world.admin.get(f"/orders/{order['id']}")["status"], "DELIVERED")
        verified = self.world.pakashop("log", "verify")
        self.assertIn("every record is in the chain", verified.stdout)

    def test_a_node_that_stands_by_passes_requests_on(self):
        node = self.second_node()
        buyer = self.stage.person()
        through_two = through(buyer, node)
        key = os.urandom(8).hex()
        form = self.stage.order_form((self.product, 1))
        first = through_two.post("/orders", form, key=key)
        again = buyer.post("/orders", form, key=key)
        self.assertEqual(first["id"], again["id"])
        self.assertEqual(through_two.get(f"/orders/{first['id']}")["id"], first["id"])

    def test_the_second_node_takes_over_from_a_killed_one(self):
        node = self.second_node()
        order = self.stage.order(self.stage.person(), self.product)
        self.world.server.end(signal.SIGKILL)
        killed = time.monotonic()
        admin = through(self.world.admin, node)

        def serves():
            try:
                return admin.get(f"/orders/{order['id']}")
            except (Problem, OSError):
                return None

        found = until(serves, LEADING_SECONDS, "the second node leading")
        took = time.monotonic() - killed
        print(f"took over {took:.1f} s after kill -9")
        self.assertEqual(found["id"], order["id"])
        self.assertLess(took, TAKE_OVER_SECONDS)
        self.world.start_server()
        node.end()
        until(lambda: self.leader() == "1", LEADING_SECONDS, "the first node leading again")


if __name__ == "__main__":
    unittest.main()
