#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "handlers/ports/log.hpp"

/// How far the processes have acted on a partition (architecture 3), as its log remembers it: the
/// body of a CHECKPOINT, and beside it a snapshot under a name of its own, so that it is found at
/// once. Both are stored for ever.
namespace pakashop {

/// `{"processes":N}`: everything before position N is acknowledged by every target.
std::string encode_process_place(std::uint64_t place);
/// The same as a row of the store.
Snapshot process_place_snapshot(std::uint64_t place);
/// The row that a record stands for; nothing for one that holds no place.
std::optional<Snapshot> process_place_in(const Record& record);
/// The place that the store remembers; 0 when none.
std::uint64_t process_place(Store& store, PartitionId partition);

}  // namespace pakashop
