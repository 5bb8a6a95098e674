#include <map>

#include <doctest/doctest.h>

#include "projections/tables.hpp"
#include "tests/kit/market.hpp"
#include "tests/projections/market_rows.hpp"

/// Postings, payments, settlement lines and accounts: every ngwee is somewhere, and only once.
namespace pakashop::model {
namespace {

TEST_CASE("money moves from account to account and none is lost") {
    World world;
    place(world);
    capture(world);
    CHECK(balance(world.rows(), "held") == 15'000);
    const auto shares = kit::shares_of(two_lines);
    world.commit(
        order.value,
        {{"settlement:ord_1", SettlementEvent{LinesReleased{order, {shares[0]}, world.now()}}},
         {"settlement:ord_1", SettlementEvent{LinesCancelled{order, {shares[1]}, world.now()}}},
         {"settlement:ord_1", SettlementEvent{LinesInPayout{order, {"pot_1"}, {shares[0]}}}}}
    );
    MemoryTables rows = world.rows();
    CHECK(balance(rows, "held") == 0);
    CHECK(balance(rows, "refund_payable") == 5'000);
    CHECK(balance(rows, "platform_fees") == 500);
    CHECK(balance(rows, "in_payout") == 9'500);
    world.commit(
        order.value,
        {{"settlement:ord_1",
          SettlementEvent{LinesReturned{order, {"pot_1"}, {shares[0]}, "closed"}}}}
    );
    rows = world.rows();
    CHECK(balance(rows, "in_payout") == 0);
    CHECK(balance(rows, "releasable") == 9'500);
    CHECK(rows.find(tables::settlement_lines, "itm_1")->text("status") == "RELEASABLE");
    CHECK(rows.find(tables::settlement_lines, "itm_1")->text("reason") == "closed");
    CHECK(rows.find(tables::settlement_lines, "itm_2")->text("status") == "CANCELLED");
}

TEST_CASE("a payout that was taken back is releasable again, in every account") {
    World world;
    place(world);
    capture(world);
    const auto shares = kit::shares_of(two_lines);
    const ShopId shop = shares[0].shop;
    const std::vector<AccountLine> lines{{order, shares[0].item, shares[0].vendor_amount}};
    const Money sum = shares[0].vendor_amount;
    const PayoutId pot{"pot_1"};
    world.commit(
        order.value,
        {{"settlement:ord_1", SettlementEvent{LinesReleased{order, {shares[0]}, world.now()}}},
         {"settlement:ord_1", SettlementEvent{LinesInPayout{order, pot, {shares[0]}}}},
         {"settlement:ord_1", SettlementEvent{LinesPaidOut{order, pot, {shares[0]}}}},
         {"settlement:ord_1", SettlementEvent{LinesReversed{order, pot, {shares[0]}, "back"}}}}
    );
    const std::string account = "account:" + shop.value;
    const ProviderFailure why{"UNSPECIFIED_FAILURE", "taken back"};
    PayoutRequested requested;
    requested.payout = pot;
    requested.shop = shop;
    requested.amount = sum;
    requested.lines = lines;
    requested.phone = kit::about({"usr_1"}, "+260960000001");
    world.commit(
        shop.value,
        {{account, AccountEvent{FundsHeld{shop, order, lines}}},
         {account, AccountEvent{FundsReleased{shop, order, lines}}},
         {account, AccountEvent{requested}},
         {account, AccountEvent{PayoutMismatched{pot, shop, sum, {1}, "tx", world.now()}}},
         {account, AccountEvent{PayoutCompleted{pot, shop, sum, lines, "tx", world.now()}}},
         {account, AccountEvent{PayoutReversed{pot, shop, sum, lines, why, world.now()}}}}
    );
    const MemoryTables rows = world.rows();
    CHECK(balance(rows, "paid_out") == 0);
    CHECK(balance(rows, "releasable") == sum.ngwee);
    const std::string item = shares[0].item.value;
    CHECK(rows.find(tables::settlement_lines, item)->text("status") == "RELEASABLE");
    CHECK(rows.find(tables::accounts, shop.value)->money("releasable") == sum);
    CHECK(rows.find(tables::accounts, shop.value)->money("paid_out") == Money{});
    CHECK(rows.find(tables::payouts, pot.value)->text("status") == "REVERSED");
    CHECK(rows.find(tables::payouts, pot.value)->text("failure_code") == why.code);
}

TEST_CASE("money that was taken for another amount leaves suspense when it is captured") {
    World world;
    place(world);
    PaymentCaptured right{{"pay_1"}, order, {15'000}, "tx", Evidence::mock, {}, world.now()};
    right.corrects = Money{14'999};
    world.commit(
        order.value,
        {{"payment:ord_1",
          PaymentEvent{AmountMismatch{
              {"pay_1"}, order, {15'000}, {14'999}, "tx", Evidence::mock, world.now()
          }}},
         {"payment:ord_1", PaymentEvent{right}}}
    );
    const MemoryTables rows = world.rows();
    CHECK(balance(rows, "suspense") == 0);
    CHECK(balance(rows, "held") == 15'000);
    CHECK(balance(rows, "captured") == -15'000);
}

TEST_CASE("money that arrives wrongly waits in suspense, and late money is owed back") {
    World world;
    place(world);
    world.commit(
        order.value,
        {{"payment:ord_1",
          PaymentEvent{AmountMismatch{
              {"pay_1"}, order, {15'000}, {14'999}, "tx", Evidence::mock, world.now()
          }}},
         {"payment:ord_1",
          PaymentEvent{LateCapture{{"pay_2"}, order, {15'000}, "tx", Evidence::mock, world.now()}}}}
    );
    const MemoryTables rows = world.rows();
    CHECK(balance(rows, "suspense") == 14'999);
    CHECK(balance(rows, "refund_payable") == 15'000);
    CHECK(balance(rows, "captured") == -29'999);
}

TEST_CASE("late money shows as paid and as a refund that is owed, whatever attempts say later") {
    World world;
    place(world);
    const Instant now = world.now();
    of_payment(world, PaymentExpired{{"pay_1"}, order, now});
    of_payment(world, LateCapture{{"pay_1"}, order, {15'000}, "tx", Evidence::mock, now});
    of_payment(
        world, RefundOwed{order, {"rfd_1"}, {15'000}, {}, "late_capture", now, PaymentId{"pay_1"}}
    );
    of_payment(world, PaymentExpired{{"pay_2"}, order, now});
    const MemoryTables rows = world.rows();
    CHECK(payment_status(rows) == PaymentStatus::paid);
    REQUIRE(rows.find(tables::refunds, "rfd_1"));
    CHECK(rows.find(tables::refunds, "rfd_1")->text("status") == "OWED");
    CHECK(balance(rows, "refund_payable") == 15'000);
}

TEST_CASE("money of another amount makes a failed payment pending again") {
    World world;
    place(world);
    of_payment(world, PaymentFailed{{"pay_1"}, order, {"X", "y"}, world.now()});
    CHECK(payment_status(world.rows()) == PaymentStatus::failed);
    const Evidence how = Evidence::mock;
    of_payment(world, AmountMismatch{{"pay_1"}, order, {15'000}, {14'999}, "tx", how, world.now()});
    CHECK(payment_status(world.rows()) == PaymentStatus::pending);
}

TEST_CASE("postings, payments and settlement lines agree over a whole market") {
    World world;
    kit::Market market{world.recorder, 11};
    market.open(6, 10);
    market.trade(400);
    const MemoryTables rows = world.rows();
    std::int64_t captured = 0;
    for (const Row& row : rows.rows(tables::payments)) captured += row.integer("received");
    CHECK(captured == -balance(rows, "captured"));
    std::map<std::string, std::int64_t> lines;
    for (const Row& row : rows.rows(tables::settlement_lines)) {
        const std::string& status = row.text("status");
        const bool gross = status == "HELD" || status == "CANCELLED";
        lines[status] += row.integer(gross ? "gross" : "vendor_amount");
        if (!gross) lines["fees"] += row.integer("platform_fee");
    }
    CHECK(lines["HELD"] == balance(rows, "held"));
    CHECK(lines["RELEASABLE"] == balance(rows, "releasable"));
    CHECK(lines["PAID_OUT"] == balance(rows, "paid_out"));
    CHECK(lines["CANCELLED"] == balance(rows, "refund_payable"));
    CHECK(lines["fees"] == balance(rows, "platform_fees"));
    CHECK(lines.size() >= 5);
    std::int64_t paid_out = 0;
    for (const Row& row : rows.rows(tables::accounts)) paid_out += row.integer("paid_out");
    CHECK(paid_out == balance(rows, "paid_out"));
}

}  // namespace
}  // namespace pakashop::model
