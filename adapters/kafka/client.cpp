#include "adapters/kafka/client.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <thread>

namespace pakashop::kafka {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

// A question that has no answer by then was put to a broker that is away, or to a busy one.
constexpr milliseconds attempt_min{250};
constexpr milliseconds attempt_max{1000};
constexpr milliseconds again_after{50};
constexpr int leader_tries = 3;
constexpr int leader_try_ms = 200;

// Whoever waits for an answer is told that there is none; lines on stderr help nobody.
void drop_line(const rd_kafka_t*, int, const char*, const char*) {}

struct DestroyConfig {
    void operator()(rd_kafka_conf_t* config) const { rd_kafka_conf_destroy(config); }
};

// One request for each broker that leads some of them.
std::optional<std::vector<std::uint64_t>> ask_leaders(
    rd_kafka_t* client,
    const std::string& topic,
    std::span<const PartitionId> partitions,
    milliseconds patience
) {
    const PartitionList asked{rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size()))
    };
    for (const PartitionId partition : partitions) {
        rd_kafka_topic_partition_list_add(asked.get(), topic.c_str(), partition)->offset =
            RD_KAFKA_OFFSET_END;
    }
    const auto answer =
        rd_kafka_offsets_for_times(client, asked.get(), static_cast<int>(patience.count()));
    if (answer != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
    std::vector<std::uint64_t> ends;
    for (const PartitionId partition : partitions) {
        const auto* one = rd_kafka_topic_partition_list_find(asked.get(), topic.c_str(), partition);
        if (!one || one->err || one->offset < 0) return std::nullopt;
        ends.push_back(static_cast<std::uint64_t>(one->offset));
    }
    return ends;
}

}  // namespace

// A paused broker takes connections and says nothing: others are asked soon after, over connections
// that are there already. The idempotent producer of librdkafka 2.0.2 reports success for what it
// did not write.
Settings
common_settings(std::string_view brokers, std::string_view client_id, const Settings& extra) {
    Settings settings = extra;
    const Settings ours{
        {"bootstrap.servers", std::string{brokers}},
        {"client.id", std::string{client_id}},
        {"enable.idempotence", "false"},
        {"api.version.request.timeout.ms", "1000"},
        {"socket.connection.setup.timeout.ms", "2000"},
        {"socket.timeout.ms", "2000"},
        {"socket.nagle.disable", "true"},
        {"enable.sparse.connections", "false"},
        {"reconnect.backoff.ms", "50"},
        {"reconnect.backoff.max.ms", "1000"},
        {"topic.metadata.refresh.fast.interval.ms", "100"},
    };
    settings.insert(settings.end(), ours.begin(), ours.end());
    return settings;
}

Result<Client, std::string>
make_client(rd_kafka_type_t type, const Settings& settings, OnReport on_report, void* context) {
    std::array<char, 512> problem{};
    std::unique_ptr<rd_kafka_conf_t, DestroyConfig> config{rd_kafka_conf_new()};
    for (const auto& [name, value] : settings) {
        const auto done = rd_kafka_conf_set(
            config.get(), name.c_str(), value.c_str(), problem.data(), problem.size()
        );
        if (done != RD_KAFKA_CONF_OK) return unexpected{std::string{problem.data()}};
    }
    rd_kafka_conf_set_log_cb(config.get(), drop_line);
    rd_kafka_conf_set_opaque(config.get(), context);
    if (on_report) rd_kafka_conf_set_dr_msg_cb(config.get(), on_report);
    Client client{rd_kafka_new(type, config.get(), problem.data(), problem.size())};
    if (!client) return unexpected{std::string{problem.data()}};
    (void)config.release();  // It is the client's now.
    return client;
}

void look_up_leaders(rd_kafka_t* client, milliseconds patience) {
    const struct rd_kafka_metadata* data = nullptr;
    const auto error =
        rd_kafka_metadata(client, 1, nullptr, &data, static_cast<int>(patience.count()));
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_metadata_destroy(data);
}

// Any broker may be the one that is asked, one that hangs too: the next one is another, by chance.
std::vector<std::int32_t> leaders_of(rd_kafka_t* client, rd_kafka_topic_t* topic) {
    const struct rd_kafka_metadata* data = nullptr;
    auto error = RD_KAFKA_RESP_ERR__TIMED_OUT;
    for (int tries = 0; tries < leader_tries && error != RD_KAFKA_RESP_ERR_NO_ERROR; ++tries) {
        error = rd_kafka_metadata(client, 0, topic, &data, leader_try_ms);
    }
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    std::vector<std::int32_t> leaders;
    for (int i = 0; data->topic_cnt == 1 && i < data->topics[0].partition_cnt; ++i) {
        const rd_kafka_metadata_partition& one = data->topics[0].partitions[i];
        const auto number = static_cast<std::size_t>(one.id);
        if (leaders.size() <= number) leaders.resize(number + 1, -1);
        leaders[number] = one.leader;
    }
    rd_kafka_metadata_destroy(data);
    return leaders;
}

std::vector<std::int32_t> ask_leaders_anew(const Settings& common, const std::string& topic) {
    const auto client = make_client(RD_KAFKA_PRODUCER, common);
    if (!client) return {};
    const Topic named{rd_kafka_topic_new(client->get(), topic.c_str(), nullptr)};
    if (!named) return {};
    return leaders_of(client->get(), named.get());
}

Result<std::vector<std::uint64_t>, LogFailure> ask_ends(
    rd_kafka_t* client,
    const std::string& topic,
    std::span<const PartitionId> partitions,
    milliseconds patience
) {
    const auto deadline = Clock::now() + patience;
    for (milliseconds attempt = attempt_min;; attempt = std::min(2 * attempt, attempt_max)) {
        const auto left = duration_cast<milliseconds>(deadline - Clock::now());
        if (left <= milliseconds{0}) return unexpected{LogFailure::unavailable};
        auto ends = ask_leaders(client, topic, partitions, std::min(left, attempt));
        if (ends) return *std::move(ends);
        look_up_leaders(client, std::min(left, attempt));
        std::this_thread::sleep_for(again_after);
    }
}

Result<std::uint64_t, LogFailure> ask_end(
    rd_kafka_t* client,
    const std::string& topic,
    PartitionId partition,
    milliseconds patience
) {
    const auto ends = ask_ends(client, topic, {&partition, 1}, patience);
    if (!ends) return unexpected{ends.error()};
    return ends->front();
}

}  // namespace pakashop::kafka
