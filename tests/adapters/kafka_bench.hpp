#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/kafka/kafka_log.hpp"
#include "adapters/rocksdb/rocksdb_replica.hpp"
#include "tests/adapters/rocksdb_bench.hpp"

/// What the tests on a real broker share. tests/adapters/with_kafka.py starts it.
namespace pakashop::kit {

/// Where the broker is.
KafkaOptions kafka_options();
/// Runs ops/kafka on the broker: `kill 1`. What it printed, without the last line's end.
std::string strike(const std::string& command);

/// Makes the topic of a generation that no other test has.
std::string make_generation(std::uint32_t partitions);
KafkaLogOptions log_options_of(const std::string& generation, std::uint32_t partitions);
std::unique_ptr<KafkaLog> open_log(const KafkaLogOptions& options);

/// Follows a log into a replica as a node does, by the fold.
class Follower {
public:
    Follower(Log& log, RocksDbReplica& replica) : log_{log}, replica_{replica} {}

    /// Reads the partition to its end; the number of records that were void.
    std::uint64_t follow(PartitionId partition);

private:
    Log& log_;
    RocksDbReplica& replica_;
};

}  // namespace pakashop::kit
