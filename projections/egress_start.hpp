#pragma once

#include <string_view>
#include <vector>

#include "projections/ports/event_sink.hpp"

namespace pakashop::model {

/// Where publishing one partition goes on: what a log of that generation is read from, and the
/// last event of each family that need not be published again. Whatever a topic lost behind the
/// remembered place is published anew, so the log is then read from its first record.
EgressPlace
place_to_start(std::string_view generation, PartitionId partition, const SinkPartition& found);

}  // namespace pakashop::model
