#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "events/partition.hpp"

namespace pakashop::kafka {

/// What this process knows of where each partition ends, so that no reader takes an old answer for
/// the end. Safe from any thread.
class KnownEnds {
public:
    explicit KnownEnds(std::size_t partitions) : ends_(partitions), doubts_(partitions) {}

    /// The log was seen to reach this far: it holds everything below.
    std::uint64_t of(PartitionId partition) const { return ends_.at(partition).load(); }
    void raise(PartitionId partition, std::uint64_t end) {
        std::uint64_t seen = of(partition);
        while (seen < end && !ends_[partition].compare_exchange_weak(seen, end)) {
        }
    }

    /// Counts appends whose outcome is not known: there may be more than was seen, so no reader
    /// believes to be at the end by what a broker said before.
    std::uint64_t doubts(PartitionId partition) const { return doubts_.at(partition).load(); }
    void doubt(PartitionId partition) { ++doubts_.at(partition); }

private:
    std::vector<std::atomic<std::uint64_t>> ends_;
    std::vector<std::atomic<std::uint64_t>> doubts_;
};

}  // namespace pakashop::kafka
