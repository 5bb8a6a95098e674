#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/admission.hpp"
#include "projections/changes.hpp"

/// Where read models are kept, as the runner needs it. PostgreSQL implements it, and memory.
namespace pakashop::model {

/// How far a group's rows are in one partition, and where its reader goes on.
struct Checkpoint {
    PartitionId partition = 0;
    AdmissionState state;           ///< The fold after the last record whose rows are here.
    std::uint64_t next_offset = 0;  ///< The log's offset to read next.
    std::uint64_t last_offset = 0;  ///< That of the last admitted record, and its hash: the log
    Digest last_hash{};             ///< must still hold it. Meaningless while none was admitted.
    friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// A partition's checkpoint moves on, if it still stands where the runner left it.
struct CheckpointMove {
    Checkpoint from;
    Checkpoint to;
};

enum class StoreFailure { unavailable, damaged };

struct ApplyResult {
    enum class Outcome {
        applied,      ///< Rows and checkpoints are durable.
        superseded,   ///< A checkpoint stood elsewhere; nothing was written.
        unknown,      ///< The commit's answer was lost: read the checkpoints.
        unavailable,  ///< Nothing was written; try again later.
        refused       ///< The store would not take these rows; nothing was written.
    };
    Outcome outcome = Outcome::applied;
    std::string detail;  ///< Why, for people; empty when applied.
};

class RowStore {
public:
    virtual ~RowStore() = default;

    /// The group's checkpoints, one for each partition, in order; a partition without one gets that
    /// of an empty log. A group that followed another generation is `damaged`.
    virtual Result<std::vector<Checkpoint>, StoreFailure>
    checkpoints(std::string_view group, std::string_view generation, std::uint32_t partitions) = 0;

    /// The same for whoever only looks: a commit under way is not waited for, nor held up.
    virtual Result<std::vector<Checkpoint>, StoreFailure>
    places(std::string_view group, std::string_view generation, std::uint32_t partitions) {
        return checkpoints(group, generation, partitions);
    }

    /// Writes all of it, or nothing, in one transaction: first every checkpoint moves (or the call
    /// is superseded), then the rows. Called by one thread at a time.
    virtual ApplyResult apply(
        std::string_view group,
        const ChangeSet& changes,
        std::span<const CheckpointMove> moves
    ) = 0;
};

}  // namespace pakashop::model
