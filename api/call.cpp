#include "api/call.hpp"

#include <algorithm>

namespace pakashop::api {

Settings LiveSettings::now() {
    const std::string& name = config_.feature_flags;
    auto chosen = reference_.view<pakashop::Config>("config:" + name, name);
    const std::lock_guard lock{mutex_};
    if (chosen_ != chosen) {
        const auto strict = config_.production() ? Strictness::production : Strictness::any_value;
        resolved_ = resolve_settings(*chosen, config_.setting_defaults, strict);
        chosen_ = std::move(chosen);
    }
    return resolved_;
}

bool Caller::has(Role role) const { return std::ranges::find(roles, role) != roles.end(); }

Actor Call::actor(Role acting) const {
    const std::string_view proof = caller.internal        ? "internal_key"
                                   : caller.roles.empty() ? "client_key"
                                                          : "access_token";
    return {caller.principal, std::string{name_of(acting)}, std::string{proof}};
}

Command Call::command(
    std::string key,
    std::string stream,
    AnyCommand command,
    Role acting,
    std::string_view what
) const {
    Command out;
    out.id = what.empty() ? command_id : derived_command_id(to_hex(command_id), what, stream);
    out.fingerprint = fingerprint;
    out.key = std::move(key);
    out.to = {std::move(stream), std::move(command)};
    out.actor = actor(acting);
    out.trace = trace;
    if (!what.empty()) out.trace.causation = to_hex(command_id);
    out.now = now;
    return out;
}

void Call::note_seen(Engine& engine, std::string_view key) {
    const PartitionId partition = engine.partition_of_key(key);
    merge(position, {{partition, engine.durable_seq(partition)}});
}

void Call::note(const Outcome& outcome, bool main) {
    if (!outcome.commit) return;
    merge(position, {{outcome.commit->partition, outcome.commit->seq + 1}});
    if (main) replayed = outcome.replayed;
}

namespace {

Problem refusal_problem(std::string_view code) {
    Problem problem{.code = code};
    if (code == "validation_failed") problem.errors = {{"#", "does not fit what is there"}};
    return problem;
}

}  // namespace

Problem problem_of(const Outcome& outcome) {
    switch (outcome.kind) {
        case Outcome::Kind::refused:
            return refusal_problem(outcome.refusal);
        case Outcome::Kind::key_reused:
            return {
                .code = "idempotency_key_reused",
                .detail = "This Idempotency-Key was used with another request."
            };
        case Outcome::Kind::storage_low:
            return {
                .code = "storage_low",
                .detail = "The log's disk is nearly full.",
                .retry_after_s = 30
            };
        case Outcome::Kind::too_large:
            return {.code = "body_too_large", .detail = "The request is too large to be recorded."};
        case Outcome::Kind::log_unavailable:
            return {
                .code = "log_unavailable",
                .detail = "The log cannot be written now. The same request may be sent again.",
                .retry_after_s = 2
            };
        case Outcome::Kind::not_leading:
            return {
                .code = "log_unavailable",
                .detail =
                    "No node decides for this key just now. The same request may be sent again.",
                .retry_after_s = 1
            };
        case Outcome::Kind::halted:
            return {
                .code = "log_unavailable",
                .detail = "This part of the log is stopped until an operator has looked at it.",
                .retry_after_s = 60
            };
        case Outcome::Kind::overloaded:
        case Outcome::Kind::committed:
            break;
    }
    return {
        .code = "overloaded",
        .detail = "Too much is waiting. The same request may be sent again.",
        .retry_after_s = 1
    };
}

http::Response json_response(std::string body, int status) {
    http::Response response{.status = status, .body = std::move(body)};
    response.set("Content-Type", "application/json");
    return response;
}

http::Response no_content() { return {.status = 204}; }

Problem not_found() {
    return {.code = "not_found", .detail = "There is no such thing, or it is not yours."};
}

Problem illegal_transition(std::string_view from, std::string_view asked) {
    Problem problem{
        .code = "illegal_transition",
        .detail = "From " + std::string{from} + " that is not possible: " + std::string{asked} + "."
    };
    problem.with("from", from).with("asked", asked);
    return problem;
}

bool accepted_before(App& app, const Call& call, std::string_view key) {
    const PartitionId partition = app.engine.partition_of_key(key);
    return app.engine.store().find_command(partition, call.command_id).has_value();
}

Awaitable<Result<Outcome, Problem>> commit(App& app, Call& call, Command command) {
    Outcome outcome = co_await ask(app.engine, std::move(command));
    if (outcome.kind != Outcome::Kind::committed) co_return unexpected{problem_of(outcome)};
    call.note(outcome);
    co_return outcome;
}

}  // namespace pakashop::api
