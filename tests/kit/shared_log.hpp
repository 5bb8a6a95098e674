#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/memory/memory_log.hpp"
#include "handlers/ports/log.hpp"

/// A log that several nodes write to, in memory: as a topic of Kafka keeps it, and as one node's
/// client meets it.
namespace pakashop::kit {

/// What the brokers hold: whatever anybody wrote, in the order it came. Thread-safe.
class SharedTopic {
public:
    SharedTopic(std::string generation, std::uint32_t partitions);

    const std::string generation;
    /// Appends, wherever that is; the first offset.
    std::uint64_t append(PartitionId partition, std::vector<std::string> records);
    std::vector<LogEntry> read(PartitionId partition, std::uint64_t offset) const;
    std::uint64_t end(PartitionId partition) const;
    std::uint32_t partitions() const { return static_cast<std::uint32_t>(records_.size()); }

private:
    mutable std::mutex mutex_;
    std::vector<std::vector<std::string>> records_;
};

/// What a topic keeps of a batch: the bytes of its records, in their order.
std::vector<std::string> bytes_of(const PartitionBatch& batch);

/// One node's way to the topic. A batch is durable where it lands right behind what the node has
/// read or written; anything else is unknown, and an announcement may land anywhere.
class NodeLog final : public Log {
public:
    explicit NodeLog(SharedTopic& topic) : topic_{topic} {}

    /// From now on the node does not reach the brokers: its appends get lost, its reads fail.
    void cut_off(bool off) { cut_off_ = off; }
    /// From now on appends get no answer; or they do again, and those that waited were lost.
    void hang(bool hangs);
    /// The first one that gets no answer has landed, and is answered as durable in the end.
    void land_once() { lands_once_ = true; }
    /// How many appends have waited for an answer.
    int hung() const { return hung_; }

    std::string_view generation() const override { return topic_.generation; }
    std::uint32_t partitions() const override { return topic_.partitions(); }
    bool exclusive() const override { return false; }
    std::future<std::vector<AppendOutcome>> begin_append(std::span<const PartitionBatch> batches
    ) override;
    Result<std::vector<LogEntry>, LogFailure>
    read(PartitionId partition, std::uint64_t offset, std::size_t bytes_max) override;
    Result<std::uint64_t, LogFailure> end(PartitionId partition) override;

private:
    std::vector<AppendOutcome> append_all(std::span<const PartitionBatch> batches);
    AppendOutcome append_one(const PartitionBatch& batch);

    SharedTopic& topic_;
    std::atomic<bool> cut_off_{false};
    std::atomic<bool> hangs_{false};
    std::atomic<bool> lands_once_{false};
    std::atomic<int> hung_{0};
    std::mutex mutex_;
    std::map<PartitionId, std::uint64_t> known_ends_;
};

/// A node's replica of it: the log in memory, fed with admitted records.
class MemoryReplica final : public Replica {
public:
    MemoryReplica(std::string generation, std::uint32_t partitions)
        : records_{std::move(generation), partitions} {}

    Result<void, LogFailure> apply(
        PartitionId partition,
        std::span<const AdmittedRecord> records,
        std::span<const Snapshot> snapshots = {}
    ) override;

    AdmissionState state(PartitionId partition) override { return records_.state(partition); }
    std::optional<Digest> head_at(PartitionId partition, std::uint64_t seq) override {
        return records_.head_at(partition, seq);
    }
    std::uint64_t next_offset(PartitionId partition) override;
    std::optional<std::string> record(PartitionId partition, std::uint64_t seq) override {
        return records_.record(partition, seq);
    }
    std::optional<SeenCommand> find_command(PartitionId partition, const CommandId& command)
        override {
        return records_.find_command(partition, command);
    }
    std::vector<std::uint64_t>
    stream(PartitionId partition, std::string_view stream, std::int64_t after) override {
        return records_.stream(partition, stream, after);
    }
    std::vector<std::uint64_t>
    key_history(PartitionId partition, std::string_view key, std::uint64_t last) override {
        return records_.key_history(partition, key, last);
    }
    std::optional<Snapshot> snapshot(PartitionId partition, std::string_view stream) override {
        return records_.snapshot(partition, stream);
    }

private:
    MemoryLog records_;
    std::mutex mutex_;
    std::map<PartitionId, std::uint64_t> next_offsets_;
};

}  // namespace pakashop::kit
