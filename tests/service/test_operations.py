"""Running it: configuration, exit codes, the log's own tools, rebuilds, nothing personal in it."""

import signal
import subprocess
import unittest

from stage import ServiceTest, fresh_phone
from world import BIN, Program, free_port
from day.log_checks import log_bytes, spellings


class Configuration(ServiceTest):
    """`pakashop serve` names the field that is wrong, prints no secret, and exits 78."""

    def serve(self, **changes):
        """Starts it with some settings changed (None: absent); returns (exit code, output)."""
        environment = dict(self.world.environment, PAKASHOP_LISTEN=f"127.0.0.1:{free_port()}",
                           PAKASHOP_DATA=str(self.world.dir / "elsewhere"),
                           PAKASHOP_LOG=f"rocksdb:{self.world.dir}/elsewhere/log")
        environment.update(changes)
        environment = {name: value for name, value in environment.items() if value is not None}
        done = subprocess.run([BIN / "pakashop", "serve"], env=environment, timeout=20,
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_a_missing_or_malformed_setting_is_named(self):
        cases = {"JWT_SECRET": None, "PAKASHOP_LISTEN": "everywhere", "PAKASHOP_ENV": "playground",
                 "PAKASHOP_LOG": "floppy:a", "PIN_KEY_FILE": "/nowhere/pin_key",
                 "PAYMENT_PROVIDER": "FLUTTERWAVE", "PAWAPAY_BASE_URL": "not a url",
                 "PAKASHOP_PUBLIC_URL": "shop.example", "PAKASHOP_RATE_LIMITS": "maybe",
                 "ZRA_VSDC_API_URL": "ftp://zra.example"}
        for name, value in cases.items():
            with self.subTest(name=name):
                code, printed = self.serve(**{name: value})
                self.assertEqual(code, 78, printed)
                self.assertIn(name, printed)

    def test_a_bad_secret_is_named_and_not_shown(self):
        code, printed = self.serve(JWT_SECRET="tell-nobody-7")
        self.assertEqual(code, 78, printed)
        self.assertIn("JWT_SECRET", printed)
        self.assertNotIn("tell-nobody-7", printed)

    def test_production_refuses_what_is_for_tests_only(self):
        for name, value in (("PAKASHOP_RATE_LIMITS", "off"), ("ZRA_MOCK_MODE", "true"),
                            ("PAYMENT_PROVIDER", "MOCK")):
            with self.subTest(name=name):
                calm = {"PAKASHOP_RATE_LIMITS": None, "ZRA_MOCK_MODE": "false"}
                code, printed = self.serve(**{**calm, name: value, "PAKASHOP_ENV": "production"})
                self.assertEqual(code, 78, printed)
                self.assertIn(name, printed)

    def test_production_refuses_what_was_chosen_elsewhere(self):
        self.stage.admin.put("/admin/config/zra_mock_mode", {"value": "true"})
        self.world.server.end()
        try:
            environment = dict(self.world.environment, PAKASHOP_ENV="production",
                               PAKASHOP_RATE_LIMITS="on", ZRA_MOCK_MODE="false")
            done = subprocess.run([BIN / "pakashop", "serve"], env=environment, timeout=20,
                                  capture_output=True, text=True, check=False)
        finally:
            self.world.start_server()
            self.stage.admin.put("/admin/config/zra_mock_mode", {"value": "false"})
        self.assertEqual(done.returncode, 78, done.stderr)
        self.assertIn("zra_mock_mode=true", done.stdout + done.stderr)

    def test_every_command_has_help_and_bad_usage_is_64(self):
        for command in (["serve"], ["migrate"], ["user"], ["log", "create"], ["log", "copy"],
                        ["log", "verify"], ["log", "show"], ["rebuild"], ["explain"], []):
            done = self.world.pakashop(*command, "--help")
            self.assertTrue(done.stdout.strip(), command)
        done = self.world.pakashop("dance", check=False)
        self.assertEqual(done.returncode, 64)


class Log(ServiceTest):
    """`log verify`, `log show`, `rebuild`, and what may not be read in the log."""

    @classmethod
    def set_the_stage(cls):
        cls.stage.invoicing(True)
        cls.shop, cls.agent = cls.stage.shop(), cls.stage.agent()
        cls.buyer = cls.stage.person("Xylophia Quetzalcoatl", phone=fresh_phone("26097"))
        product = cls.stage.product(cls.shop)
        cls.order, _ = cls.stage.delivered(cls.buyer, cls.agent, cls.shop, product)
        cls.stage.invoices(cls.order, "SENT")

    def test_verify_walks_the_log_beside_the_server(self):
        done = self.world.pakashop("log", "verify")
        self.assertRegex(done.stdout, r"\d+")

    def test_verify_needs_no_server_and_no_key(self):
        done = subprocess.run([BIN / "pakashop", "log", "verify", self.world.dir / "data" / "log"],
                              env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_partition_that_the_log_does_not_have_is_bad_usage(self):
        done = self.world.pakashop("log", "show", "--partition", "99", check=False)
        self.assertEqual(done.returncode, 64, done.stdout)
        self.assertIn("0 to 15", done.stderr)

    def test_verify_finds_the_witness_behind_any_spelling_of_the_directory(self):
        for spelling in ("log", "log/", "log//"):
            done = self.world.pakashop("log", "verify", f"{self.world.dir}/data/{spelling}")
            self.assertIn("the witness agrees", done.stdout)

    def test_the_command_line_reads_secrets_from_files_as_the_server_does(self):
        key = self.world.dir / "key_in_a_file"
        key.write_text(self.world.environment["INTERNAL_API_KEY"] + "\r\n")
        environment = dict(self.world.environment, INTERNAL_API_KEY="",
                           INTERNAL_API_KEY_FILE=str(key))
        done = subprocess.run([BIN / "pakashop", "rebuild", "orders", "--check"], timeout=60,
                              env=environment, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_every_read_model_equals_its_rebuild(self):
        names = self.world.pakashop("rebuild", "--list").stdout.split()
        self.assertGreater(len(names), 3)
        for name in names:
            with self.subTest(name=name):
                self.world.pakashop("rebuild", name, "--check")

    def test_personal_texts_are_nowhere_in_the_log(self):
        planted = ["Xylophia", "Quetzalcoatl", self.buyer.email, self.buyer.phone[1:], "Natasha",
                   "Mwanza", "Plot 456, Great East Road", "+260977123456"]
        shown = self.world.pakashop("log", "show").stdout.encode()
        blobs = [("log show", shown), *log_bytes(self.world.dir / "data" / "log")]
        self.assertGreater(sum(len(blob) for _, blob in blobs), 10_000)
        for text in planted:
            for spelling in spellings(text):
                for name, blob in blobs:
                    self.assertNotIn(spelling, blob, f"{text!r} in {name}")

    def test_pins_and_passwords_are_nowhere_in_log_or_output(self):
        secrets = [self.buyer.password, self.world.admin.password,
                   self.world.environment["JWT_SECRET"], self.world.environment["PAWAPAY_API_KEY"]]
        places = [*log_bytes(self.world.dir / "data" / "log"),
                  ("server.log", (self.world.dir / "server.log").read_bytes())]
        for secret in secrets:
            for name, blob in places:
                self.assertNotIn(secret.encode(), blob, name)

    def test_a_second_writer_refuses_and_the_first_goes_on(self):
        environment = dict(self.world.environment, PAKASHOP_LISTEN=f"127.0.0.1:{free_port()}")
        second = Program("second", [BIN / "pakashop", "serve"], self.world.dir / "second.log",
                         environment)
        self.assertNotEqual(second.process.wait(20), 0, second.tail())
        self.stage.order(self.stage.person(), self.stage.product(self.shop))

    def test_sigterm_ends_in_order(self):
        self.assertEqual(self.world.restart_server(signal.SIGTERM), 0)
        seen = self.buyer.get(f"/orders/{self.order['id']}")
        self.assertEqual(seen["status"], "DELIVERED")


if __name__ == "__main__":
    unittest.main()
