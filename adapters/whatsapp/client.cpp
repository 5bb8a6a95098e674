#include "adapters/whatsapp/client.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "events/kernel/json.hpp"

namespace pakashop::whatsapp {
namespace {

constexpr std::string_view version = "/v23.0/";
constexpr int probe_timeout_ms = 3'000;
constexpr std::size_t text_bytes_max = 300;

/// Codes that pass by themselves: throughput, pair and account limits, an unavailable service.
constexpr std::array<std::int64_t, 9>
    passing_codes{2, 4, 80007, 130429, 131000, 131016, 131048, 131056, 133004};
/// The recipient gets too many messages of this kind for now: not to be sent again soon.
constexpr std::int64_t crowded_code = 131049;
constexpr Duration crowded_pause = hours(1);
/// Codes of our token and rights: nothing is wrong with the message.
bool is_about_us(std::int64_t code) {
    return code == 190 || code == 10 || (code >= 200 && code < 300) || code == 131031 ||
           code == 131042;
}

std::string digits_of(std::string_view phone) {
    std::string digits;
    std::ranges::copy_if(phone, std::back_inserter(digits), [](char c) {
        return c >= '0' && c <= '9';
    });
    return digits;
}

void write_parameter(JsonWriter& out, std::string_view text) {
    out.begin_object().key("type").text("text").key("text").text(text).end_object();
}

std::string pin_body(const PinMessage& message, const std::string& language) {
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("messaging_product").text("whatsapp");
    out.key("recipient_type").text("individual").key("to").text(digits_of(message.phone));
    out.key("type").text("template").key("template").begin_object();
    out.key("name").text("delivery_pin");
    out.key("language").begin_object().key("policy").text("deterministic");
    out.key("code").text(language).end_object();
    out.key("components").begin_array().begin_object().key("type").text("body");
    out.key("parameters").begin_array();
    write_parameter(out, message.pin);
    write_parameter(out, short_order_name(message.order));
    out.end_array().end_object().end_array().end_object().end_object();
    return body;
}

std::string kept(std::optional<std::string_view> text) {
    return text && text->size() <= text_bytes_max ? std::string{*text} : std::string{};
}

/// Titles may name the recipient, so only the code is kept. A gateway that finds nobody behind it
/// counts as not sent: should the message have gone out after all, it comes again with the same
/// PIN.
CallResult<MessageId> not_taken(const HttpReply& reply) {
    JsonParser parser;
    const auto root = parser.parse(reply.body);
    const auto error = root ? root->member("error") : std::nullopt;
    const auto member = error ? error->member("code") : std::nullopt;
    const auto code = member ? member->integer() : std::nullopt;
    if (!code) {
        if (reply.status >= 502 && reply.status <= 504) {
            return NotSent{fmt::format("status {}", reply.status)};
        }
        if (reply.status == 429) return TryLater{{"HTTP_429", "too many requests"}, std::nullopt};
        return Unknown{fmt::format("status {}", reply.status)};
    }
    const ProviderFailure failure{std::to_string(*code), "the message was not taken"};
    const bool passes = std::ranges::find(passing_codes, *code) != passing_codes.end();
    if (*code == crowded_code) return TryLater{failure, crowded_pause};
    if (passes || is_about_us(*code) || reply.status == 429) return TryLater{failure, std::nullopt};
    if (reply.status >= 500) return Unknown{fmt::format("status {}, code {}", reply.status, *code)};
    return Refused{failure};
}

CallResult<MessageId> read_reply(const HttpReply& reply) {
    if (reply.status != 200) return not_taken(reply);
    JsonParser parser;
    const auto root = parser.parse(reply.body);
    const auto messages = root ? root->member("messages") : std::nullopt;
    std::string id;
    if (messages) {
        messages->for_each_element([&](JsonValue each) {
            const auto member = each.member("id");
            if (id.empty() && member) id = kept(member->text());
        });
    }
    if (id.empty()) return Unknown{"a reply that cannot be read"};
    return MessageId{id};
}

}  // namespace

CallResult<MessageId> Client::send_pin(const PinMessage& message, const Trace& trace) {
    HttpCall call = prepare("POST", options_.phone_number_id + "/messages", trace);
    call.headers.push_back({"Content-Type", "application/json"});
    call.body = pin_body(message, options_.language);
    const auto reply = options_.send(call);
    if (reply) return read_reply(*reply);
    if (reply.error().kind == HttpFailure::Kind::not_sent) return NotSent{reply.error().text};
    return Unknown{reply.error().text};
}

bool Client::answers() {
    HttpCall call = prepare("GET", options_.phone_number_id, {});
    call.timeout_ms = probe_timeout_ms;
    const auto reply = options_.send(call);
    return reply && reply->status < 500;
}

HttpCall Client::prepare(std::string method, std::string path, const Trace& trace) const {
    HttpCall call{
        .method = std::move(method),
        .url = fmt::format("{}{}{}", options_.base_url, version, path),
        .headers = {{"Authorization", "Bearer " + options_.access_token}},
        .timeout_ms = options_.timeout_ms,
    };
    if (!trace.traceparent.empty()) call.headers.push_back({"traceparent", trace.traceparent});
    if (!trace.correlation.empty()) call.headers.push_back({"X-Correlation-Id", trace.correlation});
    return call;
}

std::string short_order_name(const OrderId& order) {
    constexpr std::size_t group = 4;
    std::string tail;
    for (const char c : order.value) {
        if (c >= 'a' && c <= 'z') tail += static_cast<char>(c - 'a' + 'A');
        if (c >= '0' && c <= '9') tail += c;
    }
    if (tail.size() > 2 * group) tail.erase(0, tail.size() - 2 * group);
    if (tail.size() <= group) return tail;
    return tail.substr(0, group) + "-" + tail.substr(group);
}

}  // namespace pakashop::whatsapp
