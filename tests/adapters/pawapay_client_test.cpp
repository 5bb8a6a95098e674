#include <doctest/doctest.h>

#include "adapters/pawapay/client.hpp"
#include "adapters/pawapay/signature.hpp"
#include "adapters/pawapay/statement.hpp"
#include "tests/adapters/wire.hpp"

using namespace pakashop;
using kit::end_of;

namespace {

const std::string id = "5c1f6ee3-9a0e-4b1e-8f5c-0f2d7a8b9c10";
const DepositRequest deposit{
    id,
    OrderId{"ord_1"},
    PaymentId{"pay_ord_1_1"},
    Operator::mtn,
    "+260763456789",
    Money{500'050}
};
const PayoutRequest payout{
    id,
    ShopId{"shp_1"},
    PayoutId{"pot_shp_1_1"},
    Operator::airtel,
    "+260973456789",
    Money{10'449'00}
};
const Trace trace{"cause", "corr-1", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"};

/// A client whose calls go nowhere but here.
struct Wire : kit::Wire {
    std::shared_ptr<const pawapay::RequestSigner> signer;

    pawapay::Client client() {
        return pawapay::Client{
            {.base_url = "http://127.0.0.1:8900/pawapay",
             .token = "secret",
             .signer = signer,
             .unix_now = [] { return std::int64_t{1'778'580'000}; },
             .send = sender()}
        };
    }
};

std::string header(const HttpCall& call, std::string_view name) {
    for (const auto& each : call.headers) {
        if (each.name == name) return each.value;
    }
    return {};
}

}  // namespace

TEST_CASE("a deposit goes out as pawaPay's schema has it") {
    Wire wire;
    wire.reply->body = R"({"depositId":"x","status":"ACCEPTED"})";
    CHECK(end_of(wire.client().request_deposit(deposit, trace)) == "answer");
    CHECK(wire.call.method == "POST");
    CHECK(wire.call.url == "http://127.0.0.1:8900/pawapay/v2/deposits");
    CHECK(
        wire.call.body ==
        R"({"depositId":"5c1f6ee3-9a0e-4b1e-8f5c-0f2d7a8b9c10","payer":{"type":"MMO",)"
        R"("accountDetails":{"phoneNumber":"260763456789","provider":"MTN_MOMO_ZMB"}},)"
        R"("amount":"5000.5","currency":"ZMW","clientReferenceId":"pay_ord_1_1",)"
        R"("customerMessage":"Pakashop order",)"
        R"("metadata":[{"orderId":"ord_1"},{"paymentId":"pay_ord_1_1"}]})"
    );
    CHECK(header(wire.call, "Authorization") == "Bearer secret");
    CHECK(header(wire.call, "Content-Type") == "application/json");
    CHECK(header(wire.call, "traceparent") == trace.traceparent);
    CHECK(header(wire.call, "X-Correlation-Id") == "corr-1");
    CHECK(header(wire.call, "Signature").empty());
}

TEST_CASE("a payout goes out as pawaPay's schema has it") {
    Wire wire;
    wire.reply->body = R"({"payoutId":"x","status":"DUPLICATE_IGNORED"})";
    const auto result = wire.client().request_payout(payout, trace);
    CHECK(std::get<Acceptance>(result) == Acceptance::known_before);
    CHECK(wire.call.url == "http://127.0.0.1:8900/pawapay/v2/payouts");
    CHECK(
        wire.call.body ==
        R"({"payoutId":"5c1f6ee3-9a0e-4b1e-8f5c-0f2d7a8b9c10","recipient":{"type":"MMO",)"
        R"("accountDetails":{"phoneNumber":"260973456789","provider":"AIRTEL_OAPI_ZMB"}},)"
        R"("amount":"10449","currency":"ZMW","clientReferenceId":"pot_shp_1_1",)"
        R"("customerMessage":"Pakashop order",)"
        R"("metadata":[{"shopId":"shp_1"},{"payoutId":"pot_shp_1_1"}]})"
    );
}

TEST_CASE("with a key requests are signed, and the signature verifies") {
    Wire wire;
    wire.signer = std::make_shared<pawapay::RequestSigner>(
        pawapay::RequestSigner{pawapay::SigningKey::generate(), "OURS:1"}
    );
    wire.reply->body = R"({"status":"ACCEPTED"})";
    wire.client().request_deposit(deposit, trace);
    const pawapay::SignedMessage message{
        "POST", "127.0.0.1:8900", "/pawapay/v2/deposits", wire.call.headers, wire.call.body
    };
    const auto find = [&](std::string_view asked) {
        auto key = pawapay::VerifyingKey::from_pem(wire.signer->key.public_pem());
        return asked == "OURS:1" ? std::make_shared<const pawapay::VerifyingKey>(*std::move(key))
                                 : nullptr;
    };
    CHECK(pawapay::verify_signature(message, find, 1'778'580'000).has_value());
}

TEST_CASE("each reply to a request is one of the five ends") {
    struct Row {
        int status;
        std::string_view body;
        std::string_view expected;
    };
    const std::vector<Row> rows{
        {200, R"({"status":"ACCEPTED"})", "answer"},
        {200, R"({"status":"DUPLICATE_IGNORED"})", "answer"},
        {200, R"({"status":"REJECTED","failureReason":{"failureCode":"CODE"}})", "refused CODE"},
        {200, R"({"status":"SOMETHING"})", "unknown"},
        {200, "", "unknown"},
        {200, "<html>", "unknown"},
        {400, R"({"failureReason":{"failureCode":"CODE"}})", "refused CODE"},
        {400, "", "refused HTTP_400"},
        {401, R"({"failureReason":{"failureCode":"CODE"}})", "later CODE"},
        {403, R"({"failureReason":{"failureCode":"CODE"}})", "later CODE"},
        {429, "", "later HTTP_429"},
        {500, R"({"failureReason":{"failureCode":"CODE"}})", "unknown"},
        {502, "<html>", "unknown"},
        {503, "", "unknown"},
        {302, "", "unknown"},
    };
    for (const Row& row : rows) {
        Wire wire;
        wire.reply = HttpReply{row.status, {}, std::string{row.body}};
        INFO(row.status << " " << std::string{row.body});
        CHECK(end_of(wire.client().request_payout(payout, trace)) == row.expected);
    }
    Wire wire;
    wire.fail(HttpFailure::Kind::not_sent);
    CHECK(end_of(wire.client().request_deposit(deposit, trace)) == "not_sent");
    wire.fail(HttpFailure::Kind::unknown);
    CHECK(end_of(wire.client().request_deposit(deposit, trace)) == "unknown");
    wire.reply = HttpReply{429, {{"retry-after", "7"}}, ""};
    const auto later = wire.client().request_deposit(deposit, trace);
    CHECK(std::get<TryLater>(later).after == seconds(7));
    MESSAGE("replies: " << rows.size() + 3);
}

TEST_CASE("a status query tells its envelope from the money") {
    Wire wire;
    wire.reply->body = R"({"status":"NOT_FOUND"})";
    const auto missing = wire.client().find_deposit(id, trace);
    CHECK(wire.call.method == "GET");
    CHECK(wire.call.url == "http://127.0.0.1:8900/pawapay/v2/deposits/" + id);
    CHECK(!std::get<std::optional<DepositStatement>>(missing).has_value());

    wire.reply->body = R"({"status":"FOUND","data":{"depositId":")" + id +
                       R"(","status":"COMPLETED","amount":"5000.50","currency":"ZMW",)"
                       R"("providerTransactionId":"MTN-1","payer":{"type":"MMO",)"
                       R"("accountDetails":{"phoneNumber":"260763456789"}},)"
                       R"("metadata":{"orderId":"ord_1","paymentId":"pay_ord_1_1"}}})";
    const auto result = wire.client().find_deposit(id, trace);
    const auto found = *std::get<std::optional<DepositStatement>>(result);
    CHECK(found.status == TransferStatus::completed);
    CHECK(found.amount == Money{500'050});
    CHECK(found.currency == "ZMW");
    CHECK(found.phone == "260763456789");
    CHECK(found.provider_transaction == "MTN-1");
    CHECK(found.metadata.at("orderId") == "ord_1");

    for (const std::string_view body :
         {R"({"status":"FOUND"})",
          R"({"status":"FOUND","data":{"depositId":"another","status":"COMPLETED"}})",
          R"({"status":"COMPLETED"})",
          "{}"}) {
        wire.reply->body = body;
        INFO(std::string{body});
        CHECK(end_of(wire.client().find_deposit(id, trace)) == "unknown");
    }
    wire.reply = HttpReply{403, {}, R"({"failureReason":{"failureCode":"AUTHORISATION_ERROR"}})"};
    CHECK(end_of(wire.client().find_payout(id, trace)) == "later AUTHORISATION_ERROR");
}

TEST_CASE("callbacks are told apart by the id they name") {
    const auto read = [](std::string_view body) { return pawapay::read_callback(body); };
    const auto deposit_word = read(R"({"depositId":"d","status":"PROCESSING"})");
    CHECK(std::get<DepositStatement>(*deposit_word).status == TransferStatus::pending);
    const auto payout_word = read(R"({"payoutId":"p","status":"FAILED",)"
                                  R"("failureReason":{"failureCode":"RECIPIENT_NOT_FOUND"}})");
    CHECK(std::get<PayoutStatement>(*payout_word).failure->code == "RECIPIENT_NOT_FOUND");
    const auto refund_word = read(R"({"refundId":"r","depositId":"d","status":"COMPLETED"})");
    CHECK(std::get<RefundStatement>(*refund_word).deposit == "d");
    for (const std::string_view bad :
         {"", "{", "[]", "{}", R"({"depositId":5})", R"({"id":"x"})"}) {
        INFO(std::string{bad});
        CHECK(!read(bad).has_value());
    }
    const auto array_form = read(R"({"depositId":"d","metadata":[{"orderId":"o"},{"a":1}]})");
    CHECK(std::get<DepositStatement>(*array_form).metadata.size() == 1);
    const auto strange = read(R"({"depositId":"d","status":"COMPLETED","amount":"1e3"})");
    CHECK(!std::get<DepositStatement>(*strange).amount.has_value());
}

TEST_CASE("amounts go out without zeros that say nothing") {
    CHECK(pawapay::canonical_amount(Money{500'000}) == "5000");
    CHECK(pawapay::canonical_amount(Money{500'050}) == "5000.5");
    CHECK(pawapay::canonical_amount(Money{500'005}) == "5000.05");
    CHECK(pawapay::canonical_amount(Money{10}) == "0.1");
    CHECK(pawapay::canonical_amount(Money{1}) == "0.01");
    CHECK(pawapay::canonical_amount(Money{100'000}) == "1000");
}
