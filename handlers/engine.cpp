#include "handlers/engine.hpp"

#include <algorithm>

#include <openssl/rand.h>

namespace pakashop {
namespace {

constexpr std::size_t decided_at_once = 24;
constexpr auto tick_every = std::chrono::milliseconds{100};

NodeId fresh_node() {
    NodeId id;
    require(RAND_bytes(id.data(), static_cast<int>(id.size())) == 1, "randomness is available");
    return id;
}

}  // namespace

Engine::Engine(Log& log, Store& store, Vault& vault, const Clock& clock, EngineOptions options)
    : log_{log},
      store_{store},
      clock_{clock},
      options_{std::move(options)},
      leads_(log.partitions()),
      durable_(log.partitions()),
      offsets_(log.partitions()),
      away_(log.partitions()),
      stuck_since_(log.partitions()) {
    const NodeId node = fresh_node();
    const auto heard = [this](const std::shared_ptr<const Commit>& commit) {
        durable_[commit->partition].store(commit->seq + 1);
        count(*commit);
        for (const OnCommit& listener : listeners_) listener(commit);
    };
    for (std::uint32_t i = 0; i < log.partitions(); ++i) {
        shards_.push_back(std::make_unique<Shard>(
            static_cast<PartitionId>(i), log, store, vault, node, options_.shard, heard
        ));
    }
    unled_.resize(shards_.size());
}

Engine::~Engine() { stop(); }

void Engine::on_commit(OnCommit listener) { listeners_.push_back(std::move(listener)); }
void Engine::on_flush(std::function<void()> listener) {
    flush_listeners_.push_back(std::move(listener));
}
void Engine::on_tick(OnTick listener) { tickers_.push_back(std::move(listener)); }
void Engine::on_fatal(std::function<void(std::string)> listener) {
    on_fatal_ = std::move(listener);
}

Result<void, EngineFailure> Engine::start() {
    for (const auto& shard : shards_) {
        publish_place(*shard);
        if (options_.standby) {
            unled_[shard->partition()] = Outcome::Kind::not_leading;
        } else if (auto led = lead_now(shard->partition()); !led) {
            return led;
        }
    }
    writer_ = std::thread{[this] { write_loop(); }};
    syncer_ = std::thread{[this] { sync_loop(); }};
    decider_ = std::thread{[this] { decide_loop(); }};
    return {};
}

// While something waits here no batch begins, so it is not long.
void Engine::run_alone() {
    if (under_way_ > 0) return;
    for (const auto& task : std::exchange(alone_, {})) task();
}

Result<void, LeadFailure> Engine::follow(PartitionId partition, std::span<const LogEntry> entries) {
    Shard& shard = *shards_[partition];
    auto followed = shard.follow(entries);
    publish_place(shard);
    for (const auto& listener : flush_listeners_) listener();
    return followed;
}

void Engine::stop() {
    {
        const std::lock_guard lock{mutex_};
        if (stopping_) return;
        stopping_ = true;
    }
    wake_engine_.notify_one();
    if (decider_.joinable()) decider_.join();
    {
        const std::lock_guard lock{mutex_};
        writers_stop_ = true;
    }
    wake_writer_.notify_one();
    wake_syncer_.notify_one();
    if (writer_.joinable()) writer_.join();
    if (syncer_.joinable()) syncer_.join();
    if (!log_.exclusive()) resign_all();
}

void Engine::submit(Command command) {
    const PartitionId partition = partition_of_key(command.key);
    if (!leads_[partition]) return forward(std::move(command));
    // The engine may be waiting for the log right now; nobody else needs to.
    if (some_away_ && away_[partition]) {
        command.reply({.kind = Outcome::Kind::log_unavailable});
        return;
    }
    {
        const std::lock_guard lock{mutex_};
        if (takes_more()) {
            inbox_.push_back(std::move(command));
            waiting_.fetch_add(1);
            if (inbox_.size() == 1) wake_engine_.notify_one();
            return;
        }
    }
    overloads_.fetch_add(1, std::memory_order_relaxed);
    command.reply({.kind = Outcome::Kind::overloaded});
}

// Whoever answers it does so on a thread of its own.
void Engine::forward(Command command) {
    if (!options_.forward || command.forwarded) {
        command.reply({.kind = Outcome::Kind::not_leading});
        return;
    }
    command.reply = [this, reply = std::move(command.reply)](const Outcome& outcome) {
        post([reply, outcome] { reply(outcome); });
    };
    options_.forward(std::move(command));
}

bool Engine::admits() {
    {
        const std::lock_guard lock{mutex_};
        if (takes_more()) return true;
    }
    overloads_.fetch_add(1, std::memory_order_relaxed);
    return false;
}

bool Engine::takes_more() const { return !stopping_ && waiting_.load() < options_.queue_max; }

std::optional<std::chrono::steady_clock::time_point> Engine::stuck_since(PartitionId partition
) const {
    const auto since = stuck_since_[partition].load();
    if (since == never) return std::nullopt;
    return since;
}

void Engine::post(std::function<void()> task) {
    const std::lock_guard lock{mutex_};
    tasks_.push_back(std::move(task));
    wake_engine_.notify_one();
}

void Engine::decide(Command command) {
    if (clock_.now() > command.deadline) {
        command.reply({.kind = Outcome::Kind::overloaded});
        return;
    }
    const PartitionId partition = partition_of_key(command.key);
    if (!leads_[partition]) return forward(std::move(command));
    if (unled_[partition]) {
        command.reply({.kind = *unled_[partition]});
        return;
    }
    shards_[partition]->submit(std::move(command));
}

// The log is not kept waiting for the end of a long queue.
void Engine::decide_all(std::vector<Command> commands) {
    std::size_t decided = 0;
    for (Command& command : commands) {
        decide(std::move(command));
        if (++decided % decided_at_once != 0) continue;
        take_completions();
        decide_local();
        start_flush();
    }
}

// Replies to these may bring more of them.
void Engine::decide_local() {
    std::vector<Command> commands;
    while (!local_.empty()) {
        commands.swap(local_);
        for (Command& command : commands) decide(std::move(command));
        commands.clear();
    }
}

void Engine::checkpoint(PartitionId partition, std::string body, Snapshot snapshot) {
    if (unled_[partition]) return;
    shards_[partition]->checkpoint(std::move(body), std::move(snapshot), clock_.now());
}

void Engine::prove_lead(PartitionId partition) {
    if (!unled_[partition]) shards_[partition]->prove_lead(clock_.now());
}

void Engine::decide_loop() {
    std::vector<Command> commands;
    std::vector<std::function<void()>> tasks;
    while (true) {
        {
            std::unique_lock lock{mutex_};
            wake_engine_.wait_for(lock, tick_every, [&] {
                return stopping_ || !answered_.empty() || !inbox_.empty() || !tasks_.empty() ||
                       !local_.empty();
            });
            commands.swap(inbox_);
            tasks.swap(tasks_);
            const bool nothing_to_do =
                commands.empty() && tasks.empty() && local_.empty() && alone_.empty();
            if (stopping_ && nothing_to_do && under_way_ == 0 && staged_ == 0) return;
        }
        take_completions();
        for (auto& task : tasks) task();
        decide_all(std::exchange(commands, {}));
        decide_local();
        tasks.clear();
        run_alone();
        start_flush();
        tick();
    }
}

void Engine::tick() {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_tick_ < tick_every) return;
    last_tick_ = now;
    for (const OnTick& ticker : tickers_) ticker();
    lead_again_if_due();
}

void Engine::count(const Commit& commit) {
    commits_.fetch_add(1, std::memory_order_relaxed);
    events_.fetch_add(commit.events.size(), std::memory_order_relaxed);
}

Engine::Figures Engine::figures() const {
    Figures out;
    out.commits = commits_.load();
    out.events = events_.load();
    out.flushes = flushes_.load();
    out.refusals_overload = overloads_.load();
    out.queued = waiting_.load();
    for (const auto& shard : shards_) out.halted_partitions += shard->halted();
    for (const auto& place : durable_) out.places.push_back(place.load());
    return out;
}

}  // namespace pakashop
