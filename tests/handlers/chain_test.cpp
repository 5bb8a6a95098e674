#include "handlers/chain.hpp"

#include <doctest/doctest.h>

#include "adapters/memory/memory_log.hpp"
#include "events/record_index.hpp"
#include "tests/kit/record_maker.hpp"

namespace pakashop {
namespace {

// A log of 1 announcement, 30 commits of one event, and a take-over in the middle.
struct SampleLog {
    MemoryLog log;
    std::vector<StagedRecord> records;

    explicit SampleLog(bool exclusive = false) : log{"g1", 2, exclusive} {
        kit::RecordMaker maker{"g1", 1};
        maker.announce();
        flush(maker);
        for (std::uint64_t n = 1; n <= 30; ++n) {
            const std::string order = "ord_" + std::to_string(n % 4);
            maker.commit(order, n, {{"order:" + order}});
            flush(maker);
            if (n == 15) maker.announce();
        }
    }

    // Each record in a flush of its own: its writer had seen all before it.
    void flush(kit::RecordMaker& maker) {
        const PartitionBatch batch = maker.take();
        records.insert(records.end(), batch.records.begin(), batch.records.end());
        log.append({&batch, 1});
    }

    ChainProblem problem() {
        const auto verified = verify_chain(log, 1);
        REQUIRE_FALSE(verified.has_value());
        return verified.error();
    }
};

TEST_CASE("a whole history is counted, record by record") {
    SampleLog sample;
    std::uint64_t told = 0;
    const auto verified =
        verify_chain(sample.log, 1, [&](const ChainCount& count) { told = count.records; });
    REQUIRE(verified.has_value());
    CHECK(verified->records == 32);
    CHECK(verified->events == 30);
    CHECK(verified->voids == 0);
    CHECK(verified->place == sample.log.state(1).place);
    CHECK(told == 32);
    std::uint64_t bytes = 0;
    for (const StagedRecord& staged : sample.records) bytes += staged.bytes.size();
    CHECK(verified->bytes == bytes);
}

TEST_CASE("an empty partition stands at its genesis") {
    SampleLog sample;
    const auto verified = verify_chain(sample.log, 0);
    REQUIRE(verified.has_value());
    CHECK(verified->records == 0);
    CHECK(verified->place.head == genesis_head("g1", 0));
}

TEST_CASE("one flipped bit anywhere in a record is found in that record") {
    SampleLog sample;
    const std::string& good = sample.records[9].bytes;
    int flips = 0;
    for (std::size_t at = 0; at < good.size(); at += 7) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 0x10);
        sample.log.damage(1, 9, bad);
        const ChainProblem problem = sample.problem();
        CHECK(problem.offset == 9);
        CHECK(problem.seq == 9);
        ++flips;
    }
    CHECK(flips > 50);
}

TEST_CASE("a record put in the place of another breaks the chain where it stands") {
    SampleLog sample;
    sample.log.damage(1, 9, sample.records[8].bytes);
    // A copy of the record before it is void, so the next one's writer had seen more than is here.
    CHECK(sample.problem().offset == 10);
    sample.log.damage(1, 9, sample.records[10].bytes);
    CHECK(sample.problem().offset <= 11);
    sample.log.damage(1, 9, std::string{});
    CHECK(sample.problem().fault == ChainFault::truncated);
}

TEST_CASE("where nobody else can write, a void record is damage where it stands") {
    SampleLog sample{true};
    sample.log.damage(1, 9, sample.records[8].bytes);
    const ChainProblem problem = sample.problem();
    CHECK(problem.fault == ChainFault::impossible_record);
    CHECK(problem.offset == 9);
}

TEST_CASE("a record rewritten with a good hash of its own is still found") {
    SampleLog sample;
    Record forged = *sample.records[9].record;
    forged.events[0].payload = R"({"n":2})";
    sample.log.damage(1, 9, encode_record(forged));
    const ChainProblem problem = sample.problem();
    CHECK(problem.fault == ChainFault::other_history);
    CHECK(problem.offset == 10);
}

TEST_CASE("a record of another log is found") {
    SampleLog sample;
    Record foreign = *sample.records[9].record;
    foreign.generation = "g2";
    sample.log.damage(1, 9, encode_record(foreign));
    CHECK(sample.problem().fault == ChainFault::foreign_log);
}

TEST_CASE("a stream whose versions jump is named") {
    SampleLog sample;
    Record last = *sample.records.back().record;
    last.events[0].version += 1;
    sample.log.damage(1, sample.records.size() - 1, encode_record(last));
    const ChainProblem problem = sample.problem();
    CHECK(problem.fault == ChainFault::version_gap);
    CHECK(problem.offset == sample.records.size() - 1);
    CHECK(problem.detail == "order:ord_2: version 9 where 8 is next");
}

TEST_CASE("imported records count by the events inside") {
    kit::RecordMaker old{"g0", 0};
    old.announce();
    kit::RecordMaker maker{"g1", 0};
    maker.announce();
    maker.import("ord_1", old.commit("ord_1", 1, {{"order:ord_1"}, {"order:ord_1"}}).bytes);
    maker.import("ord_1", old.commit("ord_1", 2, {{"order:ord_1"}}).bytes);
    const PartitionBatch batch = maker.take();
    MemoryLog log{"g1", 1};
    log.append({&batch, 1});
    CHECK(verify_chain(log, 0)->events == 3);
    const auto inside = original_of(*batch.records[1].record);
    REQUIRE(inside.has_value());
    CHECK(inside->generation == "g0");
}

TEST_CASE("a place that a second witness has seen must be in the log") {
    SampleLog sample;
    std::vector<WitnessedPlace> seen{{0, {0, genesis_head("g1", 0)}}};
    Digest head = genesis_head("g1", 1);
    for (std::uint64_t seq = 0; seq <= sample.records.size(); ++seq) {
        seen.push_back({1, {seq, head}});
        if (seq < sample.records.size()) head = next_head(head, sample.records[seq].hash);
    }
    CHECK_FALSE(missing_place(sample.log, 2, seen).has_value());
    sample.log.lose_tail(1, 1);
    CHECK(missing_place(sample.log, 2, seen)->place.seq == 32);
    seen = {{1, {5, head}}};
    CHECK(missing_place(sample.log, 2, seen)->place.seq == 5);
    seen = {{7, {0, genesis_head("g1", 7)}}};
    CHECK(missing_place(sample.log, 2, seen)->partition == 7);
}

}  // namespace
}  // namespace pakashop
