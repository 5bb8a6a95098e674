#pragma once

#include <map>
#include <string>
#include <vector>

#include "adapters/memory/memory_log.hpp"
#include "handlers/log_seal.hpp"
#include "tests/kit/record_maker.hpp"

/// What the tests of copies and imports share: an old log, and what a reader makes of a new one.
namespace pakashop::kit {

/// A log of two partitions with some hundred records each: batches of any size, take-overs, places
/// of processes, and keys that lie where they belong.
class OldLog {
public:
    explicit OldLog(std::uint64_t seed, bool exclusive = true);

    /// Some more commits in both partitions.
    void go_on(int batches);
    LogSurvey survey();
    /// The same once it is sealed.
    LogSurvey seal(const std::string& moved_to);

    MemoryLog log;
    std::vector<std::vector<std::string>> records;  ///< Bytes by partition, before any seal.

private:
    void write(PartitionId partition);

    std::uint64_t random_;
    std::uint64_t commands_ = 0;
    std::vector<RecordMaker> makers_;
};

/// The records that count, by partition, as whoever reads the log from its beginning finds them.
/// Fails the test where a reader would halt.
std::vector<std::vector<AdmittedRecord>> history_of(Log& log);
std::vector<std::vector<std::string>> bytes_of(const std::vector<std::vector<AdmittedRecord>>& all);

}  // namespace pakashop::kit
