"""Clients that trade over HTTP while the shop is hurt, and keep a file of what was acknowledged."""

import json
import os
import threading
import time

from broker.words import Trouble
from stage import Stage
from day.client import Problem
from world import until

from .partition import partition_of
from .shop import PATIENCE_SECONDS, PatientApi

STOCK_PAUSE, ORDER_PAUSE = 0.15, 0.8
PRODUCTS_AT_ONCE, PRODUCTS_MAX = 16, 400
END_SECONDS = 120


class Acknowledgements:
    """A file of JSON lines: what is about to be asked for, and what was acknowledged, each written
    before the client's next step."""

    def __init__(self, path):
        self.path, self.count = path, 0
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock = threading.Lock()

    def asking(self, kind, client, key):
        """A command goes out for the first time."""
        self._write({"asking": kind, "client": client, "key": key})

    def acknowledged(self, kind, client, key, **what):
        """A success was answered to it."""
        self._write({"acknowledged": kind, "client": client, "key": key, **what})
        with self._lock:
            self.count += 1

    def _write(self, entry):
        entry["at"] = round(time.time(), 3)
        os.write(self._file, (json.dumps(entry) + "\n").encode())


class Watch:
    """When each partition first acknowledged a command that was begun after the watch."""

    def __init__(self, partitions):
        self._partitions, self._lock = partitions, threading.Lock()
        self.began, self._seen = 0.0, {}

    def start(self):
        """From now on."""
        with self._lock:
            self.began, self._seen = time.monotonic(), {}

    def acknowledged(self, partition, began):
        """Told of each acknowledgement by its client."""
        with self._lock:
            if began >= self.began:
                self._seen.setdefault(partition, time.monotonic() - self.began)

    def missing(self):
        """Partitions that have acknowledged nothing yet."""
        with self._lock:
            return sorted(set(range(self._partitions)) - set(self._seen))

    def wait(self, seconds):
        """The seconds until the last partition acknowledged something; None when one has not."""
        end = self.began + seconds
        while self.missing() and time.monotonic() < end:
            time.sleep(0.02)
        return None if self.missing() else max(self._seen.values())


class Client(threading.Thread):
    """One client: command after command, each asked for until it is answered."""

    def __init__(self, load, name, person):
        super().__init__(daemon=True, name=name)
        self.load, self.person, self.sent = load, person, 0

    def command(self, kind, path, form, told=None):
        """One command, acknowledged and written down; what was answered."""
        self.sent += 1
        key = f"{self.name}-{kind}-{self.sent}"
        form = form(key) if callable(form) else form
        self.load.acks.asking(kind, self.name, key)
        began = time.monotonic()
        answer = self.person.post(path, form, key=key)
        self.load.acks.acknowledged(kind, self.name, key, **(told(answer) if told else {}))
        return answer, began

    def run(self):
        try:
            while not self.load.ending.is_set():
                self.trade()
        except (Problem, OSError) as error:
            self.load.failures.append(f"{self.name}: {error}")

    def trade(self):
        """One round; to be overridden."""
        raise NotImplementedError


class StockKeeper(Client):
    """Counts units of one product in, one by one, each for a reason of its own: the pulse of a
    partition."""

    def __init__(self, load, partition, product, owner):
        super().__init__(load, f"keeper{partition}", owner)
        self.partition, self.product = partition, product

    def trade(self):
        _, began = self.command("stock", f"/products/{self.product}/stock",
                                lambda key: {"delta": 1, "reason": key})
        self.load.watch.acknowledged(self.partition, began)
        time.sleep(STOCK_PAUSE)


class Shopper(Client):
    """Orders two products and pays, over and over."""

    def __init__(self, load, name, person, products):
        super().__init__(load, name, person)
        self.products = products

    def trade(self):
        form = self.load.stage.order_form(*self.products)
        order, _ = self.command("order", "/orders", form,
                                lambda answer: {"order": answer["id"], "buyer": self.person.id})
        self.command("payment", "/payments/initiate",
                     {"orderId": order["id"], "method": "AIRTEL_MONEY"},
                     lambda _: {"order": order["id"]})
        time.sleep(ORDER_PAUSE)


class Load:
    """All clients of a shop: one for each partition and some that order. `patience` is for how
    many seconds they ask for one command."""

    def __init__(self, shop, shoppers=2, patience=PATIENCE_SECONDS):
        self.shop, self.stage = shop, Stage(shop)
        self.acks = Acknowledgements(shop.dir / "acknowledged.jsonl")
        self.watch = Watch(shop.partitions)
        self.ending, self.failures = threading.Event(), []
        owner = self.stage.person("Chipo Tembo", api=PatientApi(shop, patience=patience))
        products = self.stock_shelves(self.stage.shop(owner))
        basket = [products[0], products[shop.partitions // 2]]
        self.clients = [StockKeeper(self, partition, product, owner)
                        for partition, product in products.items()]
        self.clients += [
            Shopper(self, f"shopper{number}",
                    self.stage.person(api=PatientApi(shop, number, patience)), basket)
            for number in range(shoppers)]

    def stock_shelves(self, shop):
        """A product in each partition."""
        found, count = {}, 0
        while len(found) < self.shop.partitions:
            if count >= PRODUCTS_MAX:
                raise Trouble(f"{count} products are not in all partitions", "fewer partitions")
            for _ in range(PRODUCTS_AT_ONCE):
                product = self.stage.product(shop, stock=1_000_000)
                found.setdefault(partition_of(product, self.shop.partitions), product)
            count += PRODUCTS_AT_ONCE
        return dict(sorted(found.items()))

    def start(self):
        """Everybody begins."""
        for client in self.clients:
            client.start()

    def stop(self):
        """Nobody begins anything new; returns once the last command is answered."""
        self.ending.set()
        until(lambda: not any(client.is_alive() for client in self.clients), END_SECONDS,
              "the clients' last answers")
