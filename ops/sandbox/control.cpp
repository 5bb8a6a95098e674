#include "ops/sandbox/control.hpp"

#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ops/sandbox/behaviours.hpp"
#include "ops/sandbox/clock.hpp"
#include "ops/sandbox/control_settings.hpp"
#include "ops/sandbox/text.hpp"
#include "ops/sandbox/transactions.hpp"

namespace pakashop::sandbox {
namespace {

using nlohmann::ordered_json;

ordered_json text_or_null(const std::string& text) {
    return text.empty() ? ordered_json{} : ordered_json(text);
}

Reply get_messages(const Desk& desk, const Call& call) {
    const std::string to = msisdn_of(query_of(call, "to"));
    const std::string since_text = query_of(call, "since");
    const auto since = parse_instant(since_text);
    if (!since_text.empty() && !since) {
        return problem(422, "validation_failed", "since has to be an RFC 3339 date and time");
    }
    ordered_json found = ordered_json::array();
    for (const auto& message : desk.ledger.messages()) {
        if (!to.empty() && msisdn_of(message.to) != to) continue;
        if (since && message.at < *since) continue;
        found.push_back({
            {"channel", message.channel},
            {"to", message.to},
            {"template", text_or_null(message.template_name)},
            {"parameters", message.parameters},
            {"text", message.text},
            {"at", rfc3339(message.at)},
        });
    }
    return {.body = found.dump()};
}

ordered_json ledger_row(const Entry& entry) {
    ordered_json row{
        {"id", entry.id},
        {"provider", entry.provider},
        {"kind", entry.kind},
        {"amount", format_amount(entry.amount)},
        {"currency", entry.currency},
        {"phone", entry.phone},
        {"operator", entry.operator_code},
        {"status", entry.status},
    };
    if (!entry.failure_code.empty()) row["failureCode"] = entry.failure_code;
    row["clientReference"] = text_or_null(entry.client_reference);
    if (!entry.parent.empty()) row["parent"] = entry.parent;
    row["createdAt"] = rfc3339(entry.created_at);
    if (entry.final_at != 0) row["finalAt"] = rfc3339(entry.final_at);
    row["callbacksSent"] = entry.callbacks_sent;
    return row;
}

Reply get_ledger(const Desk& desk, const Call& call) {
    const std::string kind = query_of(call, "kind");
    const std::string reference = query_of(call, "reference");
    std::string rows;  // Rendered row by row: a day's ledger is large.
    for (const auto& id : desk.ledger.entry_ids()) {
        const Entry& entry = *desk.ledger.entry(id);
        if (!kind.empty() && entry.kind != kind) continue;
        const bool named = entry.client_reference == reference || entry.id == reference;
        if (!reference.empty() && !named) continue;
        rows += (rows.empty() ? "" : ",") + ledger_row(entry).dump();
    }
    return {.body = "[" + rows + "]"};
}

Reply get_invoices(const Desk& desk, const Call& call) {
    const std::string tpin = query_of(call, "tpin");
    std::string rows;
    for (const auto& invoice : desk.ledger.invoices()) {
        if (!tpin.empty() && invoice.tpin != tpin) continue;
        const ordered_json row{
            {"sellerTpin", invoice.tpin},
            {"invoiceNumber", invoice.number},
            {"kind", invoice.kind},
            {"body", ordered_json::parse(invoice.body)},
            {"vsdcNumber", invoice.vsdc_number},
            {"received", invoice.received},
            {"receivedAt", rfc3339(invoice.received_at)},
        };
        rows += (rows.empty() ? "" : ",") + row.dump();
    }
    return {.body = "[" + rows + "]"};
}

Reply post_resend(const Desk& desk, std::string_view id) {
    const Entry* entry = desk.ledger.entry(id);
    if (entry == nullptr) return problem(404, "not_found", "no transaction has this id");
    if (!is_final(entry->status)) return problem(409, "not_final", "it is still open");
    resend(desk.ledger, *entry, desk.now);
    return {.status = 202, .body = ordered_json{{"id", id}}.dump()};
}

ordered_json rule_row(const Rule& rule) {
    ordered_json row{
        {"provider", rule.provider},
        {"operation", rule.operation},
        {"behaviour", rule.behaviour},
        {"times", rule.times},
        {"fired", rule.fired},
    };
    ordered_json match = ordered_json::object();
    if (!rule.phone.empty()) match["phone"] = rule.phone;
    if (!rule.tpin.empty()) match["tpin"] = rule.tpin;
    if (!rule.id.empty()) match["id"] = rule.id;
    if (!match.empty()) row["match"] = match;
    if (rule.ms >= 0) row["ms"] = rule.ms;
    return row;
}

Reply get_behaviours(const Desk& desk) {
    ordered_json rows = ordered_json::array();
    for (const auto& rule : desk.ledger.rules()) rows.push_back(rule_row(rule));
    return {.body = rows.dump()};
}

Reply post_behaviour(const Desk& desk, const Call& call) {
    constexpr std::size_t rules_max = 10'000;
    auto asked = read_behaviour(call.body);
    if (!asked) return asked.error();
    if (asked->times == 0) {
        desk.ledger.commit(RulesCleared{asked->provider, asked->operation, asked->behaviour});
        return get_behaviours(desk);
    }
    if (desk.ledger.rules().size() >= rules_max) {
        return problem(422, "validation_failed", "too many behaviours: clear some first");
    }
    asked->number = desk.ledger.next_number();
    desk.ledger.commit(*asked);
    return {.body = rule_row(*asked).dump()};
}

Reply get_clock(const Desk& desk, Instant now) {
    const ordered_json body{
        {"now", rfc3339(now)}, {"advancedSeconds", desk.ledger.clock_offset_ms() / 1000}
    };
    return {.body = body.dump()};
}

Reply post_clock(const Desk& desk, const Call& call) {
    const auto seconds = read_advance(call.body);
    if (!seconds) return seconds.error();
    const std::int64_t step_ms = *seconds * 1000;
    desk.ledger.commit(ClockMoved{desk.ledger.clock_offset_ms() + step_ms});
    return get_clock(desk, desk.now + step_ms);
}

Reply post_reset(const Desk& desk) {
    desk.ledger.commit(Reset{});
    return {.status = 204, .body = ""};
}

Reply put_config(const Desk& desk, const Call& call, bool has_webhook_secret) {
    const auto settings = read_settings(call.body, has_webhook_secret);
    if (!settings) return settings.error();
    desk.ledger.commit(*settings);
    return show_settings(desk.ledger.settings());
}

Reply answer_get(const Desk& desk, const Call& call, std::string_view name) {
    if (name == "messages") return get_messages(desk, call);
    if (name == "ledger") return get_ledger(desk, call);
    if (name == "invoices") return get_invoices(desk, call);
    if (name == "behaviour") return get_behaviours(desk);
    if (name == "config") return show_settings(desk.ledger.settings());
    if (name == "clock") return get_clock(desk, desk.now);
    return problem(404, "not_found", "there is no such call");
}

}  // namespace

Reply problem(int status, std::string_view code, std::string_view detail) {
    const ordered_json body{
        {"type", fmt::format("urn:pakashop:sandbox:{}", code)},
        {"title", code},
        {"status", status},
        {"detail", detail},
        {"code", code},
    };
    return {.status = status, .body = body.dump(), .content_type = "application/problem+json"};
}

Reply answer_control(const Desk& desk, const Call& call, bool has_webhook_secret) {
    const auto parts = segments_of(call.path);
    const std::string_view name = parts.size() > 1 ? parts[1] : std::string_view{};
    const bool single = parts.size() == 2;
    if (call.method == "GET" && single) return answer_get(desk, call, name);
    if (call.method == "PUT" && single && name == "config") {
        return put_config(desk, call, has_webhook_secret);
    }
    if (call.method == "POST" && single) {
        if (name == "behaviour") return post_behaviour(desk, call);
        if (name == "clock") return post_clock(desk, call);
        if (name == "reset") return post_reset(desk);
    }
    const bool wants_resend = call.method == "POST" && parts.size() == 3 && name == "resend";
    if (wants_resend) return post_resend(desk, parts[2]);
    return problem(404, "not_found", "there is no such call");
}

}  // namespace pakashop::sandbox
