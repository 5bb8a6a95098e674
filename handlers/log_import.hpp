#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "handlers/import_child.hpp"
#include "handlers/log_copy.hpp"
#include "handlers/log_seal.hpp"

/// Carries a log over into a new generation with k times its partitions (architecture 2.1): each
/// old record, bytes untouched, inside an IMPORT record to a child of its partition, in order.
///
/// A child begins with a CHECKPOINT that names the old partition and the head it ended with; its
/// import ends with one that says how far processes have acted, and a RESIGN. Old records without
/// a key go to the first child, so the old chain can be proved out of the new log. Event ids,
/// versions, command ids and times are those inside.
namespace pakashop {

/// Where the old record goes in a log of `partitions` times `children`.
PartitionId child_of(const Record& old, std::uint32_t partitions, std::uint32_t children);
/// The body of a child's first CHECKPOINT: the old partition, and where it ended. Stored for ever.
std::string encode_old_head(
    std::string_view generation,
    PartitionId partition,
    std::uint32_t partitions,
    const Place& end
);
/// Whether a record of that size can be carried inside another.
bool fits_import(std::size_t record_bytes);

class LogImport {
public:
    /// `source` is sealed and ends as `at` says; `target` is of another generation, and its
    /// partitions are a multiple. `node` is drawn for this run.
    LogImport(Log& source, Log& target, LogSurvey at, const NodeId& node, CopyProgress progress);

    /// Imports what the target lacks, and reads all of it once more. What it holds must be what
    /// this import writes; once that is whole, what follows is the new log's own. An import that
    /// was broken off at any moment is gone on with by beginning anew.
    Result<void, CopyFailure> run();
    /// Nothing wrong when it is all there; writes nothing.
    Result<void, CopyFailure> check();

private:
    Result<bool, CopyFailure> pass(bool write);
    Result<bool, CopyFailure> pass(PartitionId partition, bool write);
    Result<void, CopyFailure> carry(PartitionId partition, std::vector<ImportChild>& children);

    Log& source_;
    Log& target_;
    LogSurvey at_;
    NodeId node_;
    CopyProgress progress_;
    std::uint32_t children_;  ///< Of each old partition.
};

}  // namespace pakashop
