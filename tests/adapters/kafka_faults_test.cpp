#include <chrono>

#include <doctest/doctest.h>

#include "tests/adapters/kafka_bench.hpp"
#include "tests/kit/eventually.hpp"

namespace pakashop {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

KafkaLogOptions new_log() {
    auto options = kit::log_options_of(kit::make_generation(1), 1);
    options.read_patience = std::chrono::milliseconds{2500};
    return options;
}

// Nothing that was acknowledged is missing, and the node goes on.
void check_goes_on(kit::Node& node, std::uint64_t acknowledged) {
    node.lead(0);
    for (std::uint64_t n = 1; n <= acknowledged; ++n) {
        CHECK(node.replica().find_command(0, kit::numbered(1'000'000 + n)).has_value());
    }
    CHECK(node.commit() == AppendOutcome::durable);
    CHECK(node.commit() == AppendOutcome::durable);
    MESSAGE("checked ", acknowledged, " acknowledged records");
}

TEST_CASE("a broker killed under an append: unknown, and after its return the node leads again") {
    kit::Node node{new_log(), 1};
    node.lead(0);
    for (int i = 0; i < 20; ++i) REQUIRE(node.commit() == AppendOutcome::durable);
    kit::strike("pause 1");
    node.maker().commit("ord_1", 500, {});
    const PartitionBatch batch = node.maker().take();
    auto under_way = node.log().begin_append({&batch, 1});
    CHECK(under_way.wait_for(seconds{1}) == std::future_status::timeout);
    kit::strike("kill 1");
    const auto killed = Clock::now();
    CHECK(under_way.get() == std::vector{AppendOutcome::unknown});
    CHECK(Clock::now() - killed < seconds{3});
    CHECK(node.log().read(0, 21, 100).error() == LogFailure::unavailable);
    CHECK(node.log().end(0).error() == LogFailure::unavailable);
    kit::strike("start 1");
    check_goes_on(node, 20);
}

TEST_CASE("a paused broker: unknown in time, no reader takes silence for the end, then all is well"
) {
    kit::Node node{new_log(), 1};
    node.lead(0);
    for (int i = 0; i < 20; ++i) REQUIRE(node.commit() == AppendOutcome::durable);
    kit::strike("pause 1");
    const auto paused = Clock::now();
    node.maker().commit("ord_1", 500, {});
    CHECK(node.append() == AppendOutcome::unknown);
    CHECK(Clock::now() - paused < seconds{10});
    MESSAGE(
        "an append to a paused broker took ",
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - paused).count(),
        " ms"
    );
    // The batch may be there or not: an old answer does not do.
    CHECK(node.log().read(0, 21, 100).error() == LogFailure::unavailable);
    kit::strike("resume 1");
    check_goes_on(node, 20);
}

TEST_CASE("a tail that the broker lost is a regression, for writers and readers") {
    const KafkaLogOptions options = new_log();
    kit::Node writer{options, 1};
    kit::Node reader{options, 2};
    writer.lead(0);
    for (int i = 0; i < 10; ++i) REQUIRE(writer.commit() == AppendOutcome::durable);
    reader.catch_up(0);
    kit::strike("kill 1");
    const std::string lost = kit::strike(
        "lose-tail 1 --topic pakashop.log." + options.generation + " --partition 0 --batches 3"
    );
    CHECK(lost == "8");
    kit::strike("start 1");
    // One that stands at the end hears of it with its next fetch.
    CHECK(kit::eventually([&] { return !reader.log().read(0, 11, 100).has_value(); }));
    CHECK(reader.log().read(0, 11, 100).error() == LogFailure::damaged);
    CHECK(writer.commit() == AppendOutcome::regressed);
    CHECK(writer.log().end(0).value() == 9);
    // It stays frozen: an announcement is not even sent.
    kit::RecordMaker announcing{options.generation, 0};
    announcing.announce();
    const PartitionBatch batch = announcing.take();
    CHECK(writer.log().append({&batch, 1}) == std::vector{AppendOutcome::regressed});
    CHECK(writer.log().end(0).value() == 9);
    // A node that starts anew knows it from its place.
    const auto fresh = kit::open_log(options);
    CHECK(fresh->read(0, reader.replica().next_offset(0), 100).error() == LogFailure::damaged);
}

TEST_CASE("a log that is closed with an append under way does not wait for a paused broker") {
    auto node = std::make_unique<kit::Node>(new_log(), 1);
    node->lead(0);
    kit::strike("pause 1");
    node->maker().commit("ord_1", 500, {});
    const PartitionBatch batch = node->maker().take();
    auto under_way = node->log().begin_append({&batch, 1});
    const auto began = Clock::now();
    node.reset();
    CHECK(Clock::now() - began < seconds{2});
    CHECK(under_way.get() == std::vector{AppendOutcome::unknown});
    kit::strike("resume 1");
}

}  // namespace
}  // namespace pakashop
