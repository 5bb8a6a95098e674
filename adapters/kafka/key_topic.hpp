#pragma once

#include <map>
#include <string>

#include "adapters/kafka/topics.hpp"
#include "events/partition.hpp"

/// What the topic that holds the data keys has to be (architecture 2.7), without asking any broker.
namespace pakashop::kafka {

/// Its order says which of two keys counts, so there is one partition and no more.
constexpr PartitionId key_partition = 0;

/// What is wrong with it. A topic is unfit that would forget keys, or keep a destroyed one for
/// ever.
TopicFaults key_faults_of(const TopicState& topic);

/// The settings a new topic gets; `flush_each` has every key synced before it is acknowledged.
std::map<std::string, std::string, std::less<>>
key_settings_for(std::uint32_t replication, bool flush_each);

}  // namespace pakashop::kafka
