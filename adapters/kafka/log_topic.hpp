#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/kafka/admin.hpp"
#include "adapters/kafka/kafka_log.hpp"

/// How a topic, and that of a log, is found, judged and made.
namespace pakashop::kafka {

/// A topic that must be there, and what it must be.
struct TopicDemand {
    std::string name;
    std::uint32_t partitions = 1;
    std::string_view purpose;  ///< `keep a log`.
    TopicFaults (*judge)(const TopicState& topic) = nullptr;
    bool allow_weak = false;
};

Result<Admin, KafkaLogFailure> connect(const KafkaOptions& kafka);
Settings settings_of(const KafkaOptions& kafka);

/// Waits for brokers that do not answer.
Result<void, KafkaLogFailure>
check_topic(const Admin& admin, const KafkaOptions& kafka, const TopicDemand& demand);
/// Makes a topic and waits until each partition has a leader. `shape` is told how many copies there
/// can be.
Result<void, KafkaLogFailure> make_topic(
    const Admin& admin,
    const KafkaOptions& kafka,
    const std::string& name,
    const std::function<TopicState(std::uint32_t copies)>& shape
);

/// Nothing when the topic is what the log may be kept in. Waits for brokers that do not answer.
Result<void, KafkaLogFailure> check_topic(const Admin& admin, const KafkaLogOptions& options);
/// Makes it, and waits until each partition has a leader.
Result<void, KafkaLogFailure>
make_topic(const Admin& admin, const KafkaOptions& kafka, const KafkaTopicOptions& topic);
Result<std::vector<std::string>, KafkaLogFailure>
find_generations(const Admin& admin, const KafkaOptions& kafka);

}  // namespace pakashop::kafka
