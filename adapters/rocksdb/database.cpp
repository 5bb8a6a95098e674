#include "adapters/rocksdb/database.hpp"

#include <algorithm>

#include <rocksdb/cache.h>
#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/memtablerep.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/sst_file_manager.h>
#include <rocksdb/table.h>

#include "adapters/rocksdb/keys.hpp"
#include "handlers/ports/log.hpp"

namespace pakashop {
namespace {

constexpr std::size_t command_time_at = 8 + 32;
constexpr int view_attempts = 10;
constexpr std::size_t mebibyte = 1U << 20;
// Keys of the index and of commands are spread at random: a hash finds their place at once, where
// an ordered list pays a cache miss at each step. About one bucket for each commit a memtable
// holds; a bucket with more than a few entries, as of a busy stream, becomes an ordered list of its
// own.
constexpr std::size_t bytes_per_bucket = 1024;
constexpr std::size_t buckets_max = 1U << 16;
constexpr std::uint32_t bucket_entries_max = 8;

// Drops a command id once its partition has moved on by 30 days. It reads no clock, so two nodes
// that hold the same records agree about what is remembered.
class ExpiredCommands final : public rocksdb::CompactionFilter {
public:
    explicit ExpiredCommands(std::shared_ptr<NewestTimes> newest) : newest_{std::move(newest)} {}

    const char* Name() const override { return "pakashop.expired_commands"; }
    bool Filter(int, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string*, bool*)
        const override {
        if (key.size() < 2 || value.size() < command_time_at + 8) return false;
        const auto partition = static_cast<PartitionId>(
            static_cast<std::uint8_t>(key[0]) << 8 | static_cast<std::uint8_t>(key[1])
        );
        const auto at =
            static_cast<std::int64_t>(log_keys::read_number({value.data() + command_time_at, 8}));
        return at < newest_->of(partition) - commands_remembered.ms;
    }

private:
    std::shared_ptr<NewestTimes> newest_;
};

class ExpiredCommandsFactory final : public rocksdb::CompactionFilterFactory {
public:
    explicit ExpiredCommandsFactory(std::shared_ptr<NewestTimes> newest)
        : newest_{std::move(newest)} {}
    const char* Name() const override { return "pakashop.expired_commands"; }
    std::unique_ptr<rocksdb::CompactionFilter>
    CreateCompactionFilter(const rocksdb::CompactionFilter::Context&) override {
        return std::make_unique<ExpiredCommands>(newest_);
    }

private:
    std::shared_ptr<NewestTimes> newest_;
};

// On recovery: a torn tail is what a crash leaves and is dropped; damage anywhere else refuses to
// open. (The default mode silently dropped everything behind one flipped bit.)
rocksdb::DBOptions database_options(const DatabaseLimits& limits, bool may_create) {
    rocksdb::DBOptions options;
    options.create_if_missing = may_create;
    options.create_missing_column_families = may_create;
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    options.paranoid_checks = true;
    // A write to a file that is being synced waits for the disk, so it is put off until then.
    options.manual_wal_flush = true;
    options.track_and_verify_wals_in_manifest = true;
    options.verify_sst_unique_id_in_manifest = true;
    // All families reach the disk together, so none can be ahead of the others.
    options.atomic_flush = true;
    options.db_write_buffer_size = limits.memtable_bytes;
    options.max_total_wal_size = 3 * limits.memtable_bytes;
    // One writer: what makes concurrent writers fast would only cost it time.
    options.allow_concurrent_memtable_write = false;
    options.enable_write_thread_adaptive_yield = false;
    options.max_background_jobs = 2;
    options.max_open_files = 1024;
    options.bytes_per_sync = mebibyte;
    options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
    options.keep_log_file_num = 4;
    options.max_log_file_size = 4 * mebibyte;
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;
    // Lets the database resume by itself once a full disk has room again.
    options.sst_file_manager.reset(rocksdb::NewSstFileManager(rocksdb::Env::Default()));
    return options;
}

rocksdb::ColumnFamilyOptions
family_options(const DatabaseLimits& limits, const std::shared_ptr<rocksdb::Cache>& cache) {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.cache_index_and_filter_blocks = true;
    table.cache_index_and_filter_blocks_with_high_priority = true;
    table.pin_l0_filter_and_index_blocks_in_cache = true;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.format_version = 5;
    rocksdb::ColumnFamilyOptions options;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    options.compression = rocksdb::kNoCompression;
    options.write_buffer_size = limits.memtable_bytes / 2;
    options.max_write_buffer_number = 3;
    options.level_compaction_dynamic_level_bytes = true;
    return options;
}

// Records are written once, in order, and never change: their bytes go to blob files, which
// compaction leaves alone.
rocksdb::ColumnFamilyOptions record_options(rocksdb::ColumnFamilyOptions options) {
    options.enable_blob_files = true;
    options.min_blob_size = 256;
    options.blob_file_size = 256 * mebibyte;
    // Each partition's keys ascend, so the place of the last one is where the next one goes.
    options.memtable_insert_with_hint_prefix_extractor.reset(
        rocksdb::NewFixedPrefixTransform(sizeof(PartitionId))
    );
    return options;
}

// An index entry without its last 8 bytes: all entries of one stream, or of one key, are neighbours
// and nothing ever looks beyond them.
class EntryPrefix final : public rocksdb::SliceTransform {
public:
    const char* Name() const override { return "pakashop.entry_prefix"; }
    rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
        return {key.data(), key.size() - number_bytes};
    }
    bool InDomain(const rocksdb::Slice& key) const override { return key.size() > number_bytes; }

private:
    static constexpr std::size_t number_bytes = 8;
};

void hash_memtable(rocksdb::ColumnFamilyOptions& options) {
    const std::size_t buckets = std::min(options.write_buffer_size / bytes_per_bucket, buckets_max);
    options.memtable_factory.reset(
        rocksdb::NewHashLinkListRepFactory(buckets, 0, 4096, false, bucket_entries_max)
    );
}

rocksdb::ColumnFamilyOptions index_options(rocksdb::ColumnFamilyOptions options) {
    options.prefix_extractor = std::make_shared<EntryPrefix>();
    hash_memtable(options);
    options.compression_per_level = {
        rocksdb::kNoCompression, rocksdb::kNoCompression, rocksdb::kLZ4Compression
    };
    return options;
}

// Most streams have no snapshot.
rocksdb::ColumnFamilyOptions about_options(rocksdb::ColumnFamilyOptions options) {
    options.memtable_prefix_bloom_size_ratio = 0.01;
    options.memtable_whole_key_filtering = true;
    return options;
}

// Most look-ups ask for a command never seen before: the filters answer those.
rocksdb::ColumnFamilyOptions
command_options(rocksdb::ColumnFamilyOptions options, std::shared_ptr<NewestTimes> newest) {
    options.prefix_extractor.reset(rocksdb::NewNoopTransform());
    hash_memtable(options);
    options.compaction_filter_factory = std::make_shared<ExpiredCommandsFactory>(std::move(newest));
    return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor>
descriptors(const DatabaseLimits& limits, const std::shared_ptr<NewestTimes>& newest) {
    const auto base = family_options(limits, rocksdb::NewLRUCache(limits.cache_bytes));
    return {
        {rocksdb::kDefaultColumnFamilyName, about_options(base)},
        {"records", record_options(base)},
        {"index", index_options(base)},
        {"commands", command_options(base, newest)}
    };
}

DatabaseFailure failure_of(const rocksdb::Status& status) {
    // A file that the database itself names and that is not there is as bad as a rotten one.
    if (!status.IsIOError() || status.IsPathNotFound()) return DatabaseFailure::damaged;
    const bool locked = status.ToString().find("lock ") != std::string::npos;
    return locked ? DatabaseFailure::locked : DatabaseFailure::unavailable;
}

}  // namespace

std::int64_t NewestTimes::of(PartitionId partition) const {
    return partition < times_.size() ? times_[partition].load(std::memory_order_relaxed) : 0;
}

void NewestTimes::raise(PartitionId partition, std::int64_t ms) {
    if (ms > of(partition)) times_.at(partition).store(ms, std::memory_order_relaxed);
}

Result<Database, DatabaseError>
Database::create(const std::filesystem::path& directory, const DatabaseLimits& limits) {
    return open_as(Mode::create, directory, limits);
}

Result<Database, DatabaseError>
Database::open(const std::filesystem::path& directory, const DatabaseLimits& limits) {
    return open_as(Mode::write, directory, limits);
}

// OpenForReadOnly and not a secondary instance: a view is wanted, not a follower, and it creates no
// file at all. Its one weakness is that the writer may remove a file between the moment the view
// lists it and the moment it opens it; then it simply looks again.
Result<Database, DatabaseError>
Database::view(const std::filesystem::path& directory, const DatabaseLimits& limits) {
    for (int attempt = 1; attempt < view_attempts; ++attempt) {
        auto opened = open_as(Mode::view, directory, limits);
        if (opened) return opened;
    }
    return open_as(Mode::view, directory, limits);
}

Result<Database, DatabaseError>
Database::open_as(Mode mode, const std::filesystem::path& directory, const DatabaseLimits& limits) {
    Database out;
    out.newest_ = std::make_shared<NewestTimes>(slices);
    rocksdb::DBOptions options = database_options(limits, mode == Mode::create);
    if (mode == Mode::view) {
        options.max_open_files = -1;
        // A view reads everything once, in order: not by a system call for each record.
        options.allow_mmap_reads = true;
    }
    const auto families = descriptors(limits, out.newest_);
    rocksdb::DB* db = nullptr;
    const rocksdb::Status status =
        mode == Mode::view
            ? rocksdb::DB::OpenForReadOnly(
                  options, directory.native(), families, &out.families_, &db
              )
            : rocksdb::DB::Open(options, directory.native(), families, &out.families_, &db);
    out.db_.reset(db);
    if (status.ok()) return out;
    return unexpected{DatabaseError{failure_of(status), status.ToString()}};
}

bool Database::exists(const std::filesystem::path& directory) {
    std::error_code ignored;
    return std::filesystem::exists(directory / "CURRENT", ignored);
}

Database::Database(Database&&) noexcept = default;

Database::~Database() {
    if (!db_) return;
    for (rocksdb::ColumnFamilyHandle* family : families_) {
        db_->DestroyColumnFamilyHandle(family);
    }
    db_->Close();
}

}  // namespace pakashop
