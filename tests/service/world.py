"""The real programs, started for one test file: PostgreSQL, the sandbox and the server.

Everything lies in a temporary directory and listens on free loopback ports: files may run side by
side. Environment: PAKASHOP_BIN (folder of the binaries, default build/dev), PAKASHOP_KEEP=1 (keep
the directory and say where it is).

However the test file ends, the programs end: by Ctrl-C and SIGTERM in order, by SIGKILL as
undertaker.py has it.
"""

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "ops"))

from contract import Contract  # noqa: E402  pylint: disable=wrong-import-position
from day.client import Api, Person, Sandbox  # noqa: E402  pylint: disable=wrong-import-position
from day.ports import free_port  # noqa: E402  pylint: disable=wrong-import-position
from day.waiting import until  # noqa: E402  pylint: disable=wrong-import-position
from undertaker import UNDERTAKER  # noqa: E402  pylint: disable=wrong-import-position

BIN = Path(os.environ.get("PAKASHOP_BIN", ROOT / "build" / "dev"))
LIB = ROOT / "ops" / "lib"
START_SECONDS = 30
CALLBACK_DELAY_MS = 20

# SIGTERM is Ctrl-C by another sender. unittest takes a SystemExit for one more failed test.
signal.signal(signal.SIGTERM, signal.default_int_handler)


def script(name, *arguments):
    """Runs a script of ops/lib; returns what it printed."""
    done = subprocess.run([LIB / name, *map(str, arguments)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=120)
    if done.returncode:
        raise RuntimeError(f"{name} {arguments}: exit {done.returncode}: {done.stderr[-500:]}")
    return done.stdout.strip()


class Program:
    """A child process with its log."""

    def __init__(self, name, command, log, environment=None):
        self.name, self.log = name, log
        with open(log, "ab") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output,
                                            env=environment, cwd="/", start_new_session=True)
        UNDERTAKER.watch(self.process.pid)

    def tail(self):
        """The end of its log."""
        return self.log.read_bytes()[-2000:].decode("utf-8", "replace")

    def wait_until_up(self, url):
        """Until `url` answers; says why not otherwise."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            code = self.process.poll()
            if code is not None:
                raise RuntimeError(f"{self.name} ended with exit code {code}: {self.tail()}")
            try:
                with urllib.request.urlopen(url, timeout=2):
                    return
            except OSError as error:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{self.name} is not up ({error}): {self.tail()}") from error
                time.sleep(0.05)

    def end(self, how=signal.SIGTERM):
        """Ends it and returns its exit code; what does not end in 15 s is killed."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait(15)


class Node(Program):
    """Another node of a world's shop, with data of its own; it may not be up yet."""

    def __init__(self, world, name, *arguments, **settings):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        environment = {**world.environment, "PAKASHOP_NODE": name,
                       "PAKASHOP_LISTEN": f"127.0.0.1:{port}",
                       "PAKASHOP_DATA": str(world.dir / f"data-{name}"), **settings}
        super().__init__(f"node {name}", [BIN / "pakashop", "serve", *arguments],
                         world.dir / f"server-{name}.log", environment)


class CheckedApi(Api):
    """The API, whose every answer must be what /openapi.json says of it."""

    def __init__(self, base, *keys, **options):
        super().__init__(base, *keys, **options)
        with urllib.request.urlopen(base.removesuffix("/api/v1") + "/openapi.json") as document:
            self.contract = Contract(json.load(document))

    def call(self, method, path, body=None, **options):
        reply = super().call(method, path, body, **options)
        self.contract.check(method, "/api/v1" + path.partition("?")[0], reply)
        return reply


class World:
    """A whole small Pakashop. `start()` makes one; `stop()` leaves nothing behind."""

    def __init__(self):
        self.dir = Path(tempfile.mkdtemp(prefix="pakashop-test-"))
        self.dir.chmod(0o711)  # User postgres must be able to walk through.
        UNDERTAKER.expect(self.dir, LIB / "postgres.sh", "drop", self.dir / "postgres")
        atexit.register(self.stop)  # An interruption leaves out unittest's own cleanups.
        self.port, self.sandbox_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.sandbox_url = f"http://127.0.0.1:{self.sandbox_port}"
        self.server = self.sandbox_program = self.environment = self.database = None
        self.api = self.impatient = self.sandbox = self.admin = self.finance = None

    @classmethod
    def start(cls, **settings):
        """A running world with an admin and a finance person; settings go to the environment."""
        world = cls()
        try:
            world.set_up(settings)
        except BaseException:
            world.stop()
            raise
        return world

    def set_up(self, settings):
        """Secrets, PostgreSQL, sandbox, server, staff."""
        secrets = self.dir / "secrets"
        script("keys.sh", "make", secrets)
        self.database = script("postgres.sh", "start", self.dir / "postgres")
        self.start_sandbox()
        script("keys.sh", "register", secrets, self.sandbox_url)
        lines = script("keys.sh", "environment", secrets, self.dir / "data",
                       f"127.0.0.1:{self.port}", self.sandbox_url, self.database)
        ours = dict(line.split("=", 1) for line in lines.splitlines())
        self.environment = {**os.environ, **ours, **settings}
        self.pakashop("migrate")
        if self.environment.get("PAKASHOP_LOG", "").startswith("kafka:"):
            self.pakashop("log", "create")
        self.start_server()
        keys = self.environment["PAKASHOP_CLIENT_KEY"], self.environment["INTERNAL_API_KEY"]
        self.api = CheckedApi(f"{self.url}/api/v1", *keys, patience=10)
        self.impatient = CheckedApi(f"{self.url}/api/v1", *keys)
        self.sandbox = Sandbox(self.sandbox_url)
        self.admin = self.make_staff("PLATFORM_ADMIN", "admin@staff.example", "+260970000301")
        self.finance = self.make_staff("FINANCE_ADMIN", "finance@staff.example", "+260970000302")

    def start_sandbox(self):
        """The providers' stand-in, calling our server back."""
        secret = (self.dir / "secrets" / "pawapay_webhook_secret").read_text().strip()
        self.sandbox_program = Program("sandbox", [
            BIN / "pakashop-sandbox", "--port", str(self.sandbox_port),
            "--callbacks", f"{self.url}/api/v1", "--delay-ms", str(CALLBACK_DELAY_MS),
            "--data", self.dir / "sandbox"], self.dir / "sandbox.log",
            dict(os.environ, PAWAPAY_WEBHOOK_SECRET=secret))
        self.sandbox_program.wait_until_up(f"{self.sandbox_url}/health")

    def start_server(self, *options):
        """`pakashop serve`, until it answers /health; on Kafka until somebody leads."""
        self.server = Program("server", [BIN / "pakashop", "serve", *options],
                              self.dir / "server.log", self.environment)
        shared = self.environment.get("PAKASHOP_LOG", "").startswith("kafka:")
        self.server.wait_until_up(self.url + ("/ready" if shared else "/health"))

    def restart_server(self, how=signal.SIGTERM):
        """Ends the server that way and starts it again; returns the exit code it had."""
        code = self.server.end(how)
        self.start_server()
        return code

    def pakashop(self, *arguments, text=None, check=True):
        """Runs the program with the server's settings; returns the finished process."""
        done = subprocess.run([BIN / "pakashop", *map(str, arguments)], env=self.environment,
                              input=text, capture_output=True, text=True, timeout=120, check=False)
        if check and done.returncode:
            raise RuntimeError(
                f"pakashop {arguments}: exit {done.returncode}: {done.stderr[-800:]}")
        return done

    def make_staff(self, role, email, phone):
        """A member of staff through the command line, logged in."""
        password = "Staff-password-2026"
        done = self.pakashop("user", "create", "--role", role, "--email", email, "--phone", phone,
                             "--name", role.title(), "--password-stdin", text=password + "\n")
        made = json.loads(done.stdout)
        return Person(self.api, email, password, made["totpSecret"]).login()

    def postgres(self, order):
        """start, stop, crash, reset or drop, as ops/lib/postgres.sh says."""
        return script("postgres.sh", order, self.dir / "postgres")

    def advance(self, seconds, sandbox=False):
        """Moves the server's clock forward, and the sandbox's if asked."""
        self.api.post("/internal/clock", {"advanceSeconds": seconds}, internal=True)
        self.api.clock_offset += seconds
        self.impatient.clock_offset += seconds
        if sandbox:
            self.sandbox.post("/sandbox/clock", {"advanceSeconds": seconds})

    def misbehave(self, provider, operation, behaviour, times=1, **more):
        """Asks the sandbox for a fault, as api.md's POST /sandbox/behaviour."""
        self.sandbox.post("/sandbox/behaviour", {"provider": provider, "operation": operation,
                                                 "behaviour": behaviour, "times": times, **more})

    def ledger(self, reference, kind=None):
        """The provider's own rows for a client reference."""
        query = {"reference": reference, **({"kind": kind} if kind else {})}
        return self.sandbox.get("/sandbox/ledger", query)

    def until_books(self, **expected):
        """Waits until /admin/books shows these values; returns them whole."""
        def there():
            books = self.finance.get("/admin/books")
            return all(books[name] == value for name, value in expected.items()) and books

        return until(there, 20, f"books with {expected}")

    def stop(self):
        """Ends everything and removes the directory."""
        atexit.unregister(self.stop)
        for program in (self.server, self.sandbox_program):
            if program:
                program.end()
        self.postgres("drop")
        if os.environ.get("PAKASHOP_KEEP"):
            print(f"kept {self.dir}", file=sys.stderr)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)
        UNDERTAKER.forget(self.dir)
