#include <doctest/doctest.h>

#include "ops/sandbox/signatures.hpp"
#include "ops/sandbox/text.hpp"
#include "ops/sandbox/transactions.hpp"
#include "tests/sandbox/kit.hpp"

using namespace pakashop::sandbox;
using namespace pakashop::sandbox::kit;

namespace {

const std::string deposits = "/pawapay/v2/deposits";
const std::string payouts = "/pawapay/v2/payouts";
const std::string refunds = "/pawapay/v2/refunds";

json status_of(Bench& bench, const std::string& path, int n) {
    return bench.call("GET", path + "/" + uuid(n)).body;
}

}  // namespace

TEST_CASE("a deposit is accepted, completes after the delay and is told once") {
    Bench bench;
    json body = deposit(1, "100.5");
    body["metadata"] = {{{"orderId", "ord_1"}}, {{"customer", "c"}, {"isPII", true}}};
    body["customerMessage"] = "Pakashop order";
    const auto accepted = bench.call("POST", deposits, body);
    CHECK_EQ(accepted.status, 200);
    CHECK_EQ(accepted.body["depositId"], uuid(1));
    CHECK_EQ(accepted.body["status"], "ACCEPTED");
    CHECK_EQ(status_of(bench, deposits, 1)["data"]["status"], "ACCEPTED");
    CHECK(bench.pass(199).empty());
    const auto told = bench.pass(1);
    REQUIRE_EQ(told.size(), 1);
    const json callback = json::parse(told[0].body);
    CHECK_EQ(callback["status"], "COMPLETED");
    CHECK_EQ(callback["amount"], "100.50");
    CHECK_FALSE(callback.contains("clientReferenceId"));
    CHECK_EQ(callback["metadata"], json({{"orderId", "ord_1"}, {"customer", "c"}}));
    const json found = status_of(bench, deposits, 1);
    CHECK_EQ(found["status"], "FOUND");
    CHECK_EQ(found["data"]["clientReferenceId"], "pay_1");
    CHECK_EQ(found["data"]["payer"]["accountDetails"]["phoneNumber"], "260763456789");
    const json row = bench.call("GET", "/sandbox/ledger?reference=pay_1").body;
    REQUIRE_EQ(row.size(), 1);
    CHECK_EQ(row[0]["amount"], "100.50");
    CHECK_EQ(row[0]["callbacksSent"], 1);
    CHECK(bench.pass(1'000'000).empty());
}

TEST_CASE("the id is the idempotency key, whatever the body says") {
    Bench bench;
    bench.call("POST", deposits, deposit(1, "100"));
    const auto again = bench.call("POST", deposits, deposit(1, "999"));
    CHECK_EQ(again.status, 200);
    CHECK_EQ(again.body["status"], "DUPLICATE_IGNORED");
    CHECK_EQ(bench.pass(1000).size(), 1);
    CHECK_EQ(status_of(bench, deposits, 1)["data"]["amount"], "100.00");
}

TEST_CASE("an unknown id is NOT_FOUND inside a 200, also under another operation") {
    Bench bench;
    bench.call("POST", deposits, deposit(1));
    CHECK_EQ(status_of(bench, deposits, 2), json({{"status", "NOT_FOUND"}}));
    CHECK_EQ(status_of(bench, payouts, 1), json({{"status", "NOT_FOUND"}}));
}

TEST_CASE("every malformed request is refused with its code and leaves nothing") {
    struct Row {
        std::string_view what;
        json change;  // A JSON patch on a good deposit.
        int status;
        std::string_view code;
    };
    const auto put = [](const char* path, const json& value) {
        return json::array({{{"op", "add"}, {"path", path}, {"value", value}}});
    };
    const auto cut = [](const char* path) {
        return json::array({{{"op", "remove"}, {"path", path}}});
    };
    const char* phone = "/payer/accountDetails/phoneNumber";
    const std::vector<Row> rows{
        {"unknown field", put("/correspondent", "x"), 400, "UNSUPPORTED_PARAMETER"},
        {"unknown nested field", put("/payer/msisdn", "x"), 400, "UNSUPPORTED_PARAMETER"},
        {"no id", cut("/depositId"), 400, "MISSING_PARAMETER"},
        {"no amount", cut("/amount"), 400, "MISSING_PARAMETER"},
        {"no currency", cut("/currency"), 400, "MISSING_PARAMETER"},
        {"no payer", cut("/payer"), 400, "MISSING_PARAMETER"},
        {"no phone", cut(phone), 400, "MISSING_PARAMETER"},
        {"id not v4",
         put("/depositId", "8917c345-4791-1285-a416-62f24b6982db"),
         400,
         "INVALID_PARAMETER"},
        {"amount as number", put("/amount", 5), 400, "INVALID_PARAMETER"},
        {"amount too long", put("/amount", std::string(24, '1')), 400, "INVALID_PARAMETER"},
        {"party not MMO", put("/payer/type", "MSISDN"), 400, "INVALID_PARAMETER"},
        {"message too short", put("/customerMessage", "abc"), 400, "INVALID_PARAMETER"},
        {"message with signs", put("/customerMessage", "paka-shop"), 400, "INVALID_PARAMETER"},
        {"metadata as object", put("/metadata", {{"a", "b"}}), 400, "INVALID_PARAMETER"},
        {"metadata twice",
         put("/metadata", {{{"a", "b"}}, {{"a", "c"}}}),
         400,
         "DUPLICATE_METADATA_FIELD"},
        {"three places", put("/amount", "5.555"), 200, "INVALID_AMOUNT"},
        {"leading zero", put("/amount", "05"), 200, "INVALID_AMOUNT"},
        {"negative", put("/amount", "-5"), 200, "INVALID_AMOUNT"},
        {"nothing", put("/amount", "0"), 200, "AMOUNT_OUT_OF_BOUNDS"},
        {"too much", put("/amount", "1000000.01"), 200, "AMOUNT_OUT_OF_BOUNDS"},
        {"currency", put("/currency", "USD"), 200, "INVALID_CURRENCY"},
        {"provider", put("/payer/accountDetails/provider", "MTN_MOMO_UGA"), 200, "INVALID_PROVIDER"
        },
        {"phone with plus", put(phone, "+260763456789"), 200, "INVALID_PHONE_NUMBER"},
        {"phone abroad", put(phone, "255763456789"), 200, "INVALID_PHONE_NUMBER"},
    };
    Bench bench;
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto answer = bench.call("POST", deposits, deposit(1).patch(row.change));
        CHECK_EQ(answer.status, row.status);
        CHECK_EQ(code_of(answer), row.code);
        CHECK_EQ(answer.body["status"], "REJECTED");
    }
    MESSAGE("refusals tried: ", rows.size());
    CHECK_EQ(code_of(bench.call("POST", deposits, "{")), "INVALID_INPUT");
    CHECK_EQ(bench.call("GET", "/sandbox/ledger").body, json::array());
    CHECK_EQ(bench.call("POST", deposits, deposit(1)).body["status"], "ACCEPTED");
}

TEST_CASE("a bearer token is needed, whatever it is") {
    Bench bench;
    const auto none = bench.call_with("POST", deposits, deposit(1).dump(), {});
    CHECK_EQ(none.status, 401);
    CHECK_EQ(code_of(none), "NO_AUTHENTICATION");
    const auto empty = bench.call_with("GET", deposits + "/x", "", {{"Authorization", "Basic x"}});
    CHECK_EQ(empty.status, 401);
    CHECK_EQ(bench.call_with("GET", "/pawapay/v2/public-key/http", "", {}).status, 200);
    CHECK_EQ(bench.call_with("GET", "/pawapay/v2/availability", "", {}).status, 200);
}

TEST_CASE("the last three digits of the number decide") {
    struct Row {
        std::string_view operator_code, phone;
        Operation operation;
        std::string_view status, code;
    };
    constexpr auto in = Operation::deposit;
    constexpr auto out = Operation::payout;
    for (const auto& row : {
             Row{"MTN_MOMO_ZMB", "260763456789", in, "COMPLETED", ""},
             Row{"MTN_MOMO_ZMB", "260763456019", in, "FAILED", "PAYER_LIMIT_REACHED"},
             Row{"MTN_MOMO_ZMB", "260763456029", in, "FAILED", "PAYER_NOT_FOUND"},
             Row{"MTN_MOMO_ZMB", "260763456039", in, "FAILED", "PAYMENT_NOT_APPROVED"},
             Row{"MTN_MOMO_ZMB", "260763456069", in, "FAILED", "UNSPECIFIED_FAILURE"},
             Row{"MTN_MOMO_ZMB", "260763456129", in, "", ""},
             Row{"MTN_MOMO_ZMB", "260763456079", in, "COMPLETED", ""},
             Row{"MTN_MOMO_ZMB", "260763456079", out, "FAILED", "RECIPIENT_NOT_FOUND"},
             Row{"MTN_MOMO_ZMB", "260763456119", out, "FAILED", "UNSPECIFIED_FAILURE"},
             Row{"MTN_MOMO_ZMB", "260763456129", out, "", ""},
             Row{"AIRTEL_OAPI_ZMB", "260973456049", in, "FAILED", "INSUFFICIENT_BALANCE"},
             Row{"AIRTEL_OAPI_ZMB", "260973456129", in, "", ""},
             Row{"AIRTEL_OAPI_ZMB", "260973456089", out, "FAILED", "RECIPIENT_NOT_FOUND"},
             Row{"ZAMTEL_ZMB", "260953456700", in, "COMPLETED", ""},
             Row{"ZAMTEL_ZMB", "260953456704", in, "FAILED", "INSUFFICIENT_BALANCE"},
             Row{"ZAMTEL_ZMB", "260953456712", in, "FAILED", "UNSPECIFIED_FAILURE"},
             Row{"ZAMTEL_ZMB", "260953456789", in, "", ""},
             Row{"ZAMTEL_ZMB", "260953456789", out, "COMPLETED", ""},
             Row{"MTN_MOMO_ZMB", "260961111222", in, "COMPLETED", ""},
         }) {
        CAPTURE(row.phone);
        const auto outcome = outcome_of(row.operation, row.operator_code, row.phone);
        CHECK_EQ(outcome.status, row.status);
        CHECK_EQ(outcome.failure_code, row.code);
    }
}

TEST_CASE("a failing number fails after acceptance and an open one stays open for ever") {
    Bench bench;
    bench.call("POST", deposits, deposit(1, "5", "260763456039"));
    bench.call("POST", deposits, deposit(2, "5", "260763456129"));
    const auto told = bench.pass(100'000'000);
    REQUIRE_EQ(told.size(), 1);
    CHECK_EQ(json::parse(told[0].body)["failureReason"]["failureCode"], "PAYMENT_NOT_APPROVED");
    CHECK_EQ(status_of(bench, deposits, 2)["data"]["status"], "ACCEPTED");
}

TEST_CASE("payouts go out, one by one and in bulk") {
    Bench bench;
    CHECK_EQ(bench.call("POST", payouts, payout(1)).body["status"], "ACCEPTED");
    json bad = payout(3);
    bad["currency"] = "USD";
    json unknown = payout(4);
    unknown["note"] = "x";
    const json bulk = json::array({payout(1), payout(2), bad, unknown});
    const auto answer = bench.call("POST", payouts + "/bulk", bulk);
    CHECK_EQ(answer.status, 200);
    REQUIRE_EQ(answer.body.size(), 4);
    CHECK_EQ(answer.body[0]["status"], "DUPLICATE_IGNORED");
    CHECK_EQ(answer.body[1]["status"], "ACCEPTED");
    CHECK_EQ(answer.body[2]["failureReason"]["failureCode"], "INVALID_CURRENCY");
    CHECK_EQ(answer.body[3]["failureReason"]["failureCode"], "UNSUPPORTED_PARAMETER");
    CHECK_EQ(bench.pass(1000).size(), 2);
    CHECK_EQ(bench.call("GET", "/sandbox/ledger?kind=payout").body.size(), 2);
    json many = json::array();
    for (int i = 0; i < 21; ++i) many.push_back(payout(100 + i));
    CHECK_EQ(bench.call("POST", payouts + "/bulk", many).status, 400);
    CHECK_EQ(bench.call("POST", payouts + "/bulk", json::object()).status, 400);
}

TEST_CASE("refunds give back no more than was collected, one at a time") {
    Bench bench;
    const auto ask = [&](int n, const json& body) {
        (void)n;
        return bench.call("POST", refunds, body);
    };
    CHECK_EQ(code_of(ask(10, refund(10, 1, "10"))), "DEPOSIT_NOT_FOUND");
    bench.call("POST", deposits, deposit(1, "100"));
    CHECK_EQ(code_of(ask(10, refund(10, 1, "10"))), "DEPOSIT_NOT_COMPLETED");
    bench.pass(1000);
    CHECK_EQ(code_of(ask(10, refund(10, 1, "100.01"))), "AMOUNT_TOO_LARGE");
    CHECK_EQ(ask(10, refund(10, 1, "30")).body["status"], "ACCEPTED");
    CHECK_EQ(code_of(ask(11, refund(11, 1, "30"))), "REFUND_IN_PROGRESS");
    const auto told = bench.pass(1000);
    REQUIRE_EQ(told.size(), 1);
    CHECK_EQ(json::parse(told[0].body)["refundId"], uuid(10));
    CHECK_EQ(told[0].kind, "refund");
    CHECK_EQ(code_of(ask(11, refund(11, 1, "70.01"))), "AMOUNT_TOO_LARGE");
    json rest = refund(11, 1, "");
    rest.erase("amount");
    rest.erase("currency");
    CHECK_EQ(ask(11, rest).body["status"], "ACCEPTED");
    bench.pass(1000);
    const json rows = bench.call("GET", "/sandbox/ledger?kind=refund").body;
    REQUIRE_EQ(rows.size(), 2);
    CHECK_EQ(rows[1]["amount"], "70.00");
    CHECK_EQ(rows[1]["parent"], uuid(1));
    CHECK_EQ(rows[1]["phone"], "260763456789");
    CHECK_EQ(code_of(ask(12, refund(12, 1, "0.01"))), "DEPOSIT_ALREADY_REFUNDED");
}

TEST_CASE("resending needs an end, and an enqueued payout can be cancelled") {
    Bench bench;
    const std::string resend = payouts + "/resend-callback/" + uuid(1);
    const std::string cancel = payouts + "/fail-enqueued/" + uuid(1);
    CHECK_EQ(code_of(bench.call("POST", resend)), "NOT_FOUND");
    bench.misbehave("pawapay", "payout", "enqueue", {{"ms", 60'000}});
    bench.call("POST", payouts, payout(1));
    CHECK_EQ(status_of(bench, payouts, 1)["data"]["status"], "ENQUEUED");
    CHECK_EQ(code_of(bench.call("POST", resend)), "INVALID_STATE");
    CHECK_EQ(bench.call("POST", cancel).body["status"], "ACCEPTED");
    REQUIRE_EQ(bench.pass(1000).size(), 1);
    const json data = status_of(bench, payouts, 1)["data"];
    CHECK_EQ(data["status"], "FAILED");
    CHECK_EQ(data["failureReason"]["failureCode"], "MANUALLY_CANCELLED");
    CHECK_EQ(code_of(bench.call("POST", cancel)), "INVALID_STATE");
    CHECK_EQ(bench.call("POST", resend).body["status"], "ACCEPTED");
    CHECK_EQ(bench.pass(1).size(), 1);
    CHECK_EQ(bench.call("POST", "/sandbox/resend/" + uuid(1)).status, 202);
    CHECK_EQ(bench.pass(1).size(), 1);
    CHECK_EQ(bench.call("POST", "/sandbox/resend/" + uuid(9)).status, 404);
}

TEST_CASE("the wallet is what went in less what went out") {
    Bench bench;
    const auto balance = [&] {
        const json body = bench.call("GET", "/pawapay/v2/wallet-balances").body;
        return body["balances"][0]["balance"].get<std::string>();
    };
    CHECK_EQ(balance(), "1000000000.00");
    bench.call("POST", deposits, deposit(1, "100"));
    CHECK_EQ(balance(), "1000000000.00");
    bench.pass(1000);
    CHECK_EQ(balance(), "1000000100.00");
    bench.call("POST", payouts, payout(2, "40"));
    CHECK_EQ(balance(), "1000000060.00");
    bench.call("POST", payouts, payout(3, "50", "260973456089"));
    bench.pass(1000);
    CHECK_EQ(balance(), "1000000060.00");
}

TEST_CASE("the toolkit says what is open and whose a number is") {
    Bench bench;
    const json conf = bench.call("GET", "/pawapay/v2/active-conf?country=ZMB").body;
    const json& terms = conf["countries"][0]["providers"][0]["currencies"][0]["operationTypes"];
    CHECK_EQ(terms["DEPOSIT"]["decimalsInAmount"], "TWO_PLACES");
    CHECK_EQ(terms["PAYOUT"]["status"], "OPERATIONAL");
    CHECK(bench.call("GET", "/pawapay/v2/active-conf?country=UGA").body["countries"].empty());
    const json guess =
        bench.call("POST", "/pawapay/v2/predict-provider", {{"phoneNumber", "+260 763-456789"}})
            .body;
    CHECK_EQ(guess["provider"], "MTN_MOMO_ZMB");
    CHECK_EQ(guess["phoneNumber"], "260763456789");
    CHECK_EQ(bench.call("GET", "/pawapay/v2/nothing").status, 404);
    CHECK_EQ(bench.call("GET", "/pawapay/v2/public-key/http").body[0]["id"], "HTTP_EC_P256_KEY:1");
}

TEST_CASE("once client keys are registered only well signed requests move money") {
    Bench bench;
    const auto key = PrivateKey::generate();
    const std::string body = deposit(1).dump();
    const auto send = [&](const Fields& headers) {
        return bench.call_with("POST", deposits, body, headers);
    };
    const Fields plain{{"Authorization", "Bearer t"}, {"Content-Type", "application/json"}};
    Fields with = plain;
    const SignedMessage message{"POST", "127.0.0.1:8900", deposits, plain, body};
    for (auto& field : sign_message(message, key, "me", bench.wall())) with.push_back(field);
    CHECK_EQ(send(with).status, 403);  // The key is not known yet.
    const json keys{{"clientKeys", {{{"keyId", "me"}, {"pem", key.public_pem()}}}}};
    CHECK_EQ(bench.call("PUT", "/sandbox/config", keys).status, 200);
    const auto unsigned_one = send(plain);
    CHECK_EQ(unsigned_one.status, 403);
    CHECK_EQ(code_of(unsigned_one), "HTTP_SIGNATURE_ERROR");
    CHECK_EQ(bench.call("GET", "/sandbox/ledger").body, json::array());
    CHECK_EQ(send(with).body["status"], "ACCEPTED");
    CHECK_EQ(bench.call("GET", deposits + "/" + uuid(1)).status, 200);  // Queries are not signed.
    CHECK_EQ(bench.call("PUT", "/sandbox/config", {{"clientKeys", json::array()}}).status, 200);
    CHECK_EQ(send(plain).body["status"], "DUPLICATE_IGNORED");
}

TEST_CASE("a signature is judged by the machine's time, not by the movable clock") {
    Bench bench;
    const auto key = PrivateKey::generate();
    bench.call(
        "PUT", "/sandbox/config", {{"clientKeys", {{{"keyId", "me"}, {"pem", key.public_pem()}}}}}
    );
    bench.call("POST", "/sandbox/clock", {{"advanceSeconds", 86'400}});
    const std::string body = deposit(1).dump();
    Fields headers{{"Authorization", "Bearer t"}, {"Content-Type", "application/json"}};
    const SignedMessage message{"POST", "127.0.0.1:8900", deposits, headers, body};
    for (auto& field : sign_message(message, key, "me", bench.wall())) headers.push_back(field);
    CHECK_EQ(bench.call_with("POST", deposits, body, headers).status, 200);
}
