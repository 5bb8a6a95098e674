#include "adapters/rocksdb/rocksdb_log.hpp"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "adapters/rocksdb/keys.hpp"
#include "adapters/rocksdb/log_tables.hpp"
#include "adapters/rocksdb/values.hpp"
#include "adapters/rocksdb/witness.hpp"
#include "events/kernel/require.hpp"
#include "events/record_index.hpp"

namespace pakashop {
namespace {

using Path = std::filesystem::path;

// What lies beside a directory is named after it, so a slash at its end must not count.
Path without_end_slash(const Path& directory) {
    return directory.has_filename() ? directory : directory.parent_path();
}

Path witness_of(const Path& directory) {
    return Path{without_end_slash(directory).native() + ".witness"};
}

unexpected<LogOpenFailure> refuse(LogOpenError error, std::string detail) {
    return unexpected{LogOpenFailure{error, std::move(detail)}};
}

unexpected<LogOpenFailure> refuse(const DatabaseError& error) {
    switch (error.failure) {
        case DatabaseFailure::locked: return refuse(LogOpenError::locked, error.detail);
        case DatabaseFailure::unavailable: return refuse(LogOpenError::unavailable, error.detail);
        case DatabaseFailure::damaged: break;
    }
    return refuse(LogOpenError::damaged, error.detail);
}

unexpected<LogOpenFailure> refuse(WitnessFailure failure, const Path& file) {
    const std::string name = file.native();
    switch (failure) {
        case WitnessFailure::locked:
            return refuse(LogOpenError::locked, "another process writes this log: " + name);
        case WitnessFailure::unavailable:
            return refuse(LogOpenError::unavailable, "the witness cannot be opened: " + name);
        case WitnessFailure::damaged:
            return refuse(LogOpenError::lost_history, "neither slot is whole in " + name);
        case WitnessFailure::missing: break;
    }
    return refuse(LogOpenError::lost_history, "there is a log, but no witness: " + name);
}

// An empty text when the log holds everything that the witness has seen.
std::string compare(const LogTables& tables, const WitnessSlot& seen) {
    if (seen.generation != tables.generation()) return "the witness is of another generation";
    if (seen.places.size() != tables.partitions()) return "the witness has other partitions";
    for (std::size_t i = 0; i < seen.places.size(); ++i) {
        const auto head = tables.head_at(static_cast<PartitionId>(i), seen.places[i].seq);
        if (head == seen.places[i].head) continue;
        const std::string where = "partition " + std::to_string(i) + ": the witness has seen ";
        const std::string count = std::to_string(seen.places[i].seq) + " records, the log has ";
        return where + count + (head ? "others" : std::to_string(tables.places()[i].seq));
    }
    return {};
}

std::vector<Place> genesis_places(const RocksDbLogOptions& options) {
    std::vector<Place> out;
    for (std::uint32_t i = 0; i < options.partitions; ++i) {
        out.push_back({0, genesis_head(options.generation, static_cast<PartitionId>(i))});
    }
    return out;
}

bool is_empty(const WitnessSlot& seen) {
    for (const Place& place : seen.places) {
        if (place.seq > 0) return false;
    }
    return true;
}

Result<Witness, LogOpenFailure> hold_witness(const RocksDbLogOptions& options) {
    const Path file = witness_of(options.directory);
    auto witness = Witness::open(file);
    if (!witness) return refuse(witness.error(), file);
    return *std::move(witness);
}

// The new database is made whole under another name: a directory of the right name is a log.
std::optional<DatabaseError> make_database(const RocksDbLogOptions& options) {
    const Path draft{options.directory.native() + ".creating"};
    std::error_code failed;
    std::filesystem::remove_all(draft, failed);
    std::filesystem::create_directories(draft, failed);
    {
        auto made = Database::create(draft, {options.memtable_bytes, options.cache_bytes});
        if (!made) return made.error();
        if (!LogTables::initialise(*made, options.generation, options.partitions)) {
            return DatabaseError{DatabaseFailure::unavailable, "a new log cannot be written"};
        }
    }
    std::filesystem::rename(draft, options.directory, failed);
    if (!failed && sync_parent_of(options.directory)) return std::nullopt;
    return DatabaseError{DatabaseFailure::unavailable, "a new log cannot be put in place"};
}

Result<Witness, WitnessFailure> open_or_create_witness(const RocksDbLogOptions& options) {
    const Path file = witness_of(options.directory);
    auto existing = Witness::open(file);
    if (existing || existing.error() != WitnessFailure::missing) return existing;
    return Witness::create(file, options.generation, genesis_places(options));
}

Result<Witness, LogOpenFailure> make_log(const RocksDbLogOptions& options) {
    std::error_code ignored;
    const Path parent = std::filesystem::absolute(options.directory).parent_path();
    std::filesystem::create_directories(parent, ignored);
    auto witness = open_or_create_witness(options);
    if (!witness) return refuse(witness.error(), witness_of(options.directory));
    if (!is_empty(witness->newest())) {
        return refuse(LogOpenError::lost_history, "there is a witness, but no log");
    }
    if (const auto error = make_database(options)) return refuse(*error);
    return *std::move(witness);
}

// Everything that can refuse is asked of a view, so that a refused log is left as it was found.
std::optional<LogOpenFailure>
inspect(const RocksDbLogOptions& options, const WitnessSlot& seen) {
    auto view = Database::view(options.directory, {options.memtable_bytes, options.cache_bytes});
    if (!view) return refuse(view.error()).error();
    const auto tables = LogTables::load(*std::move(view));
    if (!tables) return LogOpenFailure{LogOpenError::damaged, tables.error()};
    const bool same = (*tables)->generation() == options.generation &&
                      (*tables)->partitions() == options.partitions;
    if (!same) {
        return LogOpenFailure{
            LogOpenError::foreign,
            "the log is generation " + (*tables)->generation() + " with " +
                std::to_string((*tables)->partitions()) + " partitions"
        };
    }
    if (std::string problem = compare(**tables, seen); !problem.empty()) {
        return LogOpenFailure{LogOpenError::lost_history, std::move(problem)};
    }
    if (std::string problem = (*tables)->check_tails(); !problem.empty()) {
        return LogOpenFailure{LogOpenError::damaged, std::move(problem)};
    }
    return std::nullopt;
}

}  // namespace

class RocksDbLog::Impl {
public:
    Impl(RocksDbLogOptions options, std::unique_ptr<LogTables> tables)
        : options_{std::move(options)}, tables_{std::move(tables)} {
        if (!options_.free_space) options_.free_space = free_space_of(options_.directory);
    }

    void lead(Witness witness) { witness_.emplace(std::move(witness)); }
    void compare_with(Result<WitnessSlot, WitnessFailure> seen) { seen_ = std::move(seen); }
    LogTables& tables() { return *tables_; }

    std::string check_witness() const {
        if (witness_) return compare(*tables_, witness_->newest());
        if (seen_) return compare(*tables_, *seen_);
        return refuse(seen_.error(), witness_of(options_.directory)).error().detail;
    }

    std::vector<AppendOutcome> append(std::span<const PartitionBatch> batches) {
        require(witness_.has_value(), "a view of the log is not appended to");
        const auto all = [&](AppendOutcome outcome) {
            return std::vector<AppendOutcome>(batches.size(), outcome);
        };
        if (batches.empty()) return {};
        if (broken_) return all(unknown("an earlier write failed"));
        if (!has_room(batches)) return all(AppendOutcome::storage_low);
        rocksdb::WriteBatch writes;
        std::vector<AdmissionState> after;
        for (const PartitionBatch& batch : batches) after.push_back(stage(writes, batch));
        rocksdb::WriteOptions synced;
        synced.sync = true;
        const rocksdb::Status status = tables_->database().db().Write(synced, &writes);
        if (!status.ok()) return all(broken(status.ToString()));
        if (!witness_->write(places_after(batches, after))) {
            return all(broken("the witness cannot be written"));
        }
        for (std::size_t i = 0; i < batches.size(); ++i) publish(batches[i], after[i]);
        return all(AppendOutcome::durable);
    }

private:
    // An unreadable answer about the disk counts as a full one.
    bool has_room(std::span<const PartitionBatch> batches) const {
        std::uint64_t needed = options_.free_bytes_min;
        for (const PartitionBatch& batch : batches) {
            for (const StagedRecord& staged : batch.records) needed += staged.bytes.size();
        }
        return options_.free_space().value_or(0) >= needed;
    }

    // What failed once may be on the disk or not, and is never tried again: only a new start reads
    // what is there. Until the witness holds it, nobody gets to see it either.
    AppendOutcome broken(std::string_view problem) {
        broken_ = true;
        return unknown(problem);
    }

    std::vector<Place> places_after(
        std::span<const PartitionBatch> batches, const std::vector<AdmissionState>& after
    ) const {
        std::vector<Place> places = tables_->places();
        for (std::size_t i = 0; i < batches.size(); ++i) {
            places[batches[i].partition] = after[i].place;
        }
        return places;
    }

    AppendOutcome unknown(std::string_view problem) const {
        if (options_.on_failure) options_.on_failure(problem);
        return AppendOutcome::unknown;
    }

    void publish(const PartitionBatch& batch, const AdmissionState& after) {
        if (batch.records.empty()) return;
        tables_->publish(batch.partition, after, batch.records.back().record->at);
    }

    AdmissionState stage(rocksdb::WriteBatch& writes, const PartitionBatch& batch) {
        const AdmissionState before = tables_->state(batch.partition);
        Admission fold{tables_->generation(), batch.partition, before};
        for (const StagedRecord& staged : batch.records) {
            const std::uint64_t seq = fold.place().seq;
            require(
                fold.offer(*staged.record, staged.hash) == Verdict::admitted,
                "a record follows the partition's head"
            );
            stage_record(writes, seq, fold.place().head, staged);
        }
        const bool follows =
            !batch.records.empty() && batch.records[0].record->prev == before.place.head;
        require(
            !follows || batch.after == fold.state(),
            "a batch names the state that its records lead to"
        );
        for (const Snapshot& snapshot : batch.snapshots) {
            const std::string key = log_keys::snapshot(batch.partition, snapshot.stream);
            writes.Put(tables_->database().about(), key, log_values::encode_snapshot(snapshot));
        }
        const std::string state = log_values::encode_state(fold.state());
        writes.Put(tables_->database().about(), log_keys::state(batch.partition), state);
        return fold.state();
    }

    void stage_record(
        rocksdb::WriteBatch& writes,
        std::uint64_t seq,
        const Digest& head_after,
        const StagedRecord& staged
    ) {
        const PartitionId partition = staged.record->partition;
        const rocksdb::Slice parts[] = {
            {reinterpret_cast<const char*>(head_after.data()), head_after.size()},
            {staged.bytes.data(), staged.bytes.size()}
        };
        const std::string key = log_keys::record(partition, seq);
        const rocksdb::Slice key_part{key};
        writes.Put(
            tables_->database().records(),
            rocksdb::SliceParts{&key_part, 1},
            rocksdb::SliceParts{parts, 2}
        );
        if (staged.record->kind == RecordKind::commit) {
            stage_indexes(writes, partition, seq, *staged.record);
        } else if (staged.record->kind == RecordKind::import) {
            const auto original = original_of(*staged.record);
            require(original.has_value(), "an import carries a record");
            const bool commit = original->kind == RecordKind::commit;
            if (commit) stage_indexes(writes, partition, seq, *original);
        }
    }

    void stage_indexes(
        rocksdb::WriteBatch& writes, PartitionId partition, std::uint64_t seq, const Record& record
    ) {
        Database& database = tables_->database();
        std::string position;
        log_keys::append_number(position, seq);
        const log_values::CommandEntry command{{seq, record.fingerprint}, record.at};
        writes.Put(
            database.commands(),
            log_keys::command(partition, record.command),
            log_values::encode_command(command)
        );
        writes.Put(database.index(), log_keys::key_prefix(partition, record.key) + position, "");
        for (const StreamEnd& end : stream_ends(record)) {
            std::string key = log_keys::stream_prefix(partition, end.stream);
            log_keys::append_number(key, static_cast<std::uint64_t>(end.version));
            writes.Put(database.index(), key, position);
        }
    }

    RocksDbLogOptions options_;
    std::unique_ptr<LogTables> tables_;
    std::optional<Witness> witness_;
    bool broken_ = false;
    Result<WitnessSlot, WitnessFailure> seen_ = unexpected{WitnessFailure::missing};
};

Result<std::unique_ptr<RocksDbLog>, LogOpenFailure> RocksDbLog::open(RocksDbLogOptions options) {
    options.directory = without_end_slash(options.directory);
    const bool fresh = !Database::exists(options.directory);
    auto witness = fresh ? make_log(options) : hold_witness(options);
    if (!witness) return unexpected{witness.error()};
    if (!fresh) {
        if (auto problem = inspect(options, witness->newest())) return unexpected{*problem};
    }
    auto database =
        Database::open(options.directory, {options.memtable_bytes, options.cache_bytes});
    if (!database) return refuse(database.error());
    auto tables = LogTables::load(*std::move(database));
    if (!tables) return refuse(LogOpenError::damaged, tables.error());
    auto impl = std::make_unique<Impl>(std::move(options), *std::move(tables));
    impl->lead(*std::move(witness));
    return std::unique_ptr<RocksDbLog>{new RocksDbLog{std::move(impl)}};
}

Result<std::unique_ptr<RocksDbLog>, LogOpenFailure> RocksDbLog::view(const Path& directory) {
    RocksDbLogOptions options;
    options.directory = without_end_slash(directory);
    auto seen = Witness::peek(witness_of(options.directory));
    auto database =
        Database::view(options.directory, {options.memtable_bytes, options.cache_bytes});
    if (!database) return refuse(database.error());
    auto tables = LogTables::load(*std::move(database));
    if (!tables) return refuse(LogOpenError::damaged, tables.error());
    auto impl = std::make_unique<Impl>(std::move(options), *std::move(tables));
    impl->compare_with(std::move(seen));
    return std::unique_ptr<RocksDbLog>{new RocksDbLog{std::move(impl)}};
}

RocksDbLog::RocksDbLog(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
RocksDbLog::~RocksDbLog() = default;

std::string RocksDbLog::check_witness() { return impl_->check_witness(); }
std::string RocksDbLog::check_tails() { return impl_->tables().check_tails(); }

std::string RocksDbLog::check_files() { return impl_->tables().check_files(); }

std::uint64_t RocksDbLog::compact_commands() { return impl_->tables().compact_commands(); }

std::string_view RocksDbLog::generation() const { return impl_->tables().generation(); }
std::uint32_t RocksDbLog::partitions() const { return impl_->tables().partitions(); }

std::vector<AppendOutcome> RocksDbLog::append(std::span<const PartitionBatch> batches) {
    return impl_->append(batches);
}

Result<std::vector<LogEntry>, LogFailure>
RocksDbLog::read(PartitionId partition, std::uint64_t offset, std::size_t bytes_max) {
    try {
        return impl_->tables().read(partition, offset, bytes_max);
    } catch (const CorruptStream&) {
        return unexpected{LogFailure::damaged};
    }
}

Result<std::uint64_t, LogFailure> RocksDbLog::end(PartitionId partition) {
    return impl_->tables().state(partition).place.seq;
}

AdmissionState RocksDbLog::state(PartitionId partition) {
    return impl_->tables().state(partition);
}

std::optional<Digest> RocksDbLog::head_at(PartitionId partition, std::uint64_t seq) {
    return impl_->tables().head_at(partition, seq);
}

std::uint64_t RocksDbLog::next_offset(PartitionId partition) {
    return impl_->tables().state(partition).place.seq;
}

std::optional<std::string> RocksDbLog::record(PartitionId partition, std::uint64_t seq) {
    return impl_->tables().record(partition, seq);
}

std::optional<SeenCommand>
RocksDbLog::find_command(PartitionId partition, const CommandId& command) {
    return impl_->tables().find_command(partition, command);
}

std::vector<std::uint64_t>
RocksDbLog::stream(PartitionId partition, std::string_view stream, std::int64_t after_version) {
    return impl_->tables().stream(partition, stream, after_version);
}

std::vector<std::uint64_t>
RocksDbLog::key_history(PartitionId partition, std::string_view key, std::uint64_t last_seq) {
    return impl_->tables().key_history(partition, key, last_seq);
}

std::optional<Snapshot> RocksDbLog::snapshot(PartitionId partition, std::string_view stream) {
    return impl_->tables().snapshot(partition, stream);
}

}  // namespace pakashop
