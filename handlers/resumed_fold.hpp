#pragma once

#include <string_view>

#include "handlers/ports/log.hpp"

namespace pakashop {

/// The fold at the place where the store stands, with the heads before it that a fold which had met
/// every record would remember: what was written on another history is known for that after a
/// restart, too. One look-up for each head. Throws CorruptStream as the store does.
Admission resumed_fold(std::string_view generation, Store& store, PartitionId partition);

}  // namespace pakashop
