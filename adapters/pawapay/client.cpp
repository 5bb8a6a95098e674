#include "adapters/pawapay/client.hpp"

#include <charconv>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "adapters/pawapay/signature.hpp"
#include "adapters/pawapay/statement.hpp"

namespace pakashop::pawapay {
namespace {

constexpr int probe_timeout_ms = 3'000;
constexpr std::int64_t retry_after_max_s = 3600;

/// Scheme and host, and the path behind them.
struct UrlParts {
    std::string_view authority;
    std::string_view path;
};

UrlParts split(std::string_view url) {
    url.remove_prefix(std::min(url.size(), url.find("://") + 3));
    const auto slash = std::min(url.find('/'), url.size());
    return {url.substr(0, slash), url.substr(slash)};
}

void write_party(JsonWriter& out, std::string_view name, Operator network, const std::string& to) {
    out.key(name).begin_object().key("type").text("MMO");
    out.key("accountDetails").begin_object();
    out.key("phoneNumber").text(msisdn(to)).key("provider").text(name_of(network));
    out.end_object().end_object();
}

void write_metadata(
    JsonWriter& out,
    std::initializer_list<std::pair<std::string_view, std::string_view>> entries
) {
    out.key("metadata").begin_array();
    for (const auto& [name, value] : entries) out.begin_object().key(name).text(value).end_object();
    out.end_array();
}

std::string deposit_body(const DepositRequest& request, const std::string& message) {
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("depositId").text(request.reference);
    write_party(out, "payer", request.network, request.phone);
    out.key("amount").text(canonical_amount(request.amount)).key("currency").text("ZMW");
    out.key("clientReferenceId").text(request.payment.value);
    out.key("customerMessage").text(message);
    write_metadata(out, {{"orderId", request.order.value}, {"paymentId", request.payment.value}});
    out.end_object();
    return body;
}

std::string payout_body(const PayoutRequest& request, const std::string& message) {
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("payoutId").text(request.reference);
    write_party(out, "recipient", request.network, request.phone);
    out.key("amount").text(canonical_amount(request.amount)).key("currency").text("ZMW");
    out.key("clientReferenceId").text(request.payout.value);
    out.key("customerMessage").text(message);
    write_metadata(out, {{"shopId", request.shop.value}, {"payoutId", request.payout.value}});
    out.end_object();
    return body;
}

std::optional<Duration> retry_after(const HttpReply& reply) {
    const std::string_view text = reply.header("retry-after");
    std::int64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc{} || value < 0 || value > retry_after_max_s) return std::nullopt;
    return seconds(value);
}

template <class T>
CallResult<T> not_delivered(const HttpFailure& failure) {
    if (failure.kind == HttpFailure::Kind::not_sent) return NotSent{failure.text};
    return Unknown{failure.text};
}

ProviderFailure failure_in(const HttpReply& reply) {
    JsonParser parser;
    const auto root = parser.parse(reply.body);
    if (root) {
        if (auto failure = read_failure(*root)) return *failure;
    }
    return {fmt::format("HTTP_{}", reply.status), "no reason given"};
}

/// A reply other than 200. Our token, our rights and our key are not the transfer's fault: once
/// they are mended the same request will be taken.
template <class T>
CallResult<T> not_taken(const HttpReply& reply) {
    if (reply.status == 400 || reply.status == 422) return Refused{failure_in(reply)};
    if (reply.status >= 400 && reply.status < 500) {
        return TryLater{failure_in(reply), retry_after(reply)};
    }
    return Unknown{fmt::format("status {}", reply.status)};
}

CallResult<Acceptance> read_initiation(const HttpReply& reply) {
    if (reply.status != 200) return not_taken<Acceptance>(reply);
    JsonParser parser;
    const auto root = parser.parse(reply.body);
    const auto status = root ? root->member("status") : std::nullopt;
    const auto word = status ? status->text().value_or("") : "";
    if (word == "ACCEPTED") return Acceptance::accepted;
    if (word == "DUPLICATE_IGNORED") return Acceptance::known_before;
    if (word == "REJECTED") return Refused{failure_in(reply)};
    return Unknown{"a reply that cannot be read"};
}

template <class S>
CallResult<std::optional<S>> read_envelope(const HttpReply& reply, std::string_view reference) {
    if (reply.status != 200) return not_taken<std::optional<S>>(reply);
    JsonParser parser;
    const auto root = parser.parse(reply.body);
    const auto status = root ? root->member("status") : std::nullopt;
    const auto word = status ? status->text().value_or("") : "";
    if (word == "NOT_FOUND") return std::optional<S>{};
    const auto data = word == "FOUND" ? root->member("data") : std::nullopt;
    auto statement = data ? read_statement(*data) : unexpected{std::string{"no data"}};
    const auto* found = statement ? std::get_if<S>(&*statement) : nullptr;
    if (!found || found->reference != reference) return Unknown{"a reply that cannot be read"};
    return std::optional<S>{*found};
}

}  // namespace

CallResult<Acceptance> Client::request_deposit(const DepositRequest& request, const Trace& trace) {
    return initiate("/v2/deposits", deposit_body(request, options_.customer_message), trace);
}

CallResult<Acceptance> Client::request_payout(const PayoutRequest& request, const Trace& trace) {
    return initiate("/v2/payouts", payout_body(request, options_.customer_message), trace);
}

CallResult<std::optional<DepositStatement>>
Client::find_deposit(std::string_view reference, const Trace& trace) {
    return find<DepositStatement>("/v2/deposits/", reference, trace);
}

CallResult<std::optional<PayoutStatement>>
Client::find_payout(std::string_view reference, const Trace& trace) {
    return find<PayoutStatement>("/v2/payouts/", reference, trace);
}

bool Client::answers() {
    HttpCall call = prepare("GET", "/v2/availability", {});
    call.timeout_ms = probe_timeout_ms;
    const auto reply = options_.send(call);
    return reply && reply->status < 500;
}

std::optional<std::string> Client::public_keys() {
    HttpCall call = prepare("GET", "/v2/public-key/http", {});
    call.timeout_ms = probe_timeout_ms;
    auto reply = options_.send(call);
    if (!reply || reply->status != 200) return std::nullopt;
    return std::move(reply->body);
}

HttpCall Client::prepare(std::string method, std::string_view path, const Trace& trace) const {
    HttpCall call{
        .method = std::move(method),
        .url = options_.base_url + std::string{path},
        .headers = {{"Authorization", "Bearer " + options_.token}},
        .timeout_ms = options_.timeout_ms,
    };
    if (!trace.traceparent.empty()) call.headers.push_back({"traceparent", trace.traceparent});
    if (!trace.correlation.empty()) call.headers.push_back({"X-Correlation-Id", trace.correlation});
    return call;
}

CallResult<Acceptance>
Client::initiate(std::string_view path, std::string body, const Trace& trace) {
    HttpCall call = prepare("POST", path, trace);
    call.headers.push_back({"Content-Type", "application/json"});
    call.body = std::move(body);
    if (options_.signer) {
        const UrlParts url = split(call.url);
        const SignedMessage message{
            "POST", std::string{url.authority}, std::string{url.path}, call.headers, call.body
        };
        const auto& [key, key_id] = *options_.signer;
        const auto added = sign_message(message, key, key_id, options_.unix_now());
        call.headers.insert(call.headers.end(), added.begin(), added.end());
    }
    const auto reply = options_.send(call);
    return reply ? read_initiation(*reply) : not_delivered<Acceptance>(reply.error());
}

template <class S>
CallResult<std::optional<S>>
Client::find(std::string_view path, std::string_view reference, const Trace& trace) {
    const auto reply =
        options_.send(prepare("GET", std::string{path} + std::string{reference}, trace));
    if (!reply) return not_delivered<std::optional<S>>(reply.error());
    return read_envelope<S>(*reply, reference);
}

}  // namespace pakashop::pawapay
