#include "adapters/rocksdb/rocksdb_replica.hpp"

#include <atomic>

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "adapters/rocksdb/keys.hpp"
#include "adapters/rocksdb/log_opening.hpp"
#include "adapters/rocksdb/log_tables.hpp"
#include "adapters/rocksdb/record_writer.hpp"
#include "events/kernel/require.hpp"

namespace pakashop {
namespace {

DatabaseLimits limits_of(const RocksDbReplicaOptions& options) {
    return {options.memtable_bytes, options.cache_bytes};
}

LogIdentity identity_of(const RocksDbReplicaOptions& options) {
    return {LogKind::replica, options.generation, options.partitions};
}

LogOpenFailure damaged(const std::string& problem) {
    return {
        LogOpenError::damaged,
        problem + "; remove the directory, and the replica is made again from the log"
    };
}

LogOpenFailure failure_of(const DatabaseError& error) {
    const bool is_damaged = error.failure == DatabaseFailure::damaged;
    return is_damaged ? damaged(error.detail) : open_failure(error);
}

// Asked of a view, so that a log that is taken for a replica is left as it was found.
std::optional<LogOpenFailure> inspect(const RocksDbReplicaOptions& options) {
    auto view = Database::view(options.directory, limits_of(options));
    if (!view) return failure_of(view.error());
    const auto tables = LogTables::load(*std::move(view));
    if (!tables) return damaged(tables.error());
    return refuse_foreign(**tables, identity_of(options));
}

std::optional<LogOpenFailure> find_or_make(const RocksDbReplicaOptions& options) {
    if (Database::exists(options.directory)) return inspect(options);
    std::error_code ignored;
    const auto parent = std::filesystem::absolute(options.directory).parent_path();
    std::filesystem::create_directories(parent, ignored);
    return make_database(options.directory, limits_of(options), identity_of(options));
}

}  // namespace

class RocksDbReplica::Impl {
public:
    Impl(RocksDbReplicaOptions options, std::unique_ptr<LogTables> tables)
        : options_{std::move(options)},
          tables_{std::move(tables)},
          next_offsets_(tables_->partitions()) {
        if (!options_.free_space) options_.free_space = free_space_of(options_.directory);
    }

    LogTables& tables() { return *tables_; }
    std::uint64_t next_offset(PartitionId partition) const {
        return next_offsets_.at(partition).load();
    }

    // The partition whose place cannot be read.
    std::optional<PartitionId> load_places() {
        for (std::uint32_t i = 0; i < tables_->partitions(); ++i) {
            const auto partition = static_cast<PartitionId>(i);
            if (tables_->state(partition).place.seq == 0) continue;
            std::string stored;
            const Database& database = tables_->database();
            const auto status =
                database.db().Get({}, database.about(), log_keys::offset(partition), &stored);
            if (!status.ok() || stored.size() != sizeof(std::uint64_t)) return partition;
            next_offsets_[partition] = log_keys::read_number(stored) + 1;
        }
        return std::nullopt;
    }

    // State, place and records move in one write. Its bytes leave the process at once, so that
    // only a power cut takes any of them back.
    Result<void, LogFailure> apply(
        PartitionId partition,
        std::span<const AdmittedRecord> records,
        std::span<const Snapshot> snapshots
    ) {
        if (!has_room(records)) return unexpected{LogFailure::unavailable};
        rocksdb::WriteBatch writes;
        if (!stage(writes, partition, records)) return unexpected{LogFailure::damaged};
        for (const Snapshot& snapshot : snapshots) {
            stage_snapshot(writes, tables_->database(), partition, snapshot);
        }
        rocksdb::DB& db = tables_->database().db();
        const bool written = db.Write({}, &writes).ok() && db.FlushWAL(false).ok();
        if (!written) return unexpected{LogFailure::unavailable};
        if (records.empty()) return {};
        const AdmittedRecord& last = records.back();
        next_offsets_[partition] = last.offset + 1;
        tables_->publish(partition, last.after, last.staged.record->at);
        return {};
    }

private:
    bool has_room(std::span<const AdmittedRecord> records) const {
        std::uint64_t needed = options_.free_bytes_min;
        for (const AdmittedRecord& one : records) needed += one.staged.bytes.size();
        return options_.free_space().value_or(0) >= needed;
    }

    bool stage(
        rocksdb::WriteBatch& writes,
        PartitionId partition,
        std::span<const AdmittedRecord> records
    ) {
        if (records.empty()) return true;
        const Database& database = tables_->database();
        Place place = tables_->state(partition).place;
        for (const AdmittedRecord& one : records) {
            const Place after{place.seq + 1, next_head(place.head, one.staged.hash)};
            require(one.after.place == after, "a record follows the one before it in a replica");
            if (!stage_record(writes, database, place.seq, after.head, one.staged)) return false;
            place = after;
        }
        stage_state(writes, database, partition, records.back().after);
        std::string offset;
        log_keys::append_number(offset, records.back().offset);
        writes.Put(database.about(), log_keys::offset(partition), offset);
        return true;
    }

    RocksDbReplicaOptions options_;
    std::unique_ptr<LogTables> tables_;
    std::vector<std::atomic<std::uint64_t>> next_offsets_;
};

Result<std::unique_ptr<RocksDbReplica>, LogOpenFailure> RocksDbReplica::open(
    RocksDbReplicaOptions options
) {
    options.directory = without_end_slash(options.directory);
    if (auto failure = find_or_make(options)) return unexpected{*std::move(failure)};
    auto database = Database::open(options.directory, limits_of(options));
    if (!database) return unexpected{failure_of(database.error())};
    auto tables = LogTables::load(*std::move(database));
    if (!tables) return unexpected{damaged(tables.error())};
    auto impl = std::make_unique<Impl>(std::move(options), *std::move(tables));
    if (const auto partition = impl->load_places()) {
        return unexpected{
            damaged("partition " + std::to_string(*partition) + ": its place is unreadable")
        };
    }
    return std::unique_ptr<RocksDbReplica>{new RocksDbReplica{std::move(impl)}};
}

RocksDbReplica::RocksDbReplica(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
RocksDbReplica::~RocksDbReplica() = default;

Result<void, LogFailure> RocksDbReplica::apply(
    PartitionId partition,
    std::span<const AdmittedRecord> records,
    std::span<const Snapshot> snapshots
) {
    return impl_->apply(partition, records, snapshots);
}

std::string_view RocksDbReplica::generation() const { return impl_->tables().generation(); }
std::uint32_t RocksDbReplica::partitions() const { return impl_->tables().partitions(); }

AdmissionState RocksDbReplica::state(PartitionId partition) {
    return impl_->tables().state(partition);
}

std::optional<Digest> RocksDbReplica::head_at(PartitionId partition, std::uint64_t seq) {
    return impl_->tables().head_at(partition, seq);
}

std::uint64_t RocksDbReplica::next_offset(PartitionId partition) {
    return impl_->next_offset(partition);
}

std::optional<std::string> RocksDbReplica::record(PartitionId partition, std::uint64_t seq) {
    return impl_->tables().record(partition, seq);
}

std::optional<SeenCommand>
RocksDbReplica::find_command(PartitionId partition, const CommandId& command) {
    return impl_->tables().find_command(partition, command);
}

std::vector<std::uint64_t>
RocksDbReplica::stream(PartitionId partition, std::string_view stream, std::int64_t after_version) {
    return impl_->tables().stream(partition, stream, after_version);
}

std::vector<std::uint64_t>
RocksDbReplica::key_history(PartitionId partition, std::string_view key, std::uint64_t last_seq) {
    return impl_->tables().key_history(partition, key, last_seq);
}

std::optional<Snapshot> RocksDbReplica::snapshot(PartitionId partition, std::string_view stream) {
    return impl_->tables().snapshot(partition, stream);
}

}  // namespace pakashop
