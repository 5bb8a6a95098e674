#include "adapters/kafka/egress_topics.hpp"

#include <thread>

#include "adapters/kafka/admin.hpp"

namespace pakashop::kafka {
namespace {

using Kind = model::SinkProblem::Kind;
using model::SinkProblem;

constexpr std::chrono::milliseconds request_patience{3'000};

unexpected<SinkProblem> problem(Kind kind, std::string reason) {
    return unexpected{SinkProblem{kind, std::move(reason)}};
}

Result<void, SinkProblem> create(
    const Admin& admin,
    const WantedTopic& wanted,
    std::uint32_t partitions,
    std::size_t brokers
) {
    const TopicState topic{partitions, replication_for(brokers), wanted.settings};
    const auto made = admin.create(wanted.name, topic, request_patience);
    if (made || made.error().error == AdminError::exists) return {};
    return problem(Kind::away, "topic " + wanted.name + " cannot be made: " + made.error().detail);
}

/// Whether all topics are there and led; makes those that nobody knows.
Result<bool, SinkProblem>
look(const Admin& admin, std::span<const WantedTopic> topics, std::uint32_t partitions) {
    const auto now = admin.cluster(request_patience);
    if (!now) return problem(Kind::away, "no list of topics: " + now.error().detail);
    bool all = true;
    for (const WantedTopic& each : topics) {
        const auto there = now->topics.find(each.name);
        if (there == now->topics.end()) {
            all = false;
            if (now->leaderless.contains(each.name)) continue;
            auto made = create(admin, each, partitions, now->brokers);
            if (!made) return unexpected{std::move(made.error())};
        } else if (there->second.partitions != partitions) {
            return problem(
                Kind::refused,
                "topic " + each.name + " has " + std::to_string(there->second.partitions) +
                    " partitions, the log " + std::to_string(partitions) +
                    std::string{other_log_remedy}
            );
        }
    }
    return all;
}

/// How one topic is weaker than wanted; of settings only those that were told.
std::vector<std::string> weaknesses_of(const WantedTopic& wanted, const TopicState& there) {
    std::vector<std::string> out;
    if (there.replication < copies_wanted) {
        const std::string copies = std::to_string(there.replication);
        out.push_back("copies of each message: " + copies + ", should be 3 or more");
    }
    for (const auto& [name, value] : wanted.settings) {
        const auto set = there.settings.find(name);
        if (set == there.settings.end() || set->second == value) continue;
        out.push_back(name + " is " + set->second + ", should be " + value);
    }
    return out;
}

}  // namespace

Result<void, SinkProblem> make_topics(
    const std::string& brokers,
    std::span<const WantedTopic> topics,
    std::uint32_t partitions,
    const Patience& patience
) {
    const auto admin = Admin::make(common_settings(brokers, "pakashop-egress", {}));
    if (!admin) return problem(Kind::refused, admin.error());
    const Deadline deadline{patience.time};
    while (!deadline.over() && !patience.interrupted) {
        const auto all = look(*admin, topics, partitions);
        if (!all) return unexpected{all.error()};
        if (*all) return {};
        std::this_thread::sleep_for(std::chrono::milliseconds{poll_ms});
    }
    return problem(Kind::away, "topics are not there yet, or have no leaders");
}

std::vector<std::string> weaknesses_of(
    const std::string& brokers,
    std::span<const WantedTopic> topics,
    const Patience& patience
) {
    const auto admin = Admin::make(common_settings(brokers, "pakashop-egress", {}));
    if (!admin) return {};
    const auto now = admin->cluster(request_patience);
    if (!now) return {};
    std::map<std::string, std::string> names;  // Of the topics, by what is wrong with them.
    for (const WantedTopic& each : topics) {
        const auto there = now->topics.find(each.name);
        if (there == now->topics.end()) continue;
        TopicState topic = there->second;
        const auto settings = admin->settings(each.name, request_patience);
        if (settings) topic.settings = *settings;
        const bool away = !settings && settings.error().error == AdminError::unreachable;
        if (away || patience.interrupted) return {};
        for (const std::string& what : weaknesses_of(each, topic)) names[what] += " " + each.name;
    }
    std::vector<std::string> out;
    for (const auto& [what, which] : names) {
        out.push_back("topics may lose what was published: " + what + ":" + which);
    }
    return out;
}

}  // namespace pakashop::kafka
