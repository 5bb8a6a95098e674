"""Growing: from one machine to Kafka, then to more partitions. Nothing lost, nothing twice."""

import json
import os
import re
import shutil
import subprocess
import time
import unittest

from stage import PARTITIONS, KafkaTest
from world import BIN, until

ORDERS = 80
RATE = 100  # Records a second, so that there is a middle to kill a copy in.
REFUSES, BAD_DATA, TRY_AGAIN, USAGE = 78, 65, 75, 64
ALL = re.compile(r"^ *all +(\d+) +(\d+)", re.MULTILINE)
HEAD = re.compile(r"^ *(\d+) +(\d+) .*?([0-9a-f]{64})$", re.MULTILINE)
# Hints between nodes, places and leases: all other tables follow from the log alone.
NOT_ROWS = "'checkpoints', 'leases', 'cluster_nodes', 'effect_leases', 'schema_migrations'"
PLACES = "'partition', 'seq'"  # Where an event lies, in a log of that many partitions.


def heads(text):
    """By partition, (records, head) as a table of `log copy` or `log verify` tells them."""
    return {int(number): (int(records), head) for number, records, head in HEAD.findall(text)}


class CopyTest(KafkaTest):
    """A small shop on one machine, and a broker beside it."""

    LOG_ON_KAFKA = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent, cls.buyer = cls.stage.agent(), cls.stage.person()

    def copy(self, *options, check=True):
        """`log copy` from the world's log to the broker."""
        return self.world.pakashop("log", "copy", "--to", self.kafka, "--allow-weak-topic",
                                   *options, check=check)

    def refused(self, code, words, *options):
        """A copy that must not be done; says why."""
        done = self.copy(*options, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(words, done.stderr)

    def killed_copy(self, *options):
        """A copy that is killed in its middle; returns how many records it had written."""
        command = [BIN / "pakashop", "log", "copy", "--to", self.kafka, "--allow-weak-topic",
                   "--rate", str(RATE), *options]
        with subprocess.Popen(command, env=self.world.environment, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True) as process:
            for line in process.stderr:
                written = re.match(r"written (\d+) of (\d+) records", line)
                if written:
                    self.assertLess(int(written[1]), int(written[2]))
                    process.kill()
                    return int(written[1])
        return self.fail("the copy ended before it could be killed")

    def serves_not(self, words, code=REFUSES):
        """The server ends by itself, and says why."""
        done = subprocess.run([BIN / "pakashop", "serve"], env=self.world.environment, timeout=60,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertIn(words, done.stdout + done.stderr)

    def stop_in_calm(self):
        """Ends the server once the read models tell every event of the log."""
        def events():
            return int(self.psql("SELECT count(*) FROM journal"))

        def calm():
            before = events()
            time.sleep(1)
            return events() == before

        until(calm, 30, "nothing happens any more")
        self.assertEqual(self.world.server.end(), 0)
        told = self.world.pakashop("log", "verify").stdout
        self.assertEqual(int(ALL.search(told)[2]), events())
        return events()

    def move(self, **settings):
        """From now on the world's server is started with these."""
        self.world.environment.update(settings)

    def create_topics(self):
        """What a log of the world's settings needs on the broker."""
        self.world.pakashop("log", "create", "--log", self.kafka)

    def rows(self):
        """By table, how many rows the read models have and a digest of them, without places."""
        columns = self.psql(f"""SELECT json_object_agg(table_name, columns) FROM (
            SELECT table_name, string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position)
                AS columns FROM information_schema.columns
            WHERE table_schema = 'public' AND table_name NOT IN ({NOT_ROWS})
                AND column_name NOT IN ({PLACES}) GROUP BY table_name) AS tables""")
        return {table: self.psql(
            f"SELECT count(*), md5(string_agg(t::text, '\n' ORDER BY t::text)) "
            f"FROM (SELECT {names} FROM {table}) AS t") for table, names in
            json.loads(columns).items()}

    def psql(self, statement):
        """What PostgreSQL answers to one statement."""
        done = subprocess.run(["psql", self.world.database, "-XAtc", statement], text=True,
                              capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()


class Growing(CopyTest):
    """The whole way."""

    def test_a_shop_moves_to_kafka_then_to_more_partitions_and_trades_on(self):
        key, form = os.urandom(8).hex(), self.stage.order_form((self.product, 2))
        first = self.buyer.post("/orders", form, key=key)
        delivered, _ = self.stage.delivered(self.buyer, self.agent, self.shop, self.product)
        for _ in range(ORDERS):
            self.stage.order(self.buyer, self.product)
        books = self.world.until_books(difference="0.00")
        self.refused(TRY_AGAIN, "stop its server first")
        self.assertEqual(self.world.server.end(), 0)

        self.move_to_kafka()
        self.goes_on(key, form, first, delivered, books)
        events = self.stop_in_calm()
        self.grow(3 * PARTITIONS, events)
        self.goes_on(key, form, first, delivered, books)

    def goes_on(self, key, form, first, delivered, books):
        """What was is still so, an old request is a repeat, and new ones work."""
        again = self.buyer.post("/orders", form, key=key)
        self.assertEqual(again["id"], first["id"])
        self.assertEqual(self.buyer.get(f"/orders/{delivered['id']}")["status"], "DELIVERED")
        now = self.world.until_books(difference="0.00")
        self.assertGreaterEqual(float(now["captured"]), float(books["captured"]))
        self.stage.delivered(self.stage.person(), self.agent, self.shop, self.product)
        later = self.world.until_books(difference="0.00")
        self.assertGreater(float(later["captured"]), float(now["captured"]))
        history = self.stage.admin.all(f"/orders/{delivered['id']}/events")
        self.assertGreater(len(history), 10)

    def move_to_kafka(self):
        """Verbatim, killed and gone on with; the source refuses to serve ever after."""
        self.refused(REFUSES, "log create")
        self.create_topics()
        self.refused(USAGE, "--generation", "--partitions", PARTITIONS * 2)
        written = self.killed_copy()
        embedded = dict(self.world.environment)
        self.move(PAKASHOP_LOG=self.kafka)
        self.serves_not("is not whole: run `pakashop log copy`")
        self.move(PAKASHOP_LOG=f"rocksdb:{embedded['PAKASHOP_DATA']}/log")
        told = self.copy().stdout
        self.assertIn("the source is sealed", told)
        self.assertIn("0 void records", told)
        print(f"killed after {written} records; then: {told.splitlines()[-2]}")
        self.lose_the_target()
        self.assertNotIn(" 0 written now", self.copy().stdout)
        self.serves_not(f"was moved to {self.kafka} pakashop-1")
        verified = self.world.pakashop("log", "verify").stdout
        self.assertIn(f"it is sealed, and goes on at {self.kafka} pakashop-1", verified)
        sealed = heads(verified)
        self.assertIn(" 0 written now", self.copy().stdout)
        self.assertIn(" 0 written now", self.copy_to_other_address().stdout)
        self.move(PAKASHOP_LOG=self.kafka)
        copied = heads(self.world.pakashop("log", "verify").stdout)
        self.assertEqual(copied, heads(told))
        self.assertEqual(len(copied), PARTITIONS)
        for partition, (records, _) in copied.items():
            self.assertEqual(sealed[partition][0], records + 2)  # Announced and sealed.
        self.world.start_server()

    def lose_the_target(self):
        """The log's topic is deleted and made again, though the source is sealed."""
        topic = "pakashop.log.pakashop-1"
        self.brokers.kafka("topic", "--delete", "--topic", topic)
        until(lambda: topic not in self.brokers.kcat("-L"), 30, "the topic gone")
        self.create_topics()

    def copy_to_other_address(self, check=True):
        """A copy to the same brokers by another name of theirs."""
        return self.world.pakashop("log", "copy", "--to",
                                   self.kafka.replace("127.0.0.1", "localhost"),
                                   "--allow-weak-topic", check=check)

    def grow(self, partitions, events):
        """A new generation with three times the partitions; read models rebuilt and equal."""
        before = self.rows()
        same = self.copy_to_other_address(check=False)
        self.assertEqual(same.returncode, USAGE, same.stderr)
        self.assertIn("that is the same log", same.stderr)
        self.assertNotIn("it is sealed", self.world.pakashop("log", "verify").stdout)
        old = heads(self.world.pakashop("log", "verify").stdout)
        grown = ("--generation", "pakashop-2", "--partitions", partitions)
        self.refused(USAGE, "a multiple", "--generation", "pakashop-2", "--partitions", 6)
        self.refused(REFUSES, "log create", *grown)
        self.world.pakashop("log", "create", *grown)
        written = self.killed_copy(*map(str, grown))
        self.serves_not("the log was moved and is sealed", TRY_AGAIN)  # It has to read of it first.
        told = self.copy(*grown).stdout
        print(f"killed after {written} records; then: {told}")
        self.assertIn("delete the topics pakashop.events.* and pakashop.egress.places", told)
        for partition, (records, head) in heads(told).items():
            self.assertEqual(records, old[partition][0] + 2)
            self.assertNotEqual(head, old[partition][1])
        self.assertIn("0 written now", self.copy(*grown).stdout)
        self.serves_not(f"was moved to {self.kafka} pakashop-2")
        self.move(PAKASHOP_GENERATION="pakashop-2", PAKASHOP_PARTITIONS=str(partitions))
        self.world.postgres("reset")
        self.world.pakashop("migrate")
        grown = self.world.pakashop("log", "verify").stdout
        self.assertEqual((len(heads(grown)), int(ALL.search(grown)[2])), (partitions, events))
        self.world.start_server("--roles", "api,commands,projections")
        until(lambda: int(self.psql("SELECT count(*) FROM journal")) == events, 30,
              "the read models made again")
        after = self.rows()
        self.assertEqual(after, before)
        self.assertGreater(len([rows for rows in after.values() if not rows.startswith("0|")]), 15)
        for name in self.world.pakashop("rebuild", "--list").stdout.split():
            self.world.pakashop("rebuild", name, "--check")
        self.world.restart_server()


class Controls(CopyTest):
    """What must fail, and leave everything as it was."""

    def test_damage_and_other_histories_are_refused_and_named(self):
        for _ in range(10):
            self.stage.order(self.buyer, self.product)
        self.world.server.end()
        self.create_topics()
        data, whole, damaged = (self.world.dir / name for name in ("data", "whole", "damaged"))
        shutil.copytree(data, whole)
        self.flip_a_bit(data / "log")
        done = self.copy(check=False)
        self.assertEqual(done.returncode, BAD_DATA, done.stderr)
        self.assertRegex(done.stderr, r"partition \d+.* (position|record) \d+|[Cc]orruption")
        self.assertEqual(self.messages(), 0)

        data.rename(damaged)
        shutil.copytree(whole, data)
        self.copy()
        self.assertGreater(self.messages(), 30)
        elsewhere = ("--generation", "pakashop-9", "--partitions", 2 * PARTITIONS)
        self.world.pakashop("log", "create", "--log", self.kafka, *elsewhere)
        self.refused(BAD_DATA, "is sealed: it is copied there only", *elsewhere)
        self.move(PAKASHOP_LOG=self.kafka)
        self.world.start_server()
        self.stage.order(self.buyer, self.product)
        self.world.server.end()
        written = self.messages()
        self.move(PAKASHOP_LOG=f"rocksdb:{whole}/log")
        self.refused(BAD_DATA, "the target's partition 0 holds at position")
        self.assertEqual(self.messages(), written)

    @staticmethod
    def flip_a_bit(log):
        """In the middle of a record."""
        word = b"Shines all night."
        path = next(path for path in log.rglob("*") if path.suffix in (".log", ".sst")
                    and word in path.read_bytes())
        data = bytearray(path.read_bytes())
        data[data.index(word) + 3] ^= 1
        path.write_bytes(data)

    def messages(self):
        """How many records the log's topic holds."""
        return len(self.brokers.kcat("-C", "-t", "pakashop.log.pakashop-1", "-o", "beginning",
                                     "-e", "-q", "-f", "%o\n").split())


if __name__ == "__main__":
    unittest.main()
