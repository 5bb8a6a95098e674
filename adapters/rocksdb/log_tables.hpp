#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/rocksdb/database.hpp"
#include "handlers/ports/log.hpp"

namespace pakashop {

/// Which records a database holds and who looks after them. Stored for ever.
enum class LogKind {
    log,     ///< It is the log, of one machine.
    replica  ///< It follows a log that lies elsewhere, and can be made again from it.
};

/// What a database was made for.
struct LogIdentity {
    LogKind kind = LogKind::log;
    std::string generation;
    std::uint32_t partitions = 0;
    friend bool operator==(const LogIdentity&, const LogIdentity&) = default;
};
/// For a person: what the database is.
std::string text_of(const LogIdentity& identity);

/// What is wrong with a file of a database.
struct FileProblem {
    std::string detail;
    bool missing = false;  ///< It is not there, which the writer beside a view may have seen to.
};

/// Everything that is read from a log's database, by its writer and by views alike. Safe from any
/// thread. Damage throws CorruptStream. What lies behind the published end is not seen, neither as
/// a record nor through an index: a reader that finds a position finds its record too.
class LogTables {
public:
    /// Marks a new database for what it will hold.
    static bool initialise(Database& database, const LogIdentity& identity);
    /// Reads where each partition stands; what is wrong with the database otherwise.
    static Result<std::unique_ptr<LogTables>, std::string> load(Database database);

    LogKind kind() const { return kind_; }
    LogIdentity identity() const { return {kind_, generation_, partitions()}; }
    const std::string& generation() const { return generation_; }
    std::uint32_t partitions() const { return static_cast<std::uint32_t>(states_.size()); }
    Database& database() { return database_; }

    AdmissionState state(PartitionId partition) const;
    std::vector<Place> places() const;
    /// Makes an append visible: readers of records see nothing beyond the published state.
    void publish(PartitionId partition, const AdmissionState& state, Instant newest);
    Instant newest(PartitionId partition) const { return {database_.newest().of(partition)}; }

    std::vector<LogEntry> read(PartitionId partition, std::uint64_t offset, std::size_t bytes_max)
        const;
    std::optional<Digest> head_at(PartitionId partition, std::uint64_t seq) const;
    std::optional<std::string> record(PartitionId partition, std::uint64_t seq) const;
    std::optional<SeenCommand> find_command(PartitionId partition, const CommandId& command) const;
    std::vector<std::uint64_t>
    stream(PartitionId partition, std::string_view stream, std::int64_t after_version) const;
    std::vector<std::uint64_t>
    key_history(PartitionId partition, std::string_view key, std::uint64_t last_seq) const;
    std::optional<Snapshot> snapshot(PartitionId partition, std::string_view stream) const;

    /// An empty text when the last records of each partition decode and lead to its state.
    std::string check_tails() const;
    /// The first file whose checksums do not hold; nothing when all do.
    std::optional<FileProblem> check_files();
    /// Drops the expired command ids now; the number left in all partitions.
    std::uint64_t compact_commands();

private:
    explicit LogTables(Database database) : database_{std::move(database)} {}
    std::string load_all();
    std::string load_partition(PartitionId partition);
    std::string check_tail(PartitionId partition) const;
    std::uint64_t end(PartitionId partition) const { return state(partition).place.seq; }

    Database database_;
    LogKind kind_ = LogKind::log;
    std::string generation_;
    mutable std::mutex mutex_;
    std::vector<AdmissionState> states_;
};

}  // namespace pakashop
