#include "handlers/membership.hpp"

#include <algorithm>

namespace pakashop {
namespace {

// Asking the cluster takes less, also where PostgreSQL hangs.
constexpr std::chrono::seconds stood_still_after{8};

}  // namespace

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
      events_{std::move(events)},
      moves_{[this](PartitionId partition, Move move) { carry_out(partition, move); }} {}

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
    moves_.start();
    thread_ = std::thread{[this] { run(); }};
}

void Membership::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
    moves_.stop();
    for (const std::string& duty : std::exchange(on_duty_, {})) events_.on_duty(duty, false);
    follower_.stop();
}

void Membership::deposed(PartitionId partition) {
    events_.on_follow(partition);
    moves_.begin(partition, Move::follow);
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

// A process that stood still may have been replaced meanwhile.
bool Membership::may_tell(bool fresh) const {
    const bool awake = Steady::now() - beaten_.load() < stood_still_after;
    return awake && (fresh || !another_decides_);
}

bool Membership::held_by_another(PartitionId partition) const {
    const auto holder = leader(partition);
    return holder && holder->node != options_.node;
}

void Membership::run() {
    while (true) {
        beat();
        std::unique_lock lock{mutex_};
        wake_.wait_for(lock, options_.beat_every, [this] { return stopping_; });
        if (stopping_) return;
    }
}

// What moves while the cluster is asked is not judged by the answer.
void Membership::beat() {
    ask_whether_readable();
    note_whether_readable();
    std::erase_if(let_go_, [this](PartitionId partition) { return !engine_.leads(partition); });
    unsettled_ = moving_now();
    const auto view = cluster_.beat(self(), options_.lease);
    beaten_ = Steady::now();
    if (!view) return hold_on();
    another_decides_ = another_decides(*view);
    {
        const std::lock_guard lock{mutex_};
        leases_.clear();
        for (const Lease& lease : view->leases) leases_.emplace(lease.name, lease);
    }
    follow_leases(*view);
    hand_over_stuck(*view);
    balance(*view);
    take_leases(*view);
    follow_duties(*view);
}

// An answer that does not come is one.
void Membership::ask_whether_readable() {
    if (asking_.exchange(true)) {
        if (Steady::now() - asked_ >= options_.silence_max) readable_ = false;
        return;
    }
    asked_ = Steady::now();
    follower_.when_fresh([this](bool fresh) {
        readable_ = fresh;
        asking_ = false;
    });
}

void Membership::note_whether_readable() {
    if (readable_) {
        unreadable_since_.reset();
    } else if (!unreadable_since_) {
        unreadable_since_ = Steady::now();
    }
}

// Nobody can be asked: what is this node's, as far as it knows, it leads, even what was on its way
// to another node.
void Membership::hold_on() {
    for (std::uint32_t i = 0; i < engine_.partitions(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        const auto holder = leader(partition);
        const bool own = holder && holder->node == options_.node;
        if (own && !engine_.leads(partition) && can_lead(partition)) {
            begin(partition, Move::take_up);
        }
    }
}

void Membership::follow_leases(const ClusterView& view) {
    for (const Lease& lease : view.leases) {
        if (!lease.name.starts_with("partition-")) continue;
        const auto number = std::stoul(lease.name.substr(lease.name.find('-') + 1));
        if (number >= engine_.partitions()) continue;
        const auto partition = static_cast<PartitionId>(number);
        const bool own = lease.node == options_.node;
        if (own && !engine_.leads(partition)) take_up_or_release(partition, view);
        if (!own && engine_.leads(partition) && !moving(partition)) stop_leading(partition);
    }
}

// Who has not followed everything does not ask to lead: it would only keep the others waiting.
bool Membership::can_lead(PartitionId partition) const {
    if (!options_.decides || !readable_ || !follower_.caught_up(partition)) return false;
    const std::lock_guard lock{mutex_};
    return !unfit_.contains(partition);
}

std::set<PartitionId> Membership::moving_now() const {
    std::set<PartitionId> out;
    for (std::uint32_t i = 0; i < engine_.partitions(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        if (moves_.moving(partition)) out.insert(partition);
    }
    return out;
}

bool Membership::moving(PartitionId partition) const {
    return unsettled_.contains(partition) || let_go_.contains(partition) ||
           moves_.moving(partition);
}

// Those that stay, as far as is known.
std::vector<PartitionId> Membership::led() const {
    std::vector<PartitionId> out;
    for (std::uint32_t i = 0; i < engine_.partitions(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        if (engine_.leads(partition) && !moving(partition)) out.push_back(partition);
    }
    return out;
}

bool Membership::another_decides(const ClusterView& view) const {
    return std::ranges::any_of(view.nodes, [this](const ClusterNode& node) {
        return node.node != options_.node && node.decides && node.silent < options_.lease;
    });
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

// What this node holds and cannot lead is for one that can.
void Membership::take_up_or_release(PartitionId partition, const ClusterView& view) {
    if (can_lead(partition)) {
        begin(partition, Move::take_up);
    } else if (!moving(partition) && another_decides(view)) {
        release(partition);
    }
}

// Gives up what is beyond an equal share, so that a node that came can take it; while one of them
// hangs, that one comes first.
void Membership::balance(const ClusterView& view) {
    auto mine = led();
    if (std::ranges::any_of(mine, [this](PartitionId each) { return hangs(each); })) return;
    const std::size_t share = fair_share(view);
    for (; !mine.empty() && mine.size() + moves_.count(Move::take_up) > share; mine.pop_back()) {
        begin(mine.back(), Move::hand_over);
    }
}

bool Membership::hangs(PartitionId partition) const {
    const auto since = engine_.stuck_since(partition);
    return since && Steady::now() - *since >= options_.silence_max;
}

// A node may reach the others and not the log, or not its own disk. Where the log is silent for
// everybody, nobody decides, and each keeps what it has.
void Membership::hand_over_stuck(const ClusterView& view) {
    if (!another_decides(view)) {
        another_since_.reset();
        return;
    }
    if (!another_since_) another_since_ = Steady::now();
    auto stuck = led();
    std::erase_if(stuck, [this](PartitionId partition) { return !is_stuck(partition); });
    if (!stuck.empty()) let_go(stuck);
}

bool Membership::is_stuck(PartitionId partition) const {
    const auto now = Steady::now();
    const auto lasts = [&](const std::optional<Steady::time_point>& since) {
        return since && now - std::max(*since, *another_since_) >= options_.stuck_max;
    };
    return lasts(engine_.stuck_since(partition)) || (rests() && lasts(unreadable_since_));
}

// Partitions up to an equal share, and every duty that nobody does.
void Membership::take_leases(const ClusterView& view) {
    const std::size_t share = rests() && another_decides(view) ? 0 : fair_share(view);
    std::size_t mine = led().size() + moves_.count(Move::take_up);
    std::vector<std::string> wanted;
    for (std::uint32_t i = 0; i < engine_.partitions(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        if (leader(partition) || moving(partition)) continue;
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

// What moves is no reason to stand aside.
ClusterNode Membership::self() const {
    ClusterNode self{options_.node, options_.address, options_.decides && readable_, {}, {}};
    if (rests()) self.decides = false;
    for (std::uint32_t i = 0; i < engine_.partitions(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        self.places.push_back(engine_.durable_seq(partition));
        const bool has = engine_.leads(partition) || moving(partition);
        self.decides = self.decides && (has || can_lead(partition)) && !hangs(partition);
    }
    return self;
}

}  // namespace pakashop
