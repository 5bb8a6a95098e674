#include <algorithm>

#include <doctest/doctest.h>

#include "tests/adapters/kafka_key_bench.hpp"

/// Keys on a broker that compacts, forgets, or is away.
namespace pakashop {
namespace {

using namespace std::chrono_literals;
using kit::open_error;
using kit::open_keys;
using kit::race;
using kit::subject;
using kit::time_of;
using kit::until;

// Tiny segments, compacted as soon as there is anything to compact.
std::string make_restless_topic() {
    return kit::make_key_topic_with(
        "--config cleanup.policy=compact --config retention.ms=-1 --config retention.bytes=-1"
        " --config flush.messages=1 --config segment.ms=200 --config max.compaction.lag.ms=1000"
        " --config min.cleanable.dirty.ratio=0.01 --config delete.retention.ms=0"
    );
}

TEST_CASE("compaction removes destroyed and lost keys from the topic and changes no answer") {
    const kit::KeyBench bench{make_restless_topic()};
    constexpr int subjects = 30;
    const auto one = bench.open();
    const auto other = bench.open();
    const auto seen = race({one.get(), other.get()}, 2, subjects);
    const auto written = bench.keys_left();
    CHECK(written > subjects);
    for (int n = 0; n < subjects; n += 3) CHECK(one->destroy(subject(n)).has_value());
    // Segments are closed, and compacted, only while something is written.
    int fillers = 0;
    const auto only_living_are_left = [&] {
        (void)one->current("filler_" + std::to_string(++fillers) + "/person");
        return bench.keys_left() == subjects - subjects / 3;
    };
    const auto took = time_of([&] { CHECK(until(90s, only_living_are_left)); });
    MESSAGE(
        written << " records of keys became " << bench.keys_left() << " in " << took.count()
                << " ms, " << fillers << " more keys"
    );
    for (const auto& store : {bench.open(), bench.open()}) {
        for (int n = 0; n < subjects; ++n) {
            const auto key = store->find(subject(n), 1);
            REQUIRE(key.has_value());
            CHECK(key->has_value() == (n % 3 != 0));
            if (*key) CHECK(*key == seen[0][static_cast<std::size_t>(n)]);
        }
        CHECK(store->current(subject(0))->number == 2);
    }
}

TEST_CASE("a topic that has lost keys is noticed, and what they sealed does not pass for erased") {
    const kit::KeyBench bench;
    std::string told;
    auto options = bench.options();
    options.on_failure = [&](std::string_view problem) { told = problem; };
    const auto store = open_keys(options);
    (void)store->current(subject(1));
    const DataKey key = store->current(subject(2))->key;
    (void)store->current(subject(3));
    (void)kit::strike("kill 1");
    (void)kit::strike("lose-tail 1 --partition 0 --batches 2 --topic " + options.topic);
    (void)kit::strike("start 1");
    CHECK(until(60s, [&] {
        const auto made = store->current(subject(4));
        return !made && made.error() == KeyFailure::damaged;
    }));
    CHECK(store->find(subject(2), 1).value() == key);
    MESSAGE(told);
    CHECK(told.find("cut") != told.npos);
    CHECK(bench.open()->find(subject(1), 1).value());
    CHECK(bench.open()->find(subject(2), 1).error() == KeyFailure::damaged);
}

TEST_CASE("no broker: known keys are found, the rest is unavailable in time, and comes back") {
    const kit::KeyBench bench;
    auto options = bench.options();
    options.patience = 2000ms;
    const auto store = open_keys(options);
    const DataKey key = store->current(subject(1))->key;
    for (const std::string blow : {"kill 1", "pause 1"}) {
        INFO(blow);
        (void)kit::strike(blow);
        CHECK(store->find(subject(1), 1).value() == key);
        CHECK(store->current(subject(1))->key == key);
        const auto made =
            time_of([&] { CHECK(store->current(subject(2)).error() == KeyFailure::unavailable); });
        const auto found =
            time_of([&] { CHECK(store->find(subject(3), 1).error() == KeyFailure::unavailable); });
        const auto destroyed =
            time_of([&] { CHECK(store->destroy(subject(1)).error() == KeyFailure::unavailable); });
        MESSAGE(
            blow << ": refused after " << made.count() << ", " << found.count() << " and "
                 << destroyed.count() << " ms"
        );
        CHECK(std::max({made, found, destroyed}) < 4500ms);
        CHECK(open_error(options) == KafkaKeysError::unreachable);
        (void)kit::strike(blow == "kill 1" ? "start 1" : "resume 1");
        const auto back = time_of([&] {
            CHECK(until(60s, [&] { return store->current(subject(2)).has_value(); }));
        });
        MESSAGE("back after " << back.count() << " ms");
        CHECK(store->destroy(subject(2)).has_value());
    }
    const auto again = bench.open();
    CHECK(again->find(subject(1), 1).value() == key);
    CHECK(again->current(subject(2))->number == 3);
}

}  // namespace
}  // namespace pakashop
