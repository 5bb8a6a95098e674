#include "ops/sandbox/behaviours.hpp"

#include <doctest/doctest.h>

#include "ops/sandbox/callbacks.hpp"
#include "tests/sandbox/kit.hpp"

using namespace pakashop::sandbox;
using namespace pakashop::sandbox::kit;

namespace {

const std::string deposits = "/pawapay/v2/deposits";
const std::string payouts = "/pawapay/v2/payouts";

json data_of(Bench& bench, const std::string& path, int n) {
    return bench.call("GET", path + "/" + uuid(n)).body;
}

json ledger_row(Bench& bench, int n) {
    return bench.call("GET", "/sandbox/ledger?reference=" + uuid(n)).body.at(0);
}

std::string status_in(const Delivery& delivery) {
    return json::parse(delivery.body)["status"].get<std::string>();
}

}  // namespace

TEST_CASE("refuse rejects at 200, keeps nothing, and the same id may come again") {
    Bench bench;
    bench.misbehave("pawapay", "deposit", "refuse");
    const auto refused = bench.call("POST", deposits, deposit(1));
    CHECK_EQ(refused.status, 200);
    CHECK_EQ(refused.body["status"], "REJECTED");
    CHECK_EQ(code_of(refused), "PROVIDER_TEMPORARILY_UNAVAILABLE");
    CHECK_EQ(data_of(bench, deposits, 1)["status"], "NOT_FOUND");
    CHECK_EQ(bench.call("POST", deposits, deposit(1)).body["status"], "ACCEPTED");
}

TEST_CASE("errors in the provider's stead accept nothing and fire as often as asked") {
    struct Row {
        std::string_view behaviour;
        int status;
    };
    for (const auto& row :
         {Row{"error_500", 500},
          Row{"error_429", 429},
          Row{"error_401", 401},
          Row{"html_502", 502},
          Row{"outage", 503}}) {
        CAPTURE(row.behaviour);
        Bench bench;
        bench.misbehave("pawapay", "deposit", std::string{row.behaviour}, {{"times", 2}});
        CHECK_EQ(bench.call("POST", deposits, deposit(1)).status, row.status);
        CHECK_EQ(bench.call("POST", payouts, payout(9)).status, 200);
        CHECK_EQ(bench.call("POST", deposits, deposit(1)).status, row.status);
        CHECK_EQ(data_of(bench, deposits, 1)["status"], "NOT_FOUND");
        CHECK_EQ(bench.call("POST", deposits, deposit(1)).body["status"], "ACCEPTED");
        CHECK_EQ(bench.call("GET", "/sandbox/behaviour").body[0]["fired"], 2);
    }
}

TEST_CASE("errors also answer status queries, documents, taxpayers and messages") {
    struct Row {
        std::string provider, operation, method, target;
        json body;
    };
    const json message{
        {"messaging_product", "whatsapp"},
        {"to", "260971234567"},
        {"type", "text"},
        {"text", {{"body", "hello"}}}
    };
    for (const auto& row : {
             Row{"pawapay", "status", "GET", deposits + "/" + uuid(1), nullptr},
             Row{"pawapay", "payout", "POST", payouts + "/bulk", json::array({payout(1)})},
             Row{"zra", "invoice", "POST", "/zra/invoices", invoice()},
             Row{"zra", "tpin", "GET", "/zra/taxpayers/1234567890", nullptr},
             Row{"whatsapp", "message", "POST", "/whatsapp/v23.0/1/messages", message},
         }) {
        CAPTURE(row.operation);
        Bench bench;
        for (const auto* behaviour :
             {"html_502", "error_429", "error_500", "error_401", "outage"}) {
            bench.misbehave(row.provider, row.operation, behaviour);
        }
        for (const int status : {502, 429, 500, 401, 503}) {
            CHECK_EQ(bench.call(row.method, row.target, row.body).status, status);
        }
        CHECK_LT(bench.call(row.method, row.target, row.body).status, 300);
    }
}

TEST_CASE("timeout_after_accept keeps the caller waiting for what has happened") {
    Bench bench;
    bench.misbehave("pawapay", "deposit", "timeout_after_accept");
    CHECK_EQ(bench.call("POST", deposits, deposit(1)).hold_ms, silence_ms);
    CHECK_EQ(bench.pass(1000).size(), 1);
    CHECK_EQ(data_of(bench, deposits, 1)["data"]["status"], "COMPLETED");
    CHECK_EQ(bench.call("POST", deposits, deposit(2)).hold_ms, 0);
    bench.misbehave("zra", "invoice", "timeout_after_accept", {{"ms", 700}});
    CHECK_EQ(bench.call("POST", "/zra/invoices", invoice()).hold_ms, 700);
    CHECK_EQ(bench.call("POST", "/zra/invoices", invoice()).status, 200);
}

TEST_CASE("not_found_window hides what was accepted for a while") {
    Bench bench;
    bench.misbehave("pawapay", "deposit", "not_found_window", {{"ms", 5000}});
    bench.call("POST", deposits, deposit(1));
    CHECK_EQ(data_of(bench, deposits, 1)["status"], "NOT_FOUND");
    CHECK_EQ(bench.call("POST", deposits, deposit(1)).body["status"], "DUPLICATE_IGNORED");
    bench.pass(5000);
    CHECK_EQ(data_of(bench, deposits, 1)["status"], "FOUND");
    bench.misbehave("pawapay", "status", "not_found_window", {{"times", 2}});
    CHECK_EQ(data_of(bench, deposits, 1)["status"], "NOT_FOUND");
    CHECK_EQ(data_of(bench, deposits, 1)["status"], "NOT_FOUND");
    CHECK_EQ(data_of(bench, deposits, 1)["status"], "FOUND");
}

TEST_CASE("duplicate_callback tells twice, late_callback later, no_callback never") {
    Bench bench;
    bench.misbehave("pawapay", "deposit", "duplicate_callback");
    bench.call("POST", deposits, deposit(1));
    CHECK_EQ(bench.pass(200).size(), 2);
    CHECK_EQ(ledger_row(bench, 1)["callbacksSent"], 2);
    bench.misbehave("pawapay", "deposit", "late_callback", {{"ms", 9000}});
    bench.call("POST", deposits, deposit(2));
    CHECK(bench.pass(9199).empty());
    CHECK_EQ(data_of(bench, deposits, 2)["data"]["status"], "COMPLETED");
    CHECK_EQ(bench.pass(1).size(), 1);
    bench.misbehave("pawapay", "deposit", "no_callback");
    bench.call("POST", deposits, deposit(3));
    CHECK(bench.pass(10'000'000).empty());
    CHECK_EQ(data_of(bench, deposits, 3)["data"]["status"], "COMPLETED");
    CHECK_EQ(ledger_row(bench, 3)["callbacksSent"], 0);
}

TEST_CASE("late_callback waits three seconds unless told otherwise") {
    Bench bench;
    bench.misbehave("pawapay", "deposit", "late_callback");
    bench.call("POST", deposits, deposit(1));
    CHECK(bench.pass(3199).empty());
    CHECK_EQ(bench.pass(1).size(), 1);
}

TEST_CASE("reorder lets the next callback overtake this one") {
    Bench bench;
    bench.misbehave("pawapay", "deposit", "reorder");
    bench.call("POST", deposits, deposit(1));
    bench.pass(100);
    bench.call("POST", deposits, deposit(2));
    const auto told = bench.pass(400);
    REQUIRE_EQ(told.size(), 2);
    CHECK_EQ(told[0].entry, uuid(2));
    CHECK_EQ(told[1].entry, uuid(1));
}

TEST_CASE("reorder asked for twice swaps the two, and one alone comes late") {
    Bench bench;
    bench.misbehave("pawapay", "deposit", "reorder", {{"times", 3}});
    bench.call("POST", deposits, deposit(1));
    bench.call("POST", deposits, deposit(2));
    const auto swapped = bench.pass(400);
    REQUIRE_EQ(swapped.size(), 2);
    CHECK_EQ(swapped[0].entry, uuid(2));
    CHECK_EQ(swapped[1].entry, uuid(1));
    bench.call("POST", deposits, deposit(3));
    CHECK(bench.pass(3199).empty());
    CHECK_EQ(bench.pass(1).size(), 1);
}

TEST_CASE("forged_signature lies once and the truth is told only when asked for") {
    Bench bench;
    bench.misbehave("pawapay", "deposit", "forged_signature", {{"times", 3}});
    bench.call("POST", deposits, deposit(1, "5", "260763456789"));
    bench.call("POST", deposits, deposit(2, "5", "260763456039"));
    bench.call("POST", deposits, deposit(3, "5", "260763456129"));
    const auto told = bench.pass(10'000'000, 401);
    REQUIRE_EQ(told.size(), 3);  // No second attempt, though none was answered with 200.
    for (const auto& delivery : told) {
        CHECK(delivery.forged);
        CHECK_EQ(status_in(delivery), "COMPLETED");
    }
    CHECK_EQ(data_of(bench, deposits, 2)["data"]["status"], "FAILED");
    CHECK_EQ(data_of(bench, deposits, 3)["data"]["status"], "ACCEPTED");
    bench.call("POST", "/sandbox/resend/" + uuid(2));
    const auto honest = bench.pass(1);
    REQUIRE_EQ(honest.size(), 1);
    CHECK_FALSE(honest[0].forged);
    CHECK_EQ(status_in(honest[0]), "FAILED");
}

TEST_CASE("wrong_amount moves another amount, and every account of it says so") {
    Bench bench;
    bench.misbehave("pawapay", "deposit", "wrong_amount", {{"times", 2}});
    bench.call("POST", deposits, deposit(1, "100"));
    bench.call("POST", deposits, deposit(2, "0.5"));
    const auto told = bench.pass(1000);
    REQUIRE_EQ(told.size(), 2);
    CHECK_EQ(json::parse(told[0].body)["amount"], "99.00");
    CHECK_EQ(json::parse(told[1].body)["amount"], "1.50");
    CHECK_EQ(data_of(bench, deposits, 1)["data"]["amount"], "99.00");
    CHECK_EQ(ledger_row(bench, 1)["amount"], "99.00");
}

TEST_CASE("enqueue holds a payout back and reverse takes a completed one back") {
    Bench bench;
    bench.misbehave("pawapay", "payout", "enqueue", {{"ms", 60'000}});
    bench.call("POST", payouts, payout(1));
    CHECK(bench.pass(60'199).empty());
    CHECK_EQ(data_of(bench, payouts, 1)["data"]["status"], "ENQUEUED");
    CHECK_EQ(bench.pass(1).size(), 1);
    bench.misbehave("pawapay", "payout", "reverse", {{"ms", 5000}});
    bench.call("POST", payouts, payout(2));
    const auto told = bench.pass(10'000);
    REQUIRE_EQ(told.size(), 2);
    CHECK_EQ(status_in(told[0]), "COMPLETED");
    CHECK_EQ(status_in(told[1]), "FAILED");
    CHECK_EQ(data_of(bench, payouts, 2)["data"]["status"], "FAILED");
    CHECK_EQ(ledger_row(bench, 2)["status"], "REVERSED");
}

TEST_CASE("match picks its victim by phone in any spelling, by any id, by TPIN") {
    Bench bench;
    bench.misbehave("pawapay", "deposit", "refuse", {{"match", {{"phone", "+260 76 345-6700"}}}});
    CHECK_EQ(bench.call("POST", deposits, deposit(1)).body["status"], "ACCEPTED");
    const auto hit = bench.call("POST", deposits, deposit(2, "5", "260763456700"));
    CHECK_EQ(hit.body["status"], "REJECTED");
    bench.misbehave("pawapay", "deposit", "refuse", {{"match", {{"id", "pay_4"}}}});
    CHECK_EQ(bench.call("POST", deposits, deposit(3)).body["status"], "ACCEPTED");
    CHECK_EQ(bench.call("POST", deposits, deposit(4)).body["status"], "REJECTED");
    bench.misbehave("zra", "tpin", "refuse", {{"match", {{"tpin", "1000000001"}}}});
    CHECK_EQ(bench.call("GET", "/zra/taxpayers/1000000002").status, 200);
    CHECK_EQ(bench.call("GET", "/zra/taxpayers/1000000001").status, 404);
    CHECK_EQ(bench.call("GET", "/zra/taxpayers/1000000001").status, 200);
}

TEST_CASE("a victim's number is one number however it is written") {
    int tried = 0;
    for (const char* spelling :
         {"0763456700", "763456700", "260763456700", "+260763456700", "00260 76 345 6700"}) {
        CAPTURE(spelling);
        Bench bench;
        bench.misbehave("pawapay", "deposit", "refuse", {{"match", {{"phone", spelling}}}});
        const auto hit = bench.call("POST", deposits, deposit(1, "5", "260763456700"));
        CHECK_EQ(hit.body["status"], "REJECTED");
        ++tried;
    }
    CHECK_EQ(tried, 5);
}

TEST_CASE("a callback's signature carries the machine's time, wherever the clock was moved") {
    Bench bench;
    bench.call("POST", "/sandbox/clock", {{"advanceSeconds", 86'400}});
    bench.call("POST", deposits, deposit(1));
    const auto told = bench.pass(1'000);
    REQUIRE_EQ(told.size(), 1);
    CHECK_LE(told[0].signed_at, bench.wall());
    CHECK_GE(told[0].signed_at, bench.wall() - 1'000);
}

TEST_CASE("times 0 clears one behaviour and clear all of them") {
    Bench bench;
    bench.misbehave("pawapay", "deposit", "refuse", {{"times", 9}});
    bench.misbehave("pawapay", "deposit", "error_500", {{"times", 9}});
    bench.misbehave("pawapay", "deposit", "error_500", {{"times", 0}});
    CHECK_EQ(bench.call("GET", "/sandbox/behaviour").body.size(), 1);
    CHECK_EQ(bench.call("POST", deposits, deposit(1)).body["status"], "REJECTED");
    CHECK_EQ(bench.call("POST", "/sandbox/behaviour", {{"clear", true}}).status, 200);
    CHECK_EQ(bench.call("POST", deposits, deposit(1)).body["status"], "ACCEPTED");
    for (const json& bad : {
             json{{"provider", "mpesa"}, {"operation", "deposit"}, {"behaviour", "refuse"}},
             json{{"provider", "zra"}, {"operation", "charge"}, {"behaviour", "refuse"}},
             json{{"provider", "zra"}, {"operation", "tpin"}, {"behaviour", "explode"}},
             json{{"provider", "zra"}, {"operation", "tpin"}, {"behaviour", "refuse"}, {"time", 1}},
             json{
                 {"provider", "zra"}, {"operation", "tpin"}, {"behaviour", "refuse"}, {"times", -1}
             },
         }) {
        CHECK_EQ(bench.call("POST", "/sandbox/behaviour", bad).status, 422);
    }
}

TEST_CASE("callbacks are tried again for fifteen minutes until they are answered with 200") {
    Bench bench;
    bench.call("POST", deposits, deposit(1));
    const auto tried = bench.pass(60 * 60 * 1000, 503);
    CHECK_GT(tried.size(), 25);
    CHECK_LT(tried.size(), 60);
    for (const auto& delivery : tried) CHECK_EQ(delivery.body, tried[0].body);
    CHECK_LE(tried.back().signed_at - tried.front().signed_at, 15 * 60 * 1000 + 30'000);
    CHECK_EQ(ledger_row(bench, 1)["callbacksSent"], tried.size());
    bench.call("POST", deposits, deposit(2));
    bench.pass(700, 0);
    CHECK_EQ(bench.pass(60 * 60 * 1000, 200).size(), 1);
}

TEST_CASE("pauses between attempts double up to half a minute") {
    constexpr Instant first = 1000;
    CHECK_EQ(next_attempt(1, first, first), first + 500);
    CHECK_EQ(next_attempt(2, first, first + 500), first + 1500);
    CHECK_EQ(next_attempt(7, first, first), first + 30'000);
    CHECK_EQ(next_attempt(1000, first, first), first + 30'000);
    CHECK_EQ(next_attempt(3, first, first + 900'000), 0);
}
