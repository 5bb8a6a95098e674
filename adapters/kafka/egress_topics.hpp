#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>

#include "adapters/kafka/client.hpp"
#include "adapters/kafka/topics.hpp"
#include "projections/ports/event_sink.hpp"

namespace pakashop::kafka {

/// A topic as it has to be; `settings` are given to it when it is made, and never changed.
struct WantedTopic {
    std::string name;
    std::map<std::string, std::string, std::less<>> settings;
};

/// How long something may take, and whether to give up earlier.
struct Patience {
    std::chrono::milliseconds time;
    const std::atomic<bool>& interrupted;
};

/// How long one call into the library may take before it is seen whether to go on.
constexpr int poll_ms = 100;

/// Time that runs out.
class Deadline {
public:
    explicit Deadline(std::chrono::milliseconds patience)
        : end_{std::chrono::steady_clock::now() + patience} {}
    bool over() const { return std::chrono::steady_clock::now() >= end_; }

private:
    std::chrono::steady_clock::time_point end_;
};

/// Makes the topics that are not there, with so many partitions each, and waits until all of them
/// have leaders. One with another number of partitions is refused.
Result<void, model::SinkProblem> make_topics(
    const std::string& brokers,
    std::span<const WantedTopic> topics,
    std::uint32_t partitions,
    const Patience& patience
);

}  // namespace pakashop::kafka
