#pragma once

#include <functional>
#include <future>
#include <thread>

#include <doctest/doctest.h>

#include "events/kernel/hash.hpp"
#include "handlers/ports/log.hpp"
#include "tests/kit/record_maker.hpp"

/// What every Log with its Store promises (handlers/ports/log.hpp). An implementation's test makes
/// a bench for a new log with 4 partitions, and runs all of it.
namespace pakashop::contract {

/// How the suite gets at an implementation.
class LogBench {
public:
    virtual ~LogBench() = default;
    virtual Log& log() = 0;
    /// Holds everything that is durable in the log when it is asked for.
    virtual Store& store() = 0;

    kit::RecordMaker maker(PartitionId partition) {
        return {std::string{log().generation()}, partition};
    }
};
using MakeLogBench = std::function<std::unique_ptr<LogBench>()>;

inline std::vector<AppendOutcome> append(Log& log, kit::RecordMaker& maker) {
    const PartitionBatch batch = maker.take();
    return log.append({&batch, 1});
}

inline std::vector<std::string> all_bytes(Log& log, PartitionId partition, std::size_t bytes_max) {
    std::vector<std::string> out;
    for (std::uint64_t offset = 0;;) {
        const auto entries = log.read(partition, offset, bytes_max);
        REQUIRE(entries.has_value());
        if (entries->empty()) return out;
        for (const LogEntry& entry : *entries) out.push_back(entry.bytes);
        offset = entries->back().offset + 1;
    }
}

inline void check_empty(LogBench& bench) {
    const std::string generation{bench.log().generation()};
    CHECK_FALSE(generation.empty());
    REQUIRE(bench.log().partitions() == 4);
    for (PartitionId p = 0; p < 4; ++p) {
        CHECK(bench.log().end(p).value() == 0);
        CHECK(bench.log().read(p, 0, 1000).value().empty());
        CHECK(bench.store().state(p) == Admission{generation, p}.state());
        CHECK(bench.store().head_at(p, 0) == genesis_head(generation, p));
        CHECK_FALSE(bench.store().head_at(p, 1).has_value());
        CHECK_FALSE(bench.store().record(p, 0).has_value());
        CHECK_FALSE(bench.store().find_command(p, kit::numbered(1)).has_value());
        CHECK(bench.store().stream(p, "order:ord_1", 0).empty());
        CHECK(bench.store().key_history(p, "ord_1", 100).empty());
        CHECK_FALSE(bench.store().snapshot(p, "order:ord_1").has_value());
    }
    CHECK(bench.log().append({}).empty());
}

inline void check_append_and_read(LogBench& bench) {
    kit::RecordMaker first = bench.maker(1);
    kit::RecordMaker second = bench.maker(3);
    first.announce();
    for (std::uint64_t n = 1; n <= 20; ++n) first.commit("ord_1", n, {{"order:ord_1"}});
    second.announce();
    second.commit("ord_9", 100, {{"order:ord_9"}, {"payment:ord_9"}});
    const std::vector<PartitionBatch> batches{first.take(), second.take()};
    const auto outcomes = bench.log().append(batches);
    CHECK(outcomes == std::vector{AppendOutcome::durable, AppendOutcome::durable});
    for (const PartitionBatch& batch : batches) {
        const PartitionId p = batch.partition;
        CHECK(bench.log().end(p).value() == batch.records.size());
        CHECK(bench.store().next_offset(p) == batch.records.size());
        CHECK(bench.store().state(p) == batch.after);
        std::vector<std::string> expected;
        for (const StagedRecord& staged : batch.records) expected.push_back(staged.bytes);
        CHECK(all_bytes(bench.log(), p, 1) == expected);
        CHECK(all_bytes(bench.log(), p, 3000) == expected);
        CHECK(all_bytes(bench.log(), p, 1U << 20) == expected);
        for (std::uint64_t seq = 0; seq < expected.size(); ++seq) {
            CHECK(bench.store().record(p, seq) == expected[seq]);
        }
        CHECK_FALSE(bench.store().record(p, expected.size()).has_value());
    }
    CHECK(bench.log().end(0).value() == 0);
    CHECK(bench.log().read(1, 21, 1000).value().empty());
}

// Whoever waits first, and whatever a wait brings along: the order is that of the calls.
inline void check_overlapping_appends(LogBench& bench) {
    kit::RecordMaker maker = bench.maker(0);
    maker.announce();
    std::vector<std::future<std::vector<AppendOutcome>>> under_way;
    for (std::uint64_t n = 1; n <= 5; ++n) {
        maker.commit("ord_1", n, {{"order:ord_1"}});
        const PartitionBatch batch = maker.take();
        under_way.push_back(bench.log().begin_append({&batch, 1}));
    }
    for (const std::size_t i : {2, 0, 4, 1, 3}) {
        CHECK(under_way[i].get() == std::vector{AppendOutcome::durable});
    }
    CHECK(bench.store().state(0) == maker.fold().state());
    CHECK(bench.store().stream(0, "order:ord_1", 0) == std::vector<std::uint64_t>{1, 2, 3, 4, 5});
}

inline void check_heads(LogBench& bench) {
    kit::RecordMaker maker = bench.maker(0);
    maker.announce();
    for (std::uint64_t n = 1; n <= 10; ++n) maker.commit("ord_1", n, {{"order:ord_1"}});
    const PartitionBatch batch = maker.take();
    bench.log().append({&batch, 1});
    Digest head = genesis_head(bench.log().generation(), 0);
    for (std::uint64_t seq = 0; seq <= batch.records.size(); ++seq) {
        CHECK(bench.store().head_at(0, seq) == head);
        if (seq < batch.records.size()) head = next_head(head, batch.records[seq].hash);
    }
    CHECK(head == batch.after.place.head);
    CHECK_FALSE(bench.store().head_at(0, batch.records.size() + 1).has_value());
}

inline void check_commands(LogBench& bench) {
    const Instant start{1'770'000'000'000};
    kit::RecordMaker maker = bench.maker(2);
    maker.announce();
    maker.set_time(start);
    const Fingerprint fingerprint = maker.commit("ord_1", 7, {}).record->fingerprint;
    append(bench.log(), maker);
    CHECK(bench.store().find_command(2, kit::numbered(7)) == SeenCommand{1, fingerprint});
    CHECK_FALSE(bench.store().find_command(1, kit::numbered(7)).has_value());
    CHECK_FALSE(bench.store().find_command(2, kit::numbered(8)).has_value());
    CHECK_FALSE(bench.store().find_command(2, CommandId{}).has_value());
    maker.set_time(start + commands_remembered);
    maker.commit("ord_1", 8, {});
    append(bench.log(), maker);
    CHECK(bench.store().find_command(2, kit::numbered(7)).has_value());
    maker.set_time(start + commands_remembered + milliseconds(1));
    maker.commit("ord_1", 9, {});
    append(bench.log(), maker);
    CHECK_FALSE(bench.store().find_command(2, kit::numbered(7)).has_value());
    CHECK(bench.store().find_command(2, kit::numbered(8)).has_value());
}

inline void check_streams(LogBench& bench) {
    kit::RecordMaker maker = bench.maker(0);
    maker.announce();
    // Of order:ord_1 the versions 1 and 2, then 3 to 5.
    maker.commit("ord_1", 1, {{"order:ord_1"}, {"order:ord_1"}, {"payment:ord_1"}});
    maker.commit("ord_1", 2, {{"payment:ord_1"}});
    maker.commit("ord_12", 3, {{"order:ord_12"}});
    maker.commit("ord_1", 4, {{"order:ord_1"}, {"order:ord_1"}, {"order:ord_1"}});
    append(bench.log(), maker);
    using Positions = std::vector<std::uint64_t>;
    const auto at = [&](std::int64_t after) {
        return bench.store().stream(0, "order:ord_1", after);
    };
    CHECK(at(0) == Positions{1, 4});
    CHECK(at(2) == Positions{4});
    CHECK(at(5) == Positions{});
    CHECK(bench.store().stream(0, "payment:ord_1", 0) == Positions{1, 2});
    CHECK(bench.store().stream(0, "order:ord_12", 0) == Positions{3});
    CHECK(bench.store().stream(0, "order:ord_", 0).empty());
    CHECK(bench.store().stream(1, "order:ord_1", 0).empty());
    CHECK(bench.store().key_history(0, "ord_1", 100) == Positions{1, 2, 4});
    CHECK(bench.store().key_history(0, "ord_1", 2) == Positions{1, 2});
    CHECK(bench.store().key_history(0, "ord_1", 0) == Positions{});
    CHECK(bench.store().key_history(0, "ord_12", 100) == Positions{3});
}

inline void check_snapshots(LogBench& bench) {
    kit::RecordMaker maker = bench.maker(0);
    maker.announce();
    maker.add_snapshot({"order:ord_1", 256, 0, std::string("\0state\xff", 7)});
    append(bench.log(), maker);
    CHECK(bench.store().snapshot(0, "order:ord_1")->version == 256);
    CHECK(bench.store().snapshot(0, "order:ord_1")->bytes.size() == 7);
    maker.commit("ord_1", 1, {});
    maker.add_snapshot({"order:ord_1", 512, 1, "newer"});
    append(bench.log(), maker);
    CHECK(bench.store().snapshot(0, "order:ord_1") == Snapshot{"order:ord_1", 512, 1, "newer"});
    CHECK_FALSE(bench.store().snapshot(1, "order:ord_1").has_value());
}

inline void check_imports(LogBench& bench) {
    kit::RecordMaker old{"g0", 0};
    old.announce();
    const std::string bytes = old.commit("ord_5", 55, {{"order:ord_5"}, {"order:ord_5"}}).bytes;
    kit::RecordMaker maker = bench.maker(2);
    maker.announce();
    maker.import("ord_5", bytes);
    append(bench.log(), maker);
    CHECK(bench.store().stream(2, "order:ord_5", 0) == std::vector<std::uint64_t>{1});
    CHECK(bench.store().stream(2, "order:ord_5", 2).empty());
    CHECK(bench.store().key_history(2, "ord_5", 9) == std::vector<std::uint64_t>{1});
    CHECK(bench.store().find_command(2, kit::numbered(55))->seq == 1);
}

inline void check_large_record(LogBench& bench) {
    kit::RecordMaker maker = bench.maker(0);
    maker.announce();
    const std::string payload = '"' + std::string(record_bytes_max - 2000, 'x') + '"';
    const std::string bytes = maker.commit("ord_1", 1, {{"order:ord_1", payload}}).bytes;
    maker.commit("ord_1", 2, {{"order:ord_1"}});
    CHECK(append(bench.log(), maker) == std::vector{AppendOutcome::durable});
    CHECK(bench.store().record(0, 1) == bytes);
    CHECK(bench.log().read(0, 1, 1).value().size() == 1);
}

// Readers run beside the writer and must meet whole records, in order, that chain.
inline void check_readers_beside_writer(LogBench& bench) {
    constexpr std::uint64_t commits = 2000;
    std::uint64_t verified = 0;
    std::thread reader{[&] {
        Admission fold{bench.log().generation(), 1};
        std::uint64_t offset = 0;
        while (fold.place().seq < commits + 1) {
            const auto entries = bench.log().read(1, offset, 4096).value();
            for (const LogEntry& entry : entries) {
                offset = entry.offset + 1;
                const auto decoded = decode_record(entry.bytes);
                if (!decoded) return;
                if (fold.offer(decoded->record, decoded->hash) != Verdict::admitted) return;
                ++verified;
            }
        }
    }};
    kit::RecordMaker maker = bench.maker(1);
    maker.announce();
    for (std::uint64_t n = 1; n <= commits; ++n) {
        maker.commit("ord_" + std::to_string(n % 7), n, {{"order:ord_" + std::to_string(n % 7)}});
        if (n % 25 == 0) append(bench.log(), maker);
    }
    reader.join();
    CHECK(verified == commits + 1);
}

/// Runs every check, each on a log of its own.
inline void check_log(const MakeLogBench& make) {
    const std::pair<const char*, void (*)(LogBench&)> checks[] = {
        {"an empty log stands at its genesis", check_empty},
        {"what is appended is read back, byte by byte", check_append_and_read},
        {"appends may overlap", check_overlapping_appends},
        {"the head after any record is known", check_heads},
        {"a command is remembered for 30 days of log time", check_commands},
        {"streams and keys find their records", check_streams},
        {"a snapshot replaces the one before", check_snapshots},
        {"an import is indexed by the record inside", check_imports},
        {"a record of nearly 512 KiB is one like any other", check_large_record},
        {"a reader beside the writer meets whole records only", check_readers_beside_writer},
    };
    for (const auto& [claim, check] : checks) {
        SUBCASE(claim) {
            const auto bench = make();
            check(*bench);
        }
    }
}

}  // namespace pakashop::contract
