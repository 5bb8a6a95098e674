"""A small client of the HTTP API: keys, bearer tokens, idempotency keys, positions, problems.

Api speaks for nobody (client key only) and for the node itself (internal key); Person speaks for
somebody who logged in. Both have get, post, put, patch, delete, which return the JSON answered and
raise Problem for every status from 400 on, and call, which returns the whole Reply.
"""

import http.client
import json
import threading
import time
import urllib.parse
import uuid

from . import totp

MAKE_A_KEY = object()  # The default of `key`: a fresh Idempotency-Key for every change.


class Reply:
    """What came back: status, headers, raw body."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        """The body as JSON; None when there is none."""
        return json.loads(self.body) if self.body else None

    @property
    def position(self):
        """The Pakashop-Position of an accepted command, or None."""
        return self.headers.get("Pakashop-Position")


class Problem(Exception):
    """An answer from 400 on; `code` is the stable code of its problem document."""

    def __init__(self, request, reply):
        self.status, self.headers = reply.status, reply.headers
        try:
            self.document = json.loads(reply.body)
        except ValueError:
            self.document = {"detail": reply.body[:200].decode("utf-8", "replace")}
        if not isinstance(self.document, dict):
            self.document = {"detail": str(self.document)[:200]}
        self.code = self.document.get("code")
        told = json.dumps(self.document)[:500]
        super().__init__(f"{request} -> {self.status} {self.code}: {told}")


class Transport:
    """Keep-alive connections to one host, one for each thread."""

    def __init__(self, base, timeout=30):
        self.base = base.rstrip("/")
        parts = urllib.parse.urlsplit(self.base)
        self.host, self.port, self.path = parts.hostname, parts.port or 80, parts.path
        self.timeout = timeout
        self._local = threading.local()

    def send(self, method, path, headers, body):
        """One request. A kept connection that turns out to be closed is opened again, once."""
        kept = getattr(self._local, "connection", None)
        if kept is not None:
            try:
                return self._exchange(kept, method, path, headers, body)
            except (http.client.HTTPException, ConnectionError, BrokenPipeError):
                kept.close()
        fresh = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        self._local.connection = fresh
        try:
            return self._exchange(fresh, method, path, headers, body)
        except BaseException:
            fresh.close()
            self._local.connection = None
            raise

    def _exchange(self, connection, method, path, headers, body):
        connection.request(method, self.path + path, body=body, headers=headers)
        answer = connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read())


class Verbs:
    """The five verbs over `call`: JSON in, JSON out, Problem for refusals."""

    def get(self, path, query=None, **options):
        return self.call("GET", path, query=query, **options).json

    def post(self, path, body=None, **options):
        return self.call("POST", path, body, **options).json

    def put(self, path, body=None, **options):
        return self.call("PUT", path, body, **options).json

    def patch(self, path, body=None, **options):
        return self.call("PATCH", path, body, **options).json

    def delete(self, path, **options):
        return self.call("DELETE", path, **options).json

    def all(self, path, query=None):
        """Every row of a list, page by page."""
        query, rows = dict(query or {}, limit="200"), []
        while True:
            page = self.get(path, query)
            rows += page["data"]
            if page.get("nextCursor") is None:
                return rows
            query["cursor"] = page["nextCursor"]


class Api(Verbs):
    """The API as anyone with the client key sees it.

    `patience` is for how many seconds 503, a read model that is behind and a server that is being
    restarted are waited for; every change carries an Idempotency-Key, so repeating it is safe.
    """

    def __init__(self, base, client_key, internal_key=None, patience=0.0):
        self.transport = Transport(base)
        self.client_key, self.internal_key = client_key, internal_key
        self.patience = patience
        self.clock_offset = 0  # Seconds by which a test moved the server's clock forward.

    def now(self):
        """The server's time in Unix seconds."""
        return time.time() + self.clock_offset

    def call(self, method, path, body=None, *, query=None, key=MAKE_A_KEY, headers=None,
             token=None, position=None, internal=False):
        """One call, repeated while it may succeed later; returns the Reply, raises Problem."""
        sent = self.headers(method, key, token, position, internal, body is not None)
        sent.update(headers or {})
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        deadline = time.monotonic() + self.patience
        while True:
            reply = self._try(method, target, sent, data, deadline)
            if reply is not None and reply.status < 400:
                return reply
            problem = reply and Problem(f"{method} {target}", reply)
            if problem and not (self._may_pass(problem) and time.monotonic() < deadline):
                raise problem
            time.sleep(min(1.0, self._pause(problem)))

    def headers(self, method, key, token, position, internal, has_body):
        """The headers of one request, from what the caller is and wants."""
        sent = {"Accept": "application/json"}
        if has_body:
            sent["Content-Type"] = "application/json"
        if internal:
            sent["x-internal-key"] = self.internal_key
        else:
            sent["x-pakashop-key"] = self.client_key
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if position:
            sent["Pakashop-Position"] = position
        if method != "GET" and key is not None:
            sent["Idempotency-Key"] = str(uuid.uuid4()) if key is MAKE_A_KEY else key
        return sent

    def _try(self, method, target, headers, data, deadline):
        """A Reply, or None when nobody answered and there is patience left."""
        try:
            return self.transport.send(method, target, headers, data)
        except (OSError, http.client.HTTPException):
            if time.monotonic() >= deadline:
                raise
            return None

    @staticmethod
    def _may_pass(problem):
        return problem.status == 503 or problem.code == "read_model_behind"

    @staticmethod
    def _pause(problem):
        try:
            return float(problem.headers.get("Retry-After", "0.2")) if problem else 0.2
        except ValueError:
            return 0.2


class Person(Verbs):
    """Somebody who logs in: carries tokens and reads their own writes.

    May be shared by threads; each thread carries its own Pakashop-Position.
    """

    def __init__(self, api, email, password, totp_secret=None):
        self.api, self.email = api, email
        self.password, self.totp_secret = password, totp_secret
        self.access = self.refresh = None
        self._renewing = threading.Lock()
        self._local = threading.local()

    @property
    def position(self):
        """The position of this thread's last accepted command."""
        return getattr(self._local, "position", None)

    def login(self):
        """Logs in, with the second factor if there is one; returns self."""
        body = {"email": self.email, "password": self.password}
        if not self.totp_secret:
            self._take(self.api.post("/auth/login", body))
            return self
        # A code works once: the second log-in within its 30 seconds waits for the next one.
        for last_try in (False, True):
            try:
                body["totp"] = totp.code(self.totp_secret, self.api.now())
                self._take(self.api.post("/auth/login", body))
                return self
            except Problem as problem:
                if last_try or problem.status != 401:
                    raise
                time.sleep(totp.STEP_SECONDS - self.api.now() % totp.STEP_SECONDS + 0.1)
        raise AssertionError("unreachable")

    def call(self, method, path, body=None, **options):
        """Like Api.call, as this person. An access token that ended is renewed once."""
        if method == "GET":
            options.setdefault("position", self.position)
        token = self.access
        try:
            reply = self.api.call(method, path, body, token=token, **options)
        except Problem as problem:
            if problem.code != "token_invalid" or self.refresh is None:
                raise
            self._renew(token)
            reply = self.api.call(method, path, body, token=self.access, **options)
        if reply.position:
            self._local.position = reply.position
        return reply

    def _renew(self, ended):
        """A new pair of tokens; the thread that comes second uses what the first one got."""
        with self._renewing:
            if self.access != ended:
                return
            try:
                self._take(self.api.post("/auth/refresh", {"refreshToken": self.refresh}))
            except Problem:
                self.login()

    def _take(self, pair):
        self.access, self.refresh = pair["accessToken"], pair["refreshToken"]


class Sandbox(Verbs):
    """The provider sandbox's own calls. It knows no keys."""

    def __init__(self, base, patience=0.0):
        self._api = Api(base, client_key="none", patience=patience)

    def call(self, method, path, body=None, **options):
        return self._api.call(method, path, body, **options)

    def messages(self, phone):
        """Messages sent to a phone, oldest first."""
        return self.get("/sandbox/messages", {"to": phone.lstrip("+")})
