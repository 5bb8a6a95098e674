#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

#include "handlers/ports/log.hpp"

namespace pakashop {

/// What goes wrong with an append, on cue.
enum class AppendFault {
    none,
    unknown_written,  ///< All of it is there, but the answer says unknown.
    unknown_lost,     ///< Nothing of it is there, and the answer says unknown.
    partly_written,   ///< The first half of each batch is there; the answer says unknown.
    regressed,        ///< The last acknowledged record of each partition is lost, nothing is added.
    storage_low       ///< Refused: the disk is nearly full.
};

/// The log in memory: for tests, the simulation and a shop that may be forgotten. Holds one
/// generation; thread-safe.
class MemoryLog final : public Log, public Store {
public:
    /// Not `exclusive`: its users take it for a log that other processes write to as well.
    MemoryLog(std::string generation, std::uint32_t partitions, bool exclusive = true);

    /// What happens to the next append that has no fault yet; several wait in line.
    void fail_next(AppendFault fault);
    /// Loses the last `count` records of a partition, as a disk or broker might.
    void lose_tail(PartitionId partition, std::uint64_t count);
    /// Puts other bytes in the place of a record.
    void damage(PartitionId partition, std::uint64_t seq, std::string bytes);

    std::string_view generation() const override { return generation_; }
    std::uint32_t partitions() const override;
    bool exclusive() const override { return exclusive_; }
    std::future<std::vector<AppendOutcome>> begin_append(std::span<const PartitionBatch> batches
    ) override;
    Result<std::vector<LogEntry>, LogFailure>
    read(PartitionId partition, std::uint64_t offset, std::size_t bytes_max) override;
    Result<std::uint64_t, LogFailure> end(PartitionId partition) override;

    AdmissionState state(PartitionId partition) override;
    std::optional<Digest> head_at(PartitionId partition, std::uint64_t seq) override;
    std::uint64_t next_offset(PartitionId partition) override;
    std::optional<std::string> record(PartitionId partition, std::uint64_t seq) override;
    std::optional<SeenCommand> find_command(PartitionId partition, const CommandId& command)
        override;
    std::vector<std::uint64_t>
    stream(PartitionId partition, std::string_view stream, std::int64_t after_version) override;
    std::vector<std::uint64_t>
    key_history(PartitionId partition, std::string_view key, std::uint64_t last_seq) override;
    std::optional<Snapshot> snapshot(PartitionId partition, std::string_view stream) override;

private:
    struct Command {
        SeenCommand seen;
        Instant at;
    };
    struct Partition {
        std::vector<std::string> records;
        std::vector<AdmissionState> states;  ///< Before each record, and after the last.
        std::map<CommandId, Command> commands;
        std::map<std::string, std::map<std::int64_t, std::uint64_t>, std::less<>> streams;
        std::map<std::string, std::vector<std::uint64_t>, std::less<>> keys;
        std::map<std::string, Snapshot, std::less<>> snapshots;
        Instant newest;
        std::optional<AppendOutcome> refused;  ///< What followed is refused alike.
    };

    AppendFault next_fault();
    static bool follows(const Partition& partition, const PartitionBatch& batch);
    AppendOutcome add(const PartitionBatch& batch, AppendFault fault);
    void add_record(Partition& partition, PartitionId number, const StagedRecord& staged);
    void truncate(PartitionId partition, std::uint64_t size);
    static void index(Partition& partition, std::uint64_t seq, const Record& record);

    const std::string generation_;
    const bool exclusive_;
    std::mutex mutex_;
    std::deque<Partition> partitions_;
    std::deque<AppendFault> faults_;
};

}  // namespace pakashop
