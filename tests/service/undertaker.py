"""Ends what a test file leaves when it is killed: its programs live in sessions of their own, and
PostgreSQL is another user's, so nothing of the kernel's ends them with it.

A process beside the tests is told what there is. When nobody can tell it anything any more, it ends
what is left; after tests that cleaned up themselves, nothing is.
"""

import atexit
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "ops"))

from broker.process import kernel_says  # noqa: E402  pylint: disable=wrong-import-position

ORDER_SECONDS = 60


class Undertaker:
    """Runs beside this process from the first word that it is told. Any thread may tell it."""

    def __init__(self):
        self._process = None

    def watch(self, pid):
        """A program of ours; it may end at any time."""
        seen = kernel_says(pid)
        if seen:
            self._tell({"pid": pid, "started": seen[1]})

    def expect(self, folder, *order):
        """`order` is a command that ends what lives in `folder`, which is removed then."""
        self._tell({"folder": str(folder), "order": [str(word) for word in order]})

    def forget(self, folder):
        """Everything in `folder` has ended."""
        self._tell({"forget": str(folder)})

    def _tell(self, what):
        if self._process is None:
            self._process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE,
                                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                             cwd="/", start_new_session=True)
            atexit.register(self._end)
        with contextlib.suppress(BrokenPipeError):
            os.write(self._process.stdin.fileno(), json.dumps(what).encode() + b"\n")

    def _end(self):
        self._process.stdin.close()
        self._process.wait()


def bury(programs, orders):
    """Ends the programs that are still the same ones, then each folder with what lives in it."""
    for pid, started in programs:
        seen = kernel_says(pid)
        if seen and seen[1] == started:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    for folder, order in orders.items():
        if not os.path.isdir(folder):
            continue
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(order, check=False, timeout=ORDER_SECONDS, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not os.environ.get("PAKASHOP_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)


def main():
    """Listens until nobody is there to say anything."""
    programs, orders = set(), {}
    for line in sys.stdin:
        told = json.loads(line)
        if "pid" in told:
            programs.add((told["pid"], told["started"]))
        elif "order" in told:
            orders[told["folder"]] = told["order"]
        else:
            orders.pop(told["forget"], None)
    bury(programs, orders)


UNDERTAKER = Undertaker()

if __name__ == "__main__":
    main()
