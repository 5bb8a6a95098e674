#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "events/kernel/result.hpp"
#include "events/partition.hpp"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
}  // namespace rocksdb

namespace pakashop {

/// The time of each partition's newest record; the compaction of command ids asks it (2.4).
class NewestTimes {
public:
    explicit NewestTimes(std::size_t partitions) : times_(partitions) {}
    /// The earliest possible time until a record is known.
    std::int64_t of(PartitionId partition) const;
    void raise(PartitionId partition, std::int64_t ms);

private:
    std::vector<std::atomic<std::int64_t>> times_;
};

/// How much memory the database may take.
struct DatabaseLimits {
    std::size_t memtable_bytes = 64U << 20;
    std::size_t cache_bytes = 128U << 20;
};

enum class DatabaseFailure {
    locked,       ///< Another process writes it.
    unavailable,  ///< The file system refuses.
    damaged       ///< A checksum is wrong, or a file that must be there is not.
};
struct DatabaseError {
    DatabaseFailure failure;
    std::string detail;
};

/// The RocksDB under a log: four column families, one write-ahead log, flushed together.
class Database {
public:
    /// Creates one that is not there yet.
    static Result<Database, DatabaseError>
    create(const std::filesystem::path& directory, const DatabaseLimits& limits);
    /// Opens one for its single writer.
    static Result<Database, DatabaseError>
    open(const std::filesystem::path& directory, const DatabaseLimits& limits);
    /// A view of how it stands now, which writes no byte and takes no lock, so that it can be had
    /// beside a running writer. It does not follow what is written later.
    static Result<Database, DatabaseError>
    view(const std::filesystem::path& directory, const DatabaseLimits& limits);
    /// True when there is a database in the directory.
    static bool exists(const std::filesystem::path& directory);

    Database(Database&&) noexcept;
    Database& operator=(Database&&) = delete;
    ~Database();

    rocksdb::DB& db() const { return *db_; }
    rocksdb::ColumnFamilyHandle* about() const { return families_[0]; }
    rocksdb::ColumnFamilyHandle* records() const { return families_[1]; }
    rocksdb::ColumnFamilyHandle* index() const { return families_[2]; }
    rocksdb::ColumnFamilyHandle* commands() const { return families_[3]; }
    NewestTimes& newest() const { return *newest_; }

private:
    enum class Mode { create, write, view };
    Database() = default;
    static Result<Database, DatabaseError>
    open_as(Mode mode, const std::filesystem::path& directory, const DatabaseLimits& limits);

    std::shared_ptr<NewestTimes> newest_;
    std::vector<rocksdb::ColumnFamilyHandle*> families_;
    std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace pakashop
