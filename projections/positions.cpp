#include "projections/positions.hpp"

#include <algorithm>
#include <iterator>

namespace pakashop::model {

void Positions::wait_until(
    PartitionId partition,
    std::uint64_t records,
    Deadline deadline,
    Callback done
) {
    expire(Deadline::clock::now());  // Whoever else does may be held up, and nobody waits for ever.
    bool there = false;
    {
        const std::lock_guard lock{mutex_};
        there = reached(partition, records);
        if (!there && !given_up_) {
            waiters_.push_back({partition, records, deadline, std::move(done)});
            return;
        }
    }
    done(there);
}

void Positions::publish(PartitionId partition, std::uint64_t records) {
    std::vector<Waiter> ready;
    {
        const std::lock_guard lock{mutex_};
        given_up_ = false;
        if (records_.size() <= partition) records_.resize(partition + 1U);
        records_[partition] = records;
        ready = take([&](const Waiter& each) {
            return each.partition == partition && each.records <= records;
        });
    }
    for (const Waiter& each : ready) each.done(true);
}

void Positions::expire(Deadline now) {
    std::vector<Waiter> late;
    {
        const std::lock_guard lock{mutex_};
        late = take([&](const Waiter& each) { return each.deadline <= now; });
    }
    for (const Waiter& each : late) each.done(false);
}

void Positions::give_up() {
    std::vector<Waiter> all;
    {
        const std::lock_guard lock{mutex_};
        given_up_ = true;
        all = take([](const Waiter&) { return true; });
    }
    for (const Waiter& each : all) each.done(false);
}

std::uint64_t Positions::at(PartitionId partition) const {
    const std::lock_guard lock{mutex_};
    return partition < records_.size() ? records_[partition] : 0;
}

template <class Ready>
std::vector<Positions::Waiter> Positions::take(Ready ready) {
    const auto kept = std::partition(waiters_.begin(), waiters_.end(), [&](const Waiter& each) {
        return !ready(each);
    });
    std::vector<Waiter> out{std::make_move_iterator(kept), std::make_move_iterator(waiters_.end())};
    waiters_.erase(kept, waiters_.end());
    return out;
}

bool Positions::reached(PartitionId partition, std::uint64_t records) const {
    return records == 0 || (partition < records_.size() && records <= records_[partition]);
}

}  // namespace pakashop::model
