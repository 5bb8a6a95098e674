"""The scripts of ops: what they refuse, what they leave behind when they are killed, verdicts."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from world import LIB, ROOT, free_port, script, until
from broker.process import kernel_says

sys.path.insert(0, str(ROOT / "ops" / "benchmarks"))
import table  # noqa: E402  pylint: disable=wrong-import-position

OPS = ROOT / "ops"
USAGE = 64
SECONDS = 20


def run(*command, **options):
    """A finished command, which ends soon."""
    return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False, timeout=SECONDS, **options)


def shell(text, *arguments):
    """A piece of bash that may use the functions of ops/lib."""
    sources = "".join(f"source '{LIB / name}'; " for name in ("common.sh", "keys.sh", "servers.sh"))
    return run("bash", "-c", sources + text, "bash", *arguments)


class Mistakes(unittest.TestCase):
    """Words that a script does not know end it before it does anything."""

    def test_they_are_refused_with_a_remedy(self):
        for command in ("bench", "bench nothing", "bench place junk", "bench place --seconds",
                        "bench place --seconds 0", "bench lag --seconds 5 more",
                        "bench verify --seconds 5", "test junk", "test --full junk", "run junk",
                        "run --orders many", "run --port 99999", "run --port 0",
                        "run --port 9000 --sandbox-port 9000", "lib/packages.sh typo",
                        "lib/packages.sh run test", "lib/keys.sh", "lib/keys.sh environment DIR",
                        "lib/keys.sh make", "lib/postgres.sh start"):
            with self.subTest(command=command):
                name, *words = command.split()
                done = run(OPS / name, *words)
                self.assertEqual(done.returncode, USAGE, done.stderr)
                self.assertTrue(done.stderr.startswith("problem: "), done.stderr)

    def test_help_is_given_wherever_it_is_asked_for(self):
        for command in ("bench --help", "bench place -h", "test --full --help", "run --once -h",
                        "kafka --help", "chaos --help", "lib/packages.sh --help",
                        "lib/keys.sh --help", "lib/postgres.sh --help"):
            with self.subTest(command=command):
                name, *words = command.split()
                done = run(f"./{name}", *words, cwd=OPS)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn(f"ops/{name}", done.stdout)


class Processes(unittest.TestCase):
    """ops/lib/servers.sh."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="pakashop-scripts-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_what_a_killed_script_leaves_running_does_not_hold_its_lock(self):
        done = shell('exec >&/dev/null; claim "$1" this; supervise "$1" sleeper sleep 600;'
                     'until [[ -s $1/sleeper.pid ]]; do sleep 0.01; done; kill -KILL $$',
                     self.folder)
        supervisor = int((self.folder / "sleeper.supervisor").read_text("utf-8"))
        self.addCleanup(lambda: self.has_ended(supervisor))
        self.addCleanup(os.kill, supervisor, signal.SIGTERM)
        self.assertEqual(done.returncode, -signal.SIGKILL)
        self.assertEqual(run("flock", "-n", self.folder / "lock", "true").returncode, 0)

    @staticmethod
    def has_ended(pid):
        """Waits for it."""
        until(lambda: not kernel_says(pid), SECONDS, "the supervisor's end")

    def test_a_lock_that_is_held_says_who_is_at_work(self):
        done = shell('claim "$1" ops/this; claim_again() { bash -c "$(declare -f claim die);'
                     'claim $1 ops/this"; }; claim_again "$1" 9>&-', self.folder)
        self.assertEqual(done.returncode, 75)
        self.assertIn("another ops/this is at work", done.stderr)

    def test_a_process_that_nobody_reaps_has_ended(self):
        with subprocess.Popen(["true"]) as child:
            stat = Path(f"/proc/{child.pid}/stat")
            until(lambda: stat.read_text("utf-8").rpartition(")")[2].split()[0] == "Z", SECONDS,
                  "a zombie")
            began = time.monotonic()
            self.assertEqual(shell('end_process "$1"', str(child.pid)).returncode, 0)
            self.assertLess(time.monotonic() - began, 5)

    def test_settings_that_a_shell_reads_keep_their_spaces(self):
        told = shell('for_shells "$@"', "A=/a b/it's", "B=kafka://h:1,h:2", "C=").stdout
        self.assertEqual(told.splitlines()[1:], ["B=kafka://h:1,h:2", "C="])
        done = run("bash", "-c", told + 'printf %s "$A"')
        self.assertEqual(done.stdout, "/a b/it's")


class Postgres(unittest.TestCase):
    """ops/lib/postgres.sh."""

    def test_a_cluster_that_is_half_made_is_made_anew(self):
        with tempfile.TemporaryDirectory(prefix="pakashop-scripts-") as folder:
            os.chmod(folder, 0o711)  # User postgres must be able to walk through.
            half = Path(folder) / "postgres" / "data.new"
            half.mkdir(parents=True)
            (half / "PG_VERSION").write_text("15\n", "utf-8")
            try:
                self.assertIn("postgresql://", script("postgres.sh", "start", half.parent))
                self.assertFalse(half.exists())
            finally:
                script("postgres.sh", "drop", half.parent)
            self.assertFalse(half.parent.exists())


class Ports(unittest.TestCase):
    """What a server is given to listen on."""

    def test_no_outgoing_connection_gets_it(self):
        first, last = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(
            "utf-8").split())
        for port in (free_port(), int(shell("free_port").stdout)):
            self.assertNotIn(port, range(first, last + 1))


class Table(unittest.TestCase):
    """The verdict of ops/bench."""

    ASKED = {"lag_load": 1_500.0, "place_half": 2_000.0}
    LOAD = {"figure": "lag_load", "measured": 1_490, "refused": 0, "errors": 0}
    LAG = {"figure": "lag", "measured": 120.0, "errors": 0}
    HALF = {"figure": "place_half", "measured": 1_950, "p99_ms": 3.0, "refused": 0, "errors": 0}

    def wrong(self, *results):
        """What the table says of the last figure."""
        return list(table.rows(results, self.ASKED))[-1][-1]

    def test_figures_beside_the_load_that_was_asked_for_pass(self):
        self.assertEqual(self.wrong(self.LOAD, self.LAG), "")
        self.assertEqual(self.wrong(self.HALF), "")

    def test_lag_beside_a_load_that_was_refused_fails(self):
        self.assertIn("refused", self.wrong({**self.LOAD, "measured": 0, "refused": 9}, self.LAG))

    def test_lag_beside_a_load_that_is_too_small_fails(self):
        self.assertIn("reached", self.wrong({**self.LOAD, "measured": 1_400}, self.LAG))

    def test_lag_beside_no_load_fails(self):
        self.assertEqual(self.wrong(self.LAG), "no load beside it")

    def test_a_read_that_failed_fails_the_lag(self):
        self.assertIn("1 errors", self.wrong(self.LOAD, {**self.LAG, "errors": 1}))

    def test_a_p99_below_the_load_that_was_asked_for_fails(self):
        self.assertIn("reached", self.wrong({**self.HALF, "measured": 1_800}))

    def test_a_figure_on_the_wrong_side_of_its_floor_fails(self):
        self.assertEqual(self.wrong({**self.HALF, "p99_ms": 31.0}), "below the floor")


if __name__ == "__main__":
    unittest.main()
