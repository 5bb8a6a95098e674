#include "adapters/kafka/log_topic.hpp"

#include <algorithm>
#include <thread>

namespace pakashop::kafka {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds question_patience{2000};
constexpr milliseconds again_after{200};
constexpr milliseconds notice_every{5000};
// A topic that one broker has told of is news to the others for a moment.
constexpr milliseconds absence_patience{3000};
constexpr milliseconds create_patience{15'000};

KafkaLogFailure failure(KafkaLogError error, std::string detail) {
    return {error, std::move(detail)};
}

KafkaLogFailure failure(const KafkaOptions& kafka, const AdminFailure& why) {
    if (why.error == AdminError::unreachable) {
        return failure(
            KafkaLogError::unreachable,
            "no Kafka broker answers at " + kafka.brokers + " (" + why.detail +
                "); start them, or correct the addresses"
        );
    }
    return failure(KafkaLogError::refused, "Kafka refuses: " + why.detail);
}

void notice(const KafkaOptions& kafka, const std::string& text) {
    if (kafka.on_notice) kafka.on_notice(text);
}

milliseconds patience_with(const AdminFailure& failure, const KafkaOptions& kafka) {
    switch (failure.error) {
        case AdminError::unreachable:
            return kafka.start_patience;
        case AdminError::absent:
            return std::min(absence_patience, kafka.start_patience);
        default:
            return milliseconds{0};
    }
}

// Asks until there is an answer other than silence, or than a topic nobody knows of, and says from
// time to time that it waits.
template <class Ask>
auto ask_patiently(const KafkaOptions& kafka, Ask ask) -> decltype(ask()) {
    const auto began = Clock::now();
    auto said = Clock::time_point{};
    while (true) {
        auto answer = ask();
        const auto now = Clock::now();
        if (answer) return answer;
        if (answer.error().error == AdminError::unreachable && now - said >= notice_every) {
            notice(kafka, "waiting for Kafka at " + kafka.brokers + ": " + answer.error().detail);
            said = now;
        }
        if (now - began >= patience_with(answer.error(), kafka)) return answer;
        std::this_thread::sleep_for(again_after);
    }
}

Result<ClusterState, KafkaLogFailure> ask_cluster(const Admin& admin, const KafkaOptions& kafka) {
    auto cluster = ask_patiently(kafka, [&] { return admin.cluster(question_patience); });
    if (!cluster) return unexpected{failure(kafka, cluster.error())};
    return *std::move(cluster);
}

// The number of copies is for good: nobody adds some once the other brokers are there.
std::string few_copies(const std::string& name, std::size_t brokers) {
    return "WARNING: topic " + name + " gets 1 copy for good, since " + std::to_string(brokers) +
           (brokers == 1 ? " broker is" : " brokers are") +
           " there; where there should be three, start them, delete the topic and make it again";
}

std::string list(const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts) out += (out.empty() ? "" : "; ") + part;
    return out;
}

Result<void, KafkaLogFailure>
check_strength(const KafkaOptions& kafka, const TopicDemand& demand, const TopicState& topic) {
    const auto [unfit, weak] = demand.judge(topic);
    const std::string name = "topic " + demand.name;
    if (!unfit.empty()) {
        const std::string cannot = name + " cannot " + std::string{demand.purpose} + ": ";
        return unexpected{failure(KafkaLogError::weak, cannot + list(unfit))};
    }
    if (weak.empty()) return {};
    const std::string problem = name + " may lose what it acknowledged: " + list(weak);
    if (!demand.allow_weak) return unexpected{failure(KafkaLogError::weak, problem)};
    notice(kafka, problem);
    return {};
}

// A topic that was made a moment ago has no leaders yet, and one whose brokers are all away
// neither.
Result<TopicState, KafkaLogFailure>
find_topic(const Admin& admin, const KafkaOptions& kafka, const std::string& name) {
    const auto found = ask_patiently(kafka, [&]() -> Result<TopicState, AdminFailure> {
        auto cluster = admin.cluster(question_patience);
        if (!cluster) return unexpected{std::move(cluster.error())};
        const auto topic = cluster->topics.find(name);
        if (topic != cluster->topics.end()) return topic->second;
        const bool leaderless = cluster->leaderless.contains(name);
        const auto error = leaderless ? AdminError::unreachable : AdminError::absent;
        return unexpected{AdminFailure{error, "topic " + name + " has no leaders"}};
    });
    if (found) return *found;
    if (found.error().error != AdminError::absent) {
        return unexpected{failure(kafka, found.error())};
    }
    return unexpected{failure(
        KafkaLogError::missing,
        "there is no topic " + name + " at " + kafka.brokers +
            "; make it with `pakashop log create`, or correct its name"
    )};
}

}  // namespace

Settings settings_of(const KafkaOptions& kafka) {
    return common_settings(kafka.brokers, kafka.client_id, kafka.client_settings);
}

Result<Admin, KafkaLogFailure> connect(const KafkaOptions& kafka) {
    auto admin = Admin::make(settings_of(kafka));
    if (!admin) return unexpected{failure(KafkaLogError::misconfigured, admin.error())};
    return *std::move(admin);
}

Result<void, KafkaLogFailure>
check_topic(const Admin& admin, const KafkaOptions& kafka, const TopicDemand& demand) {
    const std::string& name = demand.name;
    auto topic = find_topic(admin, kafka, name);
    if (!topic) return unexpected{std::move(topic.error())};
    if (topic->partitions != demand.partitions) {
        return unexpected{failure(
            KafkaLogError::foreign,
            "topic " + name + " has " + std::to_string(topic->partitions) + " partitions, not " +
                std::to_string(demand.partitions) +
                ": their number is fixed when it is made; correct the setting"
        )};
    }
    auto settings = ask_patiently(kafka, [&] { return admin.settings(name, question_patience); });
    if (!settings) return unexpected{failure(kafka, settings.error())};
    topic->settings = *std::move(settings);
    return check_strength(kafka, demand, *topic);
}

Result<void, KafkaLogFailure> check_topic(const Admin& admin, const KafkaLogOptions& options) {
    const TopicDemand demand{
        .name = topic_of(options.generation),
        .partitions = options.partitions,
        .purpose = "keep a log",
        .judge = faults_of,
        .allow_weak = options.allow_weak_topic
    };
    return check_topic(admin, options.kafka, demand);
}

Result<void, KafkaLogFailure> make_topic(
    const Admin& admin,
    const KafkaOptions& kafka,
    const std::string& name,
    const std::function<TopicState(std::uint32_t copies)>& shape
) {
    const auto cluster = ask_cluster(admin, kafka);
    if (!cluster) return unexpected{cluster.error()};
    const TopicState wanted = shape(replication_for(cluster->brokers));
    if (wanted.replication < copies_wanted) notice(kafka, few_copies(name, cluster->brokers));
    if (const auto made = admin.create(name, wanted, create_patience); !made) {
        if (made.error().error == AdminError::exists) {
            return unexpected{failure(KafkaLogError::exists, "topic " + name + " is there")};
        }
        return unexpected{failure(kafka, made.error())};
    }
    const auto led = ask_patiently(kafka, [&]() -> Result<void, AdminFailure> {
        auto now = admin.cluster(question_patience);
        if (!now) return unexpected{std::move(now.error())};
        if (now->topics.contains(name)) return {};
        return unexpected{
            AdminFailure{AdminError::unreachable, "topic " + name + " has no leaders yet"}
        };
    });
    if (!led) return unexpected{failure(kafka, led.error())};
    return {};
}

Result<void, KafkaLogFailure>
make_topic(const Admin& admin, const KafkaOptions& kafka, const KafkaTopicOptions& topic) {
    return make_topic(admin, kafka, topic_of(topic.generation), [&](std::uint32_t copies) {
        return TopicState{topic.partitions, copies, settings_for(copies, topic.flush_each_append)};
    });
}

Result<std::vector<std::string>, KafkaLogFailure>
find_generations(const Admin& admin, const KafkaOptions& kafka) {
    const auto cluster = ask_cluster(admin, kafka);
    if (!cluster) return unexpected{cluster.error()};
    return generations_in(cluster->topic_names());
}

}  // namespace pakashop::kafka
