#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "handlers/ports/log.hpp"

namespace pakashop {

/// Where the brokers are and how they are spoken to.
struct KafkaOptions {
    std::string brokers;  ///< `host:port,host:port`.
    std::string client_id = "pakashop";
    /// Settings of librdkafka by name, for security and the like; those that the log depends on
    /// stay as they are.
    std::vector<std::pair<std::string, std::string>> client_settings;
    /// For how long opening waits for brokers that do not answer.
    std::chrono::milliseconds start_patience{30'000};
    /// Told that something is waited for, or allowed though it is weak. May be empty.
    std::function<void(std::string_view notice)> on_notice;
};

/// How a log on Kafka is opened.
struct KafkaLogOptions {
    KafkaOptions kafka;
    /// The topic is `pakashop.log.<generation>`.
    std::string generation;
    std::uint32_t partitions = 64;
    /// Takes a topic that a single broken machine may rob of acknowledged records, and says so.
    bool allow_weak_topic = false;
    /// Connections to each broker that partitions are written over. A broker takes one request of a
    /// connection at a time, and has it synced before the next.
    std::size_t producers = 4;
    /// For how long a read waits for a broker.
    std::chrono::milliseconds read_patience{5000};
    /// Told, from another thread, why an append came to `unknown` or `regressed`. May be empty.
    std::function<void(std::string_view problem)> on_failure;
};

/// How a new topic is made. It gets three copies where there are three brokers, else one.
struct KafkaTopicOptions {
    std::string generation;
    std::uint32_t partitions = 64;
    /// Has each append synced before it is acknowledged. Kafka otherwise acknowledges from memory,
    /// and a power cut of all brokers may take what was acknowledged.
    bool flush_each_append = true;
};

enum class KafkaLogError {
    misconfigured,  ///< A client setting is wrong.
    unreachable,    ///< No broker answered in time.
    missing,        ///< There is no such topic.
    foreign,        ///< It has another number of partitions.
    weak,           ///< Its settings would lose records.
    exists,         ///< A topic that was to be made is there.
    refused         ///< The brokers understood and would not do it.
};
constexpr auto enum_names(KafkaLogError) {
    return std::array<std::string_view, 7>{
        "misconfigured", "unreachable", "missing", "foreign", "weak", "exists", "refused"
    };
}

/// Why a log was not opened or a topic not made: what is wrong, and what to do about it.
struct KafkaLogFailure {
    KafkaLogError error;
    std::string detail;
};

/// The log of many machines: one topic of Apache Kafka, its partitions those of the log, each
/// record one message (architecture 2.6). An entry's offset is the broker's.
///
/// It keeps no state beside the topic and cannot be damaged by the end of its process. Who may
/// write is not its business: a batch that landed behind somebody else's comes to `unknown`, and
/// the fold decides. A partition takes nothing before an announcement, and nothing after a failure
/// until the next one.
class KafkaLog final : public Log {
public:
    /// Opens the log of a topic that is there, whole and strong enough.
    static Result<std::unique_ptr<KafkaLog>, KafkaLogFailure> open(KafkaLogOptions options);

    /// Makes the topic of a new generation.
    static Result<void, KafkaLogFailure>
    create_topic(const KafkaOptions& kafka, const KafkaTopicOptions& topic);
    /// The generations that have a topic.
    static Result<std::vector<std::string>, KafkaLogFailure> generations(const KafkaOptions& kafka);

    /// Gives up whatever has no outcome yet, as `unknown`.
    ~KafkaLog() override;

    /// The name of the cluster that the topic lies in, by whatever addresses it is reached; empty
    /// when no broker tells it within the read patience.
    std::string cluster_id() const;

    std::string_view generation() const override;
    std::uint32_t partitions() const override;
    bool exclusive() const override { return false; }
    /// Never `storage_low`. An outcome may take ten seconds.
    std::future<std::vector<AppendOutcome>> begin_append(std::span<const PartitionBatch> batches
    ) override;
    /// For a copy, whose records were announced by their own writer: what is appended next lies at
    /// `offset`, which its caller has read up to, or comes to `unknown`. Nothing of the partition
    /// may be under way.
    void continue_at(PartitionId partition, std::uint64_t offset);
    /// `damaged` when the partition does not hold `offset`: it was cut at either end.
    Result<std::vector<LogEntry>, LogFailure>
    read(PartitionId partition, std::uint64_t offset, std::size_t bytes_max) override;
    Result<std::uint64_t, LogFailure> end(PartitionId partition) override;
    Result<std::vector<std::uint64_t>, LogFailure> ends(std::span<const PartitionId> partitions
    ) override;

private:
    class Impl;
    explicit KafkaLog(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

}  // namespace pakashop
