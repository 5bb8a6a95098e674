#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "events/kernel/sealed.hpp"
#include "handlers/ports/log.hpp"
#include "projections/changes.hpp"
#include "projections/ports/row_store.hpp"
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

/// Why reading does not go on.
struct ReadStop {
    enum class Kind {
        log_away,    ///< The log cannot be read now; try again.
        undigested,  ///< A record's events cannot be projected; it is tried again, never skipped.
        halted       ///< The log is not the history that was followed; a person decides.
    };
    Kind kind = Kind::log_away;
    std::string reason;
};

/// Reads admitted records of every partition from given checkpoints on, and projects their events.
/// Runs the fold of admission over every record it meets. Not for several threads at once.
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
    const Checkpoint& at(PartitionId partition) const { return places_[partition].checkpoint; }
    std::uint32_t partitions() const { return static_cast<std::uint32_t>(places_.size()); }
    /// Entries of the log that were not read yet, of all partitions; what cannot be asked is 0.
    std::uint64_t behind();

private:
    struct Position {
        Admission admission;
        Checkpoint checkpoint;
    };

    Result<void, ReadStop> check_still_there(const Checkpoint& checkpoint);
    Result<bool, ReadStop> check_not_shortened(const Position& place);
    Result<void, ReadStop> take_entry(Batch& batch, Position& place, const LogEntry& entry);
    void project(RowChanges& out, const Record& record, const Digest& hash);
    void project_event(RowChanges& out, const EventMeta& meta);

    Log& log_;
    Vault& vault_;
    std::span<const Projection* const> projections_;
    std::vector<Position> places_;
    PartitionId next_ = 0;
};

}  // namespace pakashop::model
