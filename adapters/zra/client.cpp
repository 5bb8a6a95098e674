#include "adapters/zra/client.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "events/kernel/json.hpp"

namespace pakashop::zra {
namespace {

constexpr int probe_timeout_ms = 3'000;
constexpr std::size_t receipt_bytes_max = 16 * 1024;
constexpr std::size_t response_bytes_max = 4 * 1024;
constexpr std::size_t text_bytes_max = 300;

std::string text_in(JsonValue object, std::string_view name) {
    const auto member = object.member(name);
    const auto text = member ? member->text() : std::nullopt;
    return text && text->size() <= text_bytes_max ? std::string{*text} : std::string{};
}

template <class T>
CallResult<T> not_delivered(const HttpFailure& failure) {
    if (failure.kind == HttpFailure::Kind::not_sent) return NotSent{failure.text};
    return Unknown{failure.text};
}

/// The authority's own word for what went wrong; nothing when something else answered.
std::optional<ProviderFailure> failure_in(const HttpReply& reply) {
    JsonParser parser;
    const auto root = parser.parse(reply.body);
    const auto error = root ? root->member("error") : std::nullopt;
    if (!error) return std::nullopt;
    ProviderFailure failure{text_in(*error, "code"), text_in(*error, "message")};
    if (failure.code.empty()) return std::nullopt;
    return failure;
}

/// What the authority answered, for people who look into a failure; empty when it is not JSON.
std::string response_in(const HttpReply& reply) {
    if (reply.body.size() > response_bytes_max) return {};
    JsonParser parser;
    const auto root = parser.parse(reply.body);
    return root ? root->dump() : std::string{};
}

template <class T>
CallResult<T> not_taken(const HttpReply& reply) {
    const auto said = failure_in(reply);
    const ProviderFailure failure =
        said.value_or(ProviderFailure{fmt::format("HTTP_{}", reply.status), "no reason given"});
    switch (reply.status) {
        case 400:
        case 409:
        case 422:
            return Refused{failure, response_in(reply)};
        case 502:
        case 503:
        case 504:
            return NotSent{fmt::format("status {}", reply.status)};
        case 404:  // A web server without the authority's program behind it (providers.md 3).
            if (!said) return NotSent{"status 404"};
            return Refused{failure, response_in(reply)};
        default:
            return TryLater{failure, std::nullopt, response_in(reply)};
    }
}

CallResult<TaxReceipt> read_receipt(const HttpReply& reply) {
    if (reply.status != 200 && reply.status != 201) return not_taken<TaxReceipt>(reply);
    JsonParser parser;
    const auto root = parser.parse(reply.body);
    const std::string number = root ? text_in(*root, "vsdcNumber") : std::string{};
    if (number.empty() || reply.body.size() > receipt_bytes_max) {
        return Unknown{"a receipt that cannot be read"};
    }
    return TaxReceipt{number, root->dump()};
}

CallResult<std::optional<Taxpayer>> read_taxpayer(const HttpReply& reply, std::string_view tpin) {
    if (reply.status == 404 && failure_in(reply)) return std::optional<Taxpayer>{};
    if (reply.status != 200) return not_taken<std::optional<Taxpayer>>(reply);
    JsonParser parser;
    const auto root = parser.parse(reply.body);
    if (!root || text_in(*root, "tpin") != tpin) return Unknown{"a reply that cannot be read"};
    return std::optional{Taxpayer{text_in(*root, "name"), text_in(*root, "status") == "ACTIVE"}};
}

bool is_tpin(std::string_view text) {
    return !text.empty() && text.size() <= 20 &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

CallResult<TaxReceipt> Client::transmit(std::string_view document, const Trace& trace) {
    HttpCall call = prepare("POST", "/invoices", trace);
    call.headers.push_back({"Content-Type", "application/json"});
    call.body = document;
    const auto reply = options_.send(call);
    return reply ? read_receipt(*reply) : not_delivered<TaxReceipt>(reply.error());
}

CallResult<std::optional<Taxpayer>>
Client::find_taxpayer(std::string_view tpin, const Trace& trace) {
    if (!is_tpin(tpin)) return std::optional<Taxpayer>{};
    const auto reply = options_.send(prepare("GET", "/taxpayers/" + std::string{tpin}, trace));
    return reply ? read_taxpayer(*reply, tpin)
                 : not_delivered<std::optional<Taxpayer>>(reply.error());
}

bool Client::answers() {
    HttpCall call = prepare("GET", "/taxpayers/0000000000", {});
    call.timeout_ms = probe_timeout_ms;
    const auto reply = options_.send(call);
    return reply && reply->status < 500;
}

HttpCall Client::prepare(std::string method, std::string path, const Trace& trace) const {
    HttpCall call{
        .method = std::move(method),
        .url = options_.base_url + path,
        .headers =
            {{"x-api-key", options_.api_key},
             {"x-client-id", options_.client_id},
             {"x-client-secret", options_.client_secret}},
        .timeout_ms = options_.timeout_ms,
    };
    if (!trace.traceparent.empty()) call.headers.push_back({"traceparent", trace.traceparent});
    if (!trace.correlation.empty()) call.headers.push_back({"X-Correlation-Id", trace.correlation});
    return call;
}

}  // namespace pakashop::zra
