#include "adapters/rocksdb/rocksdb_log.hpp"

#include <algorithm>

#include "tests/adapters/rocksdb_bench.hpp"
#include "tests/contracts/log_contract.hpp"
#include "tests/kit/eventually.hpp"

namespace pakashop {
namespace {

using contract::append;

class RocksDbBench final : public contract::LogBench {
public:
    Log& log() override { return *log_; }
    Store& store() override { return *log_; }

private:
    kit::ScratchFolder scratch_;
    std::unique_ptr<RocksDbLog> log_ = kit::open_log(scratch_.log_options());
};

TEST_CASE("the RocksDB log keeps the contract") {
    contract::check_log([] { return std::make_unique<RocksDbBench>(); });
}

TEST_CASE("everything is still there after the log was closed and opened again") {
    const kit::ScratchFolder scratch;
    const PartitionBatch batch = kit::write_sample(scratch, 50);
    const auto log = kit::open_log(scratch.log_options());
    CHECK(log->state(1) == batch.after);
    CHECK(contract::all_bytes(*log, 1, 5000).size() == batch.records.size());
    CHECK(log->read(1, 9999, 1000).value().empty());
    CHECK(log->find_command(1, kit::numbered(17)).has_value());
    CHECK(log->stream(1, "order:ord_3", 0).size() == 10);
    CHECK(log->check_witness().empty());
    kit::RecordMaker maker{"g1", 1, log->state(1), 2};
    maker.announce();
    CHECK(append(*log, maker) == std::vector{AppendOutcome::durable});
}

TEST_CASE("slashes at the end of a log's directory change nothing") {
    const kit::ScratchFolder scratch;
    auto options = scratch.log_options();
    const std::filesystem::path plain = options.directory;
    const std::filesystem::path witness{plain.native() + ".witness"};
    options.directory = plain.native() + "//";
    kit::open_log(options);
    CHECK(std::filesystem::exists(witness));
    kit::write_sample(scratch, 3);
    CHECK(RocksDbLog::view(options.directory).value()->check_witness().empty());
    std::filesystem::remove(witness);
    CHECK(!RocksDbLog::view(options.directory).value()->check_witness().empty());
    CHECK(kit::open_error(options) == LogOpenError::lost_history);
}

TEST_CASE("a log of another generation or size is refused") {
    const kit::ScratchFolder scratch;
    kit::write_sample(scratch, 3);
    auto options = scratch.log_options();
    options.generation = "g2";
    CHECK(kit::open_error(options) == LogOpenError::foreign);
    options = scratch.log_options();
    options.partitions = 8;
    CHECK(kit::open_error(options) == LogOpenError::foreign);
    CHECK(kit::open_log(scratch.log_options())->end(1).value() == 4);
}

TEST_CASE("a second writer is refused at once, and the first writes on") {
    const kit::ScratchFolder scratch;
    const auto first = kit::open_log(scratch.log_options());
    CHECK(kit::open_error(scratch.log_options()) == LogOpenError::locked);
    kit::RecordMaker maker{"g1", 0};
    maker.announce();
    CHECK(append(*first, maker) == std::vector{AppendOutcome::durable});
}

TEST_CASE("a view reads beside a running writer and changes nothing") {
    const kit::ScratchFolder scratch;
    const auto writer = kit::open_log(scratch.log_options());
    kit::RecordMaker maker{"g1", 0};
    maker.announce();
    for (std::uint64_t n = 1; n <= 300; ++n) maker.commit("ord_1", n, {{"order:ord_1"}});
    append(*writer, maker);
    const auto before = kit::files_in(scratch.path());
    const auto view = RocksDbLog::view(scratch.log_options().directory);
    REQUIRE(view.has_value());
    CHECK((*view)->generation() == "g1");
    CHECK((*view)->end(0).value() == 301);
    CHECK(contract::all_bytes(**view, 0, 10'000).size() == 301);
    CHECK((*view)->check_witness().empty());
    CHECK((*view)->check_tails().empty());
    CHECK(kit::files_in(scratch.path()) == before);
    maker.commit("ord_1", 1000, {{"order:ord_1"}});
    CHECK(append(*writer, maker) == std::vector{AppendOutcome::durable});
    CHECK((*view)->end(0).value() == 301);
    CHECK((*RocksDbLog::view(scratch.log_options().directory))->end(0).value() == 302);
}

TEST_CASE("a nearly full disk refuses appends, and room again lets them through") {
    const kit::ScratchFolder scratch;
    std::uint64_t room = 10'000'000;
    auto options = scratch.log_options();
    options.free_bytes_min = 1'000'000;
    options.memtable_bytes = 250'000;
    options.free_space = [&] { return std::optional{room}; };
    const auto log = kit::open_log(options);
    kit::RecordMaker maker{"g1", 0};
    maker.announce();
    const PartitionBatch batch = maker.take();
    room = 1'000'000;  // The threshold itself leaves no room for the record.
    CHECK(log->append({&batch, 1}) == std::vector{AppendOutcome::storage_low});
    options.free_space = nullptr;
    CHECK(log->end(0).value() == 0);
    room = 1'100'000;
    CHECK(log->append({&batch, 1}) == std::vector{AppendOutcome::durable});
}

TEST_CASE("what was made behind a refused append is refused with it, and fits in once that one does"
) {
    const kit::ScratchFolder scratch;
    std::uint64_t room = 10'000'000;
    auto options = scratch.log_options();
    options.free_bytes_min = 1'000'000;
    options.memtable_bytes = 250'000;
    options.free_space = [&] { return std::optional{room}; };
    const auto log = kit::open_log(options);
    kit::RecordMaker maker{"g1", 0};
    maker.announce();
    CHECK(append(*log, maker) == std::vector{AppendOutcome::durable});
    maker.commit("ord_1", 1, {{"order:ord_1"}});
    const PartitionBatch first = maker.take();
    maker.commit("ord_1", 2, {{"order:ord_1"}});
    const PartitionBatch second = maker.take();
    room = 0;
    auto refused = log->begin_append({&first, 1});
    room = 10'000'000;
    auto behind = log->begin_append({&second, 1});
    CHECK(behind.get() == std::vector{AppendOutcome::storage_low});
    CHECK(refused.get() == std::vector{AppendOutcome::storage_low});
    CHECK(log->append({&first, 1}) == std::vector{AppendOutcome::durable});
    CHECK(log->append({&second, 1}) == std::vector{AppendOutcome::durable});
    CHECK(log->end(0).value() == 3);
}

TEST_CASE("what was made behind a refused append is refused though another partition had room since"
) {
    const kit::ScratchFolder scratch;
    std::uint64_t room = 10'000'000;
    auto options = scratch.log_options();
    options.free_bytes_min = 1'000'000;
    options.memtable_bytes = 250'000;
    options.free_space = [&] { return std::optional{room}; };
    const auto log = kit::open_log(options);
    kit::RecordMaker maker{"g1", 1};
    kit::RecordMaker other{"g1", 2};
    maker.announce();
    other.announce();
    CHECK(append(*log, maker) == std::vector{AppendOutcome::durable});
    maker.commit("ord_1", 1, {{"order:ord_1"}});
    const PartitionBatch first = maker.take();
    maker.commit("ord_1", 2, {{"order:ord_1"}});
    const PartitionBatch second = maker.take();
    room = 0;
    auto refused = log->begin_append({&first, 1});
    room = 10'000'000;
    CHECK(append(*log, other) == std::vector{AppendOutcome::durable});
    auto behind = log->begin_append({&second, 1});
    CHECK(behind.get() == std::vector{AppendOutcome::storage_low});
    CHECK(refused.get() == std::vector{AppendOutcome::storage_low});
    CHECK(log->append({&first, 1}) == std::vector{AppendOutcome::durable});
    CHECK(log->append({&second, 1}) == std::vector{AppendOutcome::durable});
    CHECK(log->end(1).value() == 3);
    CHECK(log->end(2).value() == 1);
}

TEST_CASE("a snapshot is seen no sooner than the record it was taken at") {
    const kit::ScratchFolder scratch;
    const auto log = kit::open_log(scratch.log_options());
    kit::RecordMaker maker{"g1", 0};
    maker.announce();
    CHECK(append(*log, maker) == std::vector{AppendOutcome::durable});
    maker.commit("ord_1", 1, {{"order:ord_1"}});
    maker.add_snapshot({"order:ord_1", 1, 1, "state"});
    const PartitionBatch batch = maker.take();
    auto under_way = log->begin_append({&batch, 1});
    CHECK_FALSE(log->snapshot(0, "order:ord_1").has_value());
    CHECK(under_way.get() == std::vector{AppendOutcome::durable});
    CHECK(log->snapshot(0, "order:ord_1") == Snapshot{"order:ord_1", 1, 1, "state"});
}

TEST_CASE("a file that the writer has replaced since is no damage, and one that is gone is") {
    const kit::ScratchFolder scratch;
    kit::write_sample(scratch, 50);
    const auto writer = kit::open_log(scratch.log_options());
    const auto tables = [&] {
        std::vector<std::string> out;
        for (const auto& [name, bytes] : kit::files_in(scratch.path())) {
            if (name.ends_with(".sst")) out.push_back(name);
        }
        return out;
    };
    const auto before = tables();
    const auto view = RocksDbLog::view(scratch.log_options().directory);
    REQUIRE(view.has_value());
    kit::RecordMaker maker{"g1", 1, writer->state(1), 2};
    maker.announce();
    maker.commit("ord_1", 1000, {{"order:ord_1"}});
    CHECK(append(*writer, maker) == std::vector{AppendOutcome::durable});
    writer->compact_commands();
    REQUIRE_FALSE(before.empty());
    REQUIRE(kit::eventually([&] { return !std::ranges::includes(tables(), before); }));
    CHECK((*view)->check_files() == "");
    for (const std::string& name : tables()) std::filesystem::remove(name);
    CHECK((*view)->check_files() != "");
}

TEST_CASE("a disk that cannot be asked counts as full") {
    const kit::ScratchFolder scratch;
    auto options = scratch.log_options();
    options.free_space = [] { return std::optional<std::uint64_t>{}; };
    const auto log = kit::open_log(options);
    kit::RecordMaker maker{"g1", 0};
    maker.announce();
    CHECK(append(*log, maker) == std::vector{AppendOutcome::storage_low});
}

TEST_CASE("command ids older than 30 days leave the disk with compaction") {
    const kit::ScratchFolder scratch;
    auto options = scratch.log_options();
    options.memtable_bytes = 256 * 1024;
    const auto log = kit::open_log(options);
    kit::RecordMaker maker{"g1", 0};
    maker.announce();
    const Instant start{1'770'000'000'000};
    for (std::uint64_t n = 0; n < 4000; ++n) {
        maker.set_time(start + minutes(static_cast<std::int64_t>(n) * 20));
        maker.commit("ord_1", n, {});
        if (n % 100 == 0) append(*log, maker);
    }
    append(*log, maker);
    // 4,000 commits 20 minutes apart span 55 days; 2,160 of them are younger than 30.
    CHECK_FALSE(log->find_command(0, kit::numbered(1800)).has_value());
    CHECK(log->find_command(0, kit::numbered(1839)).has_value());
    CHECK(log->find_command(0, kit::numbered(3999)).has_value());
    CHECK(log->compact_commands() < 2300);
}

}  // namespace
}  // namespace pakashop
