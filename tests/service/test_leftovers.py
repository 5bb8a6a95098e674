"""A test file that is interrupted or killed leaves no program and no folder."""

import signal
import subprocess
import sys
import unittest
from pathlib import Path

from world import until
from broker.process import kernel_says

HERE = Path(__file__).resolve().parent
WORLD_WITH_A_PROGRAM = """
import signal, time
from world import Program, World
signal.signal(signal.SIGINT, signal.default_int_handler)
world = World()
world.server = Program("sleeper", ["sleep", "600"], world.dir / "sleeper.log")
print(world.server.process.pid, world.dir, flush=True)
time.sleep(600)
"""
END_SECONDS = 20


class Leftovers(unittest.TestCase):
    """A world of one program, in a process of its own."""

    def setUp(self):
        self.tests = subprocess.Popen([sys.executable, "-c", WORLD_WITH_A_PROGRAM], cwd=HERE,
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(self.tests.stdout.close)
        pid, folder = self.tests.stdout.readline().split()
        self.pid, self.folder = int(pid), Path(folder)
        self.assertTrue(kernel_says(self.pid))
        self.assertTrue(self.folder.is_dir())

    def ends_after(self, number):
        """The tests are ended that way; soon nothing is left of them."""
        self.tests.send_signal(number)
        self.tests.wait(END_SECONDS)
        until(lambda: not kernel_says(self.pid), END_SECONDS, "the program's end")
        until(lambda: not self.folder.exists(), END_SECONDS, "the folder's end")

    def test_an_interruption_ends_everything(self):
        self.ends_after(signal.SIGINT)

    def test_a_request_to_end_ends_everything(self):
        self.ends_after(signal.SIGTERM)

    def test_a_kill_ends_everything(self):
        self.ends_after(signal.SIGKILL)


if __name__ == "__main__":
    unittest.main()
