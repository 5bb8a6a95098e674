#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "handlers/chain_reader.hpp"
#include "handlers/log_seal.hpp"

/// Carries a log over to another one, record by record and byte by byte (architecture 2.6).
namespace pakashop {

/// Told how many more records were written to the target. It may take its time.
using CopyProgress = std::function<void(std::uint64_t records)>;

/// The log that takes them: of the same generation, with as many partitions.
struct CopyTarget {
    Log& log;
    /// Told where a partition ends, as far as was read, before records are appended there that do
    /// not begin with an announcement. May be empty.
    std::function<void(PartitionId partition, std::uint64_t offset)> continue_at;
};

/// A verbatim copy, proved by the chain on both sides. What the target holds is compared with the
/// source, byte by byte; what it lacks is appended; that is read back and compared again, so an
/// append whose outcome is unknown is settled like any other. A record that came twice is void for
/// every reader. A copy that was broken off at any moment is gone on with by beginning anew.
///
/// Records are sent so that whatever part of them gets lost leaves a history that can be gone on
/// with: none goes together with one that its writer had known of, and an announcement goes alone.
class LogCopy {
public:
    LogCopy(Log& source, CopyTarget target, CopyProgress progress);

    /// Whether the target holds all that `source` tells of. One that holds anything else is
    /// refused, unless the source is sealed and the target has gone on since.
    Result<bool, CopyFailure> compare(const LogSurvey& source);
    /// Appends what it lacks, until it holds all.
    Result<void, CopyFailure> run(const LogSurvey& source);

    /// Void records in the target.
    std::uint64_t voids() const;
    /// Whether each record lies at the offset it had, so that readers of the source go on in the
    /// target where they stood.
    bool offsets_kept() const;

private:
    struct Lane {
        ChainReader source;  ///< Both stand behind the last record that was compared.
        ChainReader target;
        std::uint64_t end = 0;
        bool sealed = false;
        bool offsets_kept = true;
        bool whole() const { return source.state().place.seq >= end; }
    };
    /// What of a lane is being sent.
    struct Sending {
        Lane* lane;
        ChainReader ahead;
        std::size_t bytes = 0;
        bool done = false;
    };

    Result<void, CopyFailure> compare(Lane& lane) const;
    Result<void, CopyFailure> send_some();
    Result<PartitionBatch, CopyFailure> next_group(Sending& sending) const;
    Result<void, CopyFailure> send_round(std::vector<Sending>& all);
    std::uint64_t compared() const;

    CopyTarget target_;
    CopyProgress progress_;
    std::vector<Lane> lanes_;
};

}  // namespace pakashop
