"""The front door: log lines, headers given twice, guesses at once, secrets that are replaced."""

import http.client
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from stage import PASSWORD, ServiceTest, fresh_phone
from day.client import Problem

MIB = 1024 * 1024


def form(name):
    """A registration."""
    return {"email": f"{name}@door.example", "phone": fresh_phone(),
            "password": PASSWORD, "name": "Wezi Daka"}


class DoorTest(ServiceTest):
    """A world whose log tells every request."""

    settings = {"PAKASHOP_LOG_LEVEL": "debug"}

    def raw(self, method, path, *headers):
        """(status, code) of a request with exactly these headers and no body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.world.port, timeout=10)
        self.addCleanup(connection.close)
        connection.putrequest(method, path)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read()).get("code")

    def log_text(self):
        """All that the server wrote to its log."""
        return self.world.server.log.read_text()

    def logged(self, correlation):
        """The (level, message) of each line that names the correlation id."""
        lines = [json.loads(line) for line in self.log_text().splitlines() if correlation in line]
        return [(line["level"], line["message"]) for line in lines]


class Log(DoorTest):
    """What is written of a request."""

    def ask(self, correlation, **options):
        """Reads the catalogue under a correlation id."""
        return self.stage.api.get("/products", {"q": "kept-to-ourselves"},
                                  headers={"X-Correlation-Id": correlation}, **options)

    def test_a_request_is_one_line_with_its_correlation_id(self):
        self.ask("door-read-1")
        (level, message), = self.logged("door-read-1")
        self.assertEqual(level, "debug")
        for part in ("method=GET", "route=/api/v1/products ", "status=200", "us=", "caller=client"):
            self.assertIn(part, message)

    def test_an_account_is_named_by_its_id_and_a_refusal_by_its_status(self):
        person = self.stage.person()
        with self.refused(404, "not_found"):
            person.get("/orders/ord_00000000000000000000000000",
                       headers={"X-Correlation-Id": "door-read-2"})
        (_, message), = self.logged("door-read-2")
        self.assertIn("route=/api/v1/orders/:id ", message)
        self.assertIn("status=404", message)
        self.assertIn(f"caller={person.id}", message)

    def test_no_line_tells_what_was_said(self):
        data = form("told-nobody")
        self.stage.api.post("/auth/register", data)
        pair = self.stage.api.post("/auth/login", {"email": data["email"], "password": PASSWORD})
        self.stage.api.get("/auth/me", token=pair["accessToken"])
        self.ask("door-read-3")
        text = self.log_text()
        for secret in (data["email"], data["phone"], PASSWORD, pair["accessToken"],
                       pair["refreshToken"], self.stage.api.client_key, "kept-to-ourselves"):
            self.assertNotIn(secret, text)

    def test_a_quieter_log_does_not_tell_what_went_well(self):
        self.addCleanup(self.world.restart_server)
        self.addCleanup(self.world.environment.update, PAKASHOP_LOG_LEVEL="debug")
        self.world.environment["PAKASHOP_LOG_LEVEL"] = "info"
        self.world.restart_server()
        self.ask("door-read-4")
        self.assertEqual(self.logged("door-read-4"), [])


class Headers(DoorTest):
    """Headers that may stand once."""

    def test_two_values_are_one_too_many(self):
        key = ("x-pakashop-key", self.stage.api.client_key)
        for name in ("Idempotency-Key", "Pakashop-Position", "X-Internal-Key"):
            with self.subTest(name=name):
                answer = self.raw("POST", "/api/v1/auth/register", key, (name, "a"), (name, "b"))
                self.assertEqual(answer, (400, "malformed_request"))
        self.assertEqual(self.raw("GET", "/api/v1/products", key, key), (400, "malformed_request"))

    def test_what_nodes_tell_each_other_takes_no_room_where_there_is_one(self):
        path, size = "/api/v1/internal/commands", ("Content-Length", str(2 * MIB))
        key = ("x-internal-key", self.stage.api.internal_key)
        self.assertEqual(self.raw("POST", path, size), (413, "body_too_large"))
        self.assertEqual(self.raw("POST", path, size, key), (413, "body_too_large"))


class Guesses(DoorTest):
    """Many passwords tried at once."""

    def guess(self, email, password="not-this-one-9"):
        """The code of the refusal."""
        try:
            self.world.impatient.post("/auth/login", {"email": email, "password": password})
        except Problem as problem:
            return problem.code
        return None

    def guess_at_once(self, email):
        """How often each code was answered to forty guesses at once."""
        with ThreadPoolExecutor(40) as pool:
            return Counter(pool.map(lambda _: self.guess(email), range(40)))

    def test_guesses_at_once_get_no_further_than_one_by_one(self):
        data = form("guessed-at-once")
        self.stage.api.post("/auth/register", data)
        for email in (data["email"], "nobody-at-once@door.example"):
            with self.subTest(email=email):
                codes = self.guess_at_once(email)
                self.assertEqual(codes["credentials_wrong"], 10, codes)
                self.assertEqual(codes["overloaded"] + codes["rate_limited"], 30, codes)
        self.assertEqual(self.guess(data["email"], PASSWORD), "rate_limited")


class Secrets(DoorTest):
    """JWT_SECRET may be replaced at any time."""

    def restart_with(self, **secrets):
        """Starts the server anew with these secrets; None takes one away."""
        self.world.environment.update(secrets)
        for name in [name for name, value in secrets.items() if value is None]:
            del self.world.environment[name]
        self.world.restart_server()

    def test_people_and_repeats_outlive_the_secret(self):
        api, data = self.stage.api, form("outlives")
        made = api.call("POST", "/auth/register", data, key="across-the-change")
        login = {"email": data["email"], "password": PASSWORD}
        pair = api.post("/auth/login", login)
        before = self.world.environment["JWT_SECRET"]
        self.restart_with(JWT_SECRET="n" * 64, JWT_SECRET_PREVIOUS=before)
        self.assertEqual(api.get("/auth/me", token=pair["accessToken"])["email"], data["email"])
        again = api.call("POST", "/auth/register", data, key="across-the-change")
        self.assertEqual((again.json, again.headers["Idempotent-Replayed"]), (made.json, "true"))
        with self.refused(409, "email_taken"):
            api.post("/auth/register", data)
        api.post("/auth/login", login)
        self.restart_with(JWT_SECRET_PREVIOUS=None)
        with self.refused(401, "token_invalid"):
            api.get("/auth/me", token=pair["accessToken"])
        fresh = api.post("/auth/refresh", {"refreshToken": pair["refreshToken"]})
        self.assertEqual(api.get("/auth/me", token=fresh["accessToken"])["email"], data["email"])
