"""The public topics: complete, in order, nothing twice, nothing personal, whatever is killed."""

import json
import re
import shlex
import signal
import subprocess
import sys
import threading
import unittest
import urllib.request
from collections import Counter

from brokers import PUBLIC, Brokers
from stage import ServiceTest, Stage, shared_world
from world import ROOT, until

EXAMPLES = ROOT / "ops" / "examples"
PYTHON = "/usr/bin/python3"  # Debian's, which sees Debian's packages.
WAIT = 60
NAMES = ("Natasha", "Mwanza", "Mutale", "Chipo", "Kelvin", "+26097", "+260970", "Plot 456",
         "Cairo Road", "123456/10/1", "BAA 1", "@people.example", "/person#", "/tax#")
UNPUBLISHED = ("login", "registration", "documents")
CHECKED = Counter()


def tearDownModule():  # pylint: disable=invalid-name
    """Says how much was checked."""
    print("checked " + ", ".join(f"{count} {what}" for what, count in CHECKED.items()),
          file=sys.stderr)


def public(value):
    """A stored payload without what is sealed, and what is nobody's business."""
    return {name: each for name, each in value.items()
            if name not in UNPUBLISHED and
            not (isinstance(each, dict) and set(each) == {"k", "s"})}


class EgressTest(ServiceTest):
    """A world that publishes to a broker of its own, and people who trade."""

    LOG_ON_KAFKA = False

    @classmethod
    def setUpClass(cls):
        cls.brokers = Brokers.start(1)
        cls.addClassCleanup(cls.brokers.stop)
        brokers = f"kafka://{cls.brokers.bootstrap}"
        log = {"PAKASHOP_LOG": brokers, "PAKASHOP_ALLOW_WEAK_TOPIC": "on"}
        cls.world = shared_world({"PAKASHOP_EGRESS": brokers, **(log if cls.LOG_ON_KAFKA else {})})
        cls.stage = Stage(cls.world)
        cls.shops = [cls.stage.shop() for _ in range(2)]
        cls.products = [cls.stage.product(shop, stock=100_000) for shop in cls.shops]
        cls.agent = cls.stage.agent()
        cls.buyer = cls.stage.person()

    def metric(self, name):
        """One figure of /metrics; 0 while it is not there."""
        request = urllib.request.Request(f"{self.world.url}/metrics", headers={
            "x-internal-key": self.stage.api.internal_key})
        with urllib.request.urlopen(request, timeout=10) as reply:
            found = re.search(rf"^{name} (\S+)$", reply.read().decode(), re.MULTILINE)
        return float(found[1]) if found else 0.0

    def until_published(self):
        """Waits until the relay has published all there is."""
        until(lambda: self.metric("pakashop_egress_following") == 1
              and self.metric("pakashop_egress_lag_records") == 0, WAIT, "everything published")

    def events_of_the_log(self):
        """By (family, partition), what the log holds: (sequence, id, key, event). No logins."""
        lines = self.world.pakashop("log", "show", "--json", "--limit", 10**6).stdout.splitlines()
        events = {}
        for record in map(json.loads, lines):
            for index, event in enumerate(record["events"]):
                place = event["type"].split(".")[0], record["partition"]
                if place[0] == "login":
                    continue
                events.setdefault(place, []).append(
                    (f"{record['position']:016d}.{index:05d}", event["id"], record["key"], event))
        return events

    def messages(self):
        """By (family, partition), what the topics hold, in order."""
        found = {}
        for place, message in self.brokers.public_messages():
            found.setdefault(place, []).append(message)
        return found

    def log_and_topics(self):
        """Both, of one moment: processes and sweeps go on writing for a while."""
        while True:
            commits = self.metric("pakashop_commits_total")
            self.until_published()
            both = self.events_of_the_log(), self.messages()
            if self.metric("pakashop_commits_total") == commits:
                return both

    def check_topics(self):
        """The topics are the log: each event once, in its order, with its public fields alone."""
        log, topics = self.log_and_topics()
        self.assertEqual(set(topics), set(log))
        for place, events in log.items():
            found = topics[place]
            self.assertEqual([(each["headers"]["ce_sequence"], each["headers"]["ce_id"],
                               each["key"]) for each in found],
                             [event[:3] for event in events], place)
            for message, (*_, event) in zip(found, events):
                self.check_message(message, event)
        return topics

    def check_message(self, message, event):
        """One message against its event."""
        headers = message["headers"]
        self.assertEqual(json.loads(message["payload"]), public(event["data"]))
        self.assertEqual((headers["ce_type"], headers["ce_subject"]),
                         (event["type"], event["stream"]))
        self.assertEqual((headers["ce_specversion"], headers["content-type"]),
                         ("1.0", "application/json"))
        for name in NAMES:
            self.assertNotIn(name, message["payload"] + json.dumps(headers) + message["key"])
        CHECKED["messages"] += 1

    def sales(self):
        """What the example says now: {shop: (units, amount)}. Goes on with the tables it has."""
        done = subprocess.run(
            [PYTHON, EXAMPLES / "shop_sales.py", self.brokers.bootstrap, self.world.dir / "sales.db",
             "--idle", "3"], capture_output=True, text=True, timeout=WAIT, check=True)
        return {shop: (int(units), amount) for shop, units, amount in
                map(str.split, done.stdout.splitlines())}

    def sales_of_the_log(self):
        """The same figures from the log."""
        signs = {"order.confirmed.v1": 1, "order.cancelled.v1": -1}
        units, ngwee = Counter(), Counter()
        for place, events in self.events_of_the_log().items():
            for *_, event in events if place[0] == "order" else []:
                sign = signs.get(event["type"], 0) if event["data"].get("paid", True) else 0
                for line in event["data"]["lines"] if sign else []:
                    units[line["shop"]] += sign * line["quantity"]
                    ngwee[line["shop"]] += sign * int(line["lineTotal"].replace(".", ""))
        return {shop: (units[shop], f"{ngwee[shop] // 100}.{ngwee[shop] % 100:02d}")
                for shop in units}


class Published(EgressTest):
    """What outsiders see."""

    def test_everything_is_there_in_order_and_nothing_personal(self):
        order, _ = self.stage.delivered(self.buyer, self.agent, self.shops[0],
                                        (self.products[0], 3))
        topics = self.check_topics()
        mine = [message for place, messages in topics.items() if place[0] == "order"
                for message in messages if message["key"] == order["id"]]
        told = self.stage.admin.all(f"/orders/{order['id']}/events")
        ids = [row["id"] for row in told if row["type"].startswith("order.")]
        self.assertEqual([each["headers"]["ce_id"] for each in mine], ids)
        self.assertEqual(mine[-1]["headers"]["ce_type"], "order.delivered.v1")

    def test_the_example_keeps_right_figures_and_the_kcat_line_shows_them(self):
        self.stage.paid(self.buyer, (self.products[0], 2), (self.products[1], 5))
        self.until_published()
        self.assertEqual(self.sales(), self.sales_of_the_log())
        cancelled = self.stage.paid(self.buyer, (self.products[1], 4))
        self.buyer.patch(f"/orders/{cancelled['id']}/cancel", {"reason": "changed my mind"})
        self.stage.paid(self.buyer, self.products[0])
        self.until_published()
        self.assertEqual(self.sales(), self.sales_of_the_log())
        line = re.search(r"^    (kcat .*)$", (EXAMPLES / "README.md").read_text(), re.MULTILINE)[1]
        words = shlex.split(line.replace("127.0.0.1:9092", self.brokers.bootstrap))
        shown = subprocess.run(words, capture_output=True, text=True, timeout=WAIT, check=True)
        self.assertIn(f"{cancelled['id']} content-type=application/json,ce_specversion=1.0",
                      shown.stdout)

    def test_the_contract_tells_every_message_and_is_yaml(self):
        with urllib.request.urlopen(f"{self.world.url}/asyncapi.yaml", timeout=10) as reply:
            text = reply.read()
        done = subprocess.run([PYTHON, "-c", "import json, sys, yaml\n"
                               "print(json.dumps(yaml.safe_load(sys.stdin)))"],
                              input=text, capture_output=True, timeout=WAIT, check=True)
        contract = json.loads(done.stdout)
        self.assertEqual(contract["asyncapi"], "3.0.0")
        schemas = contract["components"]["schemas"]
        self.until_published()
        for place, messages in self.messages().items():
            channel = contract["channels"][place[0]]
            self.assertEqual(channel["address"], PUBLIC + place[0])
            for message in messages:
                kind = message["headers"]["ce_type"]
                self.assertIn(kind, channel["messages"])
                data, schema = json.loads(message["payload"]), schemas[kind]
                self.assertLessEqual(set(data), set(schema["properties"]))
                self.assertLessEqual(set(schema["required"]), set(data))
                CHECKED["messages against their schema"] += 1
        with urllib.request.urlopen(f"{self.world.url}/schemas/order.placed.v1.json",
                                    timeout=10) as reply:
            alone = json.loads(reply.read())
        self.assertEqual(alone["properties"], schemas["order.placed.v1"]["properties"])


class Killed(EgressTest):
    """Whatever is killed, the topics end up as the log."""

    def orders_meanwhile(self, strike):
        """Orders are placed on four threads while `strike` happens."""
        stop = threading.Event()
        buyers = [self.stage.person() for _ in range(4)]

        def buy(buyer):
            while not stop.is_set():
                self.stage.order(buyer, *self.products)
                CHECKED["orders while something was killed"] += 1

        threads = [threading.Thread(target=buy, args=(buyer,)) for buyer in buyers]
        for thread in threads:
            thread.start()
        try:
            strike()
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def test_a_killed_server_goes_on_where_the_topics_end(self):
        def strike():
            for _ in range(5):
                self.world.restart_server(signal.SIGKILL)
                CHECKED["kills"] += 1

        self.orders_meanwhile(strike)
        self.check_topics()

    def test_a_killed_broker_is_waited_for(self):
        def strike():
            self.brokers.kafka("kill", 1)
            CHECKED["kills"] += 1
            until(lambda: self.metric("pakashop_egress_lag_records") > 20, WAIT, "a relay behind")
            self.brokers.kafka("start", 1)

        self.orders_meanwhile(strike)
        self.check_topics()

    def test_a_start_without_news_publishes_nothing(self):
        self.until_published()
        before = sum(map(len, self.messages().values()))
        self.world.restart_server()
        self.until_published()
        # Starting is a record of each partition, and no event.
        self.assertEqual(sum(map(len, self.messages().values())), before)
        self.assertEqual(self.metric("pakashop_egress_events_total"), 0)


class LogOnKafka(EgressTest):
    """The same from a log that is on Kafka itself, with the records of leaders that were killed."""

    LOG_ON_KAFKA = True

    def test_a_killed_leader_goes_on_where_the_topics_end(self):
        for _ in range(3):
            for _ in range(10):
                self.stage.order(self.buyer, *self.products)
            self.world.restart_server(signal.SIGKILL)
            CHECKED["kills"] += 1
        self.stage.paid(self.buyer, *self.products)
        self.check_topics()


class Grown(EgressTest):
    """A log that has grown: its topics are made anew, and who follows them begins anew."""

    LOG_ON_KAFKA = True
    PARTITIONS = 32

    def test_topics_of_the_generation_before_are_refused_and_once_deleted_hold_all_of_it(self):
        for _ in range(10):
            self.stage.paid(self.buyer, *self.products)
        self.until_published()
        self.assertEqual(self.sales(), self.sales_of_the_log())
        self.grow()
        self.world.start_server()
        log = self.world.dir / "server.log"
        until(lambda: "delete the topics pakashop.events.*" in log.read_text(), WAIT,
              "the relay's refusal")
        self.assertEqual(self.world.server.end(), 0)
        self.delete_topics()
        self.world.start_server()
        self.stage.paid(self.buyer, *self.products)
        self.check_topics()
        with self.assertRaises(subprocess.CalledProcessError) as refused:
            self.sales()
        self.assertIn("use a new database", refused.exception.stderr)
        (self.world.dir / "sales.db").unlink()
        self.assertEqual(self.sales(), self.sales_of_the_log())

    def grow(self):
        """A new generation with twice the partitions, and an empty database for it."""
        self.assertEqual(self.world.server.end(), 0)
        grown = ("--generation", "pakashop-2", "--partitions", self.PARTITIONS)
        self.world.pakashop("log", "create", *grown)
        self.world.pakashop("log", "copy", "--to", f"kafka://{self.brokers.bootstrap}",
                            "--allow-weak-topic", *grown)
        self.world.environment.update(PAKASHOP_GENERATION="pakashop-2",
                                      PAKASHOP_PARTITIONS=str(self.PARTITIONS))
        self.world.postgres("reset")
        self.world.pakashop("migrate")

    def delete_topics(self):
        """As `log copy` says."""
        public = r"pakashop\.(events\..*|egress\.places)"
        self.brokers.kafka("topic", "--delete", "--topic", public)
        until(lambda: PUBLIC not in self.brokers.kcat("-L"), WAIT, "the topics gone")


if __name__ == "__main__":
    unittest.main()
