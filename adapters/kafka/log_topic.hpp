#pragma once

#include <string>
#include <vector>

#include "adapters/kafka/admin.hpp"
#include "adapters/kafka/kafka_log.hpp"

/// How the topic of a log is found, judged and made.
namespace pakashop::kafka {

Result<Admin, KafkaLogFailure> connect(const KafkaOptions& kafka);
Settings settings_of(const KafkaOptions& kafka);

/// Nothing when the topic is what the log may be kept in. Waits for brokers that do not answer.
Result<void, KafkaLogFailure> check_topic(const Admin& admin, const KafkaLogOptions& options);
/// Makes it, and waits until each partition has a leader.
Result<void, KafkaLogFailure>
make_topic(const Admin& admin, const KafkaOptions& kafka, const KafkaTopicOptions& topic);
Result<std::vector<std::string>, KafkaLogFailure>
find_generations(const Admin& admin, const KafkaOptions& kafka);

}  // namespace pakashop::kafka
