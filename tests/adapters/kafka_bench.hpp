#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kafka/kafka_log.hpp"
#include "adapters/rocksdb/rocksdb_replica.hpp"
#include "tests/adapters/rocksdb_bench.hpp"

/// What the tests on a real broker share. tests/adapters/with_kafka.py starts it.
namespace pakashop::kit {

/// Where the broker is.
KafkaOptions kafka_options();
/// Runs ops/kafka on the broker: `kill 1`. The last line it printed.
std::string strike(const std::string& command);

/// Makes the topic of a generation that no other test has.
std::string make_generation(std::uint32_t partitions);
KafkaLogOptions log_options_of(const std::string& generation, std::uint32_t partitions);
std::unique_ptr<KafkaLog> open_log(const KafkaLogOptions& options);

/// A replica in a folder, small in memory.
RocksDbReplicaOptions replica_options(const KafkaLogOptions& log, const ScratchFolder& folder);
std::unique_ptr<RocksDbReplica> open_replica(const RocksDbReplicaOptions& options);

/// Reads the partition to its end into a replica, as a node does, by the fold; the number of
/// records that were void, or why it could not be read.
Result<std::uint64_t, LogFailure> follow(Log& log, RocksDbReplica& replica, PartitionId partition);

/// One node of a cluster: its own clients, its own replica.
class Node {
public:
    /// With the number its records are told by.
    Node(const KafkaLogOptions& options, std::uint64_t number);

    KafkaLog& log() { return *log_; }
    RocksDbReplica& replica() { return *replica_; }
    const std::vector<std::string>& problems() const { return problems_; }
    /// Reads to the end, and makes records from there on.
    RecordMaker& catch_up(PartitionId partition);
    Result<void, LogFailure> try_to_catch_up(PartitionId partition);
    RecordMaker& maker() { return *maker_; }
    /// Writes what the maker made.
    AppendOutcome append();
    /// Announces until its announcement is the newest; waits for brokers that are away.
    void lead(PartitionId partition);
    /// Commits one command, numbered on; what came of it.
    AppendOutcome commit();
    std::uint64_t voided() const { return voided_; }

private:
    const std::uint64_t number_;
    ScratchFolder folder_;
    std::vector<std::string> problems_;
    std::unique_ptr<KafkaLog> log_;
    std::unique_ptr<RocksDbReplica> replica_;
    std::optional<RecordMaker> maker_;
    std::uint64_t commands_ = 0;
    std::uint64_t voided_ = 0;
};

}  // namespace pakashop::kit
