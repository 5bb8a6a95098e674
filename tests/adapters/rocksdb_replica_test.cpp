#include "adapters/rocksdb/rocksdb_replica.hpp"

#include <doctest/doctest.h>

#include "tests/adapters/rocksdb_bench.hpp"

namespace pakashop {
namespace {

RocksDbReplicaOptions options_in(const kit::ScratchFolder& scratch) {
    RocksDbReplicaOptions options;
    options.directory = scratch.path() / "replica";
    options.generation = "g1";
    options.partitions = 4;
    options.free_bytes_min = 1U << 20;
    options.memtable_bytes = 4U << 20;
    options.cache_bytes = 1U << 20;
    return options;
}

std::unique_ptr<RocksDbReplica> open_replica(const RocksDbReplicaOptions& options) {
    auto replica = RocksDbReplica::open(options);
    REQUIRE_MESSAGE(replica.has_value(), replica.error().detail);
    return *std::move(replica);
}

// Why a replica does not open.
std::optional<LogOpenFailure> refusal(const RocksDbReplicaOptions& options) {
    const auto replica = RocksDbReplica::open(options);
    return replica ? std::nullopt : std::optional{replica.error()};
}

// A batch as whoever runs the fold hands it over; the first record lies at `offset`.
std::vector<AdmittedRecord>
admitted(const PartitionBatch& batch, Admission fold, std::uint64_t offset) {
    std::vector<AdmittedRecord> out;
    for (const StagedRecord& staged : batch.records) {
        REQUIRE(fold.offer(*staged.record, staged.hash) == Verdict::admitted);
        out.push_back({staged, offset++, fold.state()});
    }
    return out;
}

// An announcement and commits of partition 1, from offset 10 on, which leave holes as void records
// do: one apply each.
AdmissionState fill(RocksDbReplica& replica, std::uint64_t commits) {
    kit::RecordMaker maker{"g1", 1};
    for (std::uint64_t n = 0; n <= commits; ++n) {
        const Admission before{"g1", 1, maker.fold().state()};
        if (n == 0) {
            maker.announce();
        } else {
            maker.commit("ord_" + std::to_string(n % 5), n, {{"order:ord_1"}});
        }
        REQUIRE(replica.apply(1, admitted(maker.take(), before, 10 + 2 * n)).has_value());
    }
    return maker.fold().state();
}

TEST_CASE("a replica knows its place in the log, void records and all, and keeps it") {
    const kit::ScratchFolder scratch;
    AdmissionState end;
    {
        const auto replica = open_replica(options_in(scratch));
        CHECK(replica->next_offset(1) == 0);
        end = fill(*replica, 30);
        CHECK(replica->next_offset(1) == 71);
        CHECK(replica->next_offset(2) == 0);
    }
    const auto replica = open_replica(options_in(scratch));
    CHECK(replica->state(1) == end);
    CHECK(replica->next_offset(1) == 71);
    CHECK(replica->head_at(1, 31) == end.place.head);
    CHECK(replica->find_command(1, kit::numbered(30))->seq == 30);
    CHECK(replica->stream(1, "order:ord_1", 0).size() == 30);
    CHECK(replica->key_history(1, "ord_3", 100).size() == 6);
    CHECK(replica->state(0) == Admission{"g1", 0}.state());
}

TEST_CASE("after the end of its process a replica stands where it was, or as a whole before that") {
    const kit::ScratchFolder scratch;
    const auto writing = open_replica(options_in(scratch));
    const AdmissionState end = fill(*writing, 200);
    // What a killed process leaves: its files as they are.
    const kit::ScratchFolder left;
    std::filesystem::copy(
        options_in(scratch).directory,
        options_in(left).directory,
        std::filesystem::copy_options::recursive
    );
    {
        const auto replica = open_replica(options_in(left));
        CHECK(replica->state(1) == end);
        CHECK(replica->next_offset(1) == 411);
    }
    // What a power cut leaves: the last file that was written is shorter. State, place and records
    // still fit each other.
    std::uint64_t cuts = 0;
    for (const std::uint64_t cut : {1, 1000, 20'000, 60'000}) {
        const kit::ScratchFolder shorter;
        std::filesystem::copy(
            options_in(scratch).directory,
            options_in(shorter).directory,
            std::filesystem::copy_options::recursive
        );
        for (const auto& file :
             std::filesystem::directory_iterator{options_in(shorter).directory}) {
            if (file.path().extension() != ".log" || file.file_size() <= cut) continue;
            std::filesystem::resize_file(file.path(), file.file_size() - cut);
            ++cuts;
        }
        const auto replica = open_replica(options_in(shorter));
        const Place place = replica->state(1).place;
        CHECK(place.seq < end.place.seq);
        CHECK(replica->head_at(1, place.seq) == place.head);
        CHECK(replica->next_offset(1) == 10 + 2 * (place.seq - 1) + 1);
        CHECK(replica->stream(1, "order:ord_1", 0).size() == place.seq - 1);
    }
    MESSAGE("checked ", cuts, " cuts");
    CHECK(cuts == 4);
}

TEST_CASE("a replica of another log is refused, and so are a log and its likeness") {
    const kit::ScratchFolder scratch;
    {
        fill(*open_replica(options_in(scratch)), 3);
    }
    auto options = options_in(scratch);
    options.generation = "g2";
    CHECK(refusal(options)->error == LogOpenError::foreign);
    options = options_in(scratch);
    options.partitions = 8;
    CHECK(refusal(options)->error == LogOpenError::foreign);
    CHECK(RocksDbLog::view(options.directory).error().error == LogOpenError::foreign);
    kit::write_sample(scratch, 3);
    const auto before = kit::files_in(scratch.log_options().directory);
    options = options_in(scratch);
    options.directory = scratch.log_options().directory;
    const auto log = refusal(options);
    REQUIRE(log.has_value());
    CHECK(log->error == LogOpenError::foreign);
    CHECK(log->detail.find("holds the log of generation g1") != std::string::npos);
    CHECK(kit::files_in(scratch.log_options().directory) == before);
    CHECK(kit::open_log(scratch.log_options())->end(1).value() == 4);
    CHECK_FALSE(refusal(options_in(scratch)).has_value());
}

TEST_CASE("one process has a replica, and a damaged one says how to be rid of it") {
    const kit::ScratchFolder scratch;
    {
        const auto replica = open_replica(options_in(scratch));
        fill(*replica, 3);
        CHECK(refusal(options_in(scratch))->error == LogOpenError::locked);
    }
    for (const auto& file : std::filesystem::directory_iterator{options_in(scratch).directory}) {
        if (file.path().filename().native().starts_with("MANIFEST")) {
            std::filesystem::resize_file(file.path(), 10);
        }
    }
    const auto damaged = refusal(options_in(scratch));
    REQUIRE(damaged.has_value());
    CHECK(damaged->error == LogOpenError::damaged);
    CHECK(damaged->detail.find("remove the directory") != std::string::npos);
}

TEST_CASE("a replica on a nearly full disk takes nothing until there is room") {
    const kit::ScratchFolder scratch;
    std::uint64_t room = 0;
    auto options = options_in(scratch);
    options.free_space = [&] { return std::optional{room}; };
    const auto replica = open_replica(options);
    kit::RecordMaker maker{"g1", 1};
    maker.announce();
    const auto records = admitted(maker.take(), Admission{"g1", 1}, 0);
    CHECK(replica->apply(1, records).error() == LogFailure::unavailable);
    CHECK(replica->state(1).place.seq == 0);
    room = 1U << 30;
    CHECK(replica->apply(1, records).has_value());
    CHECK(replica->state(1).place.seq == 1);
}

}  // namespace
}  // namespace pakashop
