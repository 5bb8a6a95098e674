#include "adapters/kafka/egress_topics.hpp"

#include <algorithm>
#include <map>
#include <thread>

namespace pakashop::kafka {
namespace {

using Kind = model::SinkProblem::Kind;
using model::SinkProblem;

using Metadata = Owned<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>;
using NewTopic = Owned<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using Queue = Owned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using Event = Owned<rd_kafka_event_t, rd_kafka_event_destroy>;
using Options = Owned<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;

constexpr int request_ms = 3'000;
constexpr int replicas_of_the_cluster = -1;  // The brokers' default.
constexpr std::size_t error_bytes = 512;

unexpected<SinkProblem> away(std::string reason) {
    return unexpected{SinkProblem{Kind::away, std::move(reason)}};
}

bool is_served(const rd_kafka_metadata_topic& topic) {
    const std::span partitions{topic.partitions, static_cast<std::size_t>(topic.partition_cnt)};
    return !topic.err && std::ranges::all_of(partitions, [](const auto& each) {
        return !each.err && each.leader >= 0;
    });
}

/// By topic that every partition of has a leader, how many there are. Asks for all: asking for one
/// by name may make it.
Result<std::map<std::string, int>, SinkProblem> partition_counts(rd_kafka_t* client) {
    const rd_kafka_metadata_t* raw = nullptr;
    const auto failed = rd_kafka_metadata(client, 1, nullptr, &raw, request_ms);
    if (failed) return away(std::string{"no list of topics: "} + rd_kafka_err2str(failed));
    const Metadata metadata{raw};
    std::map<std::string, int> out;
    for (int i = 0; i < metadata->topic_cnt; ++i) {
        const rd_kafka_metadata_topic& topic = metadata->topics[i];
        if (is_served(topic)) out[topic.topic] = topic.partition_cnt;
    }
    return out;
}

NewTopic new_topic(const WantedTopic& wanted, std::uint32_t partitions) {
    char error[error_bytes];
    NewTopic out{rd_kafka_NewTopic_new(
        wanted.name.c_str(),
        static_cast<int>(partitions),
        replicas_of_the_cluster,
        error,
        sizeof error
    )};
    for (const auto& [name, value] : wanted.settings) {
        rd_kafka_NewTopic_set_config(out.get(), name, value.c_str());
    }
    return out;
}

Result<void, SinkProblem> check_created(const rd_kafka_CreateTopics_result_t& result) {
    std::size_t count = 0;
    const auto topics = rd_kafka_CreateTopics_result_topics(&result, &count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto error = rd_kafka_topic_result_error(topics[i]);
        if (!error || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
        return away(
            std::string{"topic "} + rd_kafka_topic_result_name(topics[i]) +
            " cannot be made: " + rd_kafka_err2str(error)
        );
    }
    return {};
}

Result<void, SinkProblem>
create(rd_kafka_t* client, std::span<const WantedTopic* const> missing, std::uint32_t partitions) {
    std::vector<NewTopic> topics;
    std::vector<rd_kafka_NewTopic_t*> raw;
    for (const WantedTopic* each : missing) {
        topics.push_back(new_topic(*each, partitions));
        raw.push_back(topics.back().get());
    }
    char error[error_bytes];
    const Options options{rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS)};
    rd_kafka_AdminOptions_set_request_timeout(options.get(), request_ms, error, sizeof error);
    rd_kafka_AdminOptions_set_operation_timeout(options.get(), request_ms, error, sizeof error);
    const Queue queue{rd_kafka_queue_new(client)};
    rd_kafka_CreateTopics(client, raw.data(), raw.size(), options.get(), queue.get());
    const Event answer{rd_kafka_queue_poll(queue.get(), 2 * request_ms)};
    if (!answer) return away("nobody answers whether topics can be made");
    const auto result = rd_kafka_event_CreateTopics_result(answer.get());
    if (!result || rd_kafka_event_error(answer.get())) {
        return away(
            std::string{"topics cannot be made: "} + rd_kafka_event_error_string(answer.get())
        );
    }
    return check_created(*result);
}

}  // namespace

Result<void, SinkProblem> make_topics(
    rd_kafka_t* client,
    std::span<const WantedTopic> topics,
    std::uint32_t partitions,
    const Patience& patience
) {
    const Deadline deadline{patience.time};
    bool created = false;
    while (!deadline.over() && !patience.interrupted) {
        const auto counts = partition_counts(client);
        if (!counts) return unexpected{counts.error()};
        std::vector<const WantedTopic*> missing;
        for (const WantedTopic& each : topics) {
            const auto there = counts->find(each.name);
            if (there == counts->end()) {
                missing.push_back(&each);
            } else if (there->second != static_cast<int>(partitions)) {
                return unexpected{SinkProblem{
                    Kind::refused,
                    "topic " + each.name + " has " + std::to_string(there->second) +
                        " partitions, the log " + std::to_string(partitions)
                }};
            }
        }
        if (missing.empty()) return {};
        if (!std::exchange(created, true)) {
            if (auto made = create(client, missing, partitions); !made) return made;
        } else {
            std::this_thread::sleep_for(std::chrono::milliseconds{poll_ms});
        }
    }
    return away("topics are not there yet, or have no leaders");
}

}  // namespace pakashop::kafka
