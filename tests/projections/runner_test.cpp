#include "projections/runner.hpp"

#include <future>
#include <mutex>

#include <doctest/doctest.h>

#include "adapters/memory/memory_log.hpp"
#include "projections/core.hpp"
#include "projections/rebuild.hpp"
#include "projections/tables.hpp"
#include "tests/kit/eventually.hpp"
#include "tests/kit/market.hpp"
#include "tests/kit/memory_row_store.hpp"
#include "tests/kit/plain_vault.hpp"
#include "tests/kit/walk.hpp"

namespace pakashop::model {
namespace {

using namespace std::chrono_literals;
using kit::eventually;

/// A plain vault that a test and a runner use at once.
class SharedVault final : public Vault {
public:
    Ciphertext seal(const Subject& subject, std::string_view context, std::string_view text)
        override {
        const std::lock_guard lock{mutex_};
        return plain_.seal(subject, context, text);
    }
    std::optional<std::string> open(const Ciphertext& sealed, std::string_view context) override {
        const std::lock_guard lock{mutex_};
        return plain_.open(sealed, context);
    }
    void forget(const Subject& subject) {
        const std::lock_guard lock{mutex_};
        plain_.forget(subject);
    }

private:
    std::mutex mutex_;
    kit::PlainVault plain_;
};

/// A market's log, a store, and what the store should hold.
class World {
public:
    explicit World(std::uint64_t seed = 1) : market{recorder, seed} { market.open(4, 5); }

    std::unique_ptr<Runner> make_runner(RowStore& into) {
        RunnerOptions options;
        options.retry_first = 5ms;
        options.retry_last = 20ms;
        options.events_max = 300;
        options.read_bytes_max = 20'000;
        return std::make_unique<Runner>(log, vault, into, core_projections(), options);
    }
    MemoryTables expected() {
        MemoryTables tables;
        for (PartitionId i = 0; i < log.partitions(); ++i) {
            const auto entries = log.read(i, 0, 1U << 30);
            for (const LogEntry& entry : entries.value()) {
                replay(tables, core_projections(), decode_record(entry.bytes).value(), vault);
            }
        }
        return tables;
    }
    void check_store() {
        const MemoryTables tables = expected();
        for (const Table* table : tables::all) {
            INFO(table->name);
            CHECK(store.digest(*table) == tables.digest(*table));
        }
        CHECK(store.count(tables::journal) == recorder.events());
    }

    MemoryLog log{"g1", 4};
    SharedVault vault;
    kit::EventRecorder recorder{log, vault};
    kit::Market market;
    kit::MemoryRowStore store;
};

bool caught_up(World& world, Runner& runner) {
    for (PartitionId i = 0; i < world.log.partitions(); ++i) {
        if (runner.position(i) != world.log.state(i).place.seq) return false;
    }
    return true;
}

TEST_CASE("a runner fills the tables from the log, and follows it") {
    World world;
    world.market.trade(100);
    const auto runner = world.make_runner(world.store);
    runner->start();
    CHECK(eventually([&] { return caught_up(world, *runner); }));
    world.check_store();
    world.market.trade(50);
    runner->notify();
    CHECK(eventually([&] { return caught_up(world, *runner); }));
    world.check_store();
    CHECK(runner->status().health == RunnerHealth::following);
    CHECK(runner->status().events == world.recorder.events());
}

TEST_CASE("a batch that others have to wait behind holds all there is, and is told once written") {
    World world;
    world.market.trade(100);
    RunnerOptions options;
    options.events_max = world.recorder.events() + 1;
    options.busy_events = 1;
    options.pace = 1h;
    Runner runner{world.log, world.vault, world.store, core_projections(), options};
    runner.start();
    CHECK(eventually([&] { return caught_up(world, runner); }));
    CHECK(runner.status().batches == 1);
    world.check_store();
}

TEST_CASE("rows count as caught up once they have reached the log's end, and not while filled") {
    World world;
    world.market.trade(300);
    const auto runner = world.make_runner(world.store);
    std::size_t batches = 0;
    std::size_t too_early = 0;
    runner->on_batch([&](const BatchReport&) {
        ++batches;
        if (runner->status().caught_up && !caught_up(world, *runner)) ++too_early;
    });
    CHECK_FALSE(runner->status().caught_up);
    runner->start();
    CHECK(eventually([&] { return runner->status().caught_up; }));
    CHECK(caught_up(world, *runner));
    runner->stop();
    CHECK(batches > 2);
    CHECK(too_early == 0);
}

TEST_CASE("a runner that ends in the middle is followed by one that goes on where it stood") {
    World world;
    world.market.trade(300);
    std::uint64_t begun = 0;
    for (int life = 0; life < 20; ++life) {
        const auto runner = world.make_runner(world.store);
        runner->start();
        eventually([&] { return runner->status().batches > 0 || caught_up(world, *runner); });
        runner->stop();
        begun += runner->status().events;
    }
    const auto last = world.make_runner(world.store);
    last->start();
    CHECK(eventually([&] { return caught_up(world, *last); }));
    last->stop();
    CHECK(begun + last->status().events == world.recorder.events());
    world.check_store();
}

TEST_CASE("whatever becomes of single commits, nothing is missing and nothing is doubled") {
    using kit::StoreFault;
    std::size_t faults = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        World world{seed};
        kit::Dice dice{seed};
        constexpr std::array kinds{
            StoreFault::away,
            StoreFault::unknown_written,
            StoreFault::unknown_lost,
            StoreFault::refused,
            StoreFault::none
        };
        for (int i = 0; i < 12; ++i) {
            world.store.fail_next(kinds[static_cast<std::size_t>(dice.between(0, 4))]);
            ++faults;
        }
        const auto runner = world.make_runner(world.store);
        runner->start();
        world.market.trade(60);
        CHECK(eventually([&] { return caught_up(world, *runner); }));
        runner->stop();
        world.check_store();
    }
    CHECK(faults == 240);
}

TEST_CASE("a store that is away is waited for, and a store that lost everything is filled again") {
    World world;
    world.market.trade(50);
    const auto runner = world.make_runner(world.store);
    runner->start();
    CHECK(eventually([&] { return caught_up(world, *runner); }));
    world.store.set_away(true);
    world.market.trade(10);
    runner->notify();
    CHECK(eventually([&] { return runner->status().health == RunnerHealth::store_away; }));
    world.store.drop();
    world.store.set_away(false);
    CHECK(eventually([&] { return caught_up(world, *runner); }));
    CHECK(eventually([&] { return runner->status().health == RunnerHealth::following; }));
    world.check_store();
}

TEST_CASE("a store that went back in time is brought forward again") {
    World world;
    world.market.trade(50);
    const auto runner = world.make_runner(world.store);
    runner->start();
    CHECK(eventually([&] { return caught_up(world, *runner); }));
    world.store.keep();
    world.market.trade(20);
    runner->notify();
    CHECK(eventually([&] { return caught_up(world, *runner); }));
    world.store.go_back();
    world.market.trade(20);
    runner->notify();
    CHECK(eventually([&] {
        return caught_up(world, *runner) &&
               world.store.count(tables::journal) == world.recorder.events();
    }));
    world.check_store();
}

TEST_CASE("of two runners of one group one stops, and the rows are right") {
    World world;
    const auto first = world.make_runner(world.store);
    const auto second = world.make_runner(world.store);
    first->start();
    second->start();
    const auto halted = [&] {
        return (first->status().health == RunnerHealth::halted) +
               (second->status().health == RunnerHealth::halted);
    };
    REQUIRE(eventually([&] {
        world.market.trade(5);
        first->notify();
        second->notify();
        return halted() > 0;
    }));
    CHECK(halted() == 1);
    Runner& winner = first->status().health == RunnerHealth::halted ? *second : *first;
    CHECK(eventually([&] { return caught_up(world, winner); }));
    world.check_store();
}

TEST_CASE("a log that became shorter stops the runner, running or starting") {
    World world;
    world.market.trade(50);
    const auto runner = world.make_runner(world.store);
    runner->start();
    CHECK(eventually([&] { return caught_up(world, *runner); }));
    world.log.lose_tail(2, 3);
    runner->notify();
    CHECK(eventually([&] { return runner->status().health == RunnerHealth::halted; }));
    const auto again = world.make_runner(world.store);
    again->start();
    CHECK(eventually([&] { return again->status().health == RunnerHealth::halted; }));
    CHECK(again->status().reason.find("partition 2") != std::string::npos);
    CHECK(again->status().reason.find("no longer holds") != std::string::npos);
}

TEST_CASE("an event that cannot be digested stops its group, and nothing is skipped") {
    World world;
    const auto runner = world.make_runner(world.store);
    runner->start();
    world.recorder.commit("ord_x", {{"order:ord_x", OrderEvent{FulfilmentAccepted{{"shp_1"}}}}});
    world.recorder.flush();
    runner->notify();
    CHECK(eventually([&] { return caught_up(world, *runner); }));
    const UserId user{"usr_bad"};
    LoginRegistered misplaced{
        user,
        Sealed<PublicText>{Ciphertext{"usr_bad/person#1", "elsewhere|x"}},
        {Subject{"usr_bad"}, "+260"},
        {Subject{"usr_bad"}, "n"},
        {Subject{"usr_bad"}, "h"},
        {},
        std::nullopt,
        world.recorder.now()
    };
    world.recorder.commit("login:bad", {{"login:bad", LoginEvent{misplaced}}});
    world.market.trade(20);
    runner->notify();
    CHECK(eventually([&] { return runner->status().health == RunnerHealth::stuck; }));
    CHECK(runner->status().reason.find("sealed at another place") != std::string::npos);
    CHECK_FALSE(caught_up(world, *runner));
    world.vault.forget(Subject{"usr_bad"});  // Mended: it reads as erased from now on.
    CHECK(eventually([&] { return caught_up(world, *runner); }));
    CHECK(eventually([&] { return runner->status().health == RunnerHealth::following; }));
    world.check_store();
}

TEST_CASE("who waits for a position is told when its rows are readable, or at the deadline") {
    World world;
    const auto runner = world.make_runner(world.store);
    runner->start();
    CHECK(eventually([&] { return caught_up(world, *runner); }));
    const std::uint64_t next = world.log.state(1).place.seq + 1;
    const auto ask = [&](std::chrono::milliseconds patience) {
        auto told = std::make_shared<std::promise<bool>>();
        runner->wait_until(1, next, std::chrono::steady_clock::now() + patience, [told](bool yes) {
            told->set_value(yes);
        });
        return told->get_future();
    };
    CHECK_FALSE(ask(20ms).get());
    auto patient = ask(5s);
    std::size_t tries = 0;
    while (world.log.state(1).place.seq < next && ++tries < 1'000) {
        world.market.trade(1);
        runner->notify();
    }
    CHECK(patient.get());
    runner->stop();
    auto late = std::make_shared<std::promise<bool>>();
    runner->wait_until(1, next + 100'000, {}, [late](bool yes) { late->set_value(yes); });
    CHECK_FALSE(late->get_future().get());
}

TEST_CASE("who is late is told by the next who waits, should nobody else have the time") {
    Positions positions;
    bool told = false;
    bool answer = true;
    const auto past = std::chrono::steady_clock::now() - 1ms;
    positions.wait_until(0, 1, past, [&](bool yes) {
        told = true;
        answer = yes;
    });
    CHECK_FALSE(told);
    const auto later = std::chrono::steady_clock::now() + 1h;
    positions.wait_until(0, 1, later, [](bool) {});
    CHECK(told);
    CHECK_FALSE(answer);
    positions.give_up();
}

TEST_CASE("a record carried over from an older log brings its events with it") {
    World world;
    MemoryLog old{"g0", 1};
    kit::EventRecorder old_recorder{old, world.vault};
    old_recorder.commit(
        "config:flags",
        {{"config:flags",
          ConfigEvent{SettingChanged{"carried", "over", {"usr_1"}, old_recorder.now()}}}}
    );
    old_recorder.flush();
    const auto entries = old.read(0, 0, 1U << 20).value();
    REQUIRE(entries.size() == 2);
    world.recorder.import("config:flags", entries.back().bytes);
    world.recorder.flush();
    const auto runner = world.make_runner(world.store);
    runner->start();
    CHECK(eventually([&] { return caught_up(world, *runner); }));
    CHECK(world.store.count(tables::config) == 2);
}

}  // namespace
}  // namespace pakashop::model
