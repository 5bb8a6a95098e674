#include <algorithm>
#include <future>

#include "handlers/membership.hpp"

/// How partitions change hands, once it is decided that they shall.
namespace pakashop {

// Neither a last record nor the end of what is under way is waited for: the others can begin, since
// the log decides what of it counts. What cannot be let go is tried again.
void Membership::let_go(const std::vector<PartitionId>& partitions) {
    rest();
    for (const PartitionId partition : partitions) {
        if (!release(partition)) return;
        stop_leading(partition);
        const std::string which = "partition " + std::to_string(partition);
        events_.on_problem(which + ": the log takes nothing from here; another node is to lead it");
    }
}

// Who fails again within the time it has rested rests twice as long.
void Membership::rest() {
    if (rests()) return;
    const auto now = Steady::now();
    const auto before = rest_.load();
    const bool again = now - rests_until_.load() < before;
    rest_ = again ? std::min(2 * before, options_.rest_max) : options_.rest;
    rests_until_ = now + rest_.load();
}

void Membership::stop_leading(PartitionId partition) {
    let_go_.insert(partition);
    engine_.post([this, partition] {
        if (!engine_.leads(partition)) return;
        engine_.let_go(partition, [this, partition] { deposed(partition); });
    });
}

// One thing at a time for each partition.
void Membership::begin(PartitionId partition, Move move) {
    if (!moving(partition)) moves_.begin(partition, move);
}

// What could not be let go stays this node's.
void Membership::carry_out(PartitionId partition, Move move) {
    switch (move) {
        case Move::take_up:
            return take_up(partition);
        case Move::hand_over:
            return hand_over(partition);
        case Move::follow:
            return follower_.follow(partition);
    }
}

bool Membership::release(PartitionId partition) {
    const std::string name = lease_of(partition);
    if (!cluster_.release(options_.node, {name})) return false;
    const std::lock_guard lock{mutex_};
    leases_.erase(name);
    return true;
}

void Membership::take_up(PartitionId partition) {
    if (held_by_another(partition)) return;
    follower_.leave(partition);
    std::promise<Result<void, EngineFailure>> led;
    engine_.post([&] {
        engine_.lead(partition, [&](Result<void, EngineFailure> result) {
            if (result) events_.on_lead(partition);
            led.set_value(std::move(result));
        });
    });
    const auto result = led.get_future().get();
    if (result) return;
    const LeadFailure why = result.error().why;
    const bool moved = why == LeadFailure::moved;
    if (moved || why == LeadFailure::damaged) {
        const std::lock_guard lock{mutex_};
        unfit_.insert(partition);
    }
    if (why == LeadFailure::log_unavailable) rest();
    (moved ? events_.on_moved : events_.on_problem)(result.error().text);
    release(partition);
    follower_.follow(partition);
}

// With a last record, so that the next leader waits for nothing; one that hangs is not waited for.
void Membership::hand_over(PartitionId partition) {
    std::promise<void> followed;
    engine_.post([&] {
        engine_.resign(partition, [&] {
            events_.on_follow(partition);
            followed.set_value();
        });
    });
    auto done = followed.get_future();
    const bool hangs = done.wait_for(options_.silence_max) == std::future_status::timeout;
    const bool released = hangs && release(partition);
    if (released) {
        engine_.post([this, partition] { engine_.let_go(partition, [] {}); });
    }
    done.get();
    if (!released) release(partition);
    follower_.follow(partition);
}

}  // namespace pakashop
