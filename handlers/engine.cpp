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
      durable_(log.partitions()) {
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
        const auto led = shard->lead(clock_.now());
        publish_place(*shard);
        if (led) continue;
        if (led.error() == LeadFailure::storage_low) {
            lost_lead(shard->partition(), led.error());
            continue;
        }
        const std::string where = "partition " + std::to_string(shard->partition()) + ": ";
        return unexpected{EngineFailure{led.error(), where + std::string{text_of(led.error())}}};
    }
    writer_ = std::thread{[this] { write_loop(); }};
    decider_ = std::thread{[this] { decide_loop(); }};
    return {};
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
        writer_stops_ = true;
    }
    wake_writer_.notify_one();
    if (writer_.joinable()) writer_.join();
}

void Engine::submit(Command command) {
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
        take_completion();
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
                return stopping_ || written_ || !inbox_.empty() || !tasks_.empty() ||
                       !local_.empty();
            });
            commands.swap(inbox_);
            tasks.swap(tasks_);
            const bool nothing_to_do = commands.empty() && tasks.empty() && local_.empty();
            if (stopping_ && nothing_to_do && !writing_ && !written_ && staged_ == 0) return;
        }
        take_completion();
        for (auto& task : tasks) task();
        decide_all(std::exchange(commands, {}));
        decide_local();
        tasks.clear();
        start_flush();
        tick();
    }
}

void Engine::take_completion() {
    std::vector<Shard*> shards;
    std::vector<AppendOutcome> outcomes;
    {
        const std::lock_guard lock{mutex_};
        if (!written_) return;
        shards.swap(flight_);
        outcomes.swap(outcomes_);
        written_ = false;
    }
    flushes_.fetch_add(1, std::memory_order_relaxed);
    for (std::size_t i = 0; i < shards.size(); ++i) settle(*shards[i], outcomes[i]);
    for (const auto& listener : flush_listeners_) listener();
}

void Engine::settle(Shard& shard, AppendOutcome outcome) {
    if (outcome == AppendOutcome::regressed) report_fatal("the log lost what it had acknowledged");
    const bool settled = shard.settle(outcome);
    const auto led = settled ? Result<void, LeadFailure>{} : shard.lead(clock_.now());
    publish_place(shard);
    if (led) return;
    lost_lead(shard.partition(), led.error());
    if (led.error() != LeadFailure::storage_low) report_fatal(std::string{text_of(led.error())});
}

void Engine::lost_lead(PartitionId partition, LeadFailure why) {
    const bool low = why == LeadFailure::storage_low;
    unled_[partition] = low ? Outcome::Kind::storage_low : Outcome::Kind::log_unavailable;
}

// What is staged counts against the queue, so that a slow disk sheds load instead of hoarding it.
void Engine::start_flush() {
    std::vector<Shard*> ready;
    std::size_t staged = 0;
    const bool idle = [&] {
        const std::lock_guard lock{mutex_};
        return !writing_ && !written_;
    }();
    for (const auto& shard : shards_) {
        staged += shard->staged_count();
        if (!idle || !shard->has_staged()) continue;
        shard->begin_flight();
        ready.push_back(shard.get());
    }
    staged_ = staged;
    {
        const std::lock_guard lock{mutex_};
        waiting_.store(inbox_.size() + staged_);
    }
    if (ready.empty()) return;
    const std::lock_guard lock{mutex_};
    flight_ = std::move(ready);
    writing_ = true;
    wake_writer_.notify_one();
}

void Engine::write_loop() {
    while (true) {
        {
            std::unique_lock lock{mutex_};
            wake_writer_.wait(lock, [&] { return writing_ || writer_stops_; });
            if (!writing_) return;
        }
        std::vector<PartitionBatch> batches;
        batches.reserve(flight_.size());
        for (Shard* shard : flight_) batches.push_back(shard->encode_flight());
        auto outcomes = log_.append(batches);
        const std::lock_guard lock{mutex_};
        outcomes_ = std::move(outcomes);
        writing_ = false;
        written_ = true;
        wake_engine_.notify_one();
    }
}

void Engine::tick() {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_tick_ < tick_every) return;
    last_tick_ = now;
    for (const OnTick& ticker : tickers_) ticker();
    if (now - last_lead_ < lead_again_every) return;
    last_lead_ = now;
    try_to_lead_again();
}

// Only while the writer rests: the log takes one append at a time.
void Engine::try_to_lead_again() {
    {
        const std::lock_guard lock{mutex_};
        if (writing_ || written_) return;
    }
    for (const auto& shard : shards_) {
        if (!unled_[shard->partition()] || shard->halted()) continue;
        if (!shard->lead(clock_.now())) continue;
        unled_[shard->partition()].reset();
        publish_place(*shard);
    }
}

void Engine::publish_place(const Shard& shard) {
    durable_[shard.partition()].store(shard.admission().place().seq);
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
