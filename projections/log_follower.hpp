#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "handlers/ports/log.hpp"
#include "projections/ports/row_store.hpp"

/// The history as the log holds it, for whoever makes something of every record.
namespace pakashop::model {

/// Why reading does not go on.
struct ReadStop {
    enum class Kind {
        log_away,    ///< The log cannot be read now; try again.
        undigested,  ///< A record's events cannot be digested; it is tried again, never skipped.
        halted       ///< The log is not the history that was followed; a person decides.
    };
    Kind kind = Kind::log_away;
    std::string reason;
};

/// Reads the admitted records of every partition from given places on: runs the fold of admission
/// over every record it meets, and hands on those that are part of the history. That the log has
/// not become shorter than it was read is checked about once a second, for all partitions at once.
/// Not for several threads at once.
class LogFollower {
public:
    /// Takes one admitted record. What it throws leaves the record to be met again, so it changes
    /// nothing before it is sure.
    using Take = std::function<void(const DecodedRecord& record)>;

    explicit LogFollower(Log& log) : log_{log} {}

    /// Goes to these places, one for each partition. The log must still hold the last record of
    /// each.
    Result<void, ReadStop> go_to(const std::vector<Checkpoint>& checkpoints);

    /// Reads about `bytes_max` of the next partition that has something; false when none has.
    Result<bool, ReadStop> read_next(std::size_t bytes_max, const Take& take);
    /// The same for one partition, and not beyond its first `records_max` records.
    Result<bool, ReadStop> read_partition(
        PartitionId partition,
        std::size_t bytes_max,
        const Take& take,
        std::uint64_t records_max = std::numeric_limits<std::uint64_t>::max()
    );

    /// Where reading stands, by partition.
    const Checkpoint& at(PartitionId partition) const { return places_[partition].checkpoint; }
    std::uint32_t partitions() const { return static_cast<std::uint32_t>(places_.size()); }

private:
    struct Position {
        Admission admission;
        Checkpoint checkpoint;
    };

    /// A record of the chain: the head it followed, and its own hash.
    struct Link {
        Digest prev;
        Digest hash;
    };

    Result<Admission, ReadStop> resumed_fold(const Checkpoint& checkpoint);
    Result<std::vector<Link>, ReadStop> links_up_to(const Checkpoint& checkpoint);
    Result<void, ReadStop> check_still_there(const Checkpoint& checkpoint);
    Result<void, ReadStop> check_not_shortened();
    Result<bool, ReadStop> read_entries(
        PartitionId partition,
        std::size_t bytes_max,
        const Take& take,
        std::uint64_t records_max
    );
    Result<void, ReadStop> take_entry(Position& place, const LogEntry& entry, const Take& take);

    Log& log_;
    std::vector<Position> places_;
    PartitionId next_ = 0;
    std::chrono::steady_clock::time_point check_next_{};  ///< When the ends are asked for again.
};

}  // namespace pakashop::model
