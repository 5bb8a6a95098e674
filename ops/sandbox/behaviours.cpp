#include "ops/sandbox/behaviours.hpp"

#include <algorithm>
#include <array>

#include "ops/sandbox/text.hpp"

namespace pakashop::sandbox {
namespace {

constexpr std::array<std::string_view, 6>
    providers{"pawapay", "flutterwave", "zra", "whatsapp", "twilio", "resend"};
constexpr std::array<std::string_view, 7>
    operations{"deposit", "payout", "refund", "status", "invoice", "tpin", "message"};
constexpr std::array<std::string_view, 5>
    instead{"outage", "error_500", "error_429", "error_401", "html_502"};
constexpr std::array<std::string_view, 11> beside{
    "refuse",
    "timeout_after_accept",
    "not_found_window",
    "duplicate_callback",
    "late_callback",
    "no_callback",
    "reorder",
    "forged_signature",
    "wrong_amount",
    "enqueue",
    "reverse"
};

bool matches(const Rule& rule, const Subject& subject) {
    const bool phone = rule.phone.empty() || rule.phone == msisdn_of(subject.phone);
    const bool tpin = rule.tpin.empty() || rule.tpin == subject.tpin;
    const bool id = rule.id.empty() || std::ranges::find(subject.ids, rule.id) != subject.ids.end();
    return phone && tpin && id;
}

/// The first live rule that fits; `wanted` chooses among behaviours.
template <typename Wanted>
std::optional<Rule> find_rule(
    const Ledger& ledger,
    std::string_view provider,
    std::string_view operation,
    const Subject& subject,
    Wanted wanted
) {
    for (const Rule& rule : ledger.rules()) {
        const bool here = rule.provider == provider && rule.operation == operation;
        if (here && rule.fired < rule.times && wanted(rule.behaviour) && matches(rule, subject)) {
            return rule;
        }
    }
    return std::nullopt;
}

Reply html_page(int status) {
    return {
        .status = status,
        .body = "<html><body><h1>Bad Gateway</h1></body></html>\n",
        .content_type = "text/html",
    };
}

Reply answer_of(std::string_view behaviour, ErrorBody body_of) {
    if (behaviour == "outage") return {.status = 503, .body = "", .content_type = "text/plain"};
    if (behaviour == "html_502") return html_page(502);
    if (behaviour == "error_401") return {.status = 401, .body = body_of(401, "unauthorised")};
    if (behaviour == "error_429") {
        return {
            .status = 429,
            .body = body_of(429, "too_many_requests"),
            .headers = {{"Retry-After", "1"}},
        };
    }
    return {.status = 500, .body = body_of(500, "internal")};
}

}  // namespace

bool is_provider(std::string_view word) {
    return std::ranges::find(providers, word) != providers.end();
}

bool is_operation(std::string_view word) {
    return std::ranges::find(operations, word) != operations.end();
}

bool is_behaviour(std::string_view word) {
    return std::ranges::find(instead, word) != instead.end() ||
           std::ranges::find(beside, word) != beside.end();
}

std::optional<Reply> fire_instead(
    Ledger& ledger,
    std::string_view provider,
    std::string_view operation,
    const Subject& subject,
    ErrorBody body_of
) {
    const auto rule = find_rule(ledger, provider, operation, subject, [](std::string_view b) {
        return std::ranges::find(instead, b) != instead.end();
    });
    if (!rule) return std::nullopt;
    ledger.commit(RuleFired{rule->number});
    return answer_of(rule->behaviour, body_of);
}

std::optional<std::int64_t> fire(
    Ledger& ledger,
    std::string_view provider,
    std::string_view operation,
    std::string_view behaviour,
    const Subject& subject,
    std::int64_t ms_default
) {
    const auto rule = find_rule(ledger, provider, operation, subject, [&](std::string_view b) {
        return b == behaviour;
    });
    if (!rule) return std::nullopt;
    ledger.commit(RuleFired{rule->number});
    return rule->ms >= 0 ? rule->ms : ms_default;
}

}  // namespace pakashop::sandbox
