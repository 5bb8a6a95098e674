#include <algorithm>

#include <doctest/doctest.h>

#include "adapters/rocksdb/rocksdb_log.hpp"
#include "handlers/chain.hpp"
#include "tests/adapters/rocksdb_bench.hpp"

/// What becomes of a log whose files were damaged, cut, lost or replaced: it is refused, or nothing
/// is missing from it (reliability.md, faults 13 to 16).
namespace pakashop {
namespace {

constexpr std::uint64_t commits = 40;
constexpr std::uint64_t records = commits + 1;

/// A log that was written and closed, and the files it left.
struct ClosedLog {
    kit::ScratchFolder scratch;
    kit::Files files;

    ClosedLog() {
        kit::write_sample(scratch, commits);
        files = kit::files_in(scratch.path());
    }
    /// Once more opened and closed: its records are in tables by now, not in the write-ahead log.
    void move_to_tables() {
        kit::open_log(scratch.log_options());
        files = kit::files_in(scratch.path());
    }
    std::string file_like(const std::string& part) const {
        std::string found;
        for (const auto& [name, bytes] : files) {
            const bool larger = found.empty() || bytes.size() > files.at(found).size();
            if (name.find(part) != std::string::npos && larger) found = name;
        }
        REQUIRE_FALSE(found.empty());
        return found;
    }
    void put(const std::string& name, const std::string& bytes) {
        kit::Files changed = files;
        changed[name] = bytes;
        kit::restore_files(scratch.path(), changed);
    }
    void put_without(const std::string& name) {
        kit::Files changed = files;
        changed.erase(name);
        kit::restore_files(scratch.path(), changed);
    }
};

enum class Fate { refused, unreadable, whole, lost };

// Opens the log as it lies there and asks for everything that was ever acknowledged.
Fate fate_of(const ClosedLog& closed) {
    const auto before = kit::files_in(closed.scratch.path());
    auto log = RocksDbLog::open(closed.scratch.log_options());
    if (!log) {
        CHECK(kit::files_in(closed.scratch.path()) == before);
        return Fate::refused;
    }
    const auto verified = verify_chain(**log, 1);
    if (!verified) return Fate::unreadable;
    return verified->records == records && verified->events == commits ? Fate::whole : Fate::lost;
}

LogOpenError refusal_of(const ClosedLog& closed) {
    const auto before = kit::files_in(closed.scratch.path());
    const auto error = kit::open_error(closed.scratch.log_options());
    REQUIRE(error.has_value());
    CHECK(kit::files_in(closed.scratch.path()) == before);
    return *error;
}

void flip_everywhere(ClosedLog& closed, const std::string& name, std::size_t positions) {
    const std::string good = closed.files.at(name);
    const std::size_t step = std::max<std::size_t>(1, good.size() / positions);
    int refused = 0;
    int flips = 0;
    for (std::size_t at = 0; at < good.size(); at += step) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
        closed.put(name, bad);
        const Fate fate = fate_of(closed);
        CHECK_MESSAGE(fate != Fate::lost, "bit flip at ", at, " of ", name);
        refused += fate == Fate::refused || fate == Fate::unreadable;
        ++flips;
    }
    MESSAGE(flips << " flips in " << good.size() << " bytes, " << refused << " noticed");
    CHECK(flips >= 50);
}

TEST_CASE("a bit flip anywhere in the write-ahead log loses nothing silently") {
    ClosedLog closed;
    flip_everywhere(closed, closed.file_like(".log"), 150);
}

TEST_CASE("a bit flip anywhere in a table loses nothing silently") {
    ClosedLog closed;
    closed.move_to_tables();
    flip_everywhere(closed, closed.file_like(".blob"), 100);
    flip_everywhere(closed, closed.file_like(".sst"), 100);
}

TEST_CASE("a bit flip anywhere in the manifest loses nothing silently") {
    ClosedLog closed;
    closed.move_to_tables();
    flip_everywhere(closed, closed.file_like("MANIFEST"), 100);
}

TEST_CASE("a bit flip anywhere in the witness loses nothing silently") {
    ClosedLog closed;
    const std::string name = closed.file_like(".witness");
    const std::string good = closed.files.at(name);
    int flips = 0;
    for (const std::size_t slot : {std::size_t{0}, good.size() / 2}) {
        for (std::size_t at = 0; at < 250; at += 5) {
            std::string bad = good;
            bad[slot + at] = static_cast<char>(bad[slot + at] ^ 4);
            closed.put(name, bad);
            CHECK(fate_of(closed) == Fate::whole);
            ++flips;
        }
    }
    CHECK(flips == 100);
}

TEST_CASE("a witness without a whole slot refuses the log, and so does none at all") {
    ClosedLog closed;
    const std::string name = closed.file_like(".witness");
    std::string bad = closed.files.at(name);
    bad[20] = static_cast<char>(bad[20] ^ 1);
    bad[bad.size() / 2 + 20] = static_cast<char>(bad[bad.size() / 2 + 20] ^ 1);
    closed.put(name, bad);
    CHECK(refusal_of(closed) == LogOpenError::lost_history);
    closed.put(name, "");
    CHECK(refusal_of(closed) == LogOpenError::lost_history);
    closed.put_without(name);
    CHECK(refusal_of(closed) == LogOpenError::lost_history);
}

TEST_CASE("a log whose write-ahead log was deleted is refused") {
    ClosedLog closed;
    closed.put_without(closed.file_like(".log"));
    CHECK(refusal_of(closed) == LogOpenError::lost_history);
}

TEST_CASE("a log whose write-ahead log was cut, wherever, is refused") {
    ClosedLog closed;
    const std::string name = closed.file_like(".log");
    const std::string good = closed.files.at(name);
    int cuts = 0;
    for (std::size_t size = 0; size < good.size(); size += good.size() / 150) {
        closed.put(name, good.substr(0, size));
        refusal_of(closed);
        ++cuts;
    }
    CHECK(cuts >= 150);
}

TEST_CASE("an older copy of the directory is refused") {
    ClosedLog closed;
    const kit::Files old = closed.files;
    {
        const auto log = kit::open_log(closed.scratch.log_options());
        kit::RecordMaker maker{"g1", 1, log->state(1), 2};
        maker.announce();
        const PartitionBatch batch = maker.take();
        REQUIRE(log->append({&batch, 1}) == std::vector{AppendOutcome::durable});
    }
    closed.files = old;
    const std::string witness = closed.file_like(".witness");
    closed.put(witness, kit::read_file(witness));
    CHECK(refusal_of(closed) == LogOpenError::lost_history);
}

TEST_CASE("an older copy of directory and witness is found by a second witness") {
    ClosedLog closed;
    WitnessedPlace seen{1, {}};
    {
        const auto log = kit::open_log(closed.scratch.log_options());
        kit::RecordMaker maker{"g1", 1, log->state(1), 2};
        maker.announce();
        const PartitionBatch batch = maker.take();
        log->append({&batch, 1});
        seen.place = log->state(1).place;
        CHECK_FALSE(missing_place(*log, 4, {&seen, 1}).has_value());
    }
    kit::restore_files(closed.scratch.path(), closed.files);
    const auto log = kit::open_log(closed.scratch.log_options());
    CHECK(missing_place(*log, 4, {&seen, 1}).has_value());
}

TEST_CASE("a witness without its log is refused, and no new log is made in its place") {
    ClosedLog closed;
    const std::string witness = closed.file_like(".witness");
    const kit::Files only{{witness, closed.files.at(witness)}};
    closed.files = only;
    kit::restore_files(closed.scratch.path(), only);
    CHECK(refusal_of(closed) == LogOpenError::lost_history);
}

TEST_CASE("a log that was being made when the power went is made again") {
    const kit::ScratchFolder scratch;
    kit::open_log(scratch.log_options());
    std::filesystem::remove_all(scratch.log_options().directory);
    std::filesystem::create_directories(scratch.path() / "log.creating");
    kit::write_file(scratch.path() / "log.creating" / "CURRENT", "torn");
    CHECK(kit::open_log(scratch.log_options())->end(0).value() == 0);
}

// The last append, cut at every byte: its witness had not been written yet.
TEST_CASE("a torn tail opens with every whole append before it") {
    const kit::ScratchFolder scratch;
    kit::Files before;
    std::uint64_t whole = 0;
    {
        const auto log = kit::open_log(scratch.log_options());
        kit::RecordMaker maker{"g1", 1};
        maker.announce();
        for (std::uint64_t n = 1; n <= 3; ++n) {
            maker.commit("ord_1", n, {{"order:ord_1"}});
            before = kit::files_in(scratch.path());
            const PartitionBatch batch = maker.take();
            whole = log->end(1).value();
            REQUIRE(log->append({&batch, 1}) == std::vector{AppendOutcome::durable});
        }
    }
    kit::Files after = kit::files_in(scratch.path());
    std::string wal;
    std::string witness;
    for (const auto& [name, bytes] : after) {
        if (name.ends_with(".log") && before.contains(name)) wal = name;
        if (name.ends_with(".witness")) witness = name;
    }
    REQUIRE_FALSE(wal.empty());
    const std::string good = after.at(wal);
    const std::size_t start = before.at(wal).size();
    REQUIRE(good.size() > start);
    int cuts = 0;
    for (std::size_t size = start; size <= good.size(); ++size) {
        after[wal] = good.substr(0, size);
        after[witness] = before.at(witness);
        kit::restore_files(scratch.path(), after);
        const auto log = kit::open_log(scratch.log_options());
        const std::uint64_t expected = size == good.size() ? whole + 1 : whole;
        CHECK(log->end(1).value() == expected);
        CHECK(verify_chain(*log, 1)->records == expected);
        ++cuts;
    }
    MESSAGE(cuts << " cuts");
    CHECK(cuts > 500);
}

}  // namespace
}  // namespace pakashop
