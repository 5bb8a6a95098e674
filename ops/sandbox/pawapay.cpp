#include "ops/sandbox/pawapay.hpp"

#include <algorithm>
#include <span>

#include <nlohmann/json.hpp>

#include "ops/sandbox/behaviours.hpp"
#include "ops/sandbox/clock.hpp"
#include "ops/sandbox/pawapay_request.hpp"
#include "ops/sandbox/pawapay_toolkit.hpp"
#include "ops/sandbox/transactions.hpp"

namespace pakashop::sandbox {
namespace {

using nlohmann::ordered_json;
using Asked = std::expected<Initiation, Refused>;

constexpr std::string_view provider = "pawapay";

std::optional<Operation> operation_of(std::string_view plural) {
    if (plural == "deposits") return Operation::deposit;
    if (plural == "payouts") return Operation::payout;
    if (plural == "refunds") return Operation::refund;
    return std::nullopt;
}

std::string error_body(int status, std::string_view) {
    const std::string_view code = status == 401   ? "AUTHENTICATION_ERROR"
                                  : status == 429 ? "TOO_MANY_REQUESTS"
                                                  : "UNKNOWN_ERROR";
    return pawapay_failure(status, code, "asked for by a behaviour").body;
}

std::optional<Reply> check_token(const Call& call) {
    if (!has_header(call.headers, "authorization")) {
        return pawapay_failure(401, "NO_AUTHENTICATION", "a bearer token is needed");
    }
    if (bearer_of(call).empty()) {
        return pawapay_failure(401, "AUTHENTICATION_ERROR", "the token cannot be read");
    }
    return std::nullopt;
}

std::optional<Reply>
check_client_signature(const Desk& desk, const SignatureKeys& keys, const Call& call) {
    const bool is_signed =
        has_header(call.headers, "signature") || has_header(call.headers, "signature-input");
    if (!is_signed && desk.ledger.settings().client_keys->empty()) return std::nullopt;
    const SignedMessage message{call.method, call.authority, call.path, call.headers, call.body};
    const auto fault = check_signature(message, keys.client_keys, desk.wall / 1000);
    if (!fault) return std::nullopt;
    return pawapay_failure(403, "HTTP_SIGNATURE_ERROR", to_text(*fault));
}

ordered_json refusal_body(Operation operation, const Refused& refused) {
    ordered_json body;
    if (!refused.id.empty()) body[std::string{id_field(operation)}] = refused.id;
    body["status"] = "REJECTED";
    body["failureReason"] = {{"failureCode", refused.code}, {"failureMessage", refused.message}};
    return body;
}

ordered_json accepted_body(Operation operation, const Entry& entry, std::string_view status) {
    ordered_json body;
    body[std::string{id_field(operation)}] = entry.id;
    body["status"] = status;
    body["created"] = rfc3339(entry.created_at);
    const bool has_next = operation == Operation::deposit && status == "ACCEPTED";
    if (has_next) body["nextStep"] = "FINAL_STATUS";
    return body;
}

/// What of a deposit has neither been given back nor is on its way back.
std::expected<Ngwee, Refused> refundable(const Ledger& ledger, const Initiation& asked) {
    const auto no = [&](std::string code, std::string message) {
        return std::unexpected{Refused{200, std::move(code), std::move(message), asked.id}};
    };
    const Entry* deposit = ledger.entry(asked.deposit);
    if (deposit == nullptr || deposit->kind != "deposit") {
        return no("DEPOSIT_NOT_FOUND", "there is no such deposit");
    }
    if (deposit->status != "COMPLETED") return no("DEPOSIT_NOT_COMPLETED", "it is not completed");
    Ngwee left = deposit->amount;
    for (const Entry* refund : ledger.refunds_of(deposit->id)) {
        if (!is_final(refund->status)) return no("REFUND_IN_PROGRESS", "one refund at a time");
        if (refund->status == "COMPLETED") left -= refund->amount;
    }
    if (left == 0) return no("DEPOSIT_ALREADY_REFUNDED", "nothing is left to give back");
    if (asked.amount.value_or(left) > left) return no("AMOUNT_TOO_LARGE", "more than is left");
    return asked.amount.value_or(left);
}

/// One decided initiation: its body, the status to answer with, how long to stay silent.
struct Decided {
    int status = 200;
    ordered_json body;
    std::int64_t hold_ms = 0;
};

/// Decides a well-formed initiation that no behaviour has answered instead of us.
Decided decide(const Desk& desk, const Initiation& asked) {
    Ledger& ledger = desk.ledger;
    if (const Entry* known = ledger.entry(asked.id)) {
        return {200, accepted_body(asked.operation, *known, "DUPLICATE_IGNORED")};
    }
    const Entry* deposit = ledger.entry(asked.deposit);
    const Subject subject = subject_of(asked, deposit);
    const auto operation = to_text(asked.operation);
    const auto refuse = [&](const Refused& refused) {
        return Decided{200, refusal_body(asked.operation, refused)};
    };
    Ngwee amount = asked.amount.value_or(0);
    if (asked.operation == Operation::refund) {
        const auto left = refundable(ledger, asked);
        if (!left) return refuse(left.error());
        amount = *left;
    }
    if (fire(ledger, provider, operation, "refuse", subject)) {
        return refuse(
            {200, "PROVIDER_TEMPORARILY_UNAVAILABLE", "the provider takes nothing now", asked.id}
        );
    }
    const auto silence =
        fire(ledger, provider, operation, "timeout_after_accept", subject, silence_ms);
    const Entry& entry = accept(ledger, asked, deposit, amount, desk.now);
    return {200, accepted_body(asked.operation, entry, "ACCEPTED"), silence.value_or(0)};
}

Subject subject_of(const Desk& desk, const Asked& asked) {
    if (!asked) return {.phone = "", .tpin = "", .ids = {asked.error().id}};
    return sandbox::subject_of(*asked, desk.ledger.entry(asked->deposit));
}

Decided decide(const Desk& desk, Operation operation, const Asked& asked) {
    if (!asked) return {asked.error().status, refusal_body(operation, asked.error())};
    return decide(desk, *asked);
}

Reply initiate(const Desk& desk, const SignatureKeys& keys, const Call& call, Operation operation) {
    const auto asked = read_initiation(operation, call.body);
    const auto instead = fire_instead(
        desk.ledger, provider, to_text(operation), subject_of(desk, asked), error_body
    );
    if (instead) return *instead;
    if (auto refused = check_token(call)) return *refused;
    if (auto refused = check_client_signature(desk, keys, call)) return *refused;
    const auto decided = decide(desk, operation, asked);
    return {.status = decided.status, .body = decided.body.dump(), .hold_ms = decided.hold_ms};
}

/// Each payout stands for itself: one that cannot be read is rejected beside the others.
Reply initiate_bulk(const Desk& desk, const SignatureKeys& keys, const Call& call) {
    if (auto refused = check_token(call)) return *refused;
    if (auto refused = check_client_signature(desk, keys, call)) return *refused;
    const auto bodies = read_bulk(call.body);
    if (!bodies) return pawapay_failure(400, bodies.error().code, bodies.error().message);
    std::vector<Asked> all;
    for (const auto& body : *bodies) all.push_back(read_initiation(Operation::payout, body));
    for (const auto& asked : all) {
        const auto subject = subject_of(desk, asked);
        auto instead = fire_instead(desk.ledger, provider, "payout", subject, error_body);
        if (instead) return *instead;
    }
    ordered_json answers = ordered_json::array();
    Reply reply;
    for (const auto& asked : all) {
        auto decided = decide(desk, Operation::payout, asked);
        answers.push_back(std::move(decided.body));
        reply.hold_ms = std::max(reply.hold_ms, decided.hold_ms);
    }
    reply.body = answers.dump();
    return reply;
}

/// The entry of that id, if it is one of that operation.
const Entry* find_entry(const Desk& desk, Operation operation, std::string_view id) {
    const Entry* entry = desk.ledger.entry(id);
    return entry != nullptr && entry->kind == to_text(operation) ? entry : nullptr;
}

Reply status_of(const Desk& desk, Operation operation, std::string_view id) {
    const std::string not_found = R"({"status":"NOT_FOUND"})";
    const Entry* found = find_entry(desk, operation, id);
    const Subject subject =
        found != nullptr ? sandbox::subject_of(*found) : Subject{"", "", {std::string{id}}};
    Ledger& ledger = desk.ledger;
    if (auto instead = fire_instead(ledger, provider, "status", subject, error_body)) {
        return *instead;
    }
    if (fire(ledger, provider, "status", "refuse", subject)) {
        return pawapay_failure(403, "AUTHORISATION_ERROR", "not for this token");
    }
    if (found == nullptr || desk.now < found->plan.visible_from) return {.body = not_found};
    if (fire(ledger, provider, "status", "not_found_window", subject)) return {.body = not_found};
    Entry shown = *found;
    if (fire(ledger, provider, "status", "wrong_amount", subject)) shown.amount += 100;
    const auto silence =
        fire(ledger, provider, "status", "timeout_after_accept", subject, silence_ms);
    return {
        .body = R"({"status":"FOUND","data":)" + render(shown, View::query) + "}",
        .hold_ms = silence.value_or(0),
    };
}

Reply follow_up(Operation operation, std::string_view id, std::string_view fault) {
    ordered_json body;
    body[std::string{id_field(operation)}] = id;
    body["status"] = fault.empty() ? "ACCEPTED" : "REJECTED";
    if (!fault.empty()) {
        body["failureReason"] = {{"failureCode", fault}, {"failureMessage", "nothing was done"}};
    }
    return {.body = body.dump()};
}

Reply resend_callback(const Desk& desk, Operation operation, std::string_view id) {
    const Entry* entry = find_entry(desk, operation, id);
    if (entry == nullptr) return follow_up(operation, id, "NOT_FOUND");
    if (!is_final(entry->status)) return follow_up(operation, id, "INVALID_STATE");
    resend(desk.ledger, *entry, desk.now);
    return follow_up(operation, id, "");
}

/// Accepting here is not the end: FAILED with MANUALLY_CANCELLED follows.
Reply fail_enqueued(const Desk& desk, Operation operation, std::string_view id) {
    const Entry* entry = find_entry(desk, operation, id);
    if (entry == nullptr) return follow_up(operation, id, "NOT_FOUND");
    if (entry->status != "ENQUEUED") return follow_up(operation, id, "INVALID_STATE");
    Entry cancelled = *entry;
    cancelled.plan.status = "FAILED";
    cancelled.plan.failure_code = "MANUALLY_CANCELLED";
    cancelled.plan.at = desk.now + desk.ledger.settings().delay_ms.value_or(0);
    desk.ledger.commit(cancelled);
    return follow_up(operation, id, "");
}

Reply no_such_route() { return pawapay_failure(404, "NOT_FOUND", "there is no such call"); }

/// `/v2/{deposits|payouts|refunds}/…`; `parts` begins after `v2`.
Reply answer_operation(
    const Desk& desk,
    const SignatureKeys& keys,
    const Call& call,
    Operation operation,
    std::span<const std::string_view> parts
) {
    const bool post = call.method == "POST";
    if (post && parts.size() == 1) return initiate(desk, keys, call, operation);
    const bool bulk = operation == Operation::payout && parts.size() == 2 && parts[1] == "bulk";
    if (post && bulk) return initiate_bulk(desk, keys, call);
    if (auto refused = check_token(call)) return *refused;
    if (call.method == "GET" && parts.size() == 2) return status_of(desk, operation, parts[1]);
    if (!post || parts.size() != 3) return no_such_route();
    if (parts[1] == "resend-callback") return resend_callback(desk, operation, parts[2]);
    const bool queues = operation != Operation::deposit && parts[1] == "fail-enqueued";
    return queues ? fail_enqueued(desk, operation, parts[2]) : no_such_route();
}

/// The calls that need no operation; `rest` is the path after `v2/`.
Reply answer_toolkit(
    const Desk& desk,
    const SignatureKeys& keys,
    const Call& call,
    std::string_view rest
) {
    const bool get = call.method == "GET";
    if (get && rest == "public-key/http") return public_keys(keys);
    if (get && rest == "availability") return availability(call);
    if (auto refused = check_token(call)) return *refused;
    if (get && rest == "active-conf") return active_configuration(call, desk.ledger);
    if (get && rest == "wallet-balances") return wallet_balances(desk.ledger);
    if (call.method == "POST" && rest == "predict-provider") return predict_provider(call);
    return no_such_route();
}

}  // namespace

Reply answer_pawapay(const Desk& desk, const SignatureKeys& keys, const Call& call) {
    constexpr std::string_view prefix = "/pawapay/v2/";
    if (!call.path.starts_with(prefix)) return no_such_route();
    const std::string_view rest = std::string_view{call.path}.substr(prefix.size());
    const auto parts = segments_of(rest);
    const auto operation = parts.empty() ? std::nullopt : operation_of(parts.front());
    if (operation) return answer_operation(desk, keys, call, *operation, parts);
    return answer_toolkit(desk, keys, call, rest);
}

}  // namespace pakashop::sandbox
