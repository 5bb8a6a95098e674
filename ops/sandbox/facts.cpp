#include "ops/sandbox/facts.hpp"

#include <nlohmann/json.hpp>

namespace pakashop::sandbox {
namespace {

using nlohmann::json;

// Each fact lists its members once, for both directions: `visit(name, member)`. An empty text is
// left out of the line.

template <typename Visit, typename P>
void members(Visit&& visit, P& plan)
    requires std::same_as<std::remove_const_t<P>, Plan>
{
    visit("at", plan.at);
    visit("status", plan.status);
    visit("failureCode", plan.failure_code);
    visit("visibleFrom", plan.visible_from);
    visit("reverseMs", plan.reverse_ms);
    visit("callbackMs", plan.callback_ms);
    visit("callbackCopies", plan.callback_copies);
    visit("forged", plan.forged);
    visit("yields", plan.yields);
}

template <typename Visit, typename F>
void members(Visit&& visit, F& entry)
    requires std::same_as<std::remove_const_t<F>, Entry>
{
    visit("id", entry.id);
    visit("provider", entry.provider);
    visit("kind", entry.kind);
    visit("amount", entry.amount);
    visit("currency", entry.currency);
    visit("phone", entry.phone);
    visit("operator", entry.operator_code);
    visit("status", entry.status);
    visit("failureCode", entry.failure_code);
    visit("clientReference", entry.client_reference);
    visit("parent", entry.parent);
    visit("customerMessage", entry.customer_message);
    visit("metadata", entry.metadata);
    visit("providerTransactionId", entry.provider_transaction_id);
    visit("createdAt", entry.created_at);
    visit("finalAt", entry.final_at);
    visit("callbacksSent", entry.callbacks_sent);
    visit("plan", entry.plan);
}

template <typename Visit, typename F>
void members(Visit&& visit, F& callback)
    requires std::same_as<std::remove_const_t<F>, Callback>
{
    visit("number", callback.number);
    visit("entry", callback.entry);
    visit("kind", callback.kind);
    visit("body", callback.body);
    visit("due", callback.due);
    visit("firstTried", callback.first_tried);
    visit("attempts", callback.attempts);
    visit("forged", callback.forged);
    visit("yields", callback.yields);
}

template <typename Visit, typename F>
void members(Visit&& visit, F& tried)
    requires std::same_as<std::remove_const_t<F>, CallbackTried>
{
    visit("number", tried.number);
    visit("entry", tried.entry);
    visit("at", tried.at);
    visit("nextDue", tried.next_due);
}

template <typename Visit, typename F>
void members(Visit&& visit, F& invoice)
    requires std::same_as<std::remove_const_t<F>, Invoice>
{
    visit("tpin", invoice.tpin);
    visit("number", invoice.number);
    visit("kind", invoice.kind);
    visit("body", invoice.body);
    visit("total", invoice.total);
    visit("vsdcNumber", invoice.vsdc_number);
    visit("receiptNumber", invoice.receipt_number);
    visit("receiptSignature", invoice.receipt_signature);
    visit("qrCodeUrl", invoice.qr_code_url);
    visit("receivedAt", invoice.received_at);
    visit("received", invoice.received);
}

template <typename Visit, typename F>
void members(Visit&& visit, F& message)
    requires std::same_as<std::remove_const_t<F>, Message>
{
    visit("id", message.id);
    visit("channel", message.channel);
    visit("to", message.to);
    visit("template", message.template_name);
    visit("parameters", message.parameters);
    visit("text", message.text);
    visit("at", message.at);
}

template <typename Visit, typename F>
void members(Visit&& visit, F& key)
    requires std::same_as<std::remove_const_t<F>, ClientKey>
{
    visit("keyId", key.key_id);
    visit("pem", key.pem);
}

template <typename Visit, typename F>
void members(Visit&& visit, F& settings)
    requires std::same_as<std::remove_const_t<F>, SettingsChanged>
{
    visit("depositUrl", settings.deposit_url);
    visit("payoutUrl", settings.payout_url);
    visit("refundUrl", settings.refund_url);
    visit("flutterwaveUrl", settings.flutterwave_url);
    visit("delayMs", settings.delay_ms);
    visit("signing", settings.signing);
    visit("clientKeys", settings.client_keys);
}

template <typename Visit, typename F>
void members(Visit&& visit, F& rule)
    requires std::same_as<std::remove_const_t<F>, Rule>
{
    visit("number", rule.number);
    visit("provider", rule.provider);
    visit("operation", rule.operation);
    visit("behaviour", rule.behaviour);
    visit("times", rule.times);
    visit("fired", rule.fired);
    visit("phone", rule.phone);
    visit("tpin", rule.tpin);
    visit("id", rule.id);
    visit("ms", rule.ms);
}

template <typename Visit, typename F>
void members(Visit&& visit, F& fired)
    requires std::same_as<std::remove_const_t<F>, RuleFired>
{
    visit("number", fired.number);
}

template <typename Visit, typename F>
void members(Visit&& visit, F& cleared)
    requires std::same_as<std::remove_const_t<F>, RulesCleared>
{
    visit("provider", cleared.provider);
    visit("operation", cleared.operation);
    visit("behaviour", cleared.behaviour);
}

template <typename Visit, typename F>
void members(Visit&& visit, F& moved)
    requires std::same_as<std::remove_const_t<F>, ClockMoved>
{
    visit("offsetMs", moved.offset_ms);
}

template <typename Visit, typename F>
void members(Visit&&, F&)
    requires std::same_as<std::remove_const_t<F>, Reset>
{}

template <typename F>
constexpr std::string_view name_of = "";
template <>
constexpr std::string_view name_of<Entry> = "entry";
template <>
constexpr std::string_view name_of<Callback> = "callback";
template <>
constexpr std::string_view name_of<CallbackTried> = "tried";
template <>
constexpr std::string_view name_of<Invoice> = "invoice";
template <>
constexpr std::string_view name_of<Message> = "message";
template <>
constexpr std::string_view name_of<SettingsChanged> = "settings";
template <>
constexpr std::string_view name_of<Rule> = "rule";
template <>
constexpr std::string_view name_of<RuleFired> = "rule_fired";
template <>
constexpr std::string_view name_of<RulesCleared> = "rules_cleared";
template <>
constexpr std::string_view name_of<ClockMoved> = "clock";
template <>
constexpr std::string_view name_of<Reset> = "reset";

template <typename T>
json to_json_value(const T& value);

template <typename F>
json object_of(const F& fact) {
    json object = json::object();
    members(
        [&](const char* name, const auto& member) {
            if (json value = to_json_value(member); !value.is_null())
                object[name] = std::move(value);
        },
        fact
    );
    return object;
}

template <typename T>
json to_json_value(const T& value) {
    if constexpr (std::same_as<T, std::string>) {
        return value.empty() ? json{} : json(value);
    } else if constexpr (requires { value.has_value(); }) {
        return value.has_value() ? json(value.value()) : json{};
    } else if constexpr (std::same_as<T, Plan>) {
        return object_of(value);
    } else {
        return json(value);
    }
}

template <typename F>
void read_object(const json& object, F& fact) {
    members(
        [&](const char* name, auto& member) {
            using T = std::remove_reference_t<decltype(member)>;
            const auto found = object.find(name);
            if (found == object.end()) return;
            if constexpr (requires(T& t) { t.emplace(); }) {
                found->get_to(member.emplace());
            } else if constexpr (std::same_as<T, Plan>) {
                read_object(*found, member);
            } else {
                found->get_to(member);
            }
        },
        fact
    );
}

template <std::size_t Index = 0>
std::optional<Fact> decode_as(std::string_view type, const json& object) {
    if constexpr (Index == std::variant_size_v<Fact>) {
        return std::nullopt;
    } else {
        using F = std::variant_alternative_t<Index, Fact>;
        if (type != name_of<F>) return decode_as<Index + 1>(type, object);
        F fact;
        read_object(object, fact);
        return fact;
    }
}

}  // namespace

void to_json(json& out, const ClientKey& key) { out = object_of(key); }
void from_json(const json& in, ClientKey& key) { read_object(in, key); }

std::string encode(const Fact& fact) {
    json object = std::visit(
        [](const auto& f) {
            json members_of = object_of(f);
            members_of["t"] = name_of<std::remove_cvref_t<decltype(f)>>;
            return members_of;
        },
        fact
    );
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<Fact> decode(std::string_view line) {
    const json object = json::parse(line, nullptr, false);
    if (!object.is_object() || !object.contains("t") || !object["t"].is_string()) return {};
    try {
        return decode_as(object["t"].get_ref<const std::string&>(), object);
    } catch (const json::exception&) {
        return std::nullopt;  // A member of the wrong type.
    }
}

}  // namespace pakashop::sandbox
