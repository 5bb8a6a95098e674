#include <set>

#include <doctest/doctest.h>

#include "adapters/memory/memory_log.hpp"
#include "projections/core.hpp"
#include "projections/journal.hpp"
#include "projections/memory_tables.hpp"
#include "projections/orders.hpp"
#include "projections/tables.hpp"
#include "tests/kit/market.hpp"
#include "tests/kit/plain_vault.hpp"

/// What the read models say after certain histories.
namespace pakashop::model {
namespace {

/// A log with one writer, and the core tables that follow from it.
class World {
public:
    void commit(const std::string& key, std::vector<kit::StreamEvent> events) {
        recorder.commit(key, std::move(events));
    }
    MemoryTables rows() {
        recorder.flush();
        MemoryTables tables;
        const auto entries = log.read(0, 0, 1U << 30);
        for (const LogEntry& entry : entries.value()) {
            replay(tables, core_projections(), decode_record(entry.bytes).value(), vault);
        }
        return tables;
    }
    Instant now() { return recorder.now(); }

    MemoryLog log{"g1", 1};
    kit::PlainVault vault;
    kit::EventRecorder recorder{log, vault};
};

const OrderId order{"ord_1"};
const UserId buyer{"usr_1"};
const ShopId first_shop{"shp_1"};
const ShopId second_shop{"shp_2"};

OrderLine line_of(const std::string& item, const ShopId& shop, std::int64_t ngwee) {
    return {
        {item},
        {"prd_" + item},
        shop,
        "Thing",
        "GDS-1",
        TaxCode::vat16,
        1,
        {ngwee},
        {ngwee},
        proportion({ngwee}, 16, 116),
        std::nullopt,
        Rate{50'000}
    };
}
const std::vector<OrderLine> two_lines{
    line_of("itm_1", first_shop, 10'000),
    line_of("itm_2", second_shop, 5'000)
};

void place(World& world) {
    world.commit(
        order.value,
        {{"order:ord_1",
          OrderEvent{OrderPlaced{
              order,
              buyer,
              {"try_1"},
              two_lines,
              {15'000},
              {2'069},
              {Subject{buyer.value},
               DeliveryAddress{
                   "Chanda",
                   "Mwila",
                   "Plot 1",
                   "Lusaka",
                   std::nullopt,
                   "+260971234567",
                   std::nullopt
               }},
              std::nullopt,
              world.now() + hours(24),
              world.now()
          }}}}
    );
}

void capture(World& world) {
    world.commit(
        order.value,
        {{"payment:ord_1",
          PaymentEvent{PaymentCaptured{
              {"pay_1"}, order, {15'000}, "tx", Evidence::mock, Invoicing::off, world.now()
          }}},
         {"order:ord_1",
          OrderEvent{OrderConfirmed{
              order, buyer, {"pay_1"}, {"try_1"}, two_lines, {15'000}, Invoicing::off, world.now()
          }}},
         {"settlement:ord_1",
          SettlementEvent{LinesHeld{order, kit::shares_of(two_lines), world.now()}}}}
    );
}

void accept(World& world, const ShopId& shop) {
    world.commit(order.value, {{"order:ord_1", OrderEvent{FulfilmentAccepted{shop}}}});
}

void of_payment(World& world, PaymentEvent event) {
    world.commit(order.value, {{"payment:ord_1", std::move(event)}});
}

PaymentStatus payment_status(const MemoryTables& rows) {
    return order_payment_status(*rows.find(tables::orders, order.value));
}

OrderStatus status(const MemoryTables& rows) {
    return order_status(
        *rows.find(tables::orders, order.value),
        rows.where(tables::fulfilments, "order_id", order.value)
    );
}

std::int64_t balance(const MemoryTables& rows, std::string_view account) {
    std::int64_t sum = 0;
    for (const Row& row : rows.rows(tables::ledger)) {
        if (row.text("credit") == account) sum += row.integer("amount");
        if (row.text("debit") == account) sum -= row.integer("amount");
    }
    return sum;
}

TEST_CASE("a placed order shows its lines, its parts and where it goes") {
    World world;
    place(world);
    const MemoryTables rows = world.rows();
    const Row* row = rows.find(tables::orders, order.value);
    REQUIRE(row != nullptr);
    CHECK(status(rows) == OrderStatus::pending);
    CHECK(order_payment_status(*row) == PaymentStatus::pending);
    CHECK(row->text("reservation") == "HELD");
    CHECK(row->money("items_total") == Money{15'000});
    CHECK(row->text("first_name") == "Chanda");
    CHECK(row->is_null("province"));
    CHECK(rows.where(tables::order_items, "order_id", order.value).size() == 2);
    CHECK(rows.where(tables::fulfilments, "order_id", order.value).size() == 2);
    CHECK(rows.find(tables::schedule_due, Key{std::string{"order_expiry"}, order.value}));
}

TEST_CASE("an order's status is that of its least advanced live part") {
    World world;
    place(world);
    capture(world);
    CHECK(status(world.rows()) == OrderStatus::confirmed);
    accept(world, first_shop);
    CHECK(status(world.rows()) == OrderStatus::confirmed);
    accept(world, second_shop);
    CHECK(status(world.rows()) == OrderStatus::processing);
    world.commit(
        order.value,
        {{"order:ord_1", OrderEvent{FulfilmentReady{first_shop}}},
         {"order:ord_1",
          OrderEvent{FulfilmentCancelled{
              order, second_shop, {"try_1"}, {two_lines[1]}, true, "none left", world.now()
          }}}}
    );
    const MemoryTables rows = world.rows();
    CHECK(status(rows) == OrderStatus::shipped);
    CHECK(rows.find(tables::order_items, "itm_2")->boolean("cancelled"));
    CHECK_FALSE(rows.find(tables::order_items, "itm_1")->boolean("cancelled"));
    CHECK_FALSE(rows.find(tables::schedule_due, Key{std::string{"order_expiry"}, order.value}));
}

TEST_CASE("an order that was paid stays paid when a later attempt fails") {
    World world;
    place(world);
    capture(world);
    of_payment(world, PaymentFailed{{"pay_2"}, order, {"X", "y"}, world.now()});
    CHECK(payment_status(world.rows()) == PaymentStatus::paid);
}

TEST_CASE("an erased address leaves its columns empty") {
    World world;
    place(world);
    world.vault.forget(Subject{buyer.value});
    const MemoryTables rows = world.rows();
    const Row* row = rows.find(tables::orders, order.value);
    REQUIRE(row != nullptr);
    CHECK(row->is_null("first_name"));
    CHECK(row->is_null("phone"));
    CHECK(row->money("total") == Money{15'000});
}

TEST_CASE("the journal keeps what was sealed sealed, and gives every event back") {
    World world;
    place(world);
    const MemoryTables rows = world.rows();
    const auto journal = rows.rows(tables::journal);
    REQUIRE(journal.size() == 1);
    CHECK(journal.front().json("payload").find("\"k\":\"usr_1/person#1\"") != std::string::npos);
    MemoryTables again;
    replay(again, core_projections(), meta_in(journal.front()), world.vault);
    for (const Table* table : tables::all) {
        INFO(table->name);
        CHECK(again.digest(*table) == rows.digest(*table));
    }
}

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
    of_payment(
        world, AmountMismatch{{"pay_1"}, order, {15'000}, {14'999}, "tx", how, world.now()}
    );
    CHECK(payment_status(world.rows()) == PaymentStatus::pending);
}

TEST_CASE("an effect stands in effects_due until it is finished") {
    World world;
    const EffectId effect{"eff_1"};
    world.commit(
        order.value,
        {{"effect:eff_1",
          EffectEvent{EffectRequested{
              effect, EffectKind::deposit, "pay_1", world.now(), std::nullopt, world.now()
          }}},
         {"effect:eff_1",
          EffectEvent{
              EffectBegun{effect, EffectKind::deposit, 1, world.now() + seconds(30), world.now()}
          }}}
    );
    CHECK(world.rows().find(tables::effects_due, "eff_1")->integer("attempts") == 1);
    world.commit(
        order.value,
        {{"effect:eff_1", EffectEvent{EffectDeferred{effect, 1, "busy", world.now() + minutes(1)}}}}
    );
    MemoryTables rows = world.rows();
    CHECK(rows.find(tables::effects_due, "eff_1")->is_null("running_until"));
    CHECK(rows.find(tables::effects_due, "eff_1")->instant("due_at") == world.now() + minutes(1));
    world.commit(order.value, {{"effect:eff_1", EffectEvent{EffectFinished{effect, "done"}}}});
    CHECK(world.rows().find(tables::effects_due, "eff_1") == nullptr);
}

TEST_CASE("what can be bought is what is on hand and not held") {
    World world;
    const ProductId product{"prd_1"};
    world.commit(
        product.value,
        {{"product:prd_1",
          ProductEvent{ProductListed{
              product,
              first_shop,
              "SKU",
              "Pot",
              "",
              {100},
              10,
              {},
              "GDS",
              TaxCode::vat16,
              {},
              {},
              world.now()
          }}},
         {"product:prd_1",
          ProductEvent{StockHeld{
              product,
              order,
              {"try_1"},
              4,
              first_shop,
              "Pot",
              "GDS",
              TaxCode::vat16,
              {100},
              std::nullopt,
              world.now()
          }}}}
    );
    MemoryTables rows = world.rows();
    CHECK(rows.find(tables::products, "prd_1")->integer("held") == 4);
    CHECK(rows.rows(tables::stock_holds).size() == 1);
    world.commit(
        product.value,
        {{"product:prd_1", ProductEvent{HoldSold{product, order, {"try_1"}, 4}}},
         {"product:prd_1", ProductEvent{UnitsReturned{product, order, 1}}}}
    );
    rows = world.rows();
    CHECK(rows.find(tables::products, "prd_1")->integer("held") == 0);
    CHECK(rows.find(tables::products, "prd_1")->integer("on_hand") == 7);
    CHECK(rows.rows(tables::stock_holds).empty());
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

TEST_CASE("every declared table is made by one projection, under its own name") {
    std::set<std::string_view> made;
    for (const Projection* each : core_projections()) {
        CHECK(find_projection(each->name) == each);
        for (const Table* table : each->tables) CHECK(made.insert(table->name).second);
    }
    CHECK(made.size() == tables::all.size());
}

}  // namespace
}  // namespace pakashop::model
