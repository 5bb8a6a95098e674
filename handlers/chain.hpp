#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "handlers/ports/log.hpp"

/// The whole history of a partition, proved from its genesis: `log verify` and the drills
/// (reliability.md L1, L4).
namespace pakashop {

enum class ChainFault {
    unreadable,         ///< The log itself cannot read it.
    truncated,          ///< As RecordError says.
    unknown_format,     ///< As RecordError says.
    malformed,          ///< As RecordError says.
    bad_hash,           ///< As RecordError says.
    foreign_log,        ///< As HaltReason says.
    lost_history,       ///< As HaltReason says.
    other_history,      ///< As HaltReason says.
    impossible_record,  ///< As HaltReason says.
    version_gap,        ///< A stream's versions do not follow each other.
    offset_gap          ///< The log's own offsets do not ascend.
};
constexpr auto enum_names(ChainFault) {
    return std::array<std::string_view, 11>{
        "unreadable",
        "truncated",
        "unknown_format",
        "malformed",
        "bad_hash",
        "foreign_log",
        "lost_history",
        "other_history",
        "impossible_record",
        "version_gap",
        "offset_gap"
    };
}

ChainFault fault_of(RecordError error);
/// Not of `none`.
ChainFault fault_of(HaltReason reason);

/// The first thing wrong with a partition, and where it lies.
struct ChainProblem {
    ChainFault fault;
    std::uint64_t offset = 0;  ///< Of the record in the log.
    std::uint64_t seq = 0;     ///< The number of records admitted before it.
    std::string detail;        ///< The stream and versions of a gap; else empty.
};
/// For a person: `partition 3, position 17 (offset 17): bad_hash`.
std::string text_of(PartitionId partition, const ChainProblem& problem);

/// What was read so far.
struct ChainCount {
    std::uint64_t records = 0;  ///< Admitted ones.
    std::uint64_t events = 0;
    std::uint64_t voids = 0;
    std::uint64_t bytes = 0;
    Place place;  ///< Where the chain stands.
};

using ChainProgress = std::function<void(const ChainCount&)>;

/// Reads a partition from its first record to its end: every record decodes and has its own hash,
/// the admission fold accepts it, and the versions of each stream are dense from 1. `progress` is
/// told now and then, about every 8 MiB; it may be empty. Memory grows with the number of streams.
Result<ChainCount, ChainProblem>
verify_chain(Log& log, PartitionId partition, const ChainProgress& progress = {});

/// The same for every partition, several at a time since their chains are apart; by partition.
std::vector<Result<ChainCount, ChainProblem>> verify_chains(Log& log);

/// What another witness has seen of a partition: a projection's checkpoint, a second log.
struct WitnessedPlace {
    PartitionId partition = 0;
    Place place;
};

/// The first place that the log does not contain, at the cost of one look-up each; nothing when it
/// holds them all. A log that lacks one has lost history, and must not be served.
std::optional<WitnessedPlace>
missing_place(Store& store, std::uint32_t partitions, std::span<const WitnessedPlace> places);

}  // namespace pakashop
