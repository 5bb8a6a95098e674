#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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

/// How topics that are there are weaker than wanted, a sentence each: too few copies, or settings
/// by which messages get lost. Nothing where the brokers do not tell.
std::vector<std::string> weaknesses_of(
    const std::string& brokers,
    std::span<const WantedTopic> topics,
    const Patience& patience
);

/// Ends a refusal of topics that are of another log: what a person does about it.
constexpr std::string_view other_log_remedy =
    "; where this log grew out of that one, delete the topics pakashop.events.* and "
    "pakashop.egress.places and start again: its history is published anew; else name other "
    "brokers in PAKASHOP_EGRESS";

}  // namespace pakashop::kafka
