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
                    " partitions, the log " + std::to_string(partitions)
            );
        }
    }
    return all;
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

}  // namespace pakashop::kafka
