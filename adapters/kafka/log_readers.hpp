#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/kafka/client.hpp"
#include "adapters/kafka/known_ends.hpp"

namespace pakashop::kafka {

/// How a log is read.
struct ReaderOptions {
    Settings common;
    std::string topic;
    /// For how long a read waits for a broker before it says `unavailable`, and how long a broker
    /// must insist that there is no such offset before that counts as damage: one that was away
    /// does not know for a moment that others lead.
    std::chrono::milliseconds patience;
    /// Readers of one partition that can follow it side by side without getting in each other's
    /// way.
    std::size_t lanes_max = 4;
    /// Asks the broker where a partition ends, when it is silent.
    std::function<Result<std::uint64_t, LogFailure>(PartitionId)> ask_end;
};

/// Reads a topic for any number of threads. A lane is a consumer without a group that has its own
/// place in every partition and fetches ahead of it; a read is served by the lane that stands where
/// it begins, so readers that follow the tail never make a consumer seek.
class LogReaders {
public:
    LogReaders(ReaderOptions options, std::size_t partitions, KnownEnds& ends);
    ~LogReaders();

    /// As Log::read. Empty only when the partition ends at `offset` for all this process knows; if
    /// that is not all there may be, for all the broker knows now.
    Result<std::vector<LogEntry>, LogFailure>
    read(PartitionId partition, std::uint64_t offset, std::size_t bytes_max);

private:
    struct Cursor;
    struct Lane;
    class Visit;

    Cursor* borrow(PartitionId partition, std::uint64_t offset);
    Cursor* choose(PartitionId partition, std::uint64_t offset);
    bool add_lane();
    void give_back(Cursor& cursor);

    const ReaderOptions options_;
    const std::size_t partitions_;
    KnownEnds& ends_;
    std::mutex mutex_;
    std::condition_variable given_back_;
    std::uint64_t reads_ = 0;
    std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace pakashop::kafka
