#include "handlers/membership.hpp"

#include <algorithm>
#include <future>

namespace pakashop {

std::string lease_of(PartitionId partition) { return "partition-" + std::to_string(partition); }

Membership::Membership(
    Cluster& cluster,
    Engine& engine,
    Follower& follower,
    MembershipOptions options,
    MembershipEvents events
)
    : cluster_{cluster},
      engine_{engine},
      follower_{follower},
      options_{std::move(options)},
      events_{std::move(events)} {}

// A dead one falls silent for longer and longer; a living one never for a lease's time.
std::optional<std::string> Membership::namesake() {
    const std::chrono::milliseconds patience{options_.lease.ms};
    const auto end = std::chrono::steady_clock::now() + patience;
    auto other = living_namesake();
    while (other && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(options_.beat_every);
        other = living_namesake();
    }
    if (!other) return std::nullopt;
    return other->address;
}

std::optional<ClusterNode> Membership::living_namesake() {
    const auto view = cluster_.view();
    if (!view) return std::nullopt;
    for (const ClusterNode& node : view->nodes) {
        const bool other = node.node == options_.node && node.address != options_.address;
        if (other && node.silent < options_.lease) return node;
    }
    return std::nullopt;
}

// What an earlier life of this node still holds is free for whoever is ready first.
void Membership::start() {
    cluster_.leave(options_.node);
    follower_.start();
    thread_ = std::thread{[this] { run(); }};
}

void Membership::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
    for (const std::string& duty : std::exchange(on_duty_, {})) events_.on_duty(duty, false);
    follower_.stop();
}

void Membership::deposed(PartitionId partition) {
    events_.on_follow(partition);
    const std::lock_guard lock{mutex_};
    deposed_.push_back(partition);
    wake_.notify_one();
}

std::optional<Lease> Membership::leader(PartitionId partition) const {
    const std::lock_guard lock{mutex_};
    const auto found = leases_.find(lease_of(partition));
    if (found == leases_.end()) return std::nullopt;
    return found->second;
}

bool Membership::all_led() const {
    const std::lock_guard lock{mutex_};
    for (std::uint32_t i = 0; i < engine_.partitions(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        if (!engine_.leads(partition) && !leases_.contains(lease_of(partition))) return false;
    }
    return true;
}

bool Membership::held_by_another(PartitionId partition) const {
    const auto holder = leader(partition);
    return holder && holder->node != options_.node;
}

void Membership::run() {
    while (true) {
        follow_again();
        beat();
        std::unique_lock lock{mutex_};
        wake_.wait_for(lock, options_.beat_every, [this] {
            return stopping_ || !deposed_.empty();
        });
        if (stopping_) return;
    }
}

void Membership::follow_again() {
    std::vector<PartitionId> deposed;
    {
        const std::lock_guard lock{mutex_};
        deposed.swap(deposed_);
    }
    for (const PartitionId partition : deposed) follower_.follow(partition);
}

void Membership::beat() {
    const auto view = cluster_.beat(self(), options_.lease);
    if (!view) return hold_on();
    {
        const std::lock_guard lock{mutex_};
        leases_.clear();
        for (const Lease& lease : view->leases) leases_.emplace(lease.name, lease);
    }
    follow_leases(*view);
    balance(*view);
    take_leases(*view);
    follow_duties(*view);
}

// Nobody can be asked: what is this node's, as far as it knows, it leads, even what was on its way
// to another node.
void Membership::hold_on() {
    for (std::uint32_t i = 0; i < engine_.partitions(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        const auto holder = leader(partition);
        const bool own = holder && holder->node == options_.node;
        if (own && !engine_.leads(partition) && can_lead(partition)) take_up(partition);
    }
}

// What could not be let go stays this node's.
void Membership::release(const std::vector<std::string>& names) {
    if (!cluster_.release(options_.node, names)) return;
    const std::lock_guard lock{mutex_};
    for (const std::string& name : names) leases_.erase(name);
}

void Membership::follow_leases(const ClusterView& view) {
    for (const Lease& lease : view.leases) {
        if (!lease.name.starts_with("partition-")) continue;
        const auto number = std::stoul(lease.name.substr(lease.name.find('-') + 1));
        if (number >= engine_.partitions()) continue;
        const auto partition = static_cast<PartitionId>(number);
        const bool own = lease.node == options_.node;
        if (own && !engine_.leads(partition) && can_lead(partition)) take_up(partition);
        if (!own && engine_.leads(partition)) step_down(partition);
    }
}

// Who has not followed everything does not ask to lead: it would only keep the others waiting.
bool Membership::can_lead(PartitionId partition) const {
    return options_.decides && !unfit_.contains(partition) && follower_.caught_up(partition);
}

std::vector<PartitionId> Membership::led() const {
    std::vector<PartitionId> out;
    for (std::uint32_t i = 0; i < engine_.partitions(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        if (engine_.leads(partition)) out.push_back(partition);
    }
    return out;
}

// As equal as can be: what does not divide goes to the first by name.
std::size_t Membership::fair_share(const ClusterView& view) const {
    std::size_t count = 1;
    std::size_t before = 0;
    for (const ClusterNode& node : view.nodes) {
        const bool there = node.decides && node.silent < options_.lease;
        if (!there || node.node == options_.node) continue;
        ++count;
        before += node.node < options_.node ? 1 : 0;
    }
    return engine_.partitions() / count + (before < engine_.partitions() % count ? 1 : 0);
}

// Gives up what is beyond an equal share, so that a node that came can take it.
void Membership::balance(const ClusterView& view) {
    auto mine = led();
    const std::size_t share = fair_share(view);
    std::vector<std::string> released;
    for (; mine.size() > share; mine.pop_back()) {
        step_down(mine.back());
        released.push_back(lease_of(mine.back()));
    }
    if (!released.empty()) release(released);
}

// Partitions up to an equal share, and every duty that nobody does.
void Membership::take_leases(const ClusterView& view) {
    const std::size_t share = fair_share(view);
    std::size_t mine = led().size();
    std::vector<std::string> wanted;
    for (std::uint32_t i = 0; i < engine_.partitions(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        if (leader(partition)) continue;
        const bool again = engine_.leads(partition);
        if (!again && (mine >= share || !can_lead(partition))) continue;
        mine += again ? 0 : 1;
        wanted.push_back(lease_of(partition));
    }
    for (const std::string& duty : options_.duties) {
        if (std::ranges::find(view.leases, duty, &Lease::name) == view.leases.end()) {
            wanted.push_back(duty);
        }
    }
    if (wanted.empty() || !cluster_.take(self(), wanted, options_.lease)) return;
    if (const auto now = cluster_.view()) follow_leases(*now);
}

void Membership::follow_duties(const ClusterView& view) {
    for (const Lease& lease : view.leases) {
        if (std::ranges::find(options_.duties, lease.name) == options_.duties.end()) continue;
        const bool own = lease.node == options_.node;
        if (own == on_duty_.contains(lease.name)) continue;
        if (own) {
            on_duty_.insert(lease.name);
        } else {
            on_duty_.erase(lease.name);
        }
        events_.on_duty(lease.name, own);
    }
}

void Membership::take_up(PartitionId partition) {
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
    if (moved || why == LeadFailure::damaged) unfit_.insert(partition);
    (moved ? events_.on_moved : events_.on_problem)(result.error().text);
    release({lease_of(partition)});
    follower_.follow(partition);
}

void Membership::step_down(PartitionId partition) {
    std::promise<void> followed;
    engine_.post([&] {
        engine_.resign(partition, [&] {
            events_.on_follow(partition);
            followed.set_value();
        });
    });
    followed.get_future().get();
    follower_.follow(partition);
}

ClusterNode Membership::self() const {
    ClusterNode self{options_.node, options_.address, options_.decides, {}, {}};
    for (std::uint32_t i = 0; i < engine_.partitions(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        self.places.push_back(engine_.durable_seq(partition));
        self.decides = self.decides && (engine_.leads(partition) || can_lead(partition));
    }
    return self;
}

}  // namespace pakashop
