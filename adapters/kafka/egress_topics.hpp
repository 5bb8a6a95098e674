#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "adapters/kafka/egress_client.hpp"
#include "projections/ports/event_sink.hpp"

namespace pakashop::kafka {

/// A topic as it has to be.
struct WantedTopic {
    std::string name;
    std::vector<Setting> settings;  ///< Given to it when it is made; never changed afterwards.
};

/// How long something may take, and whether to give up earlier.
struct Patience {
    std::chrono::milliseconds time;
    const std::atomic<bool>& interrupted;
};

/// Makes the topics that are not there, with so many partitions each, and waits until all are
/// there. One with another number of partitions is refused.
Result<void, model::SinkProblem> make_topics(
    rd_kafka_t* client,
    std::span<const WantedTopic> topics,
    std::uint32_t partitions,
    const Patience& patience
);

}  // namespace pakashop::kafka
