"""One or three brokers in a directory: made once, found again by every later call."""

import base64
import json
import shutil
import signal
import subprocess
import tempfile
import uuid
from pathlib import Path

from day.ports import free_port
from day.waiting import until

from . import jars
from .process import Broker
from .settings import properties
from .words import Trouble, say

START_SECONDS = 60


def own_port(taken):
    """A free port, which is `taken` from then on."""
    try:
        port = free_port(taken)
    except OSError as none:
        raise Trouble(str(none), "end some of what listens there") from none
    taken.add(port)
    return port


class Cluster:
    """The brokers of a directory; DIR/cluster.json is all that is remembered of it."""

    def __init__(self, home, description):
        self.home, self.id = home, description["clusterId"]
        self.brokers = [Broker(home, **one) for one in description["brokers"]]

    @classmethod
    def find(cls, home):
        """The cluster that lives in `home`; None when there is none."""
        try:
            return cls(home, json.loads((home / "cluster.json").read_text("utf-8")))
        except FileNotFoundError:
            return None

    @classmethod
    def make(cls, home, count):
        """A new cluster of `count` brokers with ports of their own."""
        taken = set()
        brokers = [{"number": number, "port": own_port(taken), "controller_port": own_port(taken)}
                   for number in range(1, count + 1)]
        name = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        home.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"clusterId": name, "brokers": brokers}, indent=1)
        (home / "cluster.json").write_text(text + "\n", encoding="utf-8")
        return cls.find(home)

    @property
    def bootstrap(self):
        """What clients are given: host:port,host:port."""
        return ",".join(broker.address for broker in self.brokers)

    def broker(self, number):
        """The broker of that number."""
        for broker in self.brokers:
            if broker.number == number:
                return broker
        raise Trouble(f"there is no broker {number}", f"they are 1 to {len(self.brokers)}")

    def has_majority(self):
        """True when enough brokers run to choose a controller among them."""
        running = [broker for broker in self.brokers if broker.state() == "running"]
        return 2 * len(running) > len(self.brokers)

    def format(self):
        """Settings for everyone; data directories for those who have none, side by side."""
        formats = []
        for broker in self.brokers:
            broker.dir.mkdir(exist_ok=True)
            broker.settings.write_text(properties(broker, self.brokers), encoding="utf-8")
            if not broker.is_formatted():
                with open(broker.log, "ab") as log:
                    formats.append((broker, subprocess.Popen(
                        broker.format_command(self.id), stdout=log, stderr=log)))
        failed = [broker for broker, process in formats if process.wait()]
        for broker in failed:
            raise Trouble(f"the data of broker {broker.number} could not be laid out",
                          f"read {broker.log}")

    def launch(self, brokers, options=()):
        """Starts those of `brokers` that do not run and lets paused ones go on."""
        self.format()
        for broker in brokers:
            broker.send(signal.SIGCONT)
            if not broker.process():
                broker.launch(options)

    def wait_until_serving(self, brokers):
        """Until each of `brokers` answers and sees all of them; says why not otherwise."""
        wanted = {broker.number for broker in brokers}

        def served():
            for broker in brokers:
                if not broker.process():
                    raise Trouble(f"broker {broker.number} ended", f"read {broker.log}")
            return all(wanted <= broker.members() for broker in brokers)

        try:
            until(served, START_SECONDS, "an answer of every broker", pause=0.05)
        except TimeoutError as late:
            logs = " ".join(str(broker.log) for broker in brokers)
            raise Trouble(str(late), f"read {logs}") from late

    @staticmethod
    def end(brokers, how=signal.SIGTERM):
        """Ends brokers that way; all are told before any is waited for."""
        for broker in brokers:
            broker.send(how)
            broker.send(signal.SIGCONT)  # A paused one hears it only when it goes on.
        for broker in brokers:
            broker.wait_until_gone()

    def forget(self):
        """Ends the brokers and removes what `make` and they made."""
        self.end(self.brokers)
        for broker in self.brokers:
            shutil.rmtree(broker.dir, ignore_errors=True)
        (self.home / "cluster.json").unlink()


def make_archive():
    """Lets Java keep the classes of a running broker ready-made: later ones start in half the
    time. A throw-away broker shows it which."""
    say("preparing the classes of a broker (once)")
    with tempfile.TemporaryDirectory(prefix="archive-", dir=jars.VAR) as scratch:
        archive = Path(scratch) / jars.ARCHIVE.name
        cluster = Cluster.make(Path(scratch), 1)
        try:
            cluster.launch(cluster.brokers, [f"-XX:ArchiveClassesAtExit={archive}"])
            cluster.wait_until_serving(cluster.brokers)
        finally:
            cluster.end(cluster.brokers)
        if archive.exists():  # Without it everything works, only slower.
            archive.rename(jars.ARCHIVE)


def prepare():
    """Everything a broker needs that is not its own: jars and their class archive."""
    jars.fetch()
    with jars.locked(jars.VAR / "archive.lock"):
        if not jars.ARCHIVE.exists():
            make_archive()
