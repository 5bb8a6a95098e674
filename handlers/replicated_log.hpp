#pragma once

#include <deque>
#include <mutex>
#include <vector>

#include "events/admission.hpp"
#include "handlers/ports/log.hpp"

namespace pakashop {

/// A log that lies elsewhere, as a node works with it: whatever the node appends to it, and
/// whatever it reads beyond what it has, is in the node's replica before the caller knows of it. So
/// the store of a shard on Kafka is as far as the shard, as on one machine (architecture 2.4).
///
/// `read` is meant for those that follow a partition from the replica's place on, one at a time for
/// each partition; others may read the log itself.
class ReplicatedLog final : public Log {
public:
    /// Both outlive it; the replica is of this log.
    ReplicatedLog(Log& log, Replica& replica);

    std::string_view generation() const override { return log_.generation(); }
    std::uint32_t partitions() const override { return log_.partitions(); }
    bool exclusive() const override { return log_.exclusive(); }
    std::future<std::vector<AppendOutcome>> begin_append(std::span<const PartitionBatch> batches
    ) override;
    Result<std::vector<LogEntry>, LogFailure>
    read(PartitionId partition, std::uint64_t offset, std::size_t bytes_max) override;
    Result<std::uint64_t, LogFailure> end(PartitionId partition) override {
        return log_.end(partition);
    }
    Result<std::vector<std::uint64_t>, LogFailure> ends(std::span<const PartitionId> partitions
    ) override {
        return log_.ends(partitions);
    }

private:
    /// How far the replica has come.
    struct Tail {
        std::mutex mutex;
        Admission fold;
        std::uint64_t next_offset = 0;

        Tail(Admission at, std::uint64_t offset) : fold{std::move(at)}, next_offset{offset} {}
    };
    /// Admitted records on their way into the replica.
    struct Take {
        Admission fold;
        std::uint64_t next_offset = 0;
        std::vector<AdmittedRecord> records;
        std::vector<Snapshot> snapshots;
    };

    bool take_own(const PartitionBatch& batch);
    Result<void, LogFailure> take_read(PartitionId partition, std::span<const LogEntry> entries);
    static bool admit(Take& take, StagedRecord staged, std::uint64_t offset);
    Result<void, LogFailure> commit(PartitionId partition, Tail& tail, Take take);

    Log& log_;
    Replica& replica_;
    std::deque<Tail> tails_;
};

}  // namespace pakashop
