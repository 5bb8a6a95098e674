#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "events/kernel/result.hpp"

/// What a topic that holds a log has to be (architecture 2.6), without asking any broker.
namespace pakashop::kafka {

/// A topic as the brokers describe it.
struct TopicState {
    std::uint32_t partitions = 0;
    std::uint32_t replication = 0;  ///< Copies of the partition that has fewest.
    std::map<std::string, std::string, std::less<>> settings;  ///< In force, by name.
};

/// What is wrong with a topic, a sentence each.
struct TopicFaults {
    /// It would lose or refuse records with nobody to blame: no log is kept in it.
    std::vector<std::string> unfit;
    /// One broken machine or power cut is enough to lose what was acknowledged.
    std::vector<std::string> weak;
};
TopicFaults faults_of(const TopicState& topic);

/// The settings a new topic gets on so many brokers; `flush_each` has every append synced before it
/// is acknowledged.
std::map<std::string, std::string, std::less<>>
settings_for(std::uint32_t replication, bool flush_each);
/// With fewer copies one broken machine is enough to lose what was acknowledged.
constexpr std::uint32_t copies_wanted = 3;
/// As many copies as there are brokers, up to three; with two there would be no majority.
std::uint32_t replication_for(std::size_t brokers);

/// `pakashop.log.<generation>`.
std::string topic_of(std::string_view generation);
/// The generations that have a topic among these.
std::vector<std::string> generations_in(const std::vector<std::string>& topics);

}  // namespace pakashop::kafka
