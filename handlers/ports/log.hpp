#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/admission.hpp"
#include "events/kernel/time.hpp"
#include "events/record.hpp"

/// The durable log and the store beside it, as the shard needs them. One contract suite
/// (tests/contracts/log_contract.hpp) holds every implementation to what is said here.
namespace pakashop {

/// The aggregate's state after `version` events, so that loading it does not start at the first.
struct Snapshot {
    std::string stream;
    std::int64_t version = 0;
    std::uint64_t seq = 0;  ///< The record that brought the stream there: its last event ends it.
    std::string bytes;
    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

/// A record ready to be written: decoded (shared with whoever staged it, never null), as bytes, and
/// its hash.
struct StagedRecord {
    std::shared_ptr<const Record> record;
    std::string bytes;
    Digest hash{};
};

/// What one partition adds in one flush. The records follow each other from the partition's head.
struct PartitionBatch {
    PartitionId partition = 0;
    std::vector<StagedRecord> records;
    AdmissionState after;  ///< The fold's state once all of them are admitted.
    std::vector<Snapshot> snapshots;
};

enum class AppendOutcome {
    durable,     ///< Every record is on stable storage, in place.
    unknown,     ///< Some, all or none may be there: read the tail before anything else (2.4.6).
    regressed,   ///< The log has less than it acknowledged before: freeze the partition.
    storage_low  ///< Nothing was written: too little free space is left (2.5).
};

enum class LogFailure { unavailable, damaged };

/// One physical record and where it lies. On RocksDB the offset is the position (seq); on Kafka it
/// is the broker's, and void records have one too.
struct LogEntry {
    std::uint64_t offset = 0;
    std::string bytes;
};

class Log {
public:
    virtual ~Log() = default;

    virtual std::string_view generation() const = 0;
    virtual std::uint32_t partitions() const = 0;
    /// True when no other process can write to it (a directory lock): a refusal then needs no
    /// record behind it to be sure that nobody else leads (2.4 step 5).
    virtual bool exclusive() const = 0;

    /// Takes every batch, all in one write where the engine can, and reads them no more once it
    /// returns; the future waits for the disk or the broker and has one outcome per batch, in
    /// order. Appends take effect in the order of the calls, which never overlap; a next one may
    /// begin while earlier futures still wait, and follows what those took. A batch that follows
    /// one that was not taken is not taken either, with the same outcome.
    virtual std::future<std::vector<AppendOutcome>> begin_append(
        std::span<const PartitionBatch> batches
    ) = 0;
    /// The same, and waits. Not while other appends are under way.
    std::vector<AppendOutcome> append(std::span<const PartitionBatch> batches) {
        return begin_append(batches).get();
    }

    /// Entries from `offset` on, about `bytes_max` of them but at least one if there is one; empty
    /// at the end. What this process wrote, or saw the end of, is never missed; what another one
    /// wrote a moment ago may be on its way. From beyond the end there is
    /// nothing, or `damaged` where only a log that lost something can end before it. Safe from any
    /// thread.
    virtual Result<std::vector<LogEntry>, LogFailure>
    read(PartitionId partition, std::uint64_t offset, std::size_t bytes_max) = 0;

    /// The offset the next record of the partition will get: no read stops short of it from now on.
    virtual Result<std::uint64_t, LogFailure> end(PartitionId partition) = 0;
    /// The same for several partitions, in their order; at once where that is cheaper.
    virtual Result<std::vector<std::uint64_t>, LogFailure> ends(
        std::span<const PartitionId> partitions
    ) {
        std::vector<std::uint64_t> out;
        for (const PartitionId partition : partitions) {
            const auto one = end(partition);
            if (!one) return unexpected{one.error()};
            out.push_back(*one);
        }
        return out;
    }
};

/// A command that was committed, so that a repeat of it is known (2.4 step 2).
struct SeenCommand {
    std::uint64_t seq = 0;
    Fingerprint fingerprint{};
    friend bool operator==(const SeenCommand&, const SeenCommand&) = default;
};

/// For how long a command id is remembered, counted from its record's time to that of the
/// partition's newest record: no clock is asked (2.4).
constexpr Duration commands_remembered = hours(30 * 24);

/// The indexed replica of a node's partitions: on one machine it is the log itself. Everything in
/// it follows from the records; all calls are safe from any thread and see whole flushes only.
/// Bytes that cannot be read, or are damaged, throw CorruptStream: there is no answer then.
class Store {
public:
    virtual ~Store() = default;

    /// Where the partition stands; the genesis state for an empty one.
    virtual AdmissionState state(PartitionId partition) = 0;
    /// The chain's head after `seq` records, at the cost of one look-up; nothing beyond the end.
    virtual std::optional<Digest> head_at(PartitionId partition, std::uint64_t seq) = 0;
    /// The log's offset behind the last record in here: where a reader of the tail goes on.
    virtual std::uint64_t next_offset(PartitionId partition) = 0;
    /// The bytes of an admitted record.
    virtual std::optional<std::string> record(PartitionId partition, std::uint64_t seq) = 0;
    /// A command committed in the last 30 days.
    virtual std::optional<SeenCommand>
    find_command(PartitionId partition, const CommandId& command) = 0;
    /// Positions of the records that hold the stream's events above `after_version`, ascending;
    /// `after_version` is 0 or the last one that some record holds. A new stream costs one look-up.
    virtual std::vector<std::uint64_t>
    stream(PartitionId partition, std::string_view stream, std::int64_t after_version) = 0;
    /// Positions of the key's records up to `last_seq`, ascending.
    virtual std::vector<std::uint64_t>
    key_history(PartitionId partition, std::string_view key, std::uint64_t last_seq) = 0;
    virtual std::optional<Snapshot> snapshot(PartitionId partition, std::string_view stream) = 0;
};

/// A record as a reader of the log met it, once the fold admitted it.
struct AdmittedRecord {
    StagedRecord staged;
    std::uint64_t offset = 0;  ///< Where it lies in the log.
    AdmissionState after;      ///< The fold's state with it.
};

/// A store that follows a log which lies elsewhere: what a node keeps of it (architecture 2.6).
class Replica : public Store {
public:
    /// Takes records that follow each other and the last one in here; all become visible together,
    /// with the place behind them. `snapshots` are of states they lead to. Records that do not
    /// follow are a bug. After a failure nothing was taken, and the same may be tried again.
    /// Safe from any thread, for one partition by one at a time.
    virtual Result<void, LogFailure> apply(
        PartitionId partition,
        std::span<const AdmittedRecord> records,
        std::span<const Snapshot> snapshots = {}
    ) = 0;
};

}  // namespace pakashop
