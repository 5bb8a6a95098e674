#include "api/answers.hpp"
#include "api/auth/totp.hpp"
#include "api/routes/events_of.hpp"
#include "api/routes/routes.hpp"

namespace pakashop::api {
namespace {

struct Code {
    Digits<6, 6> code;
    static constexpr auto fields() { return std::tuple{field("code", &Code::code)}; }
};

// Rendered from the event, so that a repeat of the call shows the secret that was offered.
http::Response offered_reply(App& app, const Call& call, const Commit& commit) {
    const auto offered = opened_event<TotpOffered>(app, commit);
    const std::string secret = offered ? offered->secret.value_or("") : "";
    const auto login = app.reference.get<Login>(call.caller.login, id_in(call.caller.login));
    const auto email = open_at(login.credentials->email, call.caller.login, "email", app.vault);
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("secret").text(secret);
    out.key("otpauthUri").text(otpauth_uri(secret, email.value_or("pakashop"))).end_object();
    return json_response(std::move(body), 201);
}

Awaitable<Answer> offer(App& app, Call& call) {
    const std::string& stream = call.caller.login;
    const Sealed<PublicText> secret{Subject{call.caller.user.value}, to_base32(make_totp_secret())};
    Command envelope = call.command(
        stream, stream, Login::Command{Login::OfferTotp{secret, call.now}}, Role::customer
    );
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (!outcome) co_return unexpected{outcome.error()};
    co_return offered_reply(app, call, *outcome->commit);
}

std::optional<std::int64_t> accepted_step(App& app, const Call& call, const Code& body) {
    const std::string& stream = call.caller.login;
    const auto login = app.reference.get<Login>(stream, id_in(stream));
    if (!login.totp_offered) return std::nullopt;
    const auto secret = open_at(*login.totp_offered, stream, "secret", app.vault);
    const auto bytes = secret ? from_base32(*secret) : std::nullopt;
    if (!bytes) return std::nullopt;
    return accept_totp(*bytes, body.code.value, call.now, std::nullopt);
}

Problem code_problem(Problem problem) {
    if (problem.code != "second_factor_wrong" && problem.code != "not_found") return problem;
    return {
        .code = "validation_failed",
        .detail = "The code does not fit the secret that was offered.",
        .errors = {{"#/code", "does not fit the secret that was offered"}}
    };
}

Awaitable<Answer> confirm(App& app, Call& call) {
    auto body = decode_body<Code>(call.request);
    if (!body) co_return unexpected{body.error()};
    // A code that does not fit is submitted as well: the shard knows a repeat, whose code is old by
    // now, from a wrong one.
    const std::string& stream = call.caller.login;
    Login::ConfirmTotp command{accepted_step(app, call, *body), call.now};
    Command envelope =
        call.command(stream, stream, Login::Command{std::move(command)}, Role::customer);
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (!outcome) co_return unexpected{code_problem(outcome.error())};
    co_return json_response(R"({"enabled":true})");
}

}  // namespace

std::vector<BoundRoute> second_factor_routes() {
    return {
        {{.method = "POST",
          .pattern = "/api/v1/auth/mfa/totp",
          .summary = "Offers a second factor; it counts once confirmed.",
          .tag = "people",
          .access = any_person(),
          .idempotency = Idempotency::optional,
          .reply = {201, "The secret to enrol.", told("{secret, otpauthUri}")}},
         offer},
        {{.method = "POST",
          .pattern = "/api/v1/auth/mfa/totp/confirm",
          .summary = "Confirms the second factor with a code.",
          .tag = "people",
          .access = any_person(),
          .idempotency = Idempotency::optional,
          .body = shape_of<Code>(),
          .reply = {200, "It counts now.", told("{enabled:boolean}")}},
         confirm},
    };
}

}  // namespace pakashop::api
