#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "adapters/kafka/egress_topics.hpp"

namespace pakashop::kafka {

/// A message, copied: the library's own must not outlive its client.
struct TailMessage {
    std::string value;
    std::map<std::string, std::string, std::less<>> headers;

    /// The value of a header; empty when there is none of that name.
    std::string_view header(std::string_view name) const;
};

/// How one partition of a topic ends.
struct Tail {
    std::string topic;
    PartitionId partition = 0;
    bool emptied = false;  ///< It held messages once, and no more.
    std::optional<TailMessage> last;
};

/// The last message of every partition of these topics, whatever isolation its readers use.
Result<std::vector<Tail>, model::SinkProblem> read_tails(
    const std::string& brokers,
    std::span<const WantedTopic> topics,
    std::uint32_t partitions,
    const Patience& patience
);

}  // namespace pakashop::kafka
