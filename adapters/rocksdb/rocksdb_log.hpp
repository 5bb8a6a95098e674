#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/rocksdb/disk.hpp"
#include "adapters/rocksdb/open_failure.hpp"
#include "handlers/ports/log.hpp"

namespace pakashop {

/// How a log on this machine is opened.
struct RocksDbLogOptions {
    /// The database's directory; made when it is not there. `DIR.witness` lies beside it.
    std::filesystem::path directory;
    /// Given to a new log for ever; an existing one must have the same.
    std::string generation;
    std::uint32_t partitions = 16;
    /// With less than this many free bytes an append is refused (`storage_low`). Less than
    /// free_bytes_needed() is a bug.
    std::uint64_t free_bytes_min = 1ULL << 30;
    std::size_t memtable_bytes = 64U << 20;
    std::size_t cache_bytes = 128U << 20;
    /// Asked before every append; the file system of `directory` when empty.
    FreeSpace free_space;
    /// Told, from the appending thread, why an append came to `unknown`. May be empty.
    std::function<void(std::string_view problem)> on_failure;

    /// What RocksDB may still have to write out of its memory, with room to spare.
    std::uint64_t free_bytes_needed() const { return 4 * std::uint64_t{memtable_bytes}; }
};

/// The log of one machine, with its indexes, in one RocksDB (architecture 2.4, 2.5). Every append
/// is one synced write over all partitions, then the witness, then readers and the answer. It has
/// one writer; after a failed write every later one comes to `unknown` until the process starts
/// again.
class RocksDbLog final : public Log, public Store {
public:
    /// Opens the log for writing, or makes a new one. Everything that could refuse is checked on a
    /// view that writes nothing, so a log that does not open was not touched either.
    static Result<std::unique_ptr<RocksDbLog>, LogOpenFailure> open(RocksDbLogOptions options);

    /// A view of the log as it stood when it was opened, beside a running writer or without one. It
    /// takes no lock, writes no byte, and does not follow what is appended later. The witness and
    /// the tails are not checked: `log verify` asks check_witness() and verify_chain() itself.
    /// Appending to a view is a bug.
    static Result<std::unique_ptr<RocksDbLog>, LogOpenFailure> view(
        const std::filesystem::path& directory
    );

    ~RocksDbLog() override;

    /// What the witness file says against this log: an empty text when the log holds everything
    /// that it has seen. A view is held against what the witness said just before it was opened.
    std::string check_witness();
    /// What the ends of all partitions say: an empty text when the last records of each decode and
    /// lead to its stored state, else what does not.
    std::string check_tails();
    /// Reads every file of the database and compares its checksums, those of the indexes, command
    /// ids and snapshots included: an empty text when all hold. Beside a running writer, whose
    /// files come and go, a view is made anew when one is gone.
    std::string check_files();
    /// Compacts the command ids now, which RocksDB otherwise does as it goes; the number left.
    std::uint64_t compact_commands();

    std::string_view generation() const override;
    std::uint32_t partitions() const override;
    bool exclusive() const override { return true; }
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
    class Impl;
    explicit RocksDbLog(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

}  // namespace pakashop
