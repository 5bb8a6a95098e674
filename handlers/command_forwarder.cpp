#include "handlers/command_forwarder.hpp"

#include <algorithm>
#include <memory>

#include "handlers/command_codec.hpp"

namespace pakashop {
namespace {

using SteadyClock = std::chrono::steady_clock;

const Outcome nobody_leads{.kind = Outcome::Kind::not_leading};

}  // namespace

CommandForwarder::CommandForwarder(
    Engine& engine,
    Follower& follower,
    FindLeader find_leader,
    Send send,
    CommandForwarderOptions options
)
    : engine_{engine},
      follower_{follower},
      find_leader_{std::move(find_leader)},
      send_{std::move(send)},
      options_{options},
      lines_(engine.partitions()) {}

void CommandForwarder::start() {
    for (std::size_t i = 0; i < options_.threads; ++i) {
        threads_.emplace_back([this] { run(); });
    }
}

void CommandForwarder::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    for (Line& line : lines_) {
        const auto waiting = std::exchange(line.waiting, {});
        give_back({waiting.begin(), waiting.end()});
    }
    std::unique_lock lock{mutex_};
    all_answered_.wait(lock, [this] { return held_ == 0; });
}

// A try that was lost may have been committed, so an id that was fresh is no longer.
void CommandForwarder::take(Command command) {
    const PartitionId partition = engine_.partition_of_key(command.key);
    command.fresh = false;
    Outcome refused = nobody_leads;
    {
        const std::lock_guard lock{mutex_};
        const bool room = held_ < options_.queue_max;
        if (room && !stopping_) {
            const auto give_up_at = SteadyClock::now() + options_.patience;
            lines_[partition].waiting.push_back({std::move(command), give_up_at});
            ++held_;
            wake_.notify_one();
            return;
        }
        if (!room) refused.kind = Outcome::Kind::overloaded;
    }
    command.reply(refused);
}

void CommandForwarder::run() {
    while (auto load = next_load()) {
        const std::string to = load->to;
        carry(*std::move(load));
        arrived(to);
    }
}

void CommandForwarder::arrived(const std::string& at) {
    const std::lock_guard lock{mutex_};
    --travelling_[at];
    wake_.notify_one();
}

// Nothing once it stops.
std::optional<CommandForwarder::Load> CommandForwarder::next_load() {
    std::unique_lock lock{mutex_};
    while (!stopping_) {
        if (auto load = load_what_may_go()) return load;
        if (held_ == 0) {
            wake_.wait(lock);
        } else {
            wake_.wait_for(lock, options_.again_after);
        }
    }
    return std::nullopt;
}

// With the mutex held. The partitions have their turns, and a node that hangs keeps half of the
// threads for the others.
std::optional<CommandForwarder::Load> CommandForwarder::load_what_may_go() {
    const auto now = SteadyClock::now();
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const std::size_t number = next_line_++ % lines_.size();
        Line& line = lines_[number];
        if (line.waiting.empty() || now < line.not_before) continue;
        const auto partition = static_cast<PartitionId>(number);
        const auto leader = find_leader_(partition);
        Load load{partition, leader ? leader->address : "", {}};
        std::size_t& travelling = travelling_[load.to];
        if (travelling >= std::max<std::size_t>(1, options_.threads / 2)) continue;
        ++travelling;
        while (!line.waiting.empty() && load.parcels.size() < options_.batch_max) {
            load.parcels.push_back(std::move(line.waiting.front()));
            line.waiting.pop_front();
        }
        return load;
    }
    return std::nullopt;
}

void CommandForwarder::carry(Load load) {
    if (engine_.leads(load.partition)) {
        for (Parcel& parcel : load.parcels) engine_.submit(std::move(parcel.command));
        return release(load.parcels.size());
    }
    const auto outcomes = ask_leader(load);
    if (!outcomes) return put_back(load.partition, std::move(load.parcels));
    Parcels answered;
    Parcels unled;
    std::vector<Outcome> answers;
    for (std::size_t i = 0; i < outcomes->size(); ++i) {
        const bool led = (*outcomes)[i].kind != Outcome::Kind::not_leading;
        (led ? answered : unled).push_back(std::move(load.parcels[i]));
        if (led) answers.push_back((*outcomes)[i]);
    }
    if (!answered.empty()) answer(load.partition, std::move(answered), std::move(answers));
    if (!unled.empty()) put_back(load.partition, std::move(unled));
}

// One outcome for each command, or nothing.
std::optional<std::vector<Outcome>> CommandForwarder::ask_leader(const Load& load) const {
    if (load.to.empty()) return std::nullopt;
    std::vector<Command> commands;
    commands.reserve(load.parcels.size());
    for (const Parcel& parcel : load.parcels) commands.push_back(parcel.command);
    const auto reply = send_(load.to, encode_commands(commands));
    auto outcomes = reply ? decode_outcomes(*reply) : std::nullopt;
    if (!outcomes || outcomes->size() != commands.size()) return std::nullopt;
    return outcomes;
}

bool CommandForwarder::known_here(PartitionId partition, const Outcome& outcome) const {
    return !outcome.commit || outcome.commit->seq < engine_.durable_seq(partition);
}

void CommandForwarder::answer(
    PartitionId partition,
    Parcels parcels,
    std::vector<Outcome> outcomes
) {
    const auto known = [&](const Outcome& outcome) { return known_here(partition, outcome); };
    if (std::ranges::all_of(outcomes, known)) {
        return settle(partition, std::move(parcels), outcomes);
    }
    auto tell = [=, this, parcels = std::move(parcels), outcomes = std::move(outcomes)](bool) {
        settle(partition, parcels, outcomes);
    };
    follower_.when_fresh(std::move(tell));
}

// Whoever is answered reads here what it came to. Where this node cannot tell that yet, the leader
// is asked again, which changes nothing.
void CommandForwarder::settle(
    PartitionId partition,
    Parcels parcels,
    const std::vector<Outcome>& outcomes
) {
    Parcels unknown;
    for (std::size_t i = 0; i < parcels.size(); ++i) {
        if (known_here(partition, outcomes[i])) {
            parcels[i].command.reply(outcomes[i]);
        } else {
            unknown.push_back(std::move(parcels[i]));
        }
    }
    release(parcels.size() - unknown.size());
    if (unknown.empty()) return;
    // Of a partition that is frozen here this node will never know.
    if (engine_.shard(partition).halted()) return give_back(unknown);
    put_back(partition, std::move(unknown));
}

void CommandForwarder::release(std::size_t answered) {
    const std::lock_guard lock{mutex_};
    held_ -= answered;
    all_answered_.notify_all();
}

void CommandForwarder::put_back(PartitionId partition, Parcels parcels) {
    const auto now = SteadyClock::now();
    Parcels late;
    {
        const std::lock_guard lock{mutex_};
        Line& line = lines_[partition];
        line.not_before = now + options_.again_after;
        for (auto parcel = parcels.rbegin(); parcel != parcels.rend(); ++parcel) {
            if (stopping_ || now >= parcel->give_up_at) {
                late.push_back(std::move(*parcel));
            } else {
                line.waiting.push_front(std::move(*parcel));
            }
        }
    }
    give_back(late);
}

void CommandForwarder::give_back(const Parcels& parcels) {
    for (const Parcel& parcel : parcels) parcel.command.reply(nobody_leads);
    release(parcels.size());
}

}  // namespace pakashop
