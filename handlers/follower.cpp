#include "handlers/follower.hpp"

#include <algorithm>
#include <future>
#include <utility>

namespace pakashop {
namespace {

constexpr std::size_t read_bytes = 1024uz * 1024;
constexpr std::chrono::milliseconds idle_pause{20};
constexpr std::chrono::milliseconds away_pause{500};
// For what is under way to this node: its own records' acknowledgements, or the news that another
// node wrote some of them.
constexpr std::chrono::microseconds arrival_pause{500};
constexpr std::chrono::seconds arrival_patience{2};
constexpr std::chrono::milliseconds doubt_after{50};

}  // namespace

Follower::Follower(Engine& engine, Log& log)
    : engine_{engine}, log_{log}, sources_(engine.partitions()) {}

void Follower::start() {
    for (std::uint32_t i = 0; i < engine_.partitions(); ++i) follow(static_cast<PartitionId>(i));
    thread_ = std::thread{[this] { run(); }};
}

void Follower::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
    tell(std::exchange(waiters_, {}), false);
}

void Follower::follow(PartitionId partition) {
    if (follows(partition)) return;
    const std::uint64_t place = place_of(partition);
    const std::lock_guard lock{mutex_};
    sources_[partition] = {Standing::behind, place};
    wake_.notify_one();
}

std::uint64_t Follower::place_of(PartitionId partition) {
    std::promise<std::uint64_t> place;
    engine_.post([&] { place.set_value(engine_.shard(partition).next_offset()); });
    return place.get_future().get();
}

void Follower::leave(PartitionId partition) {
    std::unique_lock lock{mutex_};
    turn_ended_.wait(lock, [&] { return turn_ != partition; });
    sources_[partition].standing = Standing::left;
}

bool Follower::follows(PartitionId partition) const {
    const std::lock_guard lock{mutex_};
    return sources_[partition].standing != Standing::left;
}

bool Follower::caught_up(PartitionId partition) const {
    const std::lock_guard lock{mutex_};
    return sources_[partition].standing == Standing::caught_up;
}

void Follower::when_fresh(std::function<void(bool)> done) {
    {
        const std::lock_guard lock{mutex_};
        if (!stopping_ && !away_) {
            waiters_.push_back(std::move(done));
            wake_.notify_one();
            return;
        }
    }
    done(false);
}

void Follower::tell(const Waiters& waiters, bool fresh) {
    for (const auto& done : waiters) done(fresh);
}

void Follower::pause(std::chrono::milliseconds time) {
    std::unique_lock lock{mutex_};
    wake_.wait_for(lock, time, [this] { return stopping_ || !waiters_.empty(); });
}

// Whoever asked before a round began is told at its end.
void Follower::run() {
    while (true) {
        Waiters asked;
        {
            const std::lock_guard lock{mutex_};
            if (stopping_) return;
            asked.swap(waiters_);
        }
        bool fresh = false;
        const bool read = asked.empty() ? follow_all() : follow_up_to_now(fresh);
        note_whether_away(!read);
        tell(asked, fresh);
        pause(read ? idle_pause : away_pause);
    }
}

// Nobody begins to wait for a log that is away; those who came during the round are told with it.
void Follower::note_whether_away(bool away) {
    Waiters late;
    {
        const std::lock_guard lock{mutex_};
        away_ = away;
        if (away) late.swap(waiters_);
    }
    tell(late, false);
}

// False when the log cannot be read now. One that was away is back once it tells all of its ends.
bool Follower::follow_all() {
    const auto followed = followed_partitions();
    return follow_each(followed) && (!away_ || log_.ends(every_partition()).has_value());
}

// The same; `fresh` once this node has taken all that the log held when it was asked, also of what
// it leads: others may have written there, and it has not heard of it.
bool Follower::follow_up_to_now(bool& fresh) {
    const auto ends = log_.ends(every_partition());
    const auto began = std::chrono::steady_clock::now();
    bool doubted = false;
    while (true) {
        const bool read = follow_each(followed_partitions());
        if (!ends || !read) return false;
        fresh = has_taken(*ends);
        const auto waited = std::chrono::steady_clock::now() - began;
        if (fresh || waited > arrival_patience) return true;
        if (waited > doubt_after && !std::exchange(doubted, true)) doubt_leads(*ends);
        std::unique_lock lock{mutex_};
        if (wake_.wait_for(lock, arrival_pause, [this] { return stopping_; })) return true;
    }
}

// Somebody else wrote where this node leads: the next record of its own would tell, but there may
// be none for long.
void Follower::doubt_leads(const std::vector<std::uint64_t>& ends) {
    for (std::size_t i = 0; i < ends.size(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        if (!engine_.leads(partition) || engine_.next_offset(partition) >= ends[i]) continue;
        engine_.post([this, partition] { engine_.prove_lead(partition); });
    }
}

bool Follower::has_taken(const std::vector<std::uint64_t>& ends) const {
    for (std::size_t i = 0; i < ends.size(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        const bool taken = engine_.next_offset(partition) >= ends[i];
        if (!taken && !engine_.shard(partition).halted()) return false;
    }
    return true;
}

// Reading what is away takes its time, so it ends the round; the next one begins behind it.
bool Follower::follow_each(const std::vector<PartitionId>& followed) {
    const std::size_t first = first_;
    for (std::size_t i = 0; i < followed.size(); ++i) {
        const std::size_t place = (first + i) % followed.size();
        if (follow_to_end(followed[place])) continue;
        first_ = place + 1;
        return false;
    }
    return true;
}

bool Follower::follow_to_end(PartitionId partition) {
    while (true) {
        const auto some = take_next(partition);
        if (!some) return false;
        if (!*some) return true;
    }
}

std::vector<PartitionId> Follower::every_partition() const {
    std::vector<PartitionId> out;
    for (std::size_t i = 0; i < sources_.size(); ++i) out.push_back(static_cast<PartitionId>(i));
    return out;
}

std::vector<PartitionId> Follower::followed_partitions() const {
    std::vector<PartitionId> out;
    const std::lock_guard lock{mutex_};
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        if (sources_[i].standing != Standing::left) out.push_back(static_cast<PartitionId>(i));
    }
    return out;
}

// Whether there was something; nothing when the log cannot be read now.
std::optional<bool> Follower::take_next(PartitionId partition) {
    const auto offset = begin_turn(partition);
    if (!offset) return false;
    const auto entries = log_.read(partition, *offset, read_bytes);
    if (!entries && entries.error() == LogFailure::unavailable) {
        end_turn(partition, Standing::behind);
        return std::nullopt;
    }
    if (!entries || !hand_over(partition, *entries)) {
        end_turn(partition, Standing::left);
        engine_.post([this, partition] { engine_.freeze(partition, "the log cannot be followed"); }
        );
        return false;
    }
    end_turn(partition, entries->empty() ? Standing::caught_up : Standing::behind);
    return !entries->empty();
}

std::optional<std::uint64_t> Follower::begin_turn(PartitionId partition) {
    const std::lock_guard lock{mutex_};
    if (stopping_ || sources_[partition].standing == Standing::left) return std::nullopt;
    turn_ = partition;
    return sources_[partition].next;
}

// Who has reached the end once is as good as there: a lag of one batch is no reason to start anew.
void Follower::end_turn(PartitionId partition, Standing standing) {
    const std::lock_guard lock{mutex_};
    Standing& now = sources_[partition].standing;
    if (standing != Standing::behind || now != Standing::caught_up) now = standing;
    turn_.reset();
    turn_ended_.notify_all();
}

bool Follower::hand_over(PartitionId partition, std::span<const LogEntry> entries) {
    if (entries.empty()) return true;
    std::promise<bool> followed;
    engine_.post([&] { followed.set_value(engine_.follow(partition, entries).has_value()); });
    const bool good = followed.get_future().get();
    const std::lock_guard lock{mutex_};
    sources_[partition].next = entries.back().offset + 1;
    return good;
}

}  // namespace pakashop
