"""A real Kafka for a test file: ops/kafka in a temporary directory, kcat to write and read."""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from undertaker import UNDERTAKER
from world import ROOT, until

UP_SECONDS = 300  # The first time ever, Kafka is fetched.
KCAT_SECONDS = 40
PUBLIC = "pakashop.events."
IN_SYNC_SECONDS = 30
# A paused broker accepts connections and says nothing; other brokers are asked soon after.
PATIENCE = ["-X", "api.version.request.timeout.ms=1000", "-X", "socket.timeout.ms=5000"]


class Brokers:
    """A cluster of its own. `start()` makes one; `stop()` leaves nothing behind."""

    def __init__(self):
        self.dir = Path(tempfile.mkdtemp(prefix="pakashop-kafka-"))
        self.bootstrap = None
        UNDERTAKER.expect(self.dir, ROOT / "ops" / "kafka", "down", "--dir", self.dir)
        atexit.register(self.stop)  # An interruption leaves out unittest's own cleanups.

    @classmethod
    def start(cls, count):
        """A cluster of `count` brokers that serves."""
        brokers = cls()
        try:
            brokers.bootstrap = brokers.kafka("up", "--brokers", count).stdout.strip()
        except BaseException:
            brokers.stop()
            raise
        return brokers

    def kafka(self, command, *arguments, check=True):
        """Runs ops/kafka on this cluster; returns the finished process."""
        done = subprocess.run([ROOT / "ops" / "kafka", command, *map(str, arguments), "--dir",
                               self.dir], capture_output=True, text=True, check=False,
                              timeout=UP_SECONDS)
        if check and done.returncode:
            raise RuntimeError(f"ops/kafka {command} {arguments}: exit {done.returncode}: "
                               f"{done.stderr[-800:]}")
        return done

    def status(self):
        """What `ops/kafka status --json` tells."""
        return json.loads(self.kafka("status", "--json", check=False).stdout)

    def make_topic(self, name, **settings):
        """A topic of one partition on every broker."""
        configs = [word for key, value in settings.items()
                   for word in ("--config", f"{key.replace('_', '.')}={value}")]
        self.kafka("topic", "--create", "--topic", name, "--partitions", 1, *configs)

    def kcat(self, *arguments, text=None):
        """Runs kcat against the cluster; returns what it printed."""
        done = subprocess.run(["kcat", "-b", self.bootstrap, *PATIENCE, *arguments], input=text,
                              capture_output=True, text=True, check=False, timeout=KCAT_SECONDS)
        if done.returncode:
            raise RuntimeError(f"kcat {arguments}: exit {done.returncode}: {done.stderr[-800:]}")
        return done.stdout

    def write(self, topic, records):
        """Writes one record after another; returns once all are acknowledged by all in sync."""
        self.kcat("-P", "-t", topic, "-p", "0", "-X", "acks=all", text="\n".join(records) + "\n")

    def read(self, topic):
        """All there is, as {offset: record}."""
        lines = self.kcat("-C", "-t", topic, "-p", "0", "-o", "beginning", "-e", "-q",
                          "-f", "%o %s\n").splitlines()
        pairs = (line.split(" ", 1) for line in lines)
        return {int(offset): record for offset, record in pairs}

    def public_messages(self):
        """What the topics for outsiders hold, in order, as ((family, partition), message)."""
        topics = json.loads(self.kcat("-L", "-J"))["topics"]
        for name in (each["topic"] for each in topics if each["topic"].startswith(PUBLIC)):
            lines = self.kcat("-C", "-t", name, "-o", "beginning", "-e", "-q", "-J").splitlines()
            for message in map(json.loads, lines):
                pairs = message["headers"]
                message["headers"] = dict(zip(pairs[::2], pairs[1::2]))
                yield (name.removeprefix(PUBLIC), message["partition"]), message

    def partition(self, topic):
        """Leader and in-sync brokers of the only partition."""
        seen = json.loads(self.kcat("-L", "-J", "-t", topic))["topics"][0]["partitions"][0]
        return seen["leader"], sorted(replica["id"] for replica in seen["isrs"])

    def until_in_sync(self, topic, count):
        """Waits until that many brokers hold everything."""
        until(lambda: len(self.partition(topic)[1]) == count, IN_SYNC_SECONDS,
              f"{count} brokers in sync on {topic}")

    def stop(self):
        """Ends everything and removes the directory."""
        atexit.unregister(self.stop)
        if (self.dir / "cluster.json").exists():
            alive = [one["id"] for one in self.status()["brokers"] if one["state"] != "stopped"]
            self.kafka("kill", *alive, check=False)
        if os.environ.get("PAKASHOP_KEEP"):
            print(f"kept {self.dir}", file=sys.stderr)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)
        UNDERTAKER.forget(self.dir)
