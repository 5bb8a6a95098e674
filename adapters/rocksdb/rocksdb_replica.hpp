#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "adapters/rocksdb/disk.hpp"
#include "adapters/rocksdb/open_failure.hpp"
#include "handlers/ports/log.hpp"

namespace pakashop {

/// How a node's replica of a shared log is opened.
struct RocksDbReplicaOptions {
    /// The database's directory; made when it is not there.
    std::filesystem::path directory;
    /// Those of the log it follows.
    std::string generation;
    std::uint32_t partitions = 16;
    /// With less than this many free bytes nothing is taken: RocksDB aborts on a full disk.
    std::uint64_t free_bytes_min = 1ULL << 30;
    std::size_t memtable_bytes = 64U << 20;
    std::size_t cache_bytes = 128U << 20;
    /// Asked before every write; the file system of `directory` when empty.
    FreeSpace free_space;
};

/// What a node keeps of a log that lies elsewhere (architecture 2.6): the admitted records with
/// their indexes and snapshots, and its own place in the log. It is fed by whoever runs the fold.
/// Nothing is synced: after a power cut it stands where it last reached the disk, after the end of
/// its process where it was, and its reader goes on from there. One that is damaged may be removed;
/// it is made again from the log.
class RocksDbReplica final : public Replica {
public:
    /// Opens the replica, or makes a new one. Refuses one of another log, and a log.
    static Result<std::unique_ptr<RocksDbReplica>, LogOpenFailure> open(
        RocksDbReplicaOptions options
    );
    ~RocksDbReplica() override;

    Result<void, LogFailure> apply(
        PartitionId partition,
        std::span<const AdmittedRecord> records,
        std::span<const Snapshot> snapshots = {}
    ) override;

    std::string_view generation() const;
    std::uint32_t partitions() const;

    AdmissionState state(PartitionId partition) override;
    std::optional<Digest> head_at(PartitionId partition, std::uint64_t seq) override;
    /// Behind the last admitted record: one that was void comes to a reader again.
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
    class Impl;
    explicit RocksDbReplica(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

}  // namespace pakashop
