#include <doctest/doctest.h>

#include "adapters/postgres/reads.hpp"
#include "adapters/postgres/rebuild_store.hpp"
#include "projections/core.hpp"
#include "projections/journal.hpp"
#include "projections/ledger.hpp"
#include "projections/memory_tables.hpp"
#include "projections/orders.hpp"
#include "projections/tables.hpp"
#include "tests/adapters/postgres_market.hpp"
#include "tests/kit/walk.hpp"

namespace pakashop::postgres {
namespace {

using kit::eventually;
using kit::PostgresCluster;
using kit::PostgresMarket;
using model::RunnerHealth;
using Outcome = model::ApplyResult::Outcome;

TEST_CASE("the same events give the same rows in PostgreSQL as one by one in memory") {
    std::uint64_t events = 0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        PostgresMarket world{seed};
        world.market.trade(40);
        world.follow();
        world.market.trade(60);
        world.follow();
        world.check_tables();
        events += world.recorder.events();
    }
    MESSAGE(events, " events compared");
    CHECK(events > 5'000);
}

// Any change after any other, small tables, many batches: what merging and SQL make of it.
TEST_CASE("random changes give the same rows in PostgreSQL as in memory") {
    PostgresMarket world;
    model::MemoryTables expected;
    kit::Dice dice{7};
    const auto text = [&] {
        return model::Value{"\\ \"{},NULL\n\t" + std::to_string(dice.between(0, 99))};
    };
    const auto one = [&]() -> model::RowChange {
        namespace tables = model::tables;
        const model::Key key{"s" + std::to_string(dice.between(0, 30))};
        switch (dice.between(0, 5)) {
            case 0:
                return model::insert(tables::shops, {{"id", key[0]}, {"name", text()}});
            case 1:
                return model::remove(tables::shops, key);
            case 2:
                return model::patch(
                    tables::shops,
                    key,
                    {{"name", model::Value{}},
                     {"created_at", Instant{dice.between(0, 1'000'000'000'000)}}}
                );
            case 3:
                return model::add(tables::accounts, key, {{"held", dice.between(-99, 99)}});
            case 4:
                return model::patch(tables::accounts, key, {{"paid_out", dice.between(-9, 9)}});
            default:
                return model::add(tables::accounts, key, {{"paid_out", 1}, {"in_payout", -1}});
        }
    };
    std::vector<model::Checkpoint> checkpoints = world.store.checkpoints("random", "g1", 4).value();
    for (int batch = 0; batch < 150; ++batch) {
        model::ChangeSet changes;
        for (auto i = dice.between(1, 30); i > 0; --i) {
            model::RowChange change = one();
            expected.apply(change);
            changes.take(std::move(change));
        }
        model::CheckpointMove move{checkpoints[0], checkpoints[0]};
        move.to.state.place.seq += 1;
        // The first batch of a partition promises that its rows are new; these are not.
        if (batch == 0) move.from.state.place.seq = 0;
        const auto result = world.store.apply("random", changes, {&move, 1});
        REQUIRE_MESSAGE(result.outcome == Outcome::applied, result.detail);
        checkpoints[0] = move.to;
    }
    Reads reads{{.url = world.schema.url()}};
    for (const model::Table* table : {&model::tables::shops, &model::tables::accounts}) {
        std::string order = "ORDER BY " + std::string{table->columns[0].name} + " COLLATE \"C\"";
        const auto rows = reads.from(*table, order, {});
        REQUIRE(rows.has_value());
        CHECK(rows->size() > 5);
        CHECK(*rows == expected.rows(*table));
    }
}

TEST_CASE("the books balance, agree with payments and lines, and can be asked as of a time") {
    PostgresMarket world;
    world.market.trade(150);
    const Instant noon = world.recorder.now();
    world.follow();
    Reads reads{{.url = world.schema.url()}};
    const auto books = [&](model::Value at) {
        return reads.query(model::columns::books, model::books_sql, {std::move(at)}).value().at(0);
    };
    const model::Row then = books({});
    world.recorder.advance(hours(1));
    world.market.trade(50);
    world.follow();
    const model::Row now = books({});
    CHECK(then.integer("captured") > 0);
    CHECK(now.integer("captured") > then.integer("captured"));
    const model::Row back_then = books(noon);
    for (const std::string_view name :
         {"captured", "held", "paid_out", "platform_fees", "checked_orders", "checked_lines"}) {
        INFO(name);
        CHECK(back_then.integer(name) == then.integer(name));
    }
    CHECK(now.integer("difference") == 0);
    for (const std::string_view name :
         {"captured",
          "held",
          "releasable",
          "in_payout",
          "paid_out",
          "platform_fees",
          "refund_payable",
          "suspense"}) {
        INFO(name);
        CHECK(now.integer("checked_" + std::string{name}) == now.integer(name));
    }
    CHECK(now.integer("checked_orders") > 100);
    CHECK(now.integer("checked_lines") > 200);
}

TEST_CASE("a status filter finds the orders whose derived status it is") {
    PostgresMarket world;
    world.market.trade(120);
    world.follow();
    Reads reads{{.url = world.schema.url()}};
    std::size_t seen = 0;
    for (const std::string_view status : enum_names(OrderStatus{})) {
        const OrderStatus wanted = *enum_from_name<OrderStatus>(status);
        const std::string tail =
            "o WHERE " + std::string{model::order_status_sql} + " = $1 AND o.phase = $2";
        const auto orders = reads.from(
            model::tables::orders,
            tail,
            {std::string{status}, std::string{name_of(model::phase_of(wanted))}}
        );
        REQUIRE(orders.has_value());
        for (const model::Row& order : *orders) {
            const auto parts =
                reads.from(model::tables::fulfilments, "WHERE order_id = $1", {order.text("id")});
            CHECK(name_of(model::order_status(order, *parts)) == status);
            ++seen;
        }
    }
    CHECK(seen == 120);
}

TEST_CASE("an order folded from the journal as of a time is what it was then") {
    PostgresMarket world;
    world.market.trade(30);
    world.follow();
    Reads reads{{.url = world.schema.url()}};
    std::size_t compared = 0;
    const auto orders = reads.from(model::tables::orders, "", {});
    for (const model::Row& order : orders.value()) {
        const auto journal = reads.query(
            model::tables::journal.columns, model::journal_of_key_sql, {order.text("id"), {}}
        );
        REQUIRE(journal.has_value());
        model::MemoryTables then;
        for (const model::Row& row : *journal) {
            model::replay(then, model::order_projections(), model::meta_in(row), world.vault);
        }
        CHECK(*then.find(model::tables::orders, order.text("id")) == order);
        ++compared;
    }
    CHECK(compared == 30);
}

TEST_CASE("questions about one moment do not see what is written between them") {
    PostgresMarket world;
    world.market.trade(10);
    world.follow();
    Reads reads{{.url = world.schema.url()}};
    std::size_t before = 0;
    std::size_t after = 0;
    const auto asked = reads.at_one_moment([&](api::ReadModels& rows) {
        before = rows.from(model::tables::orders, "", {})->size();
        world.market.trade(5);
        world.follow();
        after = rows.from(model::tables::orders, "", {})->size();
        return Result<void, api::ReadFailure>{};
    });
    CHECK(asked.has_value());
    CHECK(before == 10);
    CHECK(after == 10);
    CHECK(reads.from(model::tables::orders, "", {})->size() == 15);
    const auto wrong = reads.at_one_moment([](api::ReadModels& rows) {
        (void)rows.from(model::tables::orders, "WHERE nonsense", {});
        return Result<void, api::ReadFailure>{};
    });
    CHECK(wrong.error() == api::ReadFailure::failed);
}

TEST_CASE("a statement that takes too long is not asked again") {
    kit::PostgresSchema schema;
    schema.run("CREATE SEQUENCE calls");
    Reads reads{{.url = schema.url(), .statement_timeout_ms = 200}};
    constexpr std::array columns{model::Column{"n", model::ColumnType::integer}};
    const auto slow = reads.query(
        columns,
        "SELECT n FROM (SELECT nextval('calls') AS n OFFSET 0) c "
        "WHERE pg_sleep(10 + n)::text <> 'never'",
        {}
    );
    CHECK(slow.error() == api::ReadFailure::unavailable);
    CHECK(schema.run("SELECT last_value FROM calls") == "1");
}

TEST_CASE("whoever only looks where a group stands waits for nobody who holds it") {
    PostgresMarket world;
    world.market.trade(10);
    world.follow();
    RebuildStore holder{world.schema.url()};
    REQUIRE(holder.hold("core").has_value());
    const auto places = world.store.places("core", "g1", 4);
    REQUIRE(places.has_value());
    for (PartitionId i = 0; i < 4; ++i) {
        CHECK(places->at(i).state.place == world.log.state(i).place);
    }
    holder.discard();
    CHECK(world.store.places("core", "g2", 4).error() == model::StoreFailure::damaged);
    CHECK(world.store.places("nobody", "g1", 4)->size() == 4);
}

TEST_CASE("a wrong query is our failure, an absent server is not") {
    PostgresMarket world;
    Reads reads{{.url = world.schema.url()}};
    CHECK(
        reads.from(model::tables::orders, "WHERE nonsense", {}).error() == api::ReadFailure::failed
    );
    Reads nobody{{.url = "postgresql://x:y@127.0.0.1:1/x"}};
    CHECK(nobody.from(model::tables::orders, "", {}).error() == api::ReadFailure::unavailable);
}

TEST_CASE("a checkpoint of another generation stops the runner") {
    PostgresMarket world;
    world.follow();
    CHECK(world.store.checkpoints("core", "g2", 4).error() == model::StoreFailure::damaged);
    CHECK(world.store.checkpoints("core", "g1", 8).has_value() == false);
}

TEST_CASE("of two runners over two connections one stops, and the rows are right") {
    PostgresMarket world;
    RowStore other{{.url = world.schema.url(), .suffix = {}}};
    const auto first = world.make_runner(world.store);
    const auto second = world.make_runner(other);
    first->start();
    second->start();
    const auto halted = [&] {
        return (first->status().health == RunnerHealth::halted) +
               (second->status().health == RunnerHealth::halted);
    };
    for (int i = 0; i < 200 && halted() == 0; ++i) {
        world.market.trade(5);
        first->notify();
        second->notify();
    }
    CHECK(eventually([&] { return halted() == 1; }));
    const bool first_lost = first->status().health == RunnerHealth::halted;
    CHECK(eventually([&] { return world.caught_up(first_lost ? *second : *first); }));
    first->stop();
    second->stop();
    world.check_tables();
}

TEST_CASE("a server that crashes again and again loses nothing and doubles nothing") {
    PostgresMarket world;
    const auto runner = world.make_runner(world.store);
    runner->start();
    for (int i = 0; i < 4; ++i) {
        world.market.trade(60);
        runner->notify();
        PostgresCluster::get().crash();
        world.market.trade(30);
        runner->notify();
        CHECK(eventually([&] { return runner->status().health == RunnerHealth::store_away; }));
        PostgresCluster::get().start();
        CHECK(eventually([&] { return world.caught_up(*runner); }));
    }
    CHECK(runner->status().health == RunnerHealth::following);
    runner->stop();
    world.check_tables();
}

}  // namespace
}  // namespace pakashop::postgres
