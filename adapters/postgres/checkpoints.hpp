#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "adapters/postgres/session.hpp"
#include "projections/ports/row_store.hpp"

/// The table `checkpoints`. For .cpp files only.
namespace pakashop::postgres {

/// The group's checkpoints by partition, and the generation each is of. With `lock` nobody moves
/// them before the transaction ends, and a move under way is waited for.
struct StoredCheckpoint {
    std::string generation;
    model::Checkpoint checkpoint;
};
std::vector<StoredCheckpoint>
read_checkpoints(pqxx::transaction_base& work, std::string_view group, bool lock);

/// Gives each partition without a checkpoint that of an empty log.
void add_checkpoints(
    pqxx::transaction_base& work,
    std::string_view group,
    std::string_view generation,
    std::uint32_t partitions
);

/// Moves all of them if each stands where its move begins; otherwise false, and the transaction is
/// to be given up.
bool move_checkpoints(
    pqxx::transaction_base& work,
    std::string_view group,
    std::span<const model::CheckpointMove> moves
);

}  // namespace pakashop::postgres
