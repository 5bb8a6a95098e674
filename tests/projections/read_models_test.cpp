#include <set>

#include <doctest/doctest.h>

#include "projections/core.hpp"
#include "projections/journal.hpp"
#include "projections/orders.hpp"
#include "projections/tables.hpp"
#include "tests/projections/market_rows.hpp"

/// What the read models say after certain histories.
namespace pakashop::model {
namespace {

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
