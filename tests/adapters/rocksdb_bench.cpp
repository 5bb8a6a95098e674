#include "tests/adapters/rocksdb_bench.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <unistd.h>

namespace pakashop::kit {

// In memory where that can be had: these tests sync thousands of times.
ScratchFolder::ScratchFolder() {
    const std::filesystem::path memory{"/dev/shm"};
    const bool writable = ::access(memory.c_str(), W_OK) == 0;
    const auto base = writable ? memory : std::filesystem::temp_directory_path();
    std::string name = (base / "pakashop-test-XXXXXX").native();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

RocksDbLogOptions ScratchFolder::log_options() const {
    RocksDbLogOptions options;
    options.directory = path_ / "log";
    options.generation = "g1";
    options.partitions = 4;
    options.free_bytes_min = 16U << 20;
    options.memtable_bytes = 4U << 20;
    options.cache_bytes = 1U << 20;
    return options;
}

std::unique_ptr<RocksDbLog> open_log(const RocksDbLogOptions& options) {
    auto log = RocksDbLog::open(options);
    REQUIRE_MESSAGE(log.has_value(), log.error().detail);
    return *std::move(log);
}

std::optional<LogOpenError> open_error(const RocksDbLogOptions& options) {
    const auto log = RocksDbLog::open(options);
    if (log) return std::nullopt;
    CHECK_FALSE(log.error().detail.empty());
    return log.error().error;
}

PartitionBatch write_sample(const ScratchFolder& scratch, std::uint64_t commits) {
    const auto log = open_log(scratch.log_options());
    RecordMaker maker{"g1", 1};
    PartitionBatch all;
    const auto flush = [&] {
        PartitionBatch batch = maker.take();
        REQUIRE(log->append({&batch, 1}) == std::vector{AppendOutcome::durable});
        for (StagedRecord& staged : batch.records) all.records.push_back(std::move(staged));
        all.after = batch.after;
    };
    maker.announce();
    flush();
    for (std::uint64_t n = 1; n <= commits; ++n) {
        const std::string order = "ord_" + std::to_string(n % 5);
        maker.commit(order, n, {{"order:" + order}});
        flush();
    }
    all.partition = 1;
    return all;
}

void restore_files(const std::filesystem::path& folder, const Files& files) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
        std::filesystem::remove_all(entry.path(), ignored);
    }
    for (const auto& [name, bytes] : files) {
        std::filesystem::create_directories(std::filesystem::path{name}.parent_path());
        write_file(name, bytes);
    }
}

std::string read_file(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    std::stringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
}

void write_file(const std::filesystem::path& file, const std::string& bytes) {
    std::ofstream out{file, std::ios::binary | std::ios::trunc};
    out << bytes;
    REQUIRE(out.flush().good());
}

Files files_in(const std::filesystem::path& folder) {
    Files out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{folder}) {
        if (entry.is_regular_file()) out[entry.path().native()] = read_file(entry.path());
    }
    return out;
}

}  // namespace pakashop::kit
