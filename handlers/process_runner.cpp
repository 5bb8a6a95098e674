#include "handlers/process_runner.hpp"

#include "handlers/process_place.hpp"
#include "handlers/processes/processes.hpp"
#include "handlers/stream_loader.hpp"

namespace pakashop {
namespace {

constexpr int ticks_per_checkpoint = 10;

const Actor processes{"processes", "SYSTEM", "process"};

std::string target_of(PartitionId source, const std::string& key) {
    return std::to_string(source) + ">" + key;
}

}  // namespace

ProcessRunner::ProcessRunner(Engine& engine) : engine_{engine}, sources_(engine.partitions()) {}

void ProcessRunner::attach() {
    engine_.on_commit([this](const auto& commit) {
        if (sources_[commit->partition].acting) take(*commit);
    });
    engine_.on_tick([this] { tick(); });
}

// Commits made after this come through the listener; those before it are read here.
void ProcessRunner::resume(PartitionId partition) {
    sources_[partition].acting = true;
    try {
        read_unacknowledged(partition);
    } catch (const CorruptStream&) {
        engine_.halt(partition);
    }
}

void ProcessRunner::resume_all() {
    engine_.post([this] {
        for (std::size_t i = 0; i < sources_.size(); ++i) resume(static_cast<PartitionId>(i));
    });
}

// Replies to what was sent find nothing that waits for them.
void ProcessRunner::stop(PartitionId partition) {
    std::size_t dropped = 0;
    std::erase_if(targets_, [&](const auto& target) {
        const bool of_it = target.second.front().source == partition;
        if (of_it) dropped += target.second.size();
        return of_it;
    });
    outstanding_.fetch_sub(dropped, std::memory_order_relaxed);
    sources_[partition] = Source{};
    tell_waiters();
}

void ProcessRunner::read_unacknowledged(PartitionId partition) {
    Source& source = sources_[partition];
    source.seen = source.checkpointed = process_place(engine_.store(), partition);
    const std::uint64_t end = engine_.store().state(partition).place.seq;
    for (std::uint64_t seq = source.seen; seq < end; ++seq) {
        const auto bytes = engine_.store().record(partition, seq);
        const auto record = bytes ? decode_record(*bytes) : unexpected{RecordError::truncated};
        if (!record) throw CorruptStream{"a record of the log cannot be read"};
        if (const auto commit = to_commit(record->record, record->hash)) take(*commit);
    }
    source.seen = std::max(source.seen, end);
}

void ProcessRunner::take(const Commit& commit) {
    Source& source = sources_[commit.partition];
    if (commit.seq < source.seen) return;
    source.seen = commit.seq + 1;
    for (const CommittedEvent& event : commit.events) {
        auto commands = run_processes(event.event, event.stream, commit.at);
        for (std::size_t i = 0; i < commands.size(); ++i) {
            const std::string event_hex = to_hex(event.id);
            const std::string what = std::to_string(i) + ":" + commands[i].to.stream;
            const std::string target = target_of(commit.partition, commands[i].key);
            Job job{
                commit.partition,
                commit.seq,
                derived_command_id("process", event_hex, what),
                std::move(commands[i]),
                {event_hex, commit.trace.correlation, commit.trace.traceparent}
            };
            ++source.open[commit.seq];
            outstanding_.fetch_add(1, std::memory_order_relaxed);
            auto& queue = targets_[target];
            queue.push_back(std::move(job));
            if (queue.size() == 1) send_next(target);
        }
    }
}

void ProcessRunner::send_next(const std::string& target) {
    const auto queue = targets_.find(target);
    if (queue == targets_.end() || queue->second.empty()) return;
    const Job& job = queue->second.front();
    Command command;
    command.id = job.id;
    command.fingerprint = sha256(job.command.to.stream);
    command.key = job.command.key;
    command.to = job.command.to;
    command.actor = processes;
    command.trace = job.trace;
    command.now = engine_.clock().now();
    command.reply = [this, target, id = job.id](const Outcome& outcome) {
        acknowledged(target, id, outcome);
    };
    engine_.submit_here(std::move(command));
}

// "Refused" counts as done, because a process's commands are total: the target knows better.
void ProcessRunner::acknowledged(
    const std::string& target,
    const CommandId& id,
    const Outcome& outcome
) {
    using Kind = Outcome::Kind;
    const auto queue = targets_.find(target);
    if (queue == targets_.end() || queue->second.front().id != id) return;
    const bool done = outcome.kind == Kind::committed || outcome.kind == Kind::refused ||
                      outcome.kind == Kind::key_reused;
    if (!done) {
        retry_.push_back(target);
        return;
    }
    const Job job = std::move(queue->second.front());
    queue->second.pop_front();
    Source& source = sources_[job.source];
    const bool last = --source.open[job.seq] == 0;
    if (last) source.open.erase(job.seq);
    outstanding_.fetch_sub(1, std::memory_order_relaxed);
    if (queue->second.empty()) {
        targets_.erase(queue);
    } else {
        send_next(target);
    }
    if (last) tell_waiters();
}

void ProcessRunner::when_acted(
    std::chrono::steady_clock::time_point deadline,
    std::function<void(bool)> done
) {
    engine_.post([this, deadline, done = std::move(done)]() mutable {
        Waiter waiter{{}, deadline, std::move(done)};
        for (const Source& source : sources_) {
            waiter.until.push_back(source.open.empty() ? 0 : source.open.rbegin()->first + 1);
        }
        waiters_.push_back(std::move(waiter));
        tell_waiters();
    });
}

bool ProcessRunner::acted(const Waiter& waiter) const {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        const auto& open = sources_[i].open;
        if (!open.empty() && open.begin()->first < waiter.until[i]) return false;
    }
    return true;
}

void ProcessRunner::tell_waiters() {
    if (waiters_.empty()) return;
    const auto now = std::chrono::steady_clock::now();
    for (Waiter& waiter : std::exchange(waiters_, {})) {
        if (acted(waiter)) {
            waiter.done(true);
        } else if (now >= waiter.deadline) {
            waiter.done(false);
        } else {
            waiters_.push_back(std::move(waiter));
        }
    }
}

void ProcessRunner::tick() {
    tell_waiters();
    for (const std::string& target : std::exchange(retry_, {})) send_next(target);
    if (++ticks_ % ticks_per_checkpoint != 0) return;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        if (sources_[i].acting) checkpoint(static_cast<PartitionId>(i), sources_[i]);
    }
}

// Only a place that has passed a commit is worth a record: a checkpoint moves `seen` on by itself.
void ProcessRunner::checkpoint(PartitionId partition, Source& source) {
    const std::uint64_t place = source.place();
    if (place == source.checkpointed) return;
    source.checkpointed = place;
    engine_.checkpoint(partition, encode_process_place(place), process_place_snapshot(place));
}

}  // namespace pakashop
