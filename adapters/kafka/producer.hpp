#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "adapters/kafka/client.hpp"
#include "adapters/kafka/delivery.hpp"

namespace pakashop::kafka {

/// A record as it goes over the wire.
struct OutRecord {
    std::string key;
    std::string bytes;  ///< Without any, it deletes the key from a compacted topic.
};

/// One producer handle of librdkafka, with the thread that hears what became of its records. It
/// sends everything once and never again.
class Producer {
public:
    /// Told once for each batch that was sent, always from the producer's own thread.
    using OnDelivered = std::function<void(PartitionId, std::span<const Report>)>;

    static Result<std::unique_ptr<Producer>, std::string>
    make(const Settings& common, const std::string& topic, OnDelivered on_delivered);
    /// Ends at once: what was not acknowledged so far is reported as such. Not from `on_delivered`.
    ~Producer();
    Producer(const Producer&) = delete;
    Producer& operator=(const Producer&) = delete;

    /// Sends the records to the partition, in order; they are copied. From any thread.
    void send(PartitionId partition, std::span<const OutRecord> records);
    /// Nothing more will be sent: ends by itself once everything was reported.
    void retire() { retired_ = true; }
    bool ended() const { return ended_; }

private:
    struct Batch;
    /// What librdkafka hands back with the report of a record.
    struct Slot {
        Batch* batch = nullptr;
        std::size_t index = 0;
    };
    /// Records of one partition under way; lives until all of them were reported.
    struct Batch {
        PartitionId partition = 0;
        std::vector<Slot> slots;
        std::vector<Report> reports;
        std::size_t open = 0;  ///< Records whose report is still to come.
        std::chrono::steady_clock::time_point sent;
        std::optional<std::int32_t> leader;  ///< Of its partition, as far as was known then.
        bool lost = false;                   ///< Its partition has another leader by now.
        bool told = false;                   ///< Late reports change nothing any more.
    };

    Producer(const Settings& common, std::string topic, OnDelivered on_delivered)
        : common_{common}, topic_name_{std::move(topic)}, on_delivered_{std::move(on_delivered)} {}
    static void on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* self);
    void take_report(const Slot& slot, const Report& report, std::int32_t broker = -1);
    Batch& add_batch(PartitionId partition, std::size_t records);
    void ask_for_leaders(std::chrono::steady_clock::time_point now);
    bool slow(std::chrono::steady_clock::time_point now);
    void tell(std::chrono::steady_clock::time_point now);
    bool idle();
    void listen();

    const Settings common_;
    const std::string topic_name_;
    const OnDelivered on_delivered_;
    Client client_;
    Topic topic_;
    std::mutex mutex_;
    std::list<Batch> batches_;
    /// Who led when that was last heard of; records go there until librdkafka hears of another one.
    std::map<PartitionId, std::int32_t> leaders_;
    std::atomic<bool> retired_{false};
    std::atomic<bool> stopping_{false};
    std::atomic<bool> ended_{false};
    std::chrono::steady_clock::time_point asked_;  ///< For leaders; for the listener.
    std::thread listener_;
};

}  // namespace pakashop::kafka
