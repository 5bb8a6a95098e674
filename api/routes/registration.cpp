#include <algorithm>

#include "api/answers.hpp"
#include "api/auth/password.hpp"
#include "api/auth/totp.hpp"
#include "api/routes/events_of.hpp"
#include "api/routes/routes.hpp"
#include "api/routes/sessions.hpp"

namespace pakashop::api {
namespace {

constexpr std::chrono::milliseconds profile_patience{2000};

struct NewPerson {
    EmailAddress email;
    PhoneNumber phone;
    Secret<1, 512> password;
    Text<1, 120> name;
    static constexpr auto fields() {
        return std::tuple{
            field("email", &NewPerson::email),
            field("phone", &NewPerson::phone),
            field("password", &NewPerson::password),
            field("name", &NewPerson::name)
        };
    }
};

struct NewUser {
    EmailAddress email;
    PhoneNumber phone;
    Secret<1, 512> password;
    Text<1, 120> name;
    List<Role, 0, 10> roles;
    static constexpr auto fields() {
        return std::tuple{
            field("email", &NewUser::email),
            field("phone", &NewUser::phone),
            field("password", &NewUser::password),
            field("name", &NewUser::name),
            field("roles", &NewUser::roles)
        };
    }
};

Problem weak(PasswordRefusal refusal) {
    const auto detail = [&]() -> std::string {
        switch (refusal) {
            case PasswordRefusal::too_short:
                return "is too short";
            case PasswordRefusal::too_long:
                return "is too long";
            case PasswordRefusal::common:
                return "is one of the first that anybody would try";
            case PasswordRefusal::contains_context:
                return "contains your name, e-mail or phone";
        }
        return {};
    }();
    return {
        .code = "password_weak",
        .detail = "The password " + detail + ".",
        .errors = {{"#/password", detail}}
    };
}

std::optional<Problem> check_new_password(const NewUser& person) {
    const std::string& email = person.email.value;
    const std::string context[] = {
        person.name.value, email.substr(0, email.find('@')), person.phone.value.substr(4)
    };
    const auto refusal = check_password(person.password.value, context);
    return refusal ? std::optional{weak(*refusal)} : std::nullopt;
}

bool has_role(const NewUser& person, Role role) {
    return std::ranges::find(person.roles.values, role) != person.roles.values.end();
}

bool is_staff(const NewUser& person) {
    return std::ranges::any_of(person.roles.values, needs_second_factor);
}

// Whoever decides over sellers does not sell, whoever sells does not deliver, and neither does
// whoever decides over deliverers (AUT-07 to AUT-09).
std::optional<Problem> check_roles(const NewUser& person) {
    std::string_view wrong;
    if (has_role(person, Role::shop_owner) && is_staff(person)) {
        wrong = "SHOP_OWNER and a staff role exclude each other";
    } else if (has_role(person, Role::delivery_agent) &&
               (has_role(person, Role::shop_owner) || has_role(person, Role::platform_admin))) {
        wrong = "DELIVERY_AGENT excludes SHOP_OWNER and PLATFORM_ADMIN";
    } else if (has_role(person, Role::system)) {
        wrong = "SYSTEM is nobody's role";
    }
    if (wrong.empty()) return std::nullopt;
    return Problem{
        .code = "validation_failed",
        .detail = std::string{wrong} + ".",
        .errors = {{"#/roles", std::string{wrong}}}
    };
}

// The user's own stream follows by process; whoever logs in next must find their roles.
Awaitable<void> await_profile(App& app, const UserId& user) {
    auto there = [&app, user] {
        return !app.reference.get<User>(user.value, user.value).login.empty();
    };
    co_await until(app.watch, user.value, there, profile_patience);
}

// The answer comes from the event, so that a repeat shows the same secret. A repeat after command
// ids are forgotten finds the address registered for `user` already, and has no event.
http::Response
registered_reply(App& app, const Commit& commit, const UserId& user, bool with_secret) {
    const auto event = opened_event<LoginRegistered>(app, commit);
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("userId").text(user.value);
    const auto* secret = event && event->totp_secret ? event->totp_secret->value() : nullptr;
    if (with_secret && secret) {
        const std::string account = event->email.value_or("pakashop");
        out.key("totpSecret").text(*secret);
        out.key("otpauthUri").text(otpauth_uri(*secret, account));
    }
    out.end_object();
    return json_response(std::move(body), 201);
}

Login::Register registration(
    const Call& call,
    const NewUser& person,
    const UserId& user,
    const std::string& password_hash
) {
    const Subject subject{user.value};
    const auto seal_text = [&](const std::string& text) {
        return Sealed<PublicText>{subject, text};
    };
    Login::Register command;
    command.user = user;
    command.email = seal_text(person.email.value);
    command.phone = seal_text(person.phone.value);
    command.name = seal_text(person.name.value);
    command.password_hash = seal_text(password_hash);
    command.roles = person.roles.values;
    if (is_staff(person)) command.totp_secret = seal_text(to_base32(make_totp_secret()));
    command.now = call.now;
    return command;
}

Awaitable<Answer> register_person(App& app, Call& call, const NewUser& person, Role acting) {
    if (auto problem = check_new_password(person)) co_return unexpected{*problem};
    auto hash = co_await app.passwords.hash(person.password.value);
    if (!hash) co_return unexpected{passwords_busy()};
    const std::string stream = login_stream(app, person.email.value);
    // Of the address too: one key used for two addresses must never make one person of them.
    const UserId user{derived_id("usr", call.command_id, stream)};
    Login::Command command = registration(call, person, user, *hash);
    Command envelope = call.command(stream, stream, std::move(command), acting);
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (!outcome) co_return unexpected{outcome.error()};
    co_await await_profile(app, user);
    co_return registered_reply(app, *outcome->commit, user, is_staff(person));
}

Awaitable<Answer> register_self(App& app, Call& call) {
    auto person = decode_body<NewPerson>(call.request);
    if (!person) co_return unexpected{person.error()};
    NewUser user{person->email, person->phone, person->password, person->name, {}};
    co_return co_await register_person(app, call, user, Role::customer);
}

Awaitable<Answer> register_by_staff(App& app, Call& call) {
    auto user = decode_body<NewUser>(call.request);
    if (!user) co_return unexpected{user.error()};
    if (auto problem = check_roles(*user)) co_return unexpected{*problem};
    const Role acting = call.caller.internal ? Role::system : Role::platform_admin;
    co_return co_await register_person(app, call, *user, acting);
}

BoundRoute
staff_registration(std::string pattern, Access access, std::vector<std::string> aliases = {}) {
    return {
        {.method = "POST",
         .pattern = std::move(pattern),
         .summary = "Registers a person with roles; staff are enrolled for the second factor.",
         .tag = "people",
         .access = std::move(access),
         .idempotency = Idempotency::optional,
         .key_in_body = true,
         .body = shape_of<NewUser>(),
         .reply = {201, "Registered.", told("{userId, totpSecret?, otpauthUri?}")},
         .problems = {"email_taken", "password_weak"},
         .aliases = std::move(aliases)},
        register_by_staff
    };
}

}  // namespace

std::vector<BoundRoute> registration_routes() {
    return {
        {{.method = "POST",
          .pattern = "/api/v1/auth/register",
          .summary = "Registers a person.",
          .tag = "people",
          .idempotency = Idempotency::optional,
          .key_in_body = true,
          .body = shape_of<NewPerson>(),
          .reply = {201, "Registered.", told("{userId}")},
          .problems = {"email_taken", "password_weak"}},
         register_self},
        staff_registration("/api/v1/admin/users", any_of({Role::platform_admin})),
        staff_registration("/internal/users", internal_key(), {"/api/v1/internal/users"}),
    };
}

}  // namespace pakashop::api
