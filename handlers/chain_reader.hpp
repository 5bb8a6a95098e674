#pragma once

#include <deque>
#include <optional>

#include "handlers/chain.hpp"
#include "handlers/ports/log.hpp"

namespace pakashop {

/// Reads what a partition's history consists of, record by record from its genesis, each proved as
/// it comes: it decodes, has its own hash, and the fold admits it. Void records are passed over;
/// in a log with one writer they are damage. A copy of a reader goes on from the same place.
class ChainReader {
public:
    ChainReader(Log& log, PartitionId partition);

    /// The next record, the same until take(); nothing at the end, where it may be asked again
    /// once there may be more.
    Result<const AdmittedRecord*, ChainProblem> peek();
    /// The one that was peeked at.
    AdmittedRecord take();

    /// Behind the last record that was taken.
    const AdmissionState& state() const { return state_; }
    std::uint64_t next_offset() const { return next_offset_; }
    /// Void records met so far.
    std::uint64_t voids() const { return fold_.voided(); }
    PartitionId partition() const { return partition_; }

private:
    Result<bool, ChainProblem> read_more();
    std::optional<ChainProblem> decode_next();
    ChainProblem problem(ChainFault fault, std::uint64_t offset) const;

    Log* log_;
    PartitionId partition_;
    Admission fold_;
    AdmissionState state_;
    std::uint64_t next_offset_ = 0;  ///< Behind the record taken last, and voids before it.
    std::uint64_t read_offset_ = 0;  ///< Behind what was read.
    std::deque<LogEntry> entries_;
    std::optional<AdmittedRecord> next_;
};

}  // namespace pakashop
