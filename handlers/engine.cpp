#include "handlers/engine.hpp"

#include <algorithm>

#include <openssl/rand.h>

namespace pakashop {
namespace {

constexpr std::size_t decided_at_once = 16;
constexpr auto tick_every = std::chrono::milliseconds{100};
constexpr auto lead_again_every = std::chrono::seconds{1};

NodeId fresh_node() {
    NodeId id;
    require(RAND_bytes(id.data(), static_cast<int>(id.size())) == 1, "randomness is available");
    return id;
}

std::string_view text_of(LeadFailure why) {
    switch (why) {
        case LeadFailure::log_unavailable:
            return "the log cannot be written";
        case LeadFailure::storage_low:
            return "too little space is left for the log";
        case LeadFailure::moved:
            return "the log was moved and is sealed";
        case LeadFailure::damaged:
            break;
    }
    return "the log is damaged";
}

}  // namespace

Engine::Engine(Log& log, Store& store, Vault& vault, const Clock& clock, EngineOptions options)
    : log_{log},
      store_{store},
      clock_{clock},
      options_{std::move(options)},
      leads_(log.partitions()),
      durable_(log.partitions()),
      away_(log.partitions()) {
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

Result<void, EngineFailure> Engine::lead_now(PartitionId partition) {
    Shard& shard = *shards_[partition];
    const auto led = shard.lead(clock_.now());
    publish_place(shard);
    if (!led && led.error() != LeadFailure::storage_low) {
        const std::string where = "partition " + std::to_string(partition) + ": ";
        return unexpected{EngineFailure{led.error(), where + std::string{text_of(led.error())}}};
    }
    unled_[partition].reset();
    if (!led) lost_lead(partition, led.error());
    leads_[partition] = true;
    return {};
}

void Engine::lead(PartitionId partition, std::function<void(Result<void, EngineFailure>)> done) {
    alone_.push_back([this, partition, done = std::move(done)] { done(lead_now(partition)); });
}

void Engine::stop_leading(PartitionId partition) {
    leads_[partition] = false;
    unled_[partition] = Outcome::Kind::not_leading;
    away_[partition] = false;
}

// The next leader waits for nothing then; should the record fail, it finds out by itself.
void Engine::resign(PartitionId partition, std::function<void()> done) {
    const bool led = !unled_[partition];
    stop_leading(partition);
    alone_.push_back([this, partition, led, done = std::move(done)] {
        Shard& shard = *shards_[partition];
        for (Command& command : shard.withdraw()) forward(std::move(command));
        if (led) shard.resign(clock_.now());
        done();
    });
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

void Engine::settle(Shard& shard, AppendOutcome outcome) {
    if (outcome == AppendOutcome::regressed) {
        report_damage(shard.partition(), "the log lost what it had acknowledged");
    }
    const bool settled = shard.settle(outcome);
    if (!settled && !options_.may_lead(shard.partition())) {
        deposed(shard);
        return;
    }
    const auto led = settled ? Result<void, LeadFailure>{} : lead_after_failure(shard);
    publish_place(shard);
    if (led) return;
    lost_lead(shard.partition(), led.error());
    if (led.error() == LeadFailure::storage_low) return;
    const std::string text{text_of(led.error())};
    if (led.error() == LeadFailure::damaged) {
        report_damage(shard.partition(), text);
    } else if (log_.exclusive() || led.error() == LeadFailure::moved) {
        report_fatal(text);
    }
}

// A shared log may be away: it is asked beside this thread, and what is under way waits for that.
Result<void, LeadFailure> Engine::lead_after_failure(Shard& shard) {
    if (log_.exclusive()) return shard.lead(clock_.now());
    if (!probe_.valid()) (void)log_answers(shard.partition());
    return unexpected{LeadFailure::log_unavailable};
}

void Engine::lost_lead(PartitionId partition, LeadFailure why) {
    switch (why) {
        case LeadFailure::log_unavailable:
        case LeadFailure::moved:
            unled_[partition] = Outcome::Kind::log_unavailable;
            away_[partition] = some_away_ = true;
            return;
        case LeadFailure::storage_low:
            unled_[partition] = Outcome::Kind::storage_low;
            break;
        case LeadFailure::damaged:
            unled_[partition] = Outcome::Kind::halted;
            break;
    }
    away_[partition] = false;
}

// Somebody else leads now, as far as anybody can tell: what waits is for them to decide.
void Engine::deposed(Shard& shard) {
    stop_leading(shard.partition());
    for (Command& command : shard.withdraw()) forward(std::move(command));
    if (options_.on_deposed) options_.on_deposed(shard.partition());
}

void Engine::resign_all() {
    for (const auto& shard : shards_) {
        const PartitionId partition = shard->partition();
        shard->give_up(Outcome::Kind::not_leading);
        if (leads_[partition] && !unled_[partition]) shard->resign(clock_.now());
        leads_[partition] = false;
    }
}

void Engine::tick() {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_tick_ < tick_every) return;
    last_tick_ = now;
    for (const OnTick& ticker : tickers_) ticker();
    const bool due = now - last_lead_ >= lead_again_every || probe_.valid();
    if (!due || !alone_.empty()) return;
    // Leading again needs the log for itself, as in settle_failures.
    alone_.push_back([this] { try_to_lead_again(); });
    run_alone();
}

// Asking a log that is away takes seconds; commands do not wait for that.
bool Engine::log_answers(PartitionId partition) {
    if (!probe_.valid()) {
        const auto ask = [this, partition] { return log_.end(partition).has_value(); };
        probe_ = std::async(std::launch::async, ask);
    }
    const bool known = probe_.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
    return known && probe_.get();
}

// Where one partition's log cannot be led the others' is tried in the next round.
void Engine::try_to_lead_again() {
    bool answers = log_.exclusive();
    bool silent = false;
    for (const auto& shard : shards_) {
        const PartitionId partition = shard->partition();
        if (!leads_[partition] || !unled_[partition] || shard->halted()) continue;
        if (!options_.may_lead(partition)) {
            deposed(*shard);
            continue;
        }
        if (!answers && !silent) {
            answers = log_answers(partition);
            silent = !answers && !probe_.valid();
            if (!answers && !silent) break;  // It is being asked.
        }
        if (silent) {
            shard->give_up(Outcome::Kind::log_unavailable);
            continue;
        }
        if (!shard->lead(clock_.now())) break;
        unled_[partition].reset();
        away_[partition] = false;
        publish_place(*shard);
    }
    some_away_ = std::ranges::any_of(away_, [](const auto& away) { return away.load(); });
    last_lead_ = std::chrono::steady_clock::now();
}

void Engine::publish_place(const Shard& shard) {
    durable_[shard.partition()].store(shard.admission().place().seq);
}

// On a log of its own a process cannot go on; of a shared one the other partitions may be sound.
void Engine::report_damage(PartitionId partition, std::string reason) {
    if (log_.exclusive()) {
        report_fatal(std::move(reason));
    } else if (options_.on_frozen) {
        options_.on_frozen(partition, std::move(reason));
    }
}

void Engine::report_fatal(std::string reason) {
    if (on_fatal_) on_fatal_(std::move(reason));
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
    return out;
}

}  // namespace pakashop
