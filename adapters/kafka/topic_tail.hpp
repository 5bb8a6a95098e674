#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>

#include "adapters/kafka/client.hpp"

namespace pakashop::kafka {

/// A record as it was read. Offsets may have gaps: compaction leaves them.
struct TailRecord {
    std::uint64_t offset = 0;
    std::string_view key;
    std::optional<std::string_view> value;  ///< Nothing: the key is deleted.
};

struct TailOptions {
    Settings common;
    std::string topic;
    PartitionId partition = 0;
    /// How long a broker must insist that the topic does not reach so far before that is believed.
    std::chrono::milliseconds patience{5000};
};

/// Reads a partition from its very beginning and follows it, in a thread of its own, for ever.
/// Brokers that are away are waited for.
class TopicTail {
public:
    /// Told what came, from the tail's thread; says what is wrong with it, which ends the tail.
    using OnRecords = std::function<std::optional<std::string>(std::span<const TailRecord>)>;
    /// Told once why the tail ended, from any thread.
    using OnProblem = std::function<void(std::string_view problem)>;

    static Result<std::unique_ptr<TopicTail>, std::string>
    start(TailOptions options, OnRecords on_records, OnProblem on_problem);
    ~TopicTail();
    TopicTail(const TopicTail&) = delete;
    TopicTail& operator=(const TopicTail&) = delete;

    /// True once everything below `offset` was told; false when the time is over, or the tail.
    bool wait_for(std::uint64_t offset, std::chrono::steady_clock::time_point deadline);
    /// Everything below was told.
    std::uint64_t position() const;
    /// Why it follows no more.
    std::optional<std::string> problem() const;
    /// Ends it.
    void give_up(const std::string& problem);

private:
    TopicTail(TailOptions options, OnRecords on_records, OnProblem on_problem);
    void run();
    void follow();
    void stop();
    void read_on();
    void tell(std::span<const Message> messages);
    void take_error(const rd_kafka_message_t& error);
    void advance(std::uint64_t position);

    const TailOptions options_;
    const OnRecords on_records_;
    const OnProblem on_problem_;
    Client client_;
    Topic topic_;
    bool following_ = false;
    /// Since when the broker says that the topic does not reach so far.
    std::optional<std::chrono::steady_clock::time_point> out_of_range_since_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t position_ = 0;
    std::optional<std::string> problem_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace pakashop::kafka
