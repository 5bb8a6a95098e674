#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "events/kernel/sealed.hpp"
#include "projections/changes.hpp"
#include "projections/log_follower.hpp"
#include "projections/projection.hpp"

/// From the log to merged row changes, without writing any.
namespace pakashop::model {

/// What was read since the batch began: the changes, and how the checkpoints move with them.
struct Batch {
    ChangeSet changes;
    std::vector<CheckpointMove> moves;  ///< At most one for each partition.
    std::uint64_t records = 0;
    std::uint64_t events = 0;
    Instant newest;  ///< The time of the newest record in it.

    bool empty() const { return moves.empty(); }
};

/// Reads admitted records of every partition from given checkpoints on, and projects their events.
/// Not for several threads at once.
class LogReader {
public:
    LogReader(Log& log, Vault& vault, std::span<const Projection* const> projections);

    /// Goes to these places. The log must still hold the last record of each.
    Result<void, ReadStop> go_to(const std::vector<Checkpoint>& checkpoints);

    /// Reads about `bytes_max` of the next partition that has something, and adds what follows from
    /// it to `batch`. False when no partition has anything.
    Result<bool, ReadStop> read_into(Batch& batch, std::size_t bytes_max);
    /// The same for one partition, and not beyond its first `records_max` records.
    Result<bool, ReadStop> read_partition(
        Batch& batch,
        PartitionId partition,
        std::size_t bytes_max,
        std::uint64_t records_max = std::numeric_limits<std::uint64_t>::max()
    );

    /// Where reading stands, by partition.
    const Checkpoint& at(PartitionId partition) const { return follower_.at(partition); }
    std::uint32_t partitions() const { return follower_.partitions(); }

private:
    void take(Batch& batch, const DecodedRecord& decoded);
    void move_checkpoints(Batch& batch) const;
    void project_event(RowChanges& out, const EventMeta& meta);

    LogFollower follower_;
    Vault& vault_;
    std::span<const Projection* const> projections_;
};

}  // namespace pakashop::model
