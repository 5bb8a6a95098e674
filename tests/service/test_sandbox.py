"""The provider sandbox as its clients meet it: the real program, over HTTP."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import uuid
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from undertaker import UNDERTAKER
from world import BIN

PROGRAM = BIN / "pakashop-sandbox"
SECRET = "a secret for the tests"
DELAY_MS = 20
PATIENCE_SECONDS = 10


def until(condition, what):
    """Waits until `condition` gives something true, and returns it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError(f"not within {PATIENCE_SECONDS} s: {what}")


class Receiver:
    """A shop's webhook: keeps what arrives and answers as told."""

    def __init__(self):
        self.requests, self.statuses = [], []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            """Answers 200 unless a status is waiting."""
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # pylint: disable=invalid-name
                """Takes one callback."""
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append((self.path, dict(self.headers.items()), body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):  # pylint: disable=arguments-differ
                """Keeps quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/api/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def bodies(self, entry):
        """The callbacks about one transaction, oldest first."""
        return [json.loads(body) for _, _, body in list(self.requests) if entry.encode() in body]

    def close(self):
        """Stops listening."""
        self.server.shutdown()
        self.server.server_close()


class Sandbox:
    """The program under test, on a free port, with its data in a folder."""

    def __init__(self, data, callbacks):
        environment = dict(os.environ, PAWAPAY_WEBHOOK_SECRET=SECRET)
        self.process = subprocess.Popen(
            [PROGRAM, "--port", "0", "--callbacks", callbacks, "--delay-ms", str(DELAY_MS),
             "--data", data], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        UNDERTAKER.watch(self.process.pid)
        self.address = json.loads(self.process.stdout.readline())["listening"]

    def call(self, method, path, body=None, headers=None):
        """One call on a connection of its own: (status, document or text)."""
        connection = http.client.HTTPConnection(self.address, timeout=PATIENCE_SECONDS)
        given = {"Authorization": "Bearer t", "x-api-key": "a", "x-client-id": "b",
                 "x-client-secret": "c", "Content-Type": "application/json"}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        connection.request(method, path, body, given if headers is None else headers)
        reply = connection.getresponse()
        text = reply.read().decode()
        connection.close()
        kind = reply.headers.get("Content-Type", "")
        return reply.status, json.loads(text) if "json" in kind else text

    def end(self, how=signal.SIGTERM):
        """Ends the program; returns its exit code and what it complained about."""
        self.process.send_signal(how)
        _, complaints = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, complaints.decode()


def deposit(amount="100.00", phone="260763456789", reference="pay_1"):
    """A good deposit with a fresh id."""
    return {"depositId": str(uuid.uuid4()), "amount": amount, "currency": "ZMW",
            "payer": {"type": "MMO", "accountDetails": {"phoneNumber": phone,
                                                        "provider": "MTN_MOMO_ZMB"}},
            "clientReferenceId": reference, "metadata": [{"orderId": "ord_1"}]}


def openssl(*arguments, stdin=b""):
    """Runs openssl: a second opinion on keys and signatures."""
    return subprocess.run(["openssl", *map(str, arguments)], input=stdin, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout


def signature_base(method, authority, path, headers, signature_input):
    """The signed text of RFC 9421 for the one label there is."""
    parameters = signature_input.split("=", 1)[1]
    values = {"@method": method, "@authority": authority, "@path": path}
    values.update({name.lower(): value for name, value in headers.items()})
    names = [part.strip('"') for part in parameters[1:parameters.index(")")].split()]
    lines = [f'"{name}": {values[name]}' for name in names]
    return "\n".join(lines + [f'"@signature-params": {parameters}']).encode()


class SandboxCase(unittest.TestCase):
    """A sandbox and a receiver for each test."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="pakashop-sandbox-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.data = self.folder / "data"
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)
        self.sandbox = None
        self.start()
        self.addCleanup(lambda: self.sandbox.process.poll() is None and self.sandbox.end())

    def start(self):
        """Starts the program on the same data."""
        self.sandbox = Sandbox(self.data, self.receiver.url)

    def call(self, *arguments, **options):
        """One call of the sandbox."""
        return self.sandbox.call(*arguments, **options)

    def pay(self, **fields):
        """Makes a deposit; returns its id."""
        body = deposit(**fields)
        status, answer = self.call("POST", "/pawapay/v2/deposits", body)
        self.assertEqual((status, answer["status"]), (200, "ACCEPTED"))
        return body["depositId"]

    def row(self, entry):
        """The ledger's row of one transaction."""
        return self.call("GET", f"/sandbox/ledger?reference={entry}")[1][0]

    def finished(self, entry):
        """Waits for the end of a transaction; returns its row."""
        return until(lambda: (row := self.row(entry)) and "finalAt" in row and row, "an end")


class TestMoney(SandboxCase):
    """Deposits and their callbacks."""

    def test_a_deposit_is_told_with_a_signature_that_openssl_verifies(self):
        entry = self.pay()
        until(lambda: self.receiver.bodies(entry), "a callback")
        path, headers, body = self.receiver.requests[0]
        self.assertEqual(path, "/api/v1/payments/webhook/pawapay")
        self.assertEqual(json.loads(body)["status"], "COMPLETED")
        digest = base64.b64encode(hashlib.sha512(body).digest()).decode()
        self.assertEqual(headers["Content-Digest"], f"sha-512=:{digest}:")
        base = signature_base("POST", headers["Host"], path, headers, headers["Signature-Input"])
        signature = base64.b64decode(headers["Signature"].removeprefix("sig-pp=:")[:-1])
        self.assertEqual(signature[0], 0x30)
        keys = self.call("GET", "/pawapay/v2/public-key/http", headers={})[1]
        self.assertIn(f'keyid="{keys[0]["id"]}"', headers["Signature-Input"])
        (self.folder / "key.pem").write_text(keys[0]["key"])
        (self.folder / "signature").write_bytes(signature)
        verdict = openssl("dgst", "-sha256", "-verify", self.folder / "key.pem", "-signature",
                          self.folder / "signature", stdin=base)
        self.assertIn(b"Verified OK", verdict)

    def test_the_other_signing_modes(self):
        self.assertEqual(self.call("PUT", "/sandbox/config", {"signing": "hmac"})[0], 200)
        entry = self.pay()
        until(lambda: self.receiver.bodies(entry), "a callback")
        _, headers, body = self.receiver.requests[-1]
        expected = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        self.assertEqual(headers["X-Signature"], expected)
        self.assertEqual(self.call("PUT", "/sandbox/config", {"signing": "none"})[0], 200)
        entry = self.pay()
        until(lambda: self.receiver.bodies(entry), "a callback")
        self.assertNotIn("Signature", self.receiver.requests[-1][1])

    def test_a_request_signed_by_openssl_is_taken_and_any_other_is_not(self):
        key = self.folder / "client.pem"
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
        public = openssl("ec", "-in", key, "-pubout").decode()
        settings = {"clientKeys": [{"keyId": "shop-1", "pem": public}]}
        self.assertEqual(self.call("PUT", "/sandbox/config", settings)[0], 200)
        body = json.dumps(deposit()).encode()
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers = {"Authorization": "Bearer t", "Content-Type": "application/json",
                   "Content-Digest": f"sha-256=:{digest}:"}
        path, now = "/pawapay/v2/deposits", int(time.time())
        parameters = ('sig-pp=("@method" "@authority" "@path" "content-digest" "content-type")'
                      f';alg="ecdsa-p256-sha256";keyid="shop-1";created={now};expires={now + 60}')
        base = signature_base("POST", self.sandbox.address, path, headers, parameters)
        signature = openssl("dgst", "-sha256", "-sign", key, stdin=base)
        signed = dict(headers, **{"Signature-Input": parameters, "Signature":
                                  f"sig-pp=:{base64.b64encode(signature).decode()}:"})
        for bad, given, sent in (("unsigned", headers, body),
                                 ("changed", signed, body.replace(b"100.00", b"900.00"))):
            with self.subTest(bad):
                status, answer = self.call("POST", path, sent, headers=given)
                self.assertEqual(status, 403)
                self.assertEqual(answer["failureReason"]["failureCode"], "HTTP_SIGNATURE_ERROR")
        self.assertEqual(self.call("POST", path, body, headers=signed)[1]["status"], "ACCEPTED")

    def test_a_callback_not_answered_with_200_comes_again(self):
        self.receiver.statuses = [503, 401]
        entry = self.pay()
        bodies = until(lambda: len(found := self.receiver.bodies(entry)) == 3 and found, "three")
        self.assertEqual(bodies[0], bodies[2])
        until(lambda: self.row(entry)["callbacksSent"] == 3, "the count of callbacks")
        self.assertEqual(self.row(entry)["status"], "COMPLETED")

    def test_a_silent_answer_follows_a_deposit_that_happened(self):
        self.call("POST", "/sandbox/behaviour", {
            "provider": "pawapay", "operation": "deposit", "behaviour": "timeout_after_accept",
            "times": 1, "ms": 400, "match": {"phone": "+260 763 456 789"}})
        began = time.monotonic()
        entry = self.pay()
        self.assertGreater(time.monotonic() - began, 0.39)
        self.assertEqual(self.row(entry)["status"], "COMPLETED")
        self.assertEqual(self.call("GET", "/sandbox/behaviour")[1][0]["fired"], 1)

    def test_moving_the_clock_brings_what_was_far_away(self):
        self.call("PUT", "/sandbox/config", {"delayMs": 3_600_000})
        entry = self.pay()
        self.assertEqual(self.row(entry)["status"], "ACCEPTED")
        self.assertEqual(self.call("POST", "/sandbox/clock", {"advanceSeconds": 3600})[0], 200)
        until(lambda: self.receiver.bodies(entry), "a callback")
        self.assertEqual(self.finished(entry)["status"], "COMPLETED")


class TestRestart(SandboxCase):
    """What outlives the program."""

    def test_everything_outlives_a_kill_and_unanswered_callbacks_still_come(self):
        self.receiver.statuses = [503] * 2
        entry = self.pay(reference="pay_7")
        until(lambda: self.receiver.bodies(entry), "an attempt")
        self.call("POST", "/sandbox/clock", {"advanceSeconds": 5})
        message = {"messaging_product": "whatsapp", "to": "260971234567", "type": "text",
                   "text": {"body": "kept"}}
        self.assertEqual(self.call("POST", "/whatsapp/v23.0/1/messages", message)[0], 200)
        key = (self.data / "pawapay-callback.pem").read_bytes()
        self.sandbox.end(signal.SIGKILL)
        with open(self.data / "ledger.jsonl", "ab") as ledger:
            ledger.write(b'{"t":"torn')
        self.start()
        row = self.call("GET", "/sandbox/ledger?reference=pay_7")[1][0]
        self.assertEqual((row["id"], row["status"]), (entry, "COMPLETED"))
        kept = self.call("GET", "/sandbox/messages?to=%2B260971234567")[1]
        self.assertEqual([each["text"] for each in kept], ["kept"])
        self.assertEqual(self.call("GET", "/sandbox/clock")[1]["advancedSeconds"], 5)
        self.assertEqual((self.data / "pawapay-callback.pem").read_bytes(), key)
        until(lambda: len(self.receiver.bodies(entry)) >= 3, "the callback after the restart")

    def test_it_stops_cleanly_and_listens_on_loopback_only(self):
        self.assertEqual(self.call("GET", "/health")[0], 200)
        self.assertEqual(self.sandbox.end(), (0, ""))
        refused = subprocess.run([PROGRAM, "--port", "0", "--listen", "0.0.0.0", "--data",
                                  self.data], stderr=subprocess.PIPE, check=False)
        self.assertEqual(refused.returncode, 78)

    def test_two_programs_never_share_a_ledger(self):
        second = subprocess.run([PROGRAM, "--port", "0", "--data", self.data],
                                stderr=subprocess.PIPE, check=False)
        self.assertNotEqual(second.returncode, 0)
        self.assertIn(b"in use", second.stderr)


class TestLoad(SandboxCase):
    """Many at once."""

    DEPOSITS = 2_000

    def test_every_deposit_of_many_is_told_exactly_once(self):
        def some(count):
            connection = http.client.HTTPConnection(self.sandbox.address)
            entries = []
            for _ in range(count):
                body = deposit()
                connection.request("POST", "/pawapay/v2/deposits", json.dumps(body),
                                   {"Authorization": "Bearer t"})
                reply = connection.getresponse()
                self.assertEqual(json.loads(reply.read())["status"], "ACCEPTED")
                entries.append(body["depositId"])
            connection.close()
            return entries

        workers = 8
        with ThreadPoolExecutor(workers) as pool:
            parts = list(pool.map(some, [self.DEPOSITS // workers] * workers))
        entries = sorted(entry for part in parts for entry in part)
        until(lambda: len(self.receiver.requests) >= self.DEPOSITS, "all callbacks")
        told = sorted(json.loads(body)["depositId"] for _, _, body in self.receiver.requests)
        self.assertEqual(told, entries)
        rows = self.call("GET", "/sandbox/ledger?kind=deposit")[1]
        self.assertEqual(len(rows), self.DEPOSITS)
        self.assertEqual({row["status"] for row in rows}, {"COMPLETED"})


if __name__ == "__main__":
    unittest.main()
