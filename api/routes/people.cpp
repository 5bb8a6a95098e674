#include <algorithm>

#include "api/auth/password.hpp"
#include "api/auth/totp.hpp"
#include "api/routes/events_of.hpp"
#include "api/routes/order_reply.hpp"
#include "api/routes/paging.hpp"
#include "api/routes/routes.hpp"
#include "api/routes/sessions.hpp"
#include "projections/tables.hpp"

namespace pakashop::api {
namespace {

constexpr std::chrono::milliseconds profile_patience{2000};
constexpr std::size_t staff_password_min = 15;
constexpr std::size_t password_min = 8;

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

struct Credentials {
    EmailAddress email;
    Secret<1, 512> password;
    std::optional<Digits<6, 6>> totp;
    static constexpr auto fields() {
        return std::tuple{
            field("email", &Credentials::email),
            field("password", &Credentials::password),
            field("totp", &Credentials::totp)
        };
    }
};

struct Refreshing {
    Secret<1, 512> refresh_token;
    static constexpr auto fields() {
        return std::tuple{field("refreshToken", &Refreshing::refresh_token)};
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

std::optional<Problem> check_new_password(const NewUser& person, bool staff) {
    const std::string& email = person.email.value;
    const std::string context[] = {
        person.name.value, email.substr(0, email.find('@')), person.phone.value.substr(4)
    };
    const std::size_t min = staff ? staff_password_min : password_min;
    const auto refusal = check_password(person.password.value, context, min);
    return refusal ? std::optional{weak(*refusal)} : std::nullopt;
}

Problem busy() {
    return {
        .code = "rate_limited",
        .detail = "Too many people log in or register at this moment.",
        .retry_after_s = 1
    };
}

// The user's own stream follows by process; whoever logs in next must find their roles.
Awaitable<void> await_profile(App& app, const UserId& user) {
    auto there = [&app, user] {
        return !app.reference.get<User>(user.value, user.value).login.empty();
    };
    co_await until(app.watch, user.value, there, profile_patience);
}

// The answer comes from the event, so that a repeat shows the same secret.
http::Response registered_reply(App& app, const Commit& commit, bool with_secret) {
    const auto event = opened_event<LoginRegistered>(app, commit);
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("userId").text(event->user.value);
    const auto* secret = event->totp_secret ? event->totp_secret->value() : nullptr;
    if (with_secret && secret) {
        const std::string account = event->email.value_or("pakashop");
        out.key("totpSecret").text(*secret);
        out.key("otpauthUri").text(otpauth_uri(*secret, account));
    }
    out.end_object();
    return json_response(std::move(body), 201);
}

Awaitable<Answer> register_person(App& app, Call& call, const NewUser& person) {
    const auto& roles = person.roles.values;
    const bool staff = std::ranges::any_of(roles, needs_second_factor);
    if (auto problem = check_new_password(person, staff)) co_return unexpected{*problem};
    auto hash = co_await app.passwords.hash(person.password.value);
    if (!hash) co_return unexpected{busy()};
    const UserId user{derived_id("usr", call.command_id, "user")};
    const Subject subject{user.value};
    const auto seal_text = [&](const std::string& text) {
        return Sealed<PublicText>{subject, text};
    };
    Login::Register command;
    command.user = user;
    command.email = seal_text(person.email.value);
    command.phone = seal_text(person.phone.value);
    command.name = seal_text(person.name.value);
    command.password_hash = seal_text(*hash);
    command.roles = roles;
    if (staff) command.totp_secret = seal_text(to_base32(make_totp_secret()));
    command.now = call.now;
    const std::string stream = login_stream(app, person.email.value);
    Command envelope =
        call.command(stream, stream, Login::Command{std::move(command)}, Role::customer);
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (!outcome) co_return unexpected{outcome.error()};
    const auto* event = event_of<LoginRegistered>(*outcome->commit);
    const UserId registered = event->user;
    co_await await_profile(app, registered);
    co_return registered_reply(app, *outcome->commit, staff);
}

Awaitable<Answer> register_self(App& app, Call& call) {
    auto person = decode_body<NewPerson>(call.request);
    if (!person) co_return unexpected{person.error()};
    NewUser user{person->email, person->phone, person->password, person->name, {}};
    co_return co_await register_person(app, call, user);
}

Awaitable<Answer> register_by_staff(App& app, Call& call) {
    auto user = decode_body<NewUser>(call.request);
    if (!user) co_return unexpected{user.error()};
    const auto& roles = user->roles.values;
    if (std::ranges::find(roles, Role::system) != roles.end()) {
        co_return unexpected{Problem{
            .code = "validation_failed",
            .detail = "SYSTEM is nobody's role.",
            .errors = {{"#/roles", "SYSTEM is nobody's role"}}
        }};
    }
    co_return co_await register_person(app, call, *user);
}

// Submitted aside from the call's own command: a failure must be remembered, whatever we answer.
Awaitable<void> remember_failure(App& app, Call& call, const std::string& stream) {
    Command command =
        call.command(stream, stream, Login::Command{Login::Fail{call.now}}, Role::customer, "fail");
    co_await ask(app.engine, std::move(command));
}

Problem wrong_credentials() {
    return {.code = "credentials_wrong", .detail = "E-mail, password or code do not fit."};
}

Problem code_needed() {
    Problem problem{
        .code = "second_factor_required", .detail = "Send the code of your authenticator as totp."
    };
    problem.with_json("methods", R"(["totp"])");
    return problem;
}

Awaitable<Result<std::optional<std::int64_t>, Problem>> check_second_factor(
    App& app,
    Call& call,
    const Login::State& login,
    const std::string& stream,
    const Credentials& in
) {
    using Step = std::optional<std::int64_t>;
    if (!login.totp_secret) co_return Step{};
    if (!in.totp) co_return unexpected{code_needed()};
    const bool at_registration = login.totp_secret->version == 1;
    const std::string_view name = at_registration ? "totpSecret" : "secret";
    const auto secret = open_at(*login.totp_secret, stream, name, app.vault);
    const auto bytes = secret ? from_base32(*secret) : std::nullopt;
    Step step;
    if (bytes) step = accept_totp(*bytes, in.totp->value, call.now, login.totp_step);
    if (step) co_return step;
    co_await remember_failure(app, call, stream);
    co_return unexpected{wrong_credentials()};
}

Awaitable<Result<void, Problem>> check_password_of(
    App& app,
    Call& call,
    const Login::State& login,
    const std::string& stream,
    const Credentials& in
) {
    std::string phc = nobodys_hash();
    if (login.credentials) {
        phc = open_at(login.credentials->password_hash, stream, "passwordHash", app.vault)
                  .value_or(nobodys_hash());
    }
    const auto right = co_await app.passwords.verify(in.password.value, phc);
    if (!right) co_return unexpected{busy()};
    if (*right && login.credentials) co_return Result<void, Problem>{};
    if (login.credentials) co_await remember_failure(app, call, stream);
    co_return unexpected{wrong_credentials()};
}

Awaitable<Answer> log_in(App& app, Call& call) {
    auto in = decode_body<Credentials>(call.request);
    if (!in) co_return unexpected{in.error()};
    const std::string stream = login_stream(app, in->email.value);
    const auto login = app.reference.get<Login>(stream, id_in(stream));
    if (!login_open(login, call.now)) {
        co_return unexpected{Problem{
            .code = "rate_limited",
            .detail = "Too many failed logins; wait a quarter of an hour.",
            .retry_after_s = login_failure_window.ms / 1000
        }};
    }
    auto right = co_await check_password_of(app, call, login, stream, *in);
    if (!right) co_return unexpected{right.error()};
    auto step = co_await check_second_factor(app, call, login, stream, *in);
    if (!step) co_return unexpected{step.error()};
    const auto refresh = RefreshToken::make(stream, SessionId{fresh_id("ses")});
    Login::Succeed command{refresh.session, refresh.hash(), *step, session_ttl, call.now};
    Command envelope =
        call.command(stream, stream, Login::Command{std::move(command)}, Role::customer);
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (!outcome) {
        const bool code_used = outcome.error().code == "second_factor_wrong";
        co_return unexpected{code_used ? wrong_credentials() : outcome.error()};
    }
    call.caller.principal = login.credentials->user.value;
    co_return token_reply(app, login.credentials->user, refresh, call.now);
}

Awaitable<Answer> refresh_session(App& app, Call& call) {
    auto in = decode_body<Refreshing>(call.request);
    if (!in) co_return unexpected{in.error()};
    const auto old = RefreshToken::parse(in->refresh_token.value);
    if (!old) co_return unexpected{Problem{.code = "token_invalid"}};
    const auto fresh = RefreshToken::make(old->login, old->session);
    Login::Refresh command{old->session, old->hash(), fresh.hash(), session_ttl, call.now};
    Command envelope =
        call.command(old->login, old->login, Login::Command{std::move(command)}, Role::customer);
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (!outcome) {
        const bool unknown = outcome.error().code == "not_found";
        co_return unexpected{unknown ? Problem{.code = "token_invalid"} : outcome.error()};
    }
    if (event_of<SessionEnded>(*outcome->commit)) {
        co_return unexpected{Problem{
            .code = "refresh_reused",
            .detail = "This refresh token was used before; the session has ended."
        }};
    }
    const auto login = app.reference.get<Login>(old->login, id_in(old->login));
    co_return token_reply(app, login.credentials->user, fresh, call.now);
}

Awaitable<Answer> log_out(App& app, Call& call) {
    const std::string& stream = call.caller.login;
    Command envelope = call.command(
        stream, stream, Login::Command{Login::Logout{call.caller.session, call.now}}, Role::customer
    );
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (!outcome) co_return unexpected{outcome.error()};
    co_return no_content();
}

std::string me_json(
    App& app,
    const Call& call,
    const Login::State& login,
    const std::vector<model::Row>& shops
) {
    const std::string& stream = call.caller.login;
    const auto& mine = *login.credentials;
    const auto open = [&](const SealedAt<PublicText>& sealed, std::string_view name) {
        return open_at(sealed, stream, name, app.vault).value_or("");
    };
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("userId").text(call.caller.user.value);
    out.key("email").text(open(mine.email, "email")).key("phone").text(open(mine.phone, "phone"));
    out.key("name").text(open(mine.name, "name")).key("roles").begin_array();
    for (const Role role : call.caller.roles) out.text(name_of(role));
    const bool required = std::ranges::any_of(call.caller.roles, needs_second_factor);
    out.end_array().key("mfa").begin_object().key("enabled").boolean(login.totp_secret.has_value());
    out.key("required").boolean(required).end_object().key("shopIds").begin_array();
    for (const model::Row& shop : shops) out.text(shop.text("id"));
    out.end_array();
    const AgentId agent = agent_id_of(call.caller.user);
    const auto state = app.reference.get<Agent>(agent.value, agent.value);
    if (state.profile) out.key("agentId").text(agent.value);
    out.end_object();
    return body;
}

Awaitable<Answer> who_am_i(App& app, Call& call) {
    const std::string& stream = call.caller.login;
    const auto login = app.reference.get<Login>(stream, id_in(stream));
    std::vector<model::Value> owner{call.caller.user.value};
    auto shops = co_await read_rows(
        app, model::tables::shops, "WHERE owner = $1 ORDER BY created_at, id", std::move(owner)
    );
    if (!shops) co_return unexpected{shops.error()};
    co_return json_response(me_json(app, call, login, *shops));
}

BoundRoute staff_registration(std::string pattern, Access access) {
    return {
        {.method = "POST",
         .pattern = std::move(pattern),
         .summary = "Registers a person with roles; staff are enrolled for the second factor.",
         .tag = "people",
         .access = std::move(access),
         .idempotency = Idempotency::optional,
         .body = shape_of<NewUser>(),
         .reply = {201, "{userId, totpSecret?, otpauthUri?}"},
         .problems = {"email_taken", "password_weak"}},
        register_by_staff
    };
}

}  // namespace

std::vector<BoundRoute> people_routes() {
    return {
        {{.method = "POST",
          .pattern = "/api/v1/auth/register",
          .summary = "Registers a person.",
          .tag = "people",
          .idempotency = Idempotency::optional,
          .body = shape_of<NewPerson>(),
          .reply = {201, "{userId}"},
          .problems = {"email_taken", "password_weak"}},
         register_self},
        {{.method = "POST",
          .pattern = "/api/v1/auth/login",
          .summary = "Begins a session.",
          .tag = "people",
          .body = shape_of<Credentials>(),
          .reply = {200, "{accessToken, refreshToken, expiresIn}"},
          .problems = {"credentials_wrong", "second_factor_required", "rate_limited"}},
         log_in},
        {{.method = "POST",
          .pattern = "/api/v1/auth/refresh",
          .summary = "Exchanges a refresh token for a new pair.",
          .tag = "people",
          .body = shape_of<Refreshing>(),
          .reply = {200, "{accessToken, refreshToken, expiresIn}"},
          .problems = {"refresh_reused", "token_invalid"}},
         refresh_session},
        {{.method = "POST",
          .pattern = "/api/v1/auth/logout",
          .summary = "Ends the session at once.",
          .tag = "people",
          .access = any_person(),
          .reply = {204, "The session has ended."}},
         log_out},
        {{.method = "GET",
          .pattern = "/api/v1/auth/me",
          .summary = "Who I am and what I may do.",
          .tag = "people",
          .access = any_person(),
          .reply = {200, "{userId, email, phone, name, roles, mfa, shopIds, agentId?}"}},
         who_am_i},
        staff_registration("/api/v1/admin/users", any_of({Role::platform_admin})),
        staff_registration("/internal/users", internal_key()),
    };
}

}  // namespace pakashop::api
