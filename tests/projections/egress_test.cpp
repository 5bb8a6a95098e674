#include "projections/egress.hpp"

#include <mutex>
#include <set>

#include <doctest/doctest.h>

#include "adapters/memory/memory_log.hpp"
#include "events/public_view.hpp"
#include "tests/kit/eventually.hpp"
#include "tests/kit/market.hpp"
#include "tests/kit/memory_event_sink.hpp"
#include "tests/kit/plain_vault.hpp"
#include "tests/kit/walk.hpp"

namespace pakashop::model {
namespace {

using namespace std::chrono_literals;
using kit::eventually;
using kit::SinkFault;

/// A market's log, and the topics it should fill.
class World {
public:
    explicit World(std::uint64_t seed = 1) : market{recorder, seed} { market.open(4, 5); }

    std::unique_ptr<Egress> make_relay() {
        EgressOptions options;
        options.read_bytes_max = 20'000;
        options.events_max = 100;
        options.remember = 0ms;  // In the step that published, so that a test knows it.
        options.retry_first = 2ms;
        options.retry_last = 10ms;
        return std::make_unique<Egress>(log, sink, options);
    }
    /// Lets a relay publish everything, and ends it.
    EgressStatus run() {
        const auto relay = make_relay();
        relay->start();
        const bool done = eventually([&] { return over(*relay); });
        const EgressStatus status = relay->status();
        relay->stop();
        CHECK(done);
        return status;
    }
    bool all_published(const EgressStatus& status) {
        for (PartitionId i = 0; i < log.partitions(); ++i) {
            if (status.places[i] < log.state(i).place.seq) return false;
        }
        return true;
    }
    bool over(const Egress& relay) {
        const EgressStatus status = relay.status();
        const bool there = status.health == EgressHealth::following && all_published(status);
        return there || status.health == EgressHealth::halted;
    }

    /// The events of the log as they should be published, by topic.
    std::map<kit::MemoryEventSink::Topic, std::vector<PublicEvent>> expected() {
        std::map<kit::MemoryEventSink::Topic, std::vector<PublicEvent>> out;
        for (PartitionId i = 0; i < log.partitions(); ++i) {
            const auto entries = log.read(i, 0, 1U << 30);
            for (const LogEntry& entry : entries.value()) {
                for (auto& event : public_events(decode_record(entry.bytes).value())) {
                    out[{std::string{event.family}, i}].push_back(std::move(event));
                }
            }
        }
        return out;
    }
    /// How many events of the log are not of logins.
    std::uint64_t to_publish() {
        std::uint64_t count = 0;
        for (PartitionId i = 0; i < log.partitions(); ++i) {
            const auto entries = log.read(i, 0, 1U << 30);
            for (const LogEntry& entry : entries.value()) {
                const auto decoded = decode_record(entry.bytes);
                for (const RecordedEvent& event : decoded.value().record.events) {
                    count += !event.type.starts_with("login.");
                }
            }
        }
        return count;
    }
    /// Every event of the log is there once, in order, and nothing else.
    void check_topics() {
        const auto wanted = expected();
        const auto found = sink.topics();
        CHECK(sink.count() == to_publish());
        for (const auto& [topic, events] : wanted) {
            INFO(topic.first, " ", topic.second);
            REQUIRE(found.contains(topic));
            const auto& there = found.at(topic);
            REQUIRE(there.size() == events.size());
            for (std::size_t i = 0; i < events.size(); ++i) {
                CHECK(there[i].position == events[i].position);
                CHECK(there[i].id == events[i].id);
                CHECK(there[i].data == events[i].data);
            }
        }
    }

    MemoryLog log{"g1", 4};
    kit::PlainVault vault;
    kit::EventRecorder recorder{log, vault};
    kit::Market market;
    kit::MemoryEventSink sink;
};

TEST_CASE("a relay publishes every event of the log once, in order, and follows it") {
    World world;
    world.market.trade(100);
    const auto relay = world.make_relay();
    relay->start();
    CHECK(eventually([&] { return world.over(*relay); }));
    world.check_topics();
    world.market.trade(50);
    CHECK(!world.all_published(relay->status()));
    relay->notify();
    CHECK(eventually([&] { return world.over(*relay); }));
    world.check_topics();
    CHECK(relay->status().published == world.to_publish());
}

TEST_CASE("whatever becomes of single calls and lives, nothing is missing and nothing is doubled") {
    std::size_t faults = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        World world{seed};
        kit::Dice dice{seed};
        constexpr std::array kinds{
            SinkFault::away, SinkFault::unknown_written, SinkFault::partly_written, SinkFault::none
        };
        for (int life = 0; life < 4; ++life) {
            for (int i = 0; i < 6; ++i) {
                world.sink.fail_next(kinds[static_cast<std::size_t>(dice.between(0, 3))]);
            }
            world.market.trade(20);
            const auto relay = world.make_relay();
            relay->start();
            eventually([&] { return relay->status().published > 50 || world.over(*relay); });
        }
        world.run();
        world.check_topics();
        faults += world.sink.faults_met();
    }
    MESSAGE(faults << " faults");
    CHECK(faults > 200);
}

TEST_CASE("what a topic lost is published again, for that topic alone") {
    World world;
    world.market.trade(60);
    world.run();
    SUBCASE("its newest events") { world.sink.lose_tail(3); }
    SUBCASE("all of it") { world.sink.remove("payment"); }
    SUBCASE("all topics") {
        for (const auto family : published_families()) world.sink.remove(family);
    }
    SUBCASE("the places alone, and then nothing is published") { world.sink.forget_places(); }
    world.run();
    world.check_topics();
}

TEST_CASE("what retention took is not published again") {
    World world;
    world.market.trade(60);
    world.run();
    world.sink.expire();
    const std::uint64_t before = world.to_publish();
    world.market.trade(5);
    CHECK(world.run().published == world.to_publish() - before);
    CHECK(world.sink.count() == world.to_publish() - before);
}

TEST_CASE("topics that were filled from another history halt the relay") {
    World other{7};
    other.market.trade(80);
    World world;
    world.market.trade(20);
    SUBCASE("a longer one") {
        other.run();
        for (const auto& [topic, events] : other.sink.topics()) CHECK(world.sink.publish(events));
    }
    SUBCASE("one that differs in the last event") {
        world.run();
        world.sink.forget_places();
        auto changed = world.sink.topics().begin()->second.back();
        world.sink.lose_tail(1);
        changed.id = std::string(32, '0');
        CHECK(world.sink.publish({&changed, 1}));
    }
    const EgressStatus status = world.run();
    CHECK(status.health == EgressHealth::halted);
    CHECK(status.reason.find("the topic ends with") != std::string::npos);
}

TEST_CASE("a log that no longer holds what was published halts the relay") {
    World world;
    world.market.trade(60);
    world.run();
    for (PartitionId i = 0; i < world.log.partitions(); ++i) world.log.lose_tail(i, 2);
    CHECK(world.run().health == EgressHealth::halted);
}

}  // namespace
}  // namespace pakashop::model
