#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "handlers/chain_reader.hpp"
#include "handlers/ports/log.hpp"

/// What a log that is to be copied holds, and how it ends when it has been (architecture 2.3, 2.6).
namespace pakashop {

/// Why a log is not copied, and what to do about it.
struct CopyFailure {
    enum class Kind {
        damaged,      ///< A log is not what it was written as.
        foreign,      ///< The target holds another history.
        unavailable,  ///< A log cannot be read or written now: begin again, it goes on there.
        storage_low   ///< Too little free space.
    };
    Kind kind = Kind::unavailable;
    std::string text;
};
CopyFailure damaged(std::string_view log, PartitionId partition, const ChainProblem& problem);

/// One partition of a log, read from its first record to its end.
struct PartitionSurvey {
    AdmissionState state;
    /// Where what is carried over ends: before the announcement of whoever sealed it, since the
    /// seal is of this log alone.
    Place end;
    std::string moved_to;             ///< Of a sealed one: where it goes on.
    std::uint64_t process_place = 0;  ///< How far processes have acted on it.
    Instant newest;                   ///< The time of its last record.
    std::uint64_t bytes = 0;
    std::size_t largest = 0;  ///< The bytes of its largest record.
};
struct LogSurvey {
    std::vector<PartitionSurvey> partitions;

    std::uint64_t records() const;  ///< Those that are carried.
    std::uint64_t bytes() const;
    bool sealed() const;  ///< All of them.
};
/// Reads a log, proving it by its chain, and goes on where it stopped when it is asked again.
class LogSurveyor {
public:
    explicit LogSurveyor(Log& log);

    /// What the log holds by now; the first thing wrong with it otherwise.
    Result<LogSurvey, CopyFailure> read();
    Log& log() { return log_; }

private:
    struct Lane {
        ChainReader reader;
        PartitionSurvey found{};
        Place before_announcement{};
    };
    static Result<void, ChainProblem> read(Lane& lane);

    Log& log_;
    std::vector<Lane> lanes_;
};

/// Where a sealed log goes on, as its seal tells it.
struct LogAddress {
    std::string location;  ///< `kafka://HOST:PORT,…`, as it was given.
    std::string generation;
    std::string cluster;  ///< The brokers' own name for it; empty where none told it.

    /// `location generation cluster`: stored for ever.
    std::string text() const;
    /// Reads that, with or without a cluster; nothing for other text.
    static std::optional<LogAddress> parse(std::string_view text);
    /// Whether both are one log, by whatever addresses its brokers are reached.
    bool same_log(const LogAddress& other) const;
};

/// Ends every partition that is not sealed yet: announces, and resigns for good; what the log holds
/// then. Nobody leads it again, and readers see where it went. `node` is drawn for this run.
/// Repeated, it goes on where it stopped.
Result<LogSurvey, CopyFailure>
seal(LogSurveyor& surveyor, const std::string& moved_to, const NodeId& node);

/// Where a log goes on that this is the store of; nothing while none of its partitions is sealed.
std::optional<std::string> moved_to(Store& store, std::uint32_t partitions);

}  // namespace pakashop
