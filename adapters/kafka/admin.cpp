#include "adapters/kafka/admin.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace pakashop::kafka {
namespace {

using std::chrono::milliseconds;

using Metadata = struct rd_kafka_metadata;

struct DestroyMetadata {
    void operator()(const Metadata* data) const { rd_kafka_metadata_destroy(data); }
};
struct DestroyOptions {
    void operator()(rd_kafka_AdminOptions_t* one) const { rd_kafka_AdminOptions_destroy(one); }
};
struct DestroyResource {
    void operator()(rd_kafka_ConfigResource_t* one) const { rd_kafka_ConfigResource_destroy(one); }
};
struct DestroyNewTopic {
    void operator()(rd_kafka_NewTopic_t* one) const { rd_kafka_NewTopic_destroy(one); }
};
using AdminOptions = std::unique_ptr<rd_kafka_AdminOptions_t, DestroyOptions>;

int count(milliseconds time) { return static_cast<int>(time.count()); }

AdminError kind_of(rd_kafka_resp_err_t error) {
    switch (error) {
        case RD_KAFKA_RESP_ERR__TRANSPORT:
        case RD_KAFKA_RESP_ERR__TIMED_OUT:
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
        case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
        case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
            return AdminError::unreachable;
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
            return AdminError::absent;
        case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
            return AdminError::exists;
        default:
            return AdminError::refused;
    }
}

AdminFailure failure_of(rd_kafka_resp_err_t error, const char* detail = nullptr) {
    return {kind_of(error), detail ? detail : rd_kafka_err2str(error)};
}

AdminFailure refusal(std::string detail) { return {AdminError::refused, std::move(detail)}; }

AdminOptions options_for(rd_kafka_t* client, rd_kafka_admin_op_t operation, milliseconds patience) {
    AdminOptions options{rd_kafka_AdminOptions_new(client, operation)};
    std::array<char, 256> problem{};
    rd_kafka_AdminOptions_set_request_timeout(
        options.get(), count(patience), problem.data(), problem.size()
    );
    return options;
}

// The answer to an operation that was put on the queue; a failure when there is none, or an error.
Result<Event, AdminFailure> answer_on(rd_kafka_queue_t* queue, milliseconds patience) {
    Event event{rd_kafka_queue_poll(queue, count(patience + milliseconds{1000}))};
    if (!event) return unexpected{failure_of(RD_KAFKA_RESP_ERR__TIMED_OUT)};
    if (const auto error = rd_kafka_event_error(event.get())) {
        return unexpected{failure_of(error, rd_kafka_event_error_string(event.get()))};
    }
    return event;
}

// Nothing when a partition has no leader: what it will be is not decided.
std::optional<TopicState> shape_of(const rd_kafka_metadata_topic& topic) {
    if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
    TopicState state{static_cast<std::uint32_t>(topic.partition_cnt), 0, {}};
    state.replication = std::numeric_limits<std::uint32_t>::max();
    for (int i = 0; i < topic.partition_cnt; ++i) {
        const rd_kafka_metadata_partition& partition = topic.partitions[i];
        if (partition.leader < 0) return std::nullopt;
        const auto copies = static_cast<std::uint32_t>(partition.replica_cnt);
        state.replication = std::min(state.replication, copies);
    }
    return state;
}

}  // namespace

std::vector<std::string> ClusterState::topic_names() const {
    std::vector<std::string> out;
    for (const auto& [name, topic] : topics) out.push_back(name);
    out.insert(out.end(), leaderless.begin(), leaderless.end());
    return out;
}

Result<Admin, std::string> Admin::make(const Settings& common) {
    auto client = make_client(RD_KAFKA_PRODUCER, common);
    if (!client) return unexpected{std::move(client.error())};
    return Admin{*std::move(client)};
}

// All topics are asked for: a broker that is asked for one by name may make it.
Result<ClusterState, AdminFailure> Admin::cluster(milliseconds patience) const {
    const Metadata* raw = nullptr;
    const auto error = rd_kafka_metadata(client_.get(), 1, nullptr, &raw, count(patience));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return unexpected{failure_of(error)};
    const std::unique_ptr<const Metadata, DestroyMetadata> data{raw};
    ClusterState state{static_cast<std::size_t>(data->broker_cnt), {}, {}};
    for (int i = 0; i < data->topic_cnt; ++i) {
        const std::string name{data->topics[i].topic};
        if (auto shape = shape_of(data->topics[i])) {
            state.topics.emplace(name, *std::move(shape));
        } else {
            state.leaderless.insert(name);
        }
    }
    return state;
}

std::string Admin::cluster_id(milliseconds patience) const {
    char* const told = rd_kafka_clusterid(client_.get(), count(patience));
    if (!told) return {};
    std::string id{told};
    rd_kafka_mem_free(client_.get(), told);
    return id;
}

Result<std::map<std::string, std::string, std::less<>>, AdminFailure>
Admin::settings(const std::string& topic, milliseconds patience) const {
    const std::unique_ptr<rd_kafka_ConfigResource_t, DestroyResource> resource{
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str())
    };
    const auto options = options_for(client_.get(), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, patience);
    const Queue queue{rd_kafka_queue_new(client_.get())};
    rd_kafka_ConfigResource_t* asked = resource.get();
    rd_kafka_DescribeConfigs(client_.get(), &asked, 1, options.get(), queue.get());
    const auto event = answer_on(queue.get(), patience);
    if (!event) return unexpected{event.error()};
    std::size_t answers = 0;
    const auto* const* resources = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(event->get()), &answers
    );
    if (answers != 1) return unexpected{refusal("no settings were told")};
    if (const auto error = rd_kafka_ConfigResource_error(resources[0])) {
        return unexpected{failure_of(error, rd_kafka_ConfigResource_error_string(resources[0]))};
    }
    std::size_t entries = 0;
    const auto* const* entry = rd_kafka_ConfigResource_configs(resources[0], &entries);
    std::map<std::string, std::string, std::less<>> out;
    for (std::size_t i = 0; i < entries; ++i) {
        const char* value = rd_kafka_ConfigEntry_value(entry[i]);
        out.emplace(rd_kafka_ConfigEntry_name(entry[i]), value ? value : "");
    }
    return out;
}

Result<void, AdminFailure>
Admin::create(const std::string& name, const TopicState& topic, milliseconds patience) const {
    std::array<char, 256> problem{};
    const std::unique_ptr<rd_kafka_NewTopic_t, DestroyNewTopic> made{rd_kafka_NewTopic_new(
        name.c_str(),
        static_cast<int>(topic.partitions),
        static_cast<int>(topic.replication),
        problem.data(),
        problem.size()
    )};
    if (!made) return unexpected{refusal(problem.data())};
    for (const auto& [key, value] : topic.settings) {
        rd_kafka_NewTopic_set_config(made.get(), key.c_str(), value.c_str());
    }
    const auto options = options_for(client_.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS, patience);
    const Queue queue{rd_kafka_queue_new(client_.get())};
    rd_kafka_NewTopic_t* asked = made.get();
    rd_kafka_CreateTopics(client_.get(), &asked, 1, options.get(), queue.get());
    const auto event = answer_on(queue.get(), patience);
    if (!event) return unexpected{event.error()};
    std::size_t answers = 0;
    const auto* const* results = rd_kafka_CreateTopics_result_topics(
        rd_kafka_event_CreateTopics_result(event->get()), &answers
    );
    if (answers != 1) return unexpected{refusal("no answer for the topic")};
    const auto error = rd_kafka_topic_result_error(results[0]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    return unexpected{failure_of(error, rd_kafka_topic_result_error_string(results[0]))};
}

}  // namespace pakashop::kafka
