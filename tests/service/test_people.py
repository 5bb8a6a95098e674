"""People: registration, log-in, second factor, tokens, roles, staff."""

import base64
import json
import unittest

from stage import PASSWORD, ServiceTest, fresh_phone
from world import until
from day import totp
from day.client import Person


def form(number, **changes):
    """A registration."""
    return {"email": f"visitor{number}@people.example", "phone": fresh_phone(),
            "password": PASSWORD, "name": "Wezi Daka", **changes}


class Registration(ServiceTest):
    """POST /auth/register, /auth/login, GET /auth/me."""

    def test_a_registered_person_logs_in_and_sees_themselves(self):
        data = form(1)
        made = self.stage.api.post("/auth/register", data)
        self.assertTrue(made["userId"].startswith("usr_"))
        tokens = self.stage.api.post("/auth/login", {"email": data["email"], "password": PASSWORD})
        self.assertEqual(tokens["expiresIn"], 15 * 60)
        me = self.stage.api.get("/auth/me", token=tokens["accessToken"])
        self.assertEqual(me["userId"], made["userId"])
        self.assertEqual((me["email"], me["phone"], me["name"]),
                         (data["email"], data["phone"], data["name"]))
        self.assertEqual(me["roles"], ["CUSTOMER"])
        self.assertEqual(me["mfa"], {"enabled": False, "required": False})
        self.assertEqual(me["shopIds"], [])

    def test_registration_answers_201(self):
        reply = self.stage.api.call("POST", "/auth/register", form(2))
        self.assertEqual(reply.status, 201)

    def test_an_email_is_registered_once(self):
        self.stage.api.post("/auth/register", form(3))
        with self.refused(409, "email_taken"):
            self.stage.api.post("/auth/register", form(3))

    def test_a_weak_password_is_refused(self):
        with self.refused(422, "password_weak"):
            self.stage.api.post("/auth/register", form(4, password="12345"))

    def test_bad_fields_are_named(self):
        for field, value in (("email", "nobody"), ("phone", "12"), ("name", 7), ("password", None)):
            with self.subTest(field=field):
                with self.refused(422, "validation_failed") as caught:
                    self.stage.api.post("/auth/register", form(5, **{field: value}))
                self.assert_pointer(caught.problem, f"/{field}")

    def test_a_wrong_password_and_an_unknown_person_look_the_same(self):
        data = form(6)
        self.stage.api.post("/auth/register", data)
        for email in (data["email"], "nobody-at-all@people.example"):
            with self.refused(401, "credentials_wrong"):
                self.stage.api.post("/auth/login", {"email": email, "password": "not-this-one-9"})

    def test_ten_failed_logins_close_the_door_for_fifteen_minutes(self):
        data = form(7)
        self.stage.api.post("/auth/register", data)
        wrong = {"email": data["email"], "password": "not-this-one-9"}
        for _ in range(10):
            with self.refused(401, "credentials_wrong"):
                self.stage.api.post("/auth/login", wrong)
        with self.refused(429, "rate_limited") as caught:
            self.stage.api.post("/auth/login", {"email": data["email"], "password": PASSWORD})
        headers = caught.problem.headers
        self.assertEqual(headers["RateLimit-Policy"], '"failed-logins";q=10;w=900')
        self.assertEqual(headers["RateLimit"], f'"failed-logins";r=0;t={headers["Retry-After"]}')
        self.world.advance(15 * 60 + 1)
        self.stage.api.post("/auth/login", {"email": data["email"], "password": PASSWORD})


    def test_an_unknown_address_locks_like_a_known_one(self):
        wrong = {"email": "nobody-here@people.example", "password": "not-this-one-9"}
        for _ in range(10):
            with self.refused(401, "credentials_wrong"):
                self.stage.api.post("/auth/login", wrong)
        with self.refused(429, "rate_limited"):
            self.stage.api.post("/auth/login", wrong)


class Tokens(ServiceTest):
    """Access and refresh tokens."""

    def tokens(self, number):
        """A new person's pair."""
        data = form(number)
        self.stage.api.post("/auth/register", data)
        return self.stage.api.post("/auth/login", {"email": data["email"], "password": PASSWORD})

    def me(self, token):
        """GET /auth/me with a token."""
        return self.stage.api.get("/auth/me", token=token)

    def test_no_token_or_a_made_up_one_is_invalid(self):
        head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
        body = base64.urlsafe_b64encode(json.dumps({"sub": "usr_1"}).encode()).decode().rstrip("=")
        for token in (None, "rubbish", "a.b.c", f"{head}.{body}."):
            with self.subTest(token=token):
                with self.refused(401, "token_invalid"):
                    self.me(token)

    def test_a_changed_token_is_invalid(self):
        head, body, seal = self.tokens(20)["accessToken"].split(".")
        forged = seal[:-2] + ("AA" if seal[-2:] != "AA" else "BB")
        with self.refused(401, "token_invalid"):
            self.me(f"{head}.{body}.{forged}")

    def test_an_access_token_lives_fifteen_minutes_and_a_refresh_brings_a_new_one(self):
        pair = self.tokens(21)
        self.me(pair["accessToken"])
        self.world.advance(15 * 60 + 1)
        with self.refused(401, "token_invalid"):
            self.me(pair["accessToken"])
        fresh = self.stage.api.post("/auth/refresh", {"refreshToken": pair["refreshToken"]})
        self.me(fresh["accessToken"])

    def test_a_refresh_token_used_twice_ends_the_whole_family(self):
        first = self.tokens(22)
        second = self.stage.api.post("/auth/refresh", {"refreshToken": first["refreshToken"]})
        with self.refused(401, "refresh_reused"):
            self.stage.api.post("/auth/refresh", {"refreshToken": first["refreshToken"]})
        with self.refused(401, "token_invalid"):
            self.me(second["accessToken"])
        with self.assertRaises(Exception) as raised:
            self.stage.api.post("/auth/refresh", {"refreshToken": second["refreshToken"]})
        self.assertEqual(raised.exception.status, 401)

    def test_a_refresh_token_is_known_as_used_however_old_it_is(self):
        first = pair = self.tokens(24)
        for _ in range(12):
            pair = self.stage.api.post("/auth/refresh", {"refreshToken": pair["refreshToken"]})
        with self.refused(401, "refresh_reused"):
            self.stage.api.post("/auth/refresh", {"refreshToken": first["refreshToken"]})
        with self.refused(401, "token_invalid"):
            self.me(pair["accessToken"])

    def test_a_refresh_repeated_under_its_key_is_no_theft_and_tells_nothing(self):
        first = self.tokens(26)
        form = {"refreshToken": first["refreshToken"]}
        second = self.stage.api.post("/auth/refresh", form, key="lost-answer")
        for token in (None, second["accessToken"]):
            with self.refused(409, "tokens_already_given") as caught:
                self.stage.api.post("/auth/refresh", form, key="lost-answer", token=token)
            self.assertIsNone(caught.problem.headers["Idempotent-Replayed"])
        self.me(second["accessToken"])
        with self.refused(422, "idempotency_key_reused"):
            self.stage.api.post("/auth/refresh", {"refreshToken": second["refreshToken"]},
                                key="lost-answer")
        third = self.stage.api.post("/auth/refresh", {"refreshToken": second["refreshToken"]})
        for _ in range(2):
            with self.refused(401, "refresh_reused"):
                self.stage.api.post("/auth/refresh", form, key="somebody-else")
        with self.refused(401, "token_invalid"):
            self.me(third["accessToken"])

    def test_a_login_repeated_under_its_key_begins_a_session_of_its_own(self):
        data = form(27)
        self.stage.api.post("/auth/register", data)
        credentials = {"email": data["email"], "password": PASSWORD}
        pairs = [self.stage.api.post("/auth/login", credentials, key="log-in") for _ in range(3)]
        self.assertEqual(len({pair["refreshToken"] for pair in pairs}), 3)
        for pair in pairs:
            self.me(pair["accessToken"])
            self.stage.api.post("/auth/refresh", {"refreshToken": pair["refreshToken"]})
        with self.refused(422, "idempotency_key_reused"):
            self.stage.api.post("/auth/login", {**credentials, "password": "not-this-one-9"},
                                key="log-in")

    def test_failed_logins_count_though_they_share_a_key(self):
        data = form(28)
        self.stage.api.post("/auth/register", data)
        for number in range(10):
            with self.refused(401, "credentials_wrong"):
                wrong = {"email": data["email"], "password": f"not-this-one-{number}"}
                self.stage.api.post("/auth/login", wrong, key="one-key")
        with self.refused(429, "rate_limited"):
            self.stage.api.post("/auth/login", {"email": data["email"], "password": PASSWORD},
                                key="one-key")

    def test_a_changed_refresh_token_ends_nothing(self):
        pair = self.tokens(25)
        text = pair["refreshToken"]
        with self.refused(401, "token_invalid"):
            self.stage.api.post("/auth/refresh", {"refreshToken": text[:-1] + "g"})
        self.me(pair["accessToken"])

    def test_logout_ends_the_token_at_once(self):
        pair = self.tokens(23)
        reply = self.stage.api.call("POST", "/auth/logout", {}, token=pair["accessToken"])
        self.assertEqual(reply.status, 204)
        with self.refused(401, "token_invalid"):
            self.me(pair["accessToken"])


class SecondFactor(ServiceTest):
    """TOTP for people and for staff."""

    def test_a_person_may_add_a_second_factor_and_needs_it_from_then_on(self):
        person = self.stage.person()
        started = person.post("/auth/mfa/totp", {})
        self.assertIn(started["secret"], started["otpauthUri"])
        self.assertTrue(started["otpauthUri"].startswith("otpauth://totp/"))
        with self.refused(422, "validation_failed") as caught:
            person.post("/auth/mfa/totp/confirm", {"code": "000000"})
        self.assert_pointer(caught.problem, "/code")
        code = totp.code(started["secret"], self.stage.api.now())
        for _ in range(2):
            confirmed = person.post("/auth/mfa/totp/confirm", {"code": code}, key="confirm")
            self.assertEqual(confirmed, {"enabled": True})
        until(lambda: person.get("/auth/me")["mfa"]["enabled"], 5, "second factor")
        with self.refused(401, "second_factor_required", methods=["totp"]):
            self.stage.api.post("/auth/login", {"email": person.email, "password": PASSWORD})
        Person(self.stage.api, person.email, PASSWORD, started["secret"]).login()

    def test_staff_do_not_get_in_without_theirs(self):
        admin = self.stage.admin
        with self.refused(401, "second_factor_required", methods=["totp"]):
            self.stage.api.post("/auth/login", {"email": admin.email, "password": admin.password})
        with self.assertRaises(Exception) as raised:
            self.stage.api.post("/auth/login", {"email": admin.email, "password": admin.password,
                                                "totp": "000000"})
        self.assertEqual(raised.exception.status, 401)
        self.assertEqual(admin.get("/auth/me")["mfa"], {"enabled": True, "required": True})


class Staff(ServiceTest):
    """POST /admin/users and /internal/users; keys that do not open each other's doors."""

    def test_an_admin_makes_staff_who_are_enrolled_at_once(self):
        made = self.stage.admin.post("/admin/users", form(40, roles=["FINANCE_ADMIN"]))
        self.assertIn("otpauthUri", made)
        person = Person(self.stage.api, form(40)["email"], PASSWORD, made["totpSecret"]).login()
        me = person.get("/auth/me")
        self.assertEqual(set(me["roles"]), {"CUSTOMER", "FINANCE_ADMIN"})
        person.get("/admin/books")

    def test_a_person_without_a_staff_role_gets_no_secret(self):
        made = self.stage.admin.post("/admin/users", form(41, roles=["CUSTOMER"]))
        self.assertIsNone(made.get("totpSecret"))

    def test_an_unknown_role_is_refused(self):
        with self.refused(422, "validation_failed"):
            self.stage.admin.post("/admin/users", form(42, roles=["EMPEROR"]))

    def test_roles_that_exclude_each_other_are_refused(self):
        for roles in (["MODERATOR", "SHOP_OWNER"], ["SHOP_OWNER", "DELIVERY_AGENT"],
                      ["PLATFORM_ADMIN", "DELIVERY_AGENT"]):
            with self.subTest(roles=roles):
                with self.refused(422, "validation_failed") as caught:
                    self.stage.admin.post("/admin/users", form(46, roles=roles))
                self.assert_pointer(caught.problem, "/roles")

    def test_only_admins_make_users(self):
        for person in (self.stage.person(), self.stage.finance):
            with self.refused(403, "role_required"):
                person.post("/admin/users", form(43, roles=["CUSTOMER"]))

    def test_the_internal_key_makes_users_and_the_client_key_does_not(self):
        made = self.stage.api.post("/internal/users", form(44, roles=["MODERATOR"]), internal=True)
        self.assertTrue(made["userId"].startswith("usr_"))
        with self.refused(401, "internal_key_invalid"):
            self.stage.api.post("/internal/users", form(45, roles=["MODERATOR"]))

    def test_the_internal_key_does_not_open_the_clients_door(self):
        key = {"x-pakashop-key": self.stage.api.internal_key}
        with self.refused(401, "client_key_invalid"):
            self.stage.api.get("/products", headers=key)

    def test_the_command_line_makes_users_beside_a_running_server(self):
        done = self.world.pakashop("user", "create", "--role", "SUPPORT_AGENT", "--email",
                                   "support@staff.example", "--phone", fresh_phone(), "--name",
                                   "Sepiso", "--password-stdin", text=PASSWORD + "\n")
        made = json.loads(done.stdout)
        self.assertEqual(set(made), {"userId", "totpSecret", "otpauthUri"})
        Person(self.stage.api, "support@staff.example", PASSWORD, made["totpSecret"]).login()


if __name__ == "__main__":
    unittest.main()
