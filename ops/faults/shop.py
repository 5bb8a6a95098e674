"""The shop that is hurt: brokers, PostgreSQL, the sandbox and several nodes on one log."""

import http.client
import json
import signal
import threading
import time
import urllib.request
from collections import Counter

from broker.cluster import Cluster
from broker.words import Trouble
from day.client import Api, Transport
from world import BIN, Program, World, free_port, until

from .network import HERE

TOPIC = "pakashop.log.pakashop-1"
ATTEMPT_SECONDS = 1  # A client waits so long for one node before it asks another.
STAFF_SECONDS = 20
PATIENCE_SECONDS = 90
WHOLE_SECONDS = 90
SILENT_MS = 2_000
KEEPER_SECONDS = 0.2
TRY_AGAIN, SERVICE_AWAY = 75, 69  # After these a service manager starts a node again.


class Node:
    """One node of the shop. While it is wanted, the keeper starts it again when it ends."""

    def __init__(self, shop, number):
        self.shop, self.number, self.name = shop, number, str(number)
        host = shop.network.address(number) if shop.network else HERE
        self.address = f"{host}:{free_port()}"
        self.url = f"http://{self.address}"
        self.program, self.wanted = None, False

    def launch(self):
        """Starts the program; it may take a while to be of use."""
        environment = {**self.shop.environment, "PAKASHOP_NODE": self.name,
                       "PAKASHOP_LISTEN": self.address,
                       "PAKASHOP_DATA": str(self.shop.dir / f"data-{self.name}")}
        inside = self.shop.network.inside(self.number) if self.shop.network else []
        self.program = Program(f"node {self.name}", [*inside, BIN / "pakashop", "serve"],
                               self.shop.dir / f"node-{self.name}.log", environment)
        self.wanted = True

    def send(self, number):
        """Sends a signal to its process, if it runs."""
        if self.program.process.poll() is None:
            self.program.process.send_signal(number)

    def kill(self):
        """kill -9, and nobody starts it again."""
        self.wanted = False
        self.program.end(signal.SIGKILL)

    def end(self):
        """Ends it in order; a paused one goes on first."""
        self.wanted = False
        if self.program:
            self.send(signal.SIGCONT)
            self.program.end()

    def is_ready(self):
        """True once it serves commands and queries, by itself or through another node."""
        try:
            with urllib.request.urlopen(f"{self.url}/ready", timeout=2) as reply:
                return json.load(reply)["ready"]
        except (OSError, http.client.HTTPException, ValueError):
            return False

    def publishes_all(self):
        """True once it is the one that publishes events, and has published all of them."""
        headers = {"x-internal-key": self.shop.environment["INTERNAL_API_KEY"]}
        request = urllib.request.Request(f"{self.url}/metrics", headers=headers)
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as reply:
            lines = reply.read().decode().splitlines()
        return "pakashop_egress_following 1" in lines and "pakashop_egress_lag_records 0" in lines


class AnyNode:
    """A transport that turns to the next node when one is silent or cannot serve."""

    def __init__(self, nodes, seconds, first=0):
        self.transports = [Transport(f"{node.url}/api/v1", seconds) for node in nodes]
        self.first, self._local = first, threading.local()

    def send(self, method, path, headers, body):
        """One attempt at one node."""
        at = getattr(self._local, "at", self.first)
        self._local.at = at + 1
        reply = self.transports[at % len(self.transports)].send(method, path, headers, body)
        if reply.status != 503:
            self._local.at = at
        return reply


class PatientApi(Api):
    """The API as a client sees it who asks again soon, any node, with the same key."""

    def __init__(self, shop, first=0, patience=PATIENCE_SECONDS):
        keys = shop.environment["PAKASHOP_CLIENT_KEY"], shop.environment["INTERNAL_API_KEY"]
        super().__init__(f"{shop.url}/api/v1", *keys, patience=patience)
        self.transport = AnyNode(shop.nodes, ATTEMPT_SECONDS, first)

    @staticmethod
    def _pause(problem):
        return 0.1


class Shop(World):
    """`open()` makes one; `stop()` leaves nothing behind."""

    def __init__(self, brokers, network, nodes):
        super().__init__()
        self.brokers, self.network = brokers, network
        self.cluster = Cluster.find(brokers.dir)
        self.nodes = [Node(self, number) for number in range(1, nodes + 1)]
        self.url = self.nodes[0].url
        self.partitions, self.exits = 0, Counter()
        self._ending = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    @classmethod
    def open(cls, brokers, network, nodes, partitions, **settings):
        """A shop on brokers that serve; `network` may be None."""
        shop = cls(brokers, network, nodes)
        shop.partitions = partitions
        weak = {} if len(shop.cluster.brokers) > 1 else {"PAKASHOP_ALLOW_WEAK_TOPIC": "on"}
        try:
            shop.set_up({"PAKASHOP_LOG": f"kafka://{brokers.bootstrap}",
                         "PAKASHOP_EGRESS": f"kafka://{brokers.bootstrap}",
                         "PAKASHOP_PARTITIONS": str(partitions),
                         "PAKASHOP_LISTEN": shop.nodes[0].address, **weak, **settings})
        except BaseException:
            shop.stop()
            raise
        for api in (shop.api, shop.impatient):
            api.transport, api.patience = AnyNode(shop.nodes, STAFF_SECONDS), PATIENCE_SECONDS
        return shop

    def start_server(self):
        """Every node, until all of them serve."""
        for node in self.nodes:
            node.launch()
        self._keeper.start()
        until(lambda: all(node.is_ready() for node in self.nodes), WHOLE_SECONDS, "nodes ready")

    def _keep(self):
        """What a service manager does: a node that ended by itself is started again."""
        while not self._ending.wait(KEEPER_SECONDS):
            for node in self.nodes:
                code = node.program.process.poll() if node.wanted else None
                if code is not None and node.wanted:
                    self.exits[code] += 1
                    node.launch()

    def bad_exits(self):
        """Exit codes of nodes that should not have ended so: crashes, and refusals to start."""
        return {code: count for code, count in self.exits.items()
                if code not in (TRY_AGAIN, SERVICE_AWAY)}

    def leaders(self):
        """How many partitions each node leads, as the cluster itself tells; who is silent leads
        none."""
        told = self.admin.get("/admin/cluster")
        heard = {node["node"]: node["leading"] for node in told["nodes"]
                 if node["silentMs"] < SILENT_MS}
        leads = Counter({node: 0 for node in heard})
        leads.update(each["leader"] for each in told["partitions"] if each["leader"] in heard)
        return leads

    def by_leading(self):
        """The nodes, who leads most partitions first."""
        leads = self.leaders()
        return sorted(self.nodes, key=lambda node: -leads[node.name])

    def broker_ports(self):
        """Where the brokers listen for clients."""
        return [broker.port for broker in self.cluster.brokers]

    def topics(self):
        """Leader and brokers in sync of each partition of the log."""
        told = json.loads(self.brokers.kcat("-L", "-J", "-t", TOPIC))["topics"][0]["partitions"]
        return [(each["leader"], len(each["isrs"])) for each in told]

    def not_whole(self):
        """What has not recovered: a broker out of sync, a node that does not serve, a partition
        that is not led, or is to be handed over to a node that came back. Empty when nothing is
        left."""
        copies = len(self.cluster.brokers)
        silent = [f"node {node.name}" for node in self.nodes if not node.is_ready()]
        behind = [f"copies of partition {number}"
                  for number, (_, in_sync) in enumerate(self.topics()) if in_sync < copies]
        leads = self.leaders()
        led, shares = sum(leads.values()), sorted(leads.values())
        unled = [] if led == self.partitions else [f"only {led} led"]
        uneven = [f"shares of {shares}"] if shares and shares[-1] > shares[0] + 1 else []
        return silent + behind + unled + uneven

    def until_whole(self):
        """Waits until the next fault meets a shop that has recovered from the last one."""
        end = time.monotonic() + WHOLE_SECONDS
        while left := self.not_whole():
            if time.monotonic() > end:
                raise Trouble(f"not whole again within {WHOLE_SECONDS} s: {', '.join(left)}",
                              f"read node-*.log in {self.dir}")
            time.sleep(0.3)

    def stop(self):
        self._ending.set()
        if self._keeper.is_alive():
            self._keeper.join()
        for node in self.nodes:
            node.end()
        super().stop()
