#include "adapters/kafka/topics.hpp"

#include <charconv>
#include <optional>

namespace pakashop::kafka {
namespace {

constexpr std::string_view topic_prefix = "pakashop.log.";
constexpr std::int64_t in_sync_wanted = 2;
constexpr std::int64_t message_bytes_wanted = 2'097'152;

std::string_view setting(const TopicState& topic, std::string_view name) {
    const auto found = topic.settings.find(name);
    return found == topic.settings.end() ? std::string_view{} : std::string_view{found->second};
}

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
    return whole ? std::optional{value} : std::nullopt;
}

// "retention.ms is 604800000, must be -1".
std::string must_be(const TopicState& topic, std::string_view name, std::string_view wanted) {
    const std::string_view is = setting(topic, name);
    return std::string{name} + " is " + std::string{is.empty() ? "not known" : is} + ", must be " +
           std::string{wanted};
}

bool less(const TopicState& topic, std::string_view name, std::int64_t least) {
    return number(setting(topic, name)).value_or(0) < least;
}

std::vector<std::string> unfit(const TopicState& topic) {
    std::vector<std::string> out;
    for (const auto& [name, wanted] :
         {std::pair{"cleanup.policy", "delete"},
          std::pair{"retention.ms", "-1"},
          std::pair{"retention.bytes", "-1"}}) {
        if (setting(topic, name) != wanted) out.push_back(must_be(topic, name, wanted));
    }
    if (less(topic, "max.message.bytes", message_bytes_wanted)) {
        out.push_back(must_be(topic, "max.message.bytes", "2097152 or more"));
    }
    return out;
}

std::vector<std::string> weak(const TopicState& topic) {
    std::vector<std::string> out;
    if (topic.replication < copies_wanted) {
        out.push_back(
            "replication is " + std::to_string(topic.replication) + ", should be 3 or more"
        );
    }
    if (less(topic, "min.insync.replicas", in_sync_wanted)) {
        out.push_back(must_be(topic, "min.insync.replicas", "2 or more"));
    }
    if (setting(topic, "unclean.leader.election.enable") != "false") {
        out.push_back(must_be(topic, "unclean.leader.election.enable", "false"));
    }
    if (topic.replication < copies_wanted && setting(topic, "flush.messages") != "1") {
        out.push_back(must_be(topic, "flush.messages", "1 with so few copies"));
    }
    return out;
}

}  // namespace

TopicFaults faults_of(const TopicState& topic) { return {unfit(topic), weak(topic)}; }

std::map<std::string, std::string, std::less<>>
settings_for(std::uint32_t replication, bool flush_each) {
    std::map<std::string, std::string, std::less<>> settings{
        {"cleanup.policy", "delete"},
        {"retention.ms", "-1"},
        {"retention.bytes", "-1"},
        {"max.message.bytes", std::to_string(message_bytes_wanted)},
        {"min.insync.replicas", replication >= copies_wanted ? "2" : "1"},
        {"unclean.leader.election.enable", "false"},
    };
    if (flush_each) settings["flush.messages"] = "1";
    return settings;
}

std::uint32_t replication_for(std::size_t brokers) {
    return brokers >= copies_wanted ? copies_wanted : 1;
}

std::string topic_of(std::string_view generation) {
    return std::string{topic_prefix} + std::string{generation};
}

std::vector<std::string> generations_in(const std::vector<std::string>& topics) {
    std::vector<std::string> out;
    for (const std::string& topic : topics) {
        if (topic.starts_with(topic_prefix)) out.push_back(topic.substr(topic_prefix.size()));
    }
    return out;
}

}  // namespace pakashop::kafka
