#include "ops/sandbox/control_settings.hpp"

#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ops/sandbox/behaviours.hpp"
#include "ops/sandbox/keys.hpp"
#include "ops/sandbox/text.hpp"

namespace pakashop::sandbox {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using Checked = std::expected<void, Reply>;

std::unexpected<Reply> invalid(const std::string& detail) {
    return std::unexpected{problem(422, "validation_failed", detail)};
}

std::expected<json, Reply> read_object(std::string_view body) {
    json object = json::parse(body, nullptr, false);
    if (object.is_discarded()) {
        return std::unexpected{problem(400, "malformed_json", "the body is no JSON")};
    }
    if (!object.is_object()) return invalid("the body has to be an object");
    return object;
}

Checked only_fields(const json& object, std::initializer_list<std::string_view> known) {
    for (const auto& [name, value] : object.items()) {
        if (std::ranges::find(known, name) == known.end()) return invalid(name + " is not known");
    }
    return {};
}

Checked read_text(const json& object, const char* name, std::optional<std::string>& out) {
    if (!object.contains(name)) return {};
    if (!object[name].is_string()) return invalid(fmt::format("{} has to be a text", name));
    out = object[name].get<std::string>();
    return {};
}

Checked read_url(const json& object, const char* name, std::optional<std::string>& out) {
    if (auto read = read_text(object, name, out); !read) return read;
    if (out && !split_url(*out)) return invalid(fmt::format("{} has to be an http URL", name));
    return {};
}

/// A whole number from `least` to `most`.
Checked read_number(
    const json& object,
    const char* name,
    std::int64_t least,
    std::int64_t most,
    std::optional<std::int64_t>& out
) {
    if (!object.contains(name)) return {};
    const auto& value = object[name];
    const bool fits = value.is_number_integer() && value.get<std::int64_t>() >= least &&
                      value.get<std::int64_t>() <= most;
    if (!fits) return invalid(fmt::format("{}: a whole number, {} to {}", name, least, most));
    out = value.get<std::int64_t>();
    return {};
}

Checked read_callbacks(const json& object, SettingsChanged& out) {
    if (!object.contains("callbacks")) return {};
    const json& callbacks = object["callbacks"];
    if (!callbacks.is_object()) return invalid("callbacks has to be an object");
    if (auto known = only_fields(callbacks, {"pawapay", "flutterwave"}); !known) return known;
    if (auto read = read_url(callbacks, "flutterwave", out.flutterwave_url); !read) return read;
    if (!callbacks.contains("pawapay")) return {};
    const json& pawapay = callbacks["pawapay"];
    if (!pawapay.is_object()) return invalid("callbacks.pawapay has to be an object");
    if (auto known = only_fields(pawapay, {"deposit", "payout", "refund"}); !known) return known;
    if (auto read = read_url(pawapay, "deposit", out.deposit_url); !read) return read;
    if (auto read = read_url(pawapay, "payout", out.payout_url); !read) return read;
    return read_url(pawapay, "refund", out.refund_url);
}

Checked read_client_keys(const json& object, SettingsChanged& out) {
    if (!object.contains("clientKeys")) return {};
    if (!object["clientKeys"].is_array()) return invalid("clientKeys has to be an array");
    std::vector<ClientKey> keys;
    for (const json& item : object["clientKeys"]) {
        if (!item.is_object()) return invalid("a client key is {keyId, pem}");
        if (auto known = only_fields(item, {"keyId", "pem"}); !known) return known;
        std::optional<std::string> key_id;
        std::optional<std::string> pem;
        if (auto read = read_text(item, "keyId", key_id); !read) return read;
        if (auto read = read_text(item, "pem", pem); !read) return read;
        if (!key_id || key_id->empty() || !pem || !PublicKey::from_pem(*pem)) {
            return invalid("a client key is {keyId, pem}, the pem a public key on P-256");
        }
        keys.push_back({std::move(*key_id), std::move(*pem)});
    }
    out.client_keys = std::move(keys);
    return {};
}

Checked read_signing(const json& object, bool has_webhook_secret, SettingsChanged& out) {
    if (auto read = read_text(object, "signing", out.signing); !read) return read;
    if (!out.signing || out.signing == "rfc9421" || out.signing == "none") return {};
    if (out.signing != "hmac") return invalid("signing has to be rfc9421, hmac or none");
    if (!has_webhook_secret) return invalid("signing hmac needs PAWAPAY_WEBHOOK_SECRET at start");
    return {};
}

Checked read_match(const json& object, Rule& rule) {
    if (!object.contains("match")) return {};
    const json& match = object["match"];
    if (!match.is_object()) return invalid("match has to be an object");
    if (auto known = only_fields(match, {"phone", "tpin", "id"}); !known) return known;
    std::optional<std::string> phone;
    std::optional<std::string> tpin;
    std::optional<std::string> id;
    if (auto read = read_text(match, "phone", phone); !read) return read;
    if (auto read = read_text(match, "tpin", tpin); !read) return read;
    if (auto read = read_text(match, "id", id); !read) return read;
    rule.phone = msisdn_of(phone.value_or(""));
    rule.tpin = tpin.value_or("");
    rule.id = id.value_or("");
    return {};
}

Checked read_names(const json& object, Rule& rule) {
    const auto word = [&](const char* name) -> std::string {
        const auto found = object.find(name);
        return found != object.end() && found->is_string() ? found->get<std::string>() : "";
    };
    rule.provider = word("provider");
    rule.operation = word("operation");
    rule.behaviour = word("behaviour");
    if (!is_provider(rule.provider)) return invalid("provider is not one of those known");
    if (!is_operation(rule.operation)) return invalid("operation is not one of those known");
    if (!is_behaviour(rule.behaviour)) return invalid("behaviour is not one of those known");
    return {};
}

}  // namespace

std::expected<SettingsChanged, Reply>
read_settings(std::string_view body, bool has_webhook_secret) {
    constexpr std::int64_t delay_max_ms = 86'400'000;
    const auto object = read_object(body);
    if (!object) return std::unexpected{object.error()};
    SettingsChanged out;
    auto checked = only_fields(*object, {"callbacks", "delayMs", "signing", "clientKeys"});
    if (checked) checked = read_callbacks(*object, out);
    if (checked) checked = read_number(*object, "delayMs", 0, delay_max_ms, out.delay_ms);
    if (checked) checked = read_signing(*object, has_webhook_secret, out);
    if (checked) checked = read_client_keys(*object, out);
    if (!checked) return std::unexpected{checked.error()};
    return out;
}

Reply show_settings(const SettingsChanged& settings) {
    ordered_json keys = ordered_json::array();
    for (const auto& key : settings.client_keys.value()) {
        keys.push_back({{"keyId", key.key_id}, {"pem", key.pem}});
    }
    const ordered_json body{
        {"callbacks",
         {{"pawapay",
           {{"deposit", settings.deposit_url.value()},
            {"payout", settings.payout_url.value()},
            {"refund", settings.refund_url.value()}}},
          {"flutterwave", settings.flutterwave_url.value()}}},
        {"delayMs", settings.delay_ms.value()},
        {"signing", settings.signing.value()},
        {"clientKeys", keys},
    };
    return {.body = body.dump()};
}

std::expected<Rule, Reply> read_behaviour(std::string_view body) {
    constexpr std::int64_t times_max = 1'000'000'000;
    constexpr std::int64_t delay_max_ms = 30LL * 86'400'000;
    const auto object = read_object(body);
    if (!object) return std::unexpected{object.error()};
    Rule rule;
    rule.times = 0;
    if (object->size() == 1 && object->value("clear", json{}) == json(true)) return rule;
    std::optional<std::int64_t> times;
    std::optional<std::int64_t> ms;
    auto checked =
        only_fields(*object, {"provider", "operation", "behaviour", "times", "match", "ms"});
    if (checked) checked = read_names(*object, rule);
    if (checked) checked = read_number(*object, "times", 0, times_max, times);
    if (checked) checked = read_number(*object, "ms", 0, delay_max_ms, ms);
    if (checked) checked = read_match(*object, rule);
    if (!checked) return std::unexpected{checked.error()};
    rule.times = times.value_or(1);
    rule.ms = ms.value_or(-1);
    return rule;
}

std::expected<std::int64_t, Reply> read_advance(std::string_view body) {
    constexpr std::int64_t seconds_max = 10LL * 366 * 86'400;
    const auto object = read_object(body);
    if (!object) return std::unexpected{object.error()};
    std::optional<std::int64_t> seconds;
    auto checked = only_fields(*object, {"advanceSeconds"});
    if (checked) checked = read_number(*object, "advanceSeconds", 0, seconds_max, seconds);
    if (checked && !seconds) checked = invalid("advanceSeconds is missing");
    if (!checked) return std::unexpected{checked.error()};
    return *seconds;
}

}  // namespace pakashop::sandbox
