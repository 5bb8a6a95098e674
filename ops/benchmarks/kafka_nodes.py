"""Measures whole nodes on one broker of their own: egress lag, and take-over after kill -9.

    python3 kafka_nodes.py SECONDS      (prints two JSON lines)

Clients trade meanwhile, as in ops/chaos. Lag is from the answer to a placed order to its message on
pakashop.events.order, as an outsider sees it. Take-over is from the kill until every partition
acknowledges a command that was begun after it; the worst of several counts.
"""

import json
import subprocess
import sys
import threading
import time
from contextlib import ExitStack

from brokers import Brokers
from broker.words import say
from faults.load import Load
from faults.shop import PatientApi, Shop
from world import until

NODES, PARTITIONS, TAKE_OVERS = 2, 16, 5
PROBES_PER_SECOND = 20
MESSAGE_SECONDS, GIVEN_UP_SECONDS = 10, 60
CONSUMER_SECONDS = 2  # Then it stands at the topic's end.
EVENTS = "pakashop.events.order"


class Messages(threading.Thread):
    """When the first message of each order was seen, by an outsider's consumer."""

    def __init__(self, bootstrap):
        super().__init__(daemon=True)
        self.seen = {}
        self._kcat = subprocess.Popen(
            ["kcat", "-b", bootstrap, "-C", "-t", EVENTS, "-o", "end", "-q", "-u", "-f", "%k\n",
             "-X", "fetch.wait.max.ms=5"], stdout=subprocess.PIPE, text=True)

    def run(self):
        for key in self._kcat.stdout:
            self.seen.setdefault(key.strip(), time.monotonic())

    def end(self):
        """Ends the consumer."""
        self._kcat.kill()
        self._kcat.wait()


def lag(shop, load, seconds):
    """Orders at a steady pace; percentiles of the time until each one's message was there."""
    buyer = load.stage.person(api=PatientApi(shop))
    product = next(client.product for client in load.clients)
    buyer.post("/orders", load.stage.order_form(product))
    until(lambda: EVENTS in shop.brokers.kcat("-L"), MESSAGE_SECONDS, "the topic of orders")
    messages = Messages(shop.brokers.bootstrap)
    messages.start()
    time.sleep(CONSUMER_SECONDS)
    answered, end = {}, time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        order = buyer.post("/orders", load.stage.order_form(product))["id"]
        answered[order] = time.monotonic()
        time.sleep(max(0.0, 1 / PROBES_PER_SECOND - (time.monotonic() - began)))
    deadline = time.monotonic() + MESSAGE_SECONDS
    while not set(answered) <= set(messages.seen) and time.monotonic() < deadline:
        time.sleep(0.05)
    messages.end()
    missing = len(set(answered) - set(messages.seen))
    lags = sorted(max(0.0, 1000 * (messages.seen[order] - at))
                  for order, at in answered.items() if order in messages.seen)
    return {"figure": "egress_lag", "measured": round(lags[int(len(lags) * 0.99)], 1),
            "p50_ms": round(lags[len(lags) // 2], 1), "probes": len(lags), "errors": missing}


def take_overs(shop, load):
    """Kills the node that leads, again and again."""
    took = []
    for number in range(TAKE_OVERS):
        node = shop.by_leading()[0]
        node.kill()
        load.watch.start()
        seconds = load.watch.wait(GIVEN_UP_SECONDS)
        say(f"take-over {number + 1}/{TAKE_OVERS}: {seconds} s")
        took.append(GIVEN_UP_SECONDS if seconds is None else seconds)
        node.launch()
        shop.until_whole()
    took.sort()
    return {"figure": "take_over", "measured": round(took[-1], 2),
            "p50_s": round(took[len(took) // 2], 2), "kills": len(took)}


def main(seconds):
    """Both figures."""
    with ExitStack() as stack:
        brokers = Brokers.start(1)
        stack.callback(brokers.stop)
        shop = Shop.open(brokers, None, NODES, PARTITIONS,
                         PAKASHOP_EGRESS=f"kafka://{brokers.bootstrap}")
        stack.callback(shop.stop)
        load = Load(shop)
        load.start()
        stack.callback(load.stop)
        say(f"orders beside other trade for {seconds} s, while a consumer waits for each")
        print(json.dumps(lag(shop, load, float(seconds))), flush=True)
        print(json.dumps(take_overs(shop, load)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
