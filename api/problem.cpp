#include "api/problem.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "events/kernel/json.hpp"

namespace pakashop::api {
namespace {

constexpr std::array kinds{
    ProblemKind{"cursor_invalid", 400, "The cursor is not one of ours"},
    ProblemKind{"idempotency_key_invalid", 400, "The idempotency key is not valid"},
    ProblemKind{"idempotency_key_required", 400, "This request needs an idempotency key"},
    ProblemKind{"malformed_json", 400, "The body is not valid JSON"},
    ProblemKind{"malformed_request", 400, "The request is not valid HTTP"},
    ProblemKind{"parameter_invalid", 400, "A query parameter is not valid"},
    ProblemKind{"position_invalid", 400, "The position is not one of ours"},
    ProblemKind{"client_key_invalid", 401, "The client key is missing or wrong"},
    ProblemKind{"credentials_wrong", 401, "E-mail, password or code is wrong"},
    ProblemKind{"internal_key_invalid", 401, "The internal key is missing or wrong"},
    ProblemKind{"refresh_reused", 401, "The refresh token is not usable"},
    ProblemKind{"second_factor_required", 401, "A second factor is required"},
    ProblemKind{"token_invalid", 401, "The access token is missing, wrong or expired"},
    ProblemKind{"webhook_signature_invalid", 401, "The signature does not fit"},
    ProblemKind{"payment_under_review", 403, "The payment is under review"},
    ProblemKind{"role_excluded", 403, "Your role excludes this"},
    ProblemKind{"role_required", 403, "Your role does not allow this"},
    ProblemKind{"second_factor_enrolment_required", 403, "Enrol a second factor first"},
    ProblemKind{"not_found", 404, "There is no such thing"},
    ProblemKind{"method_not_allowed", 405, "The method is not allowed here"},
    ProblemKind{"request_timeout", 408, "The request did not arrive in time"},
    ProblemKind{"already_assigned", 409, "The delivery is already assigned"},
    ProblemKind{"already_paid", 409, "The order is already paid"},
    ProblemKind{"application_exists", 409, "There is an application already"},
    ProblemKind{"email_taken", 409, "The e-mail address is taken"},
    ProblemKind{"illegal_transition", 409, "The state does not allow this"},
    ProblemKind{"not_ready", 409, "Nothing is ready for pickup"},
    ProblemKind{"out_of_stock", 409, "Not enough in stock"},
    ProblemKind{"payment_in_progress", 409, "A payment is in progress"},
    ProblemKind{"pin_used", 409, "The PIN has been used"},
    ProblemKind{"read_model_behind", 409, "The answer is not up to that position yet"},
    ProblemKind{"stock_not_held", 409, "The stock is no longer held"},
    ProblemKind{"tokens_already_given", 409, "The tokens have been given out"},
    ProblemKind{"pin_expired", 410, "The PIN has expired"},
    ProblemKind{"body_too_large", 413, "The body is too large"},
    ProblemKind{"target_too_long", 414, "The address is too long"},
    ProblemKind{"media_type", 415, "The body must be JSON"},
    ProblemKind{"expectation_failed", 417, "The expectation cannot be met"},
    ProblemKind{"idempotency_key_reused", 422, "The idempotency key belongs to another body"},
    ProblemKind{"password_weak", 422, "The password is too weak"},
    ProblemKind{"pin_wrong", 422, "The PIN is wrong"},
    ProblemKind{"product_unavailable", 422, "The product cannot be ordered"},
    ProblemKind{"refund_exceeds_captured", 422, "The refund exceeds what was paid"},
    ProblemKind{"validation_failed", 422, "The body does not fit"},
    ProblemKind{"pin_locked", 423, "The PIN is locked"},
    ProblemKind{"rate_limited", 429, "Too many requests"},
    ProblemKind{"headers_too_large", 431, "The header is too large"},
    ProblemKind{"internal_error", 500, "Something broke on our side"},
    ProblemKind{"log_unavailable", 503, "The event log cannot be written"},
    ProblemKind{"overloaded", 503, "Too busy right now"},
    ProblemKind{"provider_unavailable", 503, "The provider does not answer"},
    ProblemKind{"read_model_unavailable", 503, "Queries are not available right now"},
    ProblemKind{"storage_low", 503, "Storage is running out"},
};

// A 422 says where; the whole request where nothing smaller is to blame.
void write_errors(JsonWriter& out, std::vector<FieldError> errors, const ProblemKind& kind) {
    if (errors.empty() && kind.status == 422) errors = {{"#", std::string{kind.title}}};
    if (errors.empty()) return;
    out.key("errors").begin_array();
    for (const auto& each : errors) {
        out.begin_object().key("pointer").text(each.pointer);
        out.key("detail").text(each.detail).end_object();
    }
    out.end_array();
}

std::string document(const Problem& problem, const ProblemKind& kind, std::string_view instance) {
    std::string text;
    JsonWriter out{text};
    out.begin_object();
    out.key("type").text("/docs#" + std::string{kind.code});
    out.key("title").text(kind.title);
    out.key("status").integer(kind.status);
    const bool untold = problem.detail.empty();
    out.key("detail").text(untold ? std::string{kind.title} + "." : problem.detail);
    out.key("instance").text(instance);
    out.key("code").text(kind.code);
    write_errors(out, problem.errors, kind);
    for (const auto& [name, json] : problem.members) out.key(name).raw(json);
    out.end_object();
    return text;
}

bool asks_for_retry(const ProblemKind& kind) {
    return kind.status == 429 || kind.status == 503 || kind.code == "read_model_behind";
}

}  // namespace

std::span<const ProblemKind> problem_kinds() { return kinds; }

const ProblemKind* find_problem_kind(std::string_view code) {
    const auto found = std::ranges::find(kinds, code, &ProblemKind::code);
    return found == kinds.end() ? nullptr : &*found;
}

Problem& Problem::with(std::string_view name, std::string_view text) {
    std::string json;
    JsonWriter{json}.text(text);
    return with_json(name, std::move(json));
}

Problem& Problem::with(std::string_view name, std::int64_t number) {
    return with_json(name, std::to_string(number));
}

Problem& Problem::with_json(std::string_view name, std::string json) {
    members.emplace_back(name, std::move(json));
    return *this;
}

http::Response to_response(const Problem& problem, std::string_view instance) {
    const ProblemKind* kind = find_problem_kind(problem.code);
    // A refusal that no route turned into a code of the table is ours to mend, not the caller's.
    if (!kind) kind = find_problem_kind("internal_error");
    http::Response response{.status = kind->status};
    response.set("Content-Type", "application/problem+json");
    if (kind->status == 401) response.set("WWW-Authenticate", "Bearer");
    if (!problem.allow.empty()) response.set("Allow", problem.allow);
    const auto retry =
        problem.retry_after_s > 0 ? problem.retry_after_s : (asks_for_retry(*kind) ? 1 : 0);
    if (retry > 0) response.set("Retry-After", std::to_string(retry));
    if (const auto& limit = problem.limit) {
        response.set(
            "RateLimit-Policy",
            fmt::format(R"("{}";q={};w={})", limit->name, limit->quota, limit->window_s)
        );
        response.set("RateLimit", fmt::format(R"("{}";r=0;t={})", limit->name, retry));
    }
    response.body = document(problem, *kind, instance);
    return response;
}

}  // namespace pakashop::api
