#include "tests/sandbox/kit.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "ops/sandbox/text.hpp"

namespace pakashop::sandbox::kit {
namespace {

const Defaults defaults{
    .webhook_url = "http://127.0.0.1:8000/api/v1/payments/webhook/pawapay",
    .flutterwave_url = "http://127.0.0.1:8000/api/v1/payments/webhook/flutterwave",
    .delay_ms = 200,
};

}  // namespace

std::shared_ptr<const CallbackSecrets> Bench::secrets() {
    static const auto shared = std::make_shared<const CallbackSecrets>(
        PrivateKey::generate(), PrivateKey::generate(), "webhook secret"
    );
    return shared;
}

Bench::Bench() : world_{std::make_unique<World>(defaults, secrets())} {}

Answer Bench::call(const std::string& method, const std::string& target, const json& body) {
    const std::string text = body.is_null()     ? ""
                             : body.is_string() ? body.get<std::string>()
                                                : body.dump();
    const Fields headers{
        {"authorization", "Bearer token"},
        {"x-api-key", "a"},
        {"x-client-id", "b"},
        {"x-client-secret", "c"},
    };
    return call_with(method, target, text, headers);
}

Answer Bench::call_with(
    const std::string& method,
    const std::string& target,
    const std::string& body,
    const Fields& headers
) {
    Call call{
        .method = method,
        .path = target,
        .authority = "127.0.0.1:8900",
        .headers = headers,
        .query = {},
        .body = body
    };
    if (const auto mark = target.find('?'); mark != std::string::npos) {
        call.path = target.substr(0, mark);
        const auto equals = target.find('=', mark);
        call.query.emplace_back(
            target.substr(mark + 1, equals - mark - 1), query_decoded(target.substr(equals + 1))
        );
    }
    Reply reply = world_->handle(call, wall_);
    collect();
    return {
        reply.status, json::parse(reply.body, nullptr, false), reply.hold_ms, std::move(reply.body)
    };
}

void Bench::misbehave(
    const std::string& provider,
    const std::string& operation,
    const std::string& behaviour,
    const json& extra
) {
    json body{{"provider", provider}, {"operation", operation}, {"behaviour", behaviour}};
    body["times"] = 1;
    body.update(extra);
    REQUIRE_EQ(call("POST", "/sandbox/behaviour", body).status, 200);
}

std::vector<Delivery> Bench::pass(std::int64_t ms, int status) {
    std::vector<Delivery> all;
    const Instant until = wall_ + ms;
    for (;;) {
        world_->advance(wall_);
        collect();
        for (auto batch = take_deliveries(); !batch.empty(); batch = take_deliveries()) {
            for (const auto& delivery : batch) {
                world_->record(delivery, status, wall_);
                all.push_back(delivery);
            }
            collect();
        }
        const auto due = world_->next_due();
        if (!due || *due > until) break;
        wall_ = std::max(wall_, *due);
    }
    wall_ = until;
    return all;
}

std::vector<Delivery> Bench::take_deliveries() { return std::exchange(deliveries_, {}); }

Bench Bench::restarted() {
    Bench after;
    after.wall_ = wall_;
    for (const auto& line : lines_) REQUIRE(after.world_->replay(line));
    after.lines_ = lines_;
    return after;
}

void Bench::collect() {
    auto output = world_->take_output(wall_);
    lines_.insert(lines_.end(), output.lines.begin(), output.lines.end());
    deliveries_.insert(deliveries_.end(), output.deliveries.begin(), output.deliveries.end());
}

std::string uuid(int n) { return fmt::format("00000000-0000-4000-8000-{:012}", n); }

json deposit(int n, const std::string& amount, const std::string& phone) {
    return {
        {"depositId", uuid(n)},
        {"payer",
         {{"type", "MMO"},
          {"accountDetails", {{"phoneNumber", phone}, {"provider", "MTN_MOMO_ZMB"}}}}},
        {"amount", amount},
        {"currency", "ZMW"},
        {"clientReferenceId", fmt::format("pay_{}", n)},
    };
}

json payout(int n, const std::string& amount, const std::string& phone) {
    return {
        {"payoutId", uuid(n)},
        {"recipient",
         {{"type", "MMO"},
          {"accountDetails", {{"phoneNumber", phone}, {"provider", "AIRTEL_OAPI_ZMB"}}}}},
        {"amount", amount},
        {"currency", "ZMW"},
        {"clientReferenceId", fmt::format("pot_{}", n)},
    };
}

json refund(int n, int deposit, const std::string& amount) {
    return {
        {"refundId", uuid(n)},
        {"depositId", uuid(deposit)},
        {"amount", amount},
        {"currency", "ZMW"},
    };
}

json invoice(const std::string& tpin, const std::string& number) {
    const json seller{{"tpin", tpin}, {"businessName", "Mwila Stores"}, {"address", "Ndola"}};
    const json line{
        {"itemCode", "ELC-001"},
        {"description", "Telephone"},
        {"quantity", 1},
        {"unitPrice", 5000.00},
        {"totalPrice", 5000.00},
        {"taxCode", "VAT16"},
        {"taxRate", 0.16},
        {"taxAmount", 689.66},
        {"discount", 0.00},
    };
    const json summary{
        {"subtotal", 4310.34},
        {"totalTax", 689.66},
        {"totalDiscount", 0.00},
        {"totalAmount", 5000.00},
        {"currency", "ZMW"},
    };
    const json payment{{"method", "MOBILE_MONEY"}, {"transactionId", "pay_1"}, {"amount", 5000.0}};
    return {
        {"invoice",
         {{"seller", seller},
          {"buyer", {{"name", "Chanda Zulu"}}},
          {"items", json::array({line})},
          {"summary", summary},
          {"payment", payment},
          {"invoiceNumber", number},
          {"invoiceDate", "2026-05-12T10:00:00Z"}}}
    };
}

std::string code_of(const Answer& answer) {
    return answer.body.value("failureReason", json::object()).value("failureCode", "");
}

}  // namespace pakashop::sandbox::kit
