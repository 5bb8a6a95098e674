#include "adapters/rocksdb/rocksdb_log.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "adapters/rocksdb/log_opening.hpp"
#include "adapters/rocksdb/log_tables.hpp"
#include "adapters/rocksdb/record_writer.hpp"
#include "adapters/rocksdb/witness.hpp"
#include "events/kernel/require.hpp"

namespace pakashop {

class RocksDbLog::Impl {
public:
    Impl(RocksDbLogOptions options, std::unique_ptr<LogTables> tables)
        : options_{std::move(options)}, tables_{std::move(tables)} {
        if (!options_.free_space) options_.free_space = free_space_of(options_.directory);
    }

    void lead(Witness witness) {
        witness_.emplace(std::move(witness));
        for (std::uint32_t i = 0; i < tables_->partitions(); ++i) {
            written_.push_back(tables_->state(static_cast<PartitionId>(i)));
        }
        refused_.resize(written_.size());
        places_ = tables_->places();
    }
    void compare_with(Result<WitnessSlot, WitnessFailure> seen) { seen_ = std::move(seen); }
    LogTables& tables() { return *tables_; }

    // The writer beside a view removes files that it has replaced. What is really missing is
    // missing in a view of this moment too.
    std::string check_files() {
        auto found = tables_->check_files();
        for (int views = 0; found && found->missing && !witness_ && views < views_max; ++views) {
            const auto fresh = view_log(options_);
            if (!fresh) return fresh.error().detail;
            found = fresh->tables->check_files();
        }
        return found ? found->detail : std::string{};
    }

    std::string check_witness() const {
        if (witness_) return contradiction(*tables_, witness_->newest());
        if (seen_) return contradiction(*tables_, *seen_);
        return witness_failure(seen_.error(), options_.directory).detail;
    }

    /// Writes the batches behind everything written before; the future syncs them, and whatever
    /// was written meanwhile, unless another one did.
    std::future<std::vector<AppendOutcome>> begin_append(std::span<const PartitionBatch> batches) {
        require(witness_.has_value(), "a view of the log is not appended to");
        const auto written = std::make_shared<Append>();
        if (!batches.empty()) written->outcome = write(batches, *written);
        if (!written->outcome) {
            const std::lock_guard lock{unsynced_mutex_};
            unsynced_.push_back(written);
        }
        return std::async(std::launch::deferred, [this, written, count = batches.size()] {
            return std::vector<AppendOutcome>(count, finish(*written));
        });
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

    /// Where an append leaves a partition.
    struct After {
        PartitionId partition = 0;
        AdmissionState state;
        Instant newest;
    };
    /// An append that was written, and its outcome once that is known.
    struct Append {
        std::vector<After> after;
        std::optional<AppendOutcome> outcome;
    };

    // The outcome, unless it takes a sync to know it.
    std::optional<AppendOutcome> write(std::span<const PartitionBatch> batches, Append& append) {
        if (broken_) return unknown("an earlier write failed");
        if (!has_room(batches) || behind_refused(batches)) {
            for (const PartitionBatch& batch : batches) refused_[batch.partition] = true;
            return AppendOutcome::storage_low;
        }
        rocksdb::WriteBatch writes;
        for (const PartitionBatch& batch : batches) stage(writes, batch, append);
        const rocksdb::Status status = tables_->database().db().Write({}, &writes);
        if (!status.ok()) return broken(status.ToString());
        for (const After& after : append.after) {
            written_[after.partition] = after.state;
            refused_[after.partition] = false;
        }
        return std::nullopt;
    }

    // What follows a batch that found no room was made before that was known.
    bool behind_refused(std::span<const PartitionBatch> batches) const {
        return std::ranges::any_of(batches, [&](const PartitionBatch& batch) {
            if (!refused_[batch.partition] || batch.records.empty()) return false;
            const Record& first = *batch.records[0].record;
            return first.kind != RecordKind::announce &&
                   first.prev != written_[batch.partition].place.head;
        });
    }

    AppendOutcome finish(const Append& append) {
        const std::lock_guard lock{sync_mutex_};
        if (append.outcome) return *append.outcome;
        std::vector<std::shared_ptr<Append>> together;
        {
            const std::lock_guard written{unsynced_mutex_};
            together.swap(unsynced_);
        }
        const AppendOutcome outcome = sync(together);
        for (const auto& each : together) each->outcome = outcome;
        return outcome;
    }

    // The witness comes after the log and before any reader.
    AppendOutcome sync(const std::vector<std::shared_ptr<Append>>& appends) {
        if (broken_) return unknown("an earlier write failed");
        const rocksdb::Status status = tables_->database().db().FlushWAL(true);
        if (!status.ok()) return broken(status.ToString());
        for (const auto& append : appends) {
            for (const After& after : append->after) places_[after.partition] = after.state.place;
        }
        if (!witness_->write(places_)) return broken("the witness cannot be written");
        for (const auto& append : appends) {
            for (const After& after : append->after) {
                tables_->publish(after.partition, after.state, after.newest);
            }
        }
        return AppendOutcome::durable;
    }

    // What failed once may be on the disk or not, and is never tried again: only a new start reads
    // what is there. Until the witness holds it, nobody gets to see it either.
    AppendOutcome broken(std::string_view problem) {
        broken_ = true;
        return unknown(problem);
    }

    AppendOutcome unknown(std::string_view problem) const {
        if (options_.on_failure) options_.on_failure(problem);
        return AppendOutcome::unknown;
    }

    void stage(rocksdb::WriteBatch& writes, const PartitionBatch& batch, Append& append) {
        const AdmissionState& before = written_[batch.partition];
        Admission fold{tables_->generation(), batch.partition, before};
        for (const StagedRecord& staged : batch.records) {
            const std::uint64_t seq = fold.place().seq;
            require(
                fold.offer(*staged.record, staged.hash) == Verdict::admitted,
                "a record follows the partition's head"
            );
            require(
                stage_record(writes, tables_->database(), seq, fold.place().head, staged),
                "an import carries a record"
            );
        }
        const bool follows =
            !batch.records.empty() && batch.records[0].record->prev == before.place.head;
        require(
            !follows || batch.after == fold.state(),
            "a batch names the state that its records lead to"
        );
        for (const Snapshot& snapshot : batch.snapshots) {
            stage_snapshot(writes, tables_->database(), batch.partition, snapshot);
        }
        stage_state(writes, tables_->database(), batch.partition, fold.state());
        if (batch.records.empty()) return;
        append.after.push_back({batch.partition, fold.state(), batch.records.back().record->at});
    }

    static constexpr int views_max = 10;  ///< Of one check of the files.

    RocksDbLogOptions options_;
    std::unique_ptr<LogTables> tables_;
    std::optional<Witness> witness_;
    std::atomic<bool> broken_{false};
    std::vector<AdmissionState> written_;  ///< Where each partition ends, synced or not.
    std::vector<bool> refused_;            ///< Of which partitions the last append was refused.
    std::mutex unsynced_mutex_;
    std::vector<std::shared_ptr<Append>> unsynced_;  ///< Written, in order.
    std::mutex sync_mutex_;      ///< Held while syncing; guards `places_` and the outcomes.
    std::vector<Place> places_;  ///< What the witness holds.
    Result<WitnessSlot, WitnessFailure> seen_ = unexpected{WitnessFailure::missing};
};

Result<std::unique_ptr<RocksDbLog>, LogOpenFailure> RocksDbLog::open(RocksDbLogOptions options) {
    require(
        options.free_bytes_min >= options.free_bytes_needed(),
        "what RocksDB holds in memory fits into the free space that is kept"
    );
    options.directory = without_end_slash(options.directory);
    auto opened = open_log(options);
    if (!opened) return unexpected{std::move(opened.error())};
    auto impl = std::make_unique<Impl>(std::move(options), std::move(opened->tables));
    impl->lead(std::move(opened->witness));
    return std::unique_ptr<RocksDbLog>{new RocksDbLog{std::move(impl)}};
}

Result<std::unique_ptr<RocksDbLog>, LogOpenFailure> RocksDbLog::view(
    const std::filesystem::path& directory
) {
    RocksDbLogOptions options;
    options.directory = without_end_slash(directory);
    auto viewed = view_log(options);
    if (!viewed) return unexpected{std::move(viewed.error())};
    auto impl = std::make_unique<Impl>(std::move(options), std::move(viewed->tables));
    impl->compare_with(std::move(viewed->seen));
    return std::unique_ptr<RocksDbLog>{new RocksDbLog{std::move(impl)}};
}

RocksDbLog::RocksDbLog(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
RocksDbLog::~RocksDbLog() = default;

std::string RocksDbLog::check_witness() { return impl_->check_witness(); }
std::string RocksDbLog::check_tails() { return impl_->tables().check_tails(); }

std::string RocksDbLog::check_files() { return impl_->check_files(); }

std::uint64_t RocksDbLog::compact_commands() { return impl_->tables().compact_commands(); }

std::string_view RocksDbLog::generation() const { return impl_->tables().generation(); }
std::uint32_t RocksDbLog::partitions() const { return impl_->tables().partitions(); }

std::future<std::vector<AppendOutcome>> RocksDbLog::begin_append(
    std::span<const PartitionBatch> batches
) {
    return impl_->begin_append(batches);
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

AdmissionState RocksDbLog::state(PartitionId partition) { return impl_->tables().state(partition); }

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
