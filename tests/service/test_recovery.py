"""Recovery: kill -9, a lost or absent database, a damaged log. Nothing lost, nothing done twice."""

import shutil
import signal
import subprocess
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from stage import ServiceTest
from world import BIN, free_port, until
from day.client import Problem
from day.pins import pins


class RecoveryTest(ServiceTest):
    """Invoicing on; a shop, a product, an agent."""

    @classmethod
    def set_the_stage(cls):
        cls.stage.invoicing(True)
        cls.shop, cls.agent = cls.stage.shop(), cls.stage.agent()
        cls.product = cls.stage.product(cls.shop, stock=100_000)

    def outside(self):
        """What the outside world has seen: deposits, payouts, invoices, messages."""
        sandbox = self.stage.sandbox
        ledger = sorted((row["id"], row["kind"], row["status"], str(row["amount"]))
                        for row in sandbox.get("/sandbox/ledger"))
        invoices = sorted((row["sellerTpin"], row["invoiceNumber"])
                          for row in sandbox.get("/sandbox/invoices"))
        return ledger, invoices, len(sandbox.get("/sandbox/messages"))

    def calm(self):
        """Waits until the outside world hears nothing for three seconds; returns what it saw."""
        seen = self.outside()
        while True:
            time.sleep(3)
            before, seen = seen, self.outside()
            if before == seen:
                return seen

    def road(self, buyer):
        """An order all the way to DELIVERED and its invoice SENT."""
        order, _ = self.stage.delivered(buyer, self.agent, self.shop, self.product)
        self.stage.invoices(order, "SENT")
        return order


class Kill(RecoveryTest):
    """kill -9 in the middle."""

    def test_a_clock_that_was_moved_does_not_fall_back(self):
        self.world.advance(2 * 3600)
        self.stage.order(self.stage.person(), self.product)
        before = self.stage.api.get("/internal/clock", internal=True)["now"]
        self.world.restart_server(signal.SIGKILL)
        after = self.stage.api.get("/internal/clock", internal=True)["now"]
        self.assertGreater(after, before[:17])  # To the minute: restarting takes its time as well.

    def test_what_was_answered_is_there_after_a_kill(self):
        answered, stop = {}, threading.Event()
        product = self.stage.product(self.shop, stock=100_000)
        buyers = [self.stage.person(api=self.world.impatient) for _ in range(6)]

        def buy(buyer):
            number = 0
            while not stop.is_set():
                key = f"{buyer.email}-{number}"
                try:
                    reply = buyer.post("/orders", self.stage.order_form(product), key=key)
                    answered[key] = (buyer, reply["id"])
                    number += 1
                except Exception:  # pylint: disable=broad-except
                    time.sleep(0.05)  # The server is being killed or started: the same key again.

        with ThreadPoolExecutor(6) as pool:
            for buyer in buyers:
                pool.submit(buy, buyer)
            for _ in range(3):
                time.sleep(0.7)
                self.world.restart_server(signal.SIGKILL)
            time.sleep(0.7)
            stop.set()
        self.assertGreater(len(answered), 50)
        for key, (buyer, order_id) in answered.items():
            again = buyer.call("POST", "/orders", self.stage.order_form(product), key=key)
            self.assertEqual(again.json["id"], order_id)
        for buyer in buyers:
            mine = {order for who, order in answered.values() if who is buyer}
            self.assertLessEqual(mine, {row["id"] for row in buyer.all("/orders")})
        bought = sum(item["quantity"] for buyer in buyers
                     for row in buyer.all("/orders") for item in row["items"])
        self.assertGreater(bought, 50)
        # What a killed process held for orders it never placed is let go soon, and not in minutes.
        until(lambda: self.shop.owner.get(f"/products/{product}")["available"]
              == 100_000 - bought, 10, "the stock that was not bought")
        self.assertEqual(self.world.pakashop("log", "verify").returncode, 0)

    def test_the_road_goes_on_after_a_kill_at_every_step(self):
        buyer = self.stage.person()
        kill = lambda: self.world.restart_server(signal.SIGKILL)  # noqa: E731
        order = self.stage.order(buyer, self.product)
        started = self.stage.initiate(buyer, order)
        kill()
        self.world.advance(5 * 60, sandbox=True)  # A callback may have met a closed door.
        self.stage.payment_ends(buyer, order, "CAPTURED")
        kill()
        self.stage.on_the_way(buyer, order, self.agent, self.shop)
        kill()
        asked = self.stage.confirm(self.agent, order, self.stage.pin(buyer))
        kill()
        self.stage.capture(self.agent, order, asked["signatureId"])
        kill()
        path = f"/shops/{self.shop.id}/account"
        until(lambda: self.shop.owner.get(path)["releasable"] != "0.00", 20, "releasable")
        self.stage.finance.post("/admin/settlements/run", {})
        kill()
        self.world.advance(10 * 60, sandbox=True)
        until(lambda: self.shop.owner.get(path)["inPayout"] == "0.00", 30, "paid out")
        self.stage.invoices(order, "SENT")
        self.calm()
        self.assertEqual(len(self.world.ledger(started["transactionId"], "deposit")), 1)
        self.assertEqual(len(pins(self.stage.sandbox, buyer.phone)), 2)
        books = self.world.until_books(difference="0.00")
        ledger = self.stage.sandbox.get("/sandbox/ledger", {"kind": "payout"})
        paid = sum(int(row["amount"].replace(".", "")) for row in ledger
                   if row["status"] == "COMPLETED")
        self.assertEqual(paid, int(books["paidOut"].replace(".", "")))


class Database(RecoveryTest):
    """PostgreSQL away, dropped, rebuilt."""

    def test_a_dropped_database_is_rebuilt_and_nothing_happens_twice(self):
        buyer = self.stage.person()
        order = self.road(buyer)
        open_order = self.stage.paid(buyer, self.product)
        self.stage.finance.post("/admin/settlements/run", {})
        path = f"/shops/{self.shop.id}/account"
        until(lambda: self.shop.owner.get(path)["inPayout"] == "0.00"
              and self.shop.owner.get(path)["releasable"] == "0.00", 30, "paid out")
        before = self.calm()
        seen = buyer.get(f"/orders/{order['id']}"), self.shop.owner.get(path)
        books = self.stage.finance.get("/admin/books")
        self.world.postgres("reset")
        self.world.pakashop("migrate")

        def rebuilt():
            try:
                return self.stage.finance.get("/admin/books")["captured"] == books["captured"]
            except Problem:
                return False

        until(rebuilt, 60, "the read models are back")
        self.stage.finance.post("/admin/settlements/run", {})
        self.assertEqual(self.calm(), before)
        self.assertEqual((buyer.get(f"/orders/{order['id']}"), self.shop.owner.get(path)), seen)
        self.assertEqual(self.stage.finance.get("/admin/books"), books)
        self.stage.on_the_way(buyer, open_order, self.agent, self.shop)

    def test_without_postgres_commands_go_on_and_queries_say_so(self):
        buyer = self.stage.person(api=self.world.impatient)
        order = buyer.post("/orders", self.stage.order_form(self.product))
        self.world.postgres("crash")
        self.addCleanup(self.world.postgres, "start")
        with self.refused(503, "read_model_unavailable") as caught:
            self.world.impatient.get("/products")
        self.assertTrue(caught.problem.headers["Retry-After"])
        later = buyer.post("/orders", self.stage.order_form(self.product))
        cancelled = buyer.patch(f"/orders/{order['id']}/cancel", {"reason": "No"})
        self.assertEqual(cancelled["status"], "CANCELLED")
        self.world.postgres("start")
        seen = until(lambda: self.readable(buyer, later), 30, "caught up")
        self.assertEqual(seen["status"], "PENDING")
        self.assertEqual(buyer.get(f"/orders/{order['id']}")["status"], "CANCELLED")

    @staticmethod
    def readable(person, order):
        """The order as a query shows it, or None while queries do not answer."""
        try:
            return person.get(f"/orders/{order['id']}")
        except (Problem, OSError):
            return None

    def test_the_server_starts_without_postgres_and_catches_up(self):
        buyer = self.stage.person()
        self.world.postgres("stop")
        self.addCleanup(self.world.postgres, "start")
        self.world.restart_server()
        order = buyer.post("/orders", self.stage.order_form(self.product))
        self.world.postgres("start")
        seen = until(lambda: self.readable(buyer, order), 60, "caught up")
        self.assertEqual(seen["status"], "PENDING")


class Damage(RecoveryTest):
    """A log that is not what it was: exit 78, nothing touched."""

    def copy(self):
        """The data directory as it is on disk, copied while nobody writes; and its settings."""
        self.world.server.end(signal.SIGKILL)
        folder = self.world.dir / f"copy-{time.monotonic_ns()}"
        shutil.copytree(self.world.dir / "data", folder)
        self.world.start_server()
        return folder, dict(self.world.environment, PAKASHOP_DATA=str(folder),
                            PAKASHOP_LOG=f"rocksdb:{folder}/log",
                            # The one in use has seen more than the copy, and would tell.
                            DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing",
                            PAKASHOP_LISTEN=f"127.0.0.1:{free_port()}")

    def refuses(self, folder, environment):
        """The server ends with 78 and leaves every file of the log as it was."""
        before = {path: path.read_bytes() for path in self.record_files(folder)}
        done = subprocess.run([BIN / "pakashop", "serve"], env=environment, timeout=30, text=True,
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 78, (done.stdout + done.stderr)[-800:])
        after = {path: path.read_bytes() for path in self.record_files(folder)}
        self.assertEqual(before, after)

    @staticmethod
    def record_files(folder):
        """The files that hold records: write-ahead logs and sorted tables."""
        log = folder / "log"
        return sorted(path for path in log.rglob("*") if path.suffix in (".log", ".sst"))

    def test_an_undamaged_copy_starts(self):
        _, environment = self.copy()
        server = subprocess.Popen([BIN / "pakashop", "serve"], env=environment,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(3)
        self.assertIsNone(server.poll())
        server.kill()
        server.wait()

    def test_a_flipped_bit_in_a_record(self):
        folder, environment = self.copy()
        name = b"Shines all night."
        path = next(path for path in self.record_files(folder) if name in path.read_bytes())
        data = bytearray(path.read_bytes())
        data[data.index(name) + 3] ^= 1
        path.write_bytes(data)
        self.refuses(folder, environment)
        done = self.world.pakashop("log", "verify", folder / "log", check=False)
        self.assertNotEqual(done.returncode, 0)

    def test_flipped_bits_anywhere_in_the_largest_file(self):
        for share in (0.2, 0.5, 0.8):
            with self.subTest(share=share):
                folder, environment = self.copy()
                path = max(self.record_files(folder), key=lambda path: path.stat().st_size)
                data = bytearray(path.read_bytes().rstrip(b"\0"))
                data[int(len(data) * share)] ^= 0x10
                path.write_bytes(data)
                self.refuses(folder, environment)

    def test_a_log_without_its_keys(self):
        folder, environment = self.copy()
        shutil.rmtree(folder / "keys")
        self.refuses(folder, environment)
        self.assertFalse((folder / "keys").exists())

    def test_a_log_cut_short(self):
        folder, environment = self.copy()
        path = max((path for path in self.record_files(folder) if path.suffix == ".log"),
                   key=lambda path: path.stat().st_size)
        data = path.read_bytes().rstrip(b"\0")
        path.write_bytes(data[:len(data) // 2])
        self.refuses(folder, environment)

    def test_a_write_ahead_log_that_is_gone(self):
        folder, environment = self.copy()
        for path in self.record_files(folder):
            if path.suffix == ".log":
                path.unlink()
        self.refuses(folder, environment)


if __name__ == "__main__":
    unittest.main()
