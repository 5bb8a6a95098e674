"""One broker: its files, and the process that works on them."""

import os
import signal
import subprocess
from pathlib import Path

from day.waiting import until

from . import jars, wire
from .words import Trouble

END_SECONDS = 10


def kernel_says(pid):
    """State and start time of a process; None when there is none, or only its zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, started = fields[0], fields[19]
    return None if state in "ZX" else (state, started)


class Broker:
    """Lives in DIR/broker-N. Its ports are its own for ever, so that it comes back where it was."""

    def __init__(self, home, number, port, controller_port):
        self.number, self.port, self.controller_port = number, port, controller_port
        self.dir = home / f"broker-{number}"
        self.data, self.log = self.dir / "data", self.dir / "broker.log"
        self.settings, self.pid_file = self.dir / "server.properties", self.dir / "pid"

    @property
    def address(self):
        """host:port for clients."""
        return f"127.0.0.1:{self.port}"

    def process(self):
        """Its pid and the kernel's letter for its state; None when it does not run. A pid that was
        given to another process since has another start time."""
        try:
            pid, started = self.pid_file.read_text(encoding="utf-8").split()
        except FileNotFoundError:
            return None
        seen = kernel_says(pid)
        return (int(pid), seen[0]) if seen and seen[1] == started else None

    def state(self):
        """running, paused or stopped."""
        found = self.process()
        if not found:
            return "stopped"
        return "paused" if found[1] in "Tt" else "running"

    def resident_kb(self):
        """Memory it holds; 0 when it does not run."""
        found = self.process()
        if not found:
            return 0
        lines = Path(f"/proc/{found[0]}/status").read_text(encoding="utf-8").splitlines()
        return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)

    def members(self):
        """The brokers it sees in the cluster; empty while it does not serve."""
        return wire.members(self.port) if self.state() == "running" else set()

    def serves(self):
        """True once it answers clients as part of the cluster."""
        return self.number in self.members()

    def format_command(self, cluster_id):
        """What makes its data directory a member's, once."""
        # With "=": an id may begin with a dash.
        return jars.java("kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}",
                         "--config", self.settings, level="WARN")

    def is_formatted(self):
        """True when its data directory belongs to a cluster."""
        return (self.data / "meta.properties").exists()

    def launch(self, options=()):
        """Starts its process in the background, outliving us."""
        (self.dir / "tmp").mkdir(exist_ok=True)  # Compression libraries unpack themselves there.
        command = jars.java("kafka.Kafka", self.settings,
                            options=[*options, f"-Djava.io.tmpdir={self.dir / 'tmp'}"])
        with open(self.log, "ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       cwd="/", start_new_session=True)
        seen = kernel_says(process.pid)
        if not seen:
            raise Trouble(f"broker {self.number} ended at once", f"read {self.log}")
        self.pid_file.write_text(f"{process.pid} {seen[1]}\n", encoding="utf-8")

    def send(self, number):
        """Sends a signal to its process, if it runs."""
        found = self.process()
        if found:
            os.kill(found[0], number)

    def wait_until_gone(self):
        """After a signal that ends it; what is not gone in time is killed."""
        for _ in range(2):
            try:
                until(lambda: not self.process(), END_SECONDS, "its end", pause=0.02)
                return
            except TimeoutError:
                self.send(signal.SIGKILL)
        raise Trouble(f"broker {self.number} cannot be ended", f"read {self.log}")
