#include <cstdlib>

#include <doctest/doctest.h>

#include "adapters/postgres/rebuild_store.hpp"
#include "projections/core.hpp"
#include "projections/rebuild.hpp"
#include "tests/adapters/postgres_market.hpp"

namespace pakashop::postgres {
namespace {

using kit::PostgresMarket;
using model::RebuildMode;
using model::RebuildOptions;

TEST_CASE("every read model rebuilt from the first event equals the live one") {
    PostgresMarket world;
    world.market.trade(150);
    world.follow();
    RebuildStore store{world.schema.url()};
    std::size_t tables = 0;
    for (const model::Projection* each : model::core_projections()) {
        INFO(each->name);
        const auto report = model::rebuild(world.log, world.vault, store, *each, {});
        REQUIRE_MESSAGE(report.has_value(), report.error().detail);
        CHECK(report->equal());
        CHECK(report->events == world.recorder.events());
        tables += report->tables.size();
    }
    CHECK(tables == 25);
    CHECK(
        world.schema.run("SELECT count(*) FROM pg_tables WHERE tablename LIKE '%rebuild'") == "0"
    );
}

TEST_CASE("a check tells which rows differ, and changes nothing") {
    PostgresMarket world;
    world.market.trade(60);
    world.follow();
    world.schema.run("UPDATE orders SET total = total + 1 WHERE id = 'ord_7'");
    world.schema.run("DELETE FROM orders WHERE id = 'ord_9'");
    RebuildStore store{world.schema.url()};
    const auto report =
        model::rebuild(world.log, world.vault, store, *model::find_projection("orders"), {});
    REQUIRE(report.has_value());
    CHECK_FALSE(report->equal());
    CHECK(report->tables[0].different == 2);
    CHECK(report->tables[0].examples == std::vector<std::string>{"ord_7", "ord_9"});
    CHECK(report->tables[1].equal());
    CHECK(world.schema.run("SELECT count(*) FROM orders") == "59");
}

TEST_CASE("a swap puts the rebuilt tables in place under a running server, indexes and all") {
    PostgresMarket world;
    world.market.trade(60);
    const auto runner = world.make_runner(world.store);
    runner->start();
    REQUIRE(kit::eventually([&] { return world.caught_up(*runner); }));
    const std::string indexes =
        "SELECT string_agg(indexname, ' ' ORDER BY indexname) FROM pg_indexes WHERE tablename = "
        "'orders' AND schemaname = current_schema()";
    const std::string before = world.schema.run(indexes);
    world.schema.run("UPDATE orders SET total = total + 1");
    RebuildStore store{world.schema.url()};
    RebuildOptions options;
    options.mode = RebuildMode::swap;
    for (int again = 0; again < 2; ++again) {
        const auto report = model::rebuild(
            world.log, world.vault, store, *model::find_projection("orders"), options
        );
        REQUIRE_MESSAGE(report.has_value(), report.error().detail);
        world.market.trade(20);
        runner->notify();
        CHECK(kit::eventually([&] { return world.caught_up(*runner); }));
    }
    CHECK(world.schema.run(indexes) == before);
    runner->stop();
    world.check_tables();
}

/// A store under which the shop goes on trading while it makes its indexes.
class BusyStore final : public model::RebuildStore {
public:
    explicit BusyStore(PostgresMarket& world) : world_{world}, store_{world.schema.url()} {}

    Result<void, model::RebuildFailure> begin(const model::Projection& projection) override {
        return store_.begin(projection);
    }
    model::RowStore& rows() override { return store_.rows(); }
    Result<std::vector<model::Checkpoint>, model::RebuildFailure> live(std::string_view group
    ) override {
        return store_.live(group);
    }
    Result<void, model::RebuildFailure> finish() override {
        const auto done = store_.finish();
        world_.market.trade(100);
        world_.follow();
        return done;
    }
    Result<std::vector<model::Checkpoint>, model::RebuildFailure> hold(std::string_view group
    ) override {
        read_when_held = read;
        return store_.hold(group);
    }
    Result<std::vector<model::TableComparison>, model::RebuildFailure> compare() override {
        return store_.compare();
    }
    Result<void, model::RebuildFailure> swap() override { return store_.swap(); }
    void discard() override { store_.discard(); }

    std::uint64_t read = 0;  ///< Records, as the rebuild reports them.
    std::uint64_t read_when_held = 0;

private:
    PostgresMarket& world_;
    postgres::RebuildStore store_;
};

TEST_CASE("what was traded while a rebuild worked is read before the live group is held") {
    PostgresMarket world;
    world.market.trade(50);
    world.follow();
    BusyStore store{world};
    RebuildOptions options;
    options.progress = [&](const model::RebuildReport& report) { store.read = report.records; };
    const auto report =
        model::rebuild(world.log, world.vault, store, *model::find_projection("orders"), options);
    REQUIRE_MESSAGE(report.has_value(), report.error().detail);
    CHECK(report->equal());
    CHECK(report->records == store.read_when_held);
}

TEST_CASE("of two rebuilds of one read model the second is refused, and spoils nothing") {
    PostgresMarket world;
    world.market.trade(30);
    world.follow();
    const model::Projection& orders = *model::find_projection("orders");
    RebuildStore first{world.schema.url()};
    REQUIRE(first.begin(orders).has_value());
    RebuildStore second{world.schema.url()};
    const auto refused = model::rebuild(world.log, world.vault, second, orders, {});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().kind == model::RebuildFailure::Kind::refused);
    const std::string twins =
        "SELECT count(*) FROM pg_tables WHERE tablename = 'orders__rebuild' "
        "AND schemaname = current_schema()";
    CHECK(world.schema.run(twins) == "1");
    first.discard();
    const auto report = model::rebuild(world.log, world.vault, second, orders, {});
    REQUIRE_MESSAGE(report.has_value(), report.error().detail);
    CHECK(report->equal());
}

TEST_CASE("a rebuild whose log is not the live one's is refused or differs, never swapped blindly"
) {
    PostgresMarket world;
    world.market.trade(30);
    world.follow();
    MemoryLog other{"g1", 4};
    kit::EventRecorder recorder{other, world.vault};
    recorder.flush();
    RebuildStore store{world.schema.url()};
    RebuildOptions options;
    options.mode = RebuildMode::swap;
    const auto report =
        model::rebuild(other, world.vault, store, *model::find_projection("orders"), options);
    CHECK_FALSE(report.has_value());
    CHECK(world.schema.run("SELECT count(*) FROM orders") == "30");
}

}  // namespace
}  // namespace pakashop::postgres
