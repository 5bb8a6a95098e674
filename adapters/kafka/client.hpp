#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

#include "events/kernel/result.hpp"
#include "events/partition.hpp"
#include "handlers/ports/log.hpp"

/// librdkafka's handles with owners, for the sources of this folder only.
namespace pakashop::kafka {

/// Settings of a client by librdkafka's names; a later one replaces an earlier one.
using Settings = std::vector<std::pair<std::string, std::string>>;

struct DestroyClient {
    void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
struct DestroyTopic {
    void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
};
struct DestroyMessage {
    void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
struct DestroyQueue {
    void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
struct DestroyEvent {
    void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};
struct DestroyPartitions {
    void operator()(rd_kafka_topic_partition_list_t* list) const {
        rd_kafka_topic_partition_list_destroy(list);
    }
};
/// Destroying a client waits for its threads, which end at once but for a broker that is being
/// connected to.
using Client = std::unique_ptr<rd_kafka_t, DestroyClient>;
using Topic = std::unique_ptr<rd_kafka_topic_t, DestroyTopic>;
using Message = std::unique_ptr<rd_kafka_message_t, DestroyMessage>;
using Queue = std::unique_ptr<rd_kafka_queue_t, DestroyQueue>;
using Event = std::unique_ptr<rd_kafka_event_t, DestroyEvent>;
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, DestroyPartitions>;

/// Told of each record that was sent, from rd_kafka_poll(); `context` is the client's.
using OnReport = void (*)(rd_kafka_t* client, const rd_kafka_message_t* message, void* context);

/// What every client is told, whatever it is for; `extra` comes from outside (security, say).
Settings
common_settings(std::string_view brokers, std::string_view client_id, const Settings& extra);

/// Makes a client; the error names the setting that is wrong. It connects by itself, later.
Result<Client, std::string> make_client(
    rd_kafka_type_t type,
    const Settings& settings,
    OnReport on_report = nullptr,
    void* context = nullptr
);

/// Asks who leads which partition now: until it is told, a client goes on asking who led before.
void look_up_leaders(rd_kafka_t* client, std::chrono::milliseconds patience);

/// Who leads each partition of the topic, by number; below 0 where nobody does. Nothing when no
/// broker says so within 600 ms. The client itself knows it from then on.
std::vector<std::int32_t> leaders_of(rd_kafka_t* client, rd_kafka_topic_t* topic);

/// The same, asked by a client made for it: one that is there puts every question to whom it spoke
/// to last, which may hang, while a new one first finds out who answers.
std::vector<std::int32_t> ask_leaders_anew(const Settings& common, const std::string& topic);

/// Where partitions end, in their order, by questions to their leaders that wait no longer than
/// `patience` in all. (rd_kafka_query_watermark_offsets() of librdkafka 2.0.2 would wait for ever.)
Result<std::vector<std::uint64_t>, LogFailure> ask_ends(
    rd_kafka_t* client,
    const std::string& topic,
    std::span<const PartitionId> partitions,
    std::chrono::milliseconds patience
);
/// The same for one.
Result<std::uint64_t, LogFailure> ask_end(
    rd_kafka_t* client,
    const std::string& topic,
    PartitionId partition,
    std::chrono::milliseconds patience
);

}  // namespace pakashop::kafka
