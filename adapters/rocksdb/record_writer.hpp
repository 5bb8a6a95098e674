#pragma once

#include <cstdint>

#include "adapters/rocksdb/database.hpp"
#include "handlers/ports/log.hpp"

namespace rocksdb {
class WriteBatch;
}  // namespace rocksdb

/// What an admitted record puts into the database, whoever admitted it: the log of one machine and
/// the replica of a shared one hold the same bytes under the same keys.
namespace pakashop {

/// Stages the record at its position, with everything by which it is found again. False for an
/// import that holds no record.
bool stage_record(
    rocksdb::WriteBatch& writes,
    const Database& database,
    std::uint64_t seq,
    const Digest& head_after,
    const StagedRecord& staged
);
void stage_snapshot(
    rocksdb::WriteBatch& writes,
    const Database& database,
    PartitionId partition,
    const Snapshot& snapshot
);
void stage_state(
    rocksdb::WriteBatch& writes,
    const Database& database,
    PartitionId partition,
    const AdmissionState& state
);

}  // namespace pakashop
