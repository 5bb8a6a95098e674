#include "adapters/kafka/key_topic.hpp"

#include <charconv>
#include <cstdint>

namespace pakashop::kafka {
namespace {

constexpr std::string_view compaction_lag = "max.compaction.lag.ms";
constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t compaction_lag_ms_max = 7 * day_ms;

std::string setting(const TopicState& topic, std::string_view name) {
    const auto found = topic.settings.find(name);
    return found == topic.settings.end() ? "not known" : found->second;
}

std::string must_be(const TopicState& topic, std::string_view name, std::string_view wanted) {
    return std::string{name} + " is " + setting(topic, name) + ", must be " + std::string{wanted};
}

// By when a destroyed key has left the brokers' files; compaction that waits for a ratio of dead
// records may wait for ever.
bool forgets_in_time(const TopicState& topic) {
    const std::string text = setting(topic, compaction_lag);
    std::int64_t lag_ms = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), lag_ms);
    return parsed.ec == std::errc{} && lag_ms <= compaction_lag_ms_max;
}

}  // namespace

TopicFaults key_faults_of(const TopicState& topic) {
    TopicFaults faults{{}, faults_of(topic).weak};
    for (const auto& [name, wanted] :
         {std::pair{"cleanup.policy", "compact"},
          std::pair{"retention.ms", "-1"},
          std::pair{"retention.bytes", "-1"}}) {
        if (setting(topic, name) != wanted) faults.unfit.push_back(must_be(topic, name, wanted));
    }
    if (!forgets_in_time(topic)) {
        faults.unfit.push_back(must_be(topic, compaction_lag, "604800000 (a week) or less"));
    }
    return faults;
}

std::map<std::string, std::string, std::less<>>
key_settings_for(std::uint32_t replication, bool flush_each) {
    auto settings = settings_for(replication, flush_each);
    settings["cleanup.policy"] = "compact";
    settings[std::string{compaction_lag}] = std::to_string(day_ms);
    return settings;
}

}  // namespace pakashop::kafka
