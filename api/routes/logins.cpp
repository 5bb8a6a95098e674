#include <algorithm>

#include "api/answers.hpp"
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

Problem wrong_credentials() {
    return {.code = "credentials_wrong", .detail = "E-mail, password or code do not fit."};
}

Problem locked_out() {
    constexpr std::int64_t window_s = login_failure_window.ms / 1000;
    return {
        .code = "rate_limited",
        .detail = "Too many failed logins; wait a quarter of an hour.",
        .retry_after_s = window_s,
        .limit = RateLimit{"failed-logins", login_failures_max, window_s}
    };
}

/// Failures at an address within the window, whether anybody registered it or not.
std::size_t
recent_failures(const App& app, const Login::State& login, const std::string& stream, Instant now) {
    return login.credentials ? login_failures(login, now) : app.failed_logins.recent(stream, now);
}

// A failure must be remembered, or a right guess would tell itself by its answer. Submitted aside
// from the call's own command, with an id of its own each time, lest a caller who keeps to one
// Idempotency-Key try for ever.
Awaitable<Problem> fail_at(App& app, Call& call, const std::string& stream) {
    const std::string once = fresh_id("fail");
    Command command =
        call.command(stream, stream, Login::Command{Login::Fail{call.now}}, Role::customer, once);
    const Outcome outcome = co_await ask(app.engine, std::move(command));
    if (outcome.kind == Outcome::Kind::committed) co_return wrong_credentials();
    if (outcome.refusal == "rate_limited") co_return locked_out();
    co_return problem_of(outcome);
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
    Problem failed = co_await fail_at(app, call, stream);
    co_return unexpected{std::move(failed)};
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
    if (!right) co_return unexpected{passwords_busy()};
    // Others may have failed meanwhile, here or at another node: a login that is locked by now does
    // not tell whether this password was right.
    const auto current = app.reference.view<Login>(stream, id_in(stream));
    if (recent_failures(app, *current, stream, call.now) >= login_failures_max) {
        co_return unexpected{locked_out()};
    }
    if (*right && login.credentials) co_return Result<void, Problem>{};
    if (login.credentials) {
        Problem failed = co_await fail_at(app, call, stream);
        co_return unexpected{std::move(failed)};
    }
    app.failed_logins.remember(stream, call.now);
    co_return unexpected{wrong_credentials()};
}

// A code that was used by then is a wrong one.
Problem no_session(Problem problem) {
    if (problem.code == "second_factor_wrong") return wrong_credentials();
    if (problem.code == "rate_limited") return locked_out();
    return problem;
}

Awaitable<Answer> log_in(App& app, Call& call) {
    auto in = decode_body<Credentials>(call.request);
    if (!in) co_return unexpected{in.error()};
    const std::string stream = login_stream(app, in->email.value);
    const auto login = app.reference.get<Login>(stream, id_in(stream));
    const std::size_t failures = recent_failures(app, login, stream, call.now);
    if (failures >= login_failures_max) co_return unexpected{locked_out()};
    const auto under_way = app.failed_logins.begin(stream, failures);
    if (!under_way) co_return unexpected{passwords_busy()};
    auto right = co_await check_password_of(app, call, login, stream, *in);
    if (!right) co_return unexpected{right.error()};
    auto step = co_await check_second_factor(app, call, login, stream, *in);
    if (!step) co_return unexpected{step.error()};
    const auto refresh = RefreshToken::make(stream, SessionId{fresh_id("ses")});
    const Login::Command command =
        Login::Succeed{refresh.session, refresh.hash(), *step, session_ttl, call.now};
    Command envelope = call.command(stream, stream, command, Role::customer);
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (outcome && outcome->replayed) {
        // The first call's tokens are told nobody again: these credentials open one more session.
        Command again = call.command(stream, stream, command, Role::customer, fresh_id("again"));
        outcome = co_await commit(app, call, std::move(again));
    }
    if (!outcome) co_return unexpected{no_session(std::move(outcome.error()))};
    call.caller.user = login.credentials->user;
    call.caller.principal = call.caller.user.value;
    co_return token_reply(app, login.credentials->user, refresh, call.now);
}

Problem tokens_already_given() {
    return {
        .code = "tokens_already_given",
        .detail = "This request was carried out before, and its tokens are given once. Log in."
    };
}

Awaitable<Answer> refresh_session(App& app, Call& call) {
    auto in = decode_body<Refreshing>(call.request);
    if (!in) co_return unexpected{in.error()};
    const auto old = RefreshToken::parse(app, in->refresh_token.value);
    if (!old) co_return unexpected{Problem{.code = "token_invalid"}};
    const auto fresh = RefreshToken::make(old->login, old->session);
    Login::Refresh command{old->session, old->hash(), fresh.hash(), session_ttl, call.now};
    Command envelope =
        call.command(old->login, old->login, Login::Command{std::move(command)}, Role::customer);
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (!outcome) co_return unexpected{outcome.error()};
    if (event_of<SessionEnded>(*outcome->commit)) {
        co_return unexpected{Problem{
            .code = "refresh_reused",
            .detail = "This refresh token was used before; the session has ended."
        }};
    }
    // No answer is given a second time here, so none may say that it is.
    const bool repeated = call.replayed;
    call.replayed = false;
    // The client's own retry, not a thief's: the session stays as it is, and so do its tokens. But
    // a commit that rotated to this call's token is its own, told late.
    const auto* rotated = event_of<SessionRefreshed>(*outcome->commit);
    const bool own = rotated && rotated->refresh_hash == fresh.hash();
    if (repeated && !own) co_return unexpected{tokens_already_given()};
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

}  // namespace

std::vector<BoundRoute> login_routes() {
    return {
        {{.method = "POST",
          .pattern = "/api/v1/auth/login",
          .summary = "Begins a session. Each call begins its own, a repeat too.",
          .tag = "people",
          .idempotency = Idempotency::unrepeated,
          .key_in_body = true,
          .body = shape_of<Credentials>(),
          .reply = {200, "The tokens.", told("Tokens")},
          .problems = {"credentials_wrong", "second_factor_required", "rate_limited"}},
         log_in},
        {{.method = "POST",
          .pattern = "/api/v1/auth/refresh",
          .summary = "Exchanges a refresh token for a new pair.",
          .tag = "people",
          .idempotency = Idempotency::unrepeated,
          .key_in_body = true,
          .body = shape_of<Refreshing>(),
          .reply = {200, "The tokens.", told("Tokens")},
          .problems = {"refresh_reused", "token_invalid", "tokens_already_given"}},
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
          .reply = {200, "The person.", told(R"({userId, email, phone, name, roles:[Role],
              mfa:{enabled:boolean, required:boolean}, shopIds:[text], agentId?})")}},
         who_am_i},
    };
}

}  // namespace pakashop::api
