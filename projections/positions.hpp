#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "events/partition.hpp"

namespace pakashop::model {

/// How far a group's rows are, and who waits for them to get further: read your own writes. Safe
/// from any thread; callbacks run on the thread that publishes or expires, without a lock.
class Positions {
public:
    using Deadline = std::chrono::steady_clock::time_point;
    /// True: the rows are there. False: not by the deadline, or not any more.
    using Callback = std::function<void(bool)>;

    /// Calls back once the rows of the partition's first `records` records are readable, at once if
    /// they are.
    void wait_until(PartitionId partition, std::uint64_t records, Deadline deadline, Callback done);

    /// The first `records` records of the partition are readable from now on; may also step back.
    void publish(PartitionId partition, std::uint64_t records);
    /// Tells those whose deadline has passed.
    void expire(Deadline now);
    /// Tells everybody who waits, now and from now on until something is published, that there is
    /// nothing to wait for.
    void give_up();

    /// The number of records whose rows are readable.
    std::uint64_t at(PartitionId partition) const;

private:
    struct Waiter {
        PartitionId partition = 0;
        std::uint64_t records = 0;
        Deadline deadline;
        Callback done;
    };

    // Takes out the waiters for whom `ready` holds.
    template <class Ready>
    std::vector<Waiter> take(Ready ready);
    bool reached(PartitionId partition, std::uint64_t records) const;

    mutable std::mutex mutex_;
    std::vector<std::uint64_t> records_;
    std::vector<Waiter> waiters_;
    bool given_up_ = false;
};

}  // namespace pakashop::model
