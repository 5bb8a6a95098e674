"""The shop on a real Kafka: trading, kill -9 and the next leader, a planned hand-over."""

import os
import signal
import time
import unittest

from brokers import Brokers
from stage import Stage
from world import BIN, Program, World, free_port, until
from day.client import Problem

TAKE_OVER_SECONDS = 5
LEADING_SECONDS = 20


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

    def test_an_order_goes_all_the_way(self):
        shop, agent = self.stage.shop(), self.stage.agent()
        product = self.stage.product(shop)
        order, _ = self.stage.delivered(self.stage.person(), agent, shop, product)
        books = self.world.until_books(difference="0.00")
        self.assertNotEqual(books["captured"], "0.00")
        self.world.restart_server(signal.SIGKILL)
        self.assertEqual(self.world.admin.get(f"/orders/{order['id']}")["status"], "DELIVERED")


if __name__ == "__main__":
    unittest.main()
