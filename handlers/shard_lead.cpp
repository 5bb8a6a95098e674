#include <algorithm>

#include "handlers/shard.hpp"

namespace pakashop {
namespace {

constexpr std::size_t read_bytes = 1024uz * 1024;
constexpr int announcements_max = 8;

}  // namespace

// Forgets the records and the states they led to; the commands that wait for them go on.
void Shard::drop(std::vector<std::shared_ptr<Staged>> list, std::vector<Command>& commands) {
    for (const auto& staged : list) {
        for (const RecordedEvent& event : staged->record.events) streams_.evict(event.stream);
        pending_.remove(staged->record);
        under_way_.erase(staged->record.command);
        for (Waiting& one : staged->waiting) commands.push_back(std::move(one.command));
    }
}

std::vector<Command> Shard::withdraw_waiting() {
    std::vector<Command> commands;
    const auto take = [&](const std::vector<std::shared_ptr<Staged>>& list) {
        for (const auto& staged : list) {
            for (Waiting& one : staged->waiting) commands.push_back(std::move(one.command));
            staged->waiting.clear();
        }
    };
    for (const auto& flight : flights_) take(flight);
    take(staged_);
    for (WaitingRefusal& one : refusals_) commands.push_back(std::move(one.command));
    refusals_.clear();
    return commands;
}

// What is not yet with the log.
std::vector<Command> Shard::drop_staged() {
    std::vector<Command> commands;
    drop(std::exchange(staged_, {}), commands);
    for (WaitingRefusal& one : refusals_) commands.push_back(std::move(one.command));
    refusals_.clear();
    return commands;
}

// The same, and the batches in flight, whose fate only the log knows.
std::vector<Command> Shard::drop_unsettled() {
    std::vector<Command> commands;
    for (auto& flight : std::exchange(flights_, {})) drop(std::move(flight), commands);
    flying_ = 0;
    std::ranges::move(drop_staged(), std::back_inserter(commands));
    return commands;
}

// Whatever happened to earlier writes, everything behind our own announcement is ours; reading up
// to it settles the fate of every record before it (2.4 step 6).
Result<void, LeadFailure> Shard::lead(Instant now) {
    auto again = drop_unsettled();
    const auto give_up = [&](LeadFailure why) {
        const bool low = why == LeadFailure::storage_low;
        const auto kind = low ? Outcome::Kind::storage_low : Outcome::Kind::log_unavailable;
        for (Command& command : again) command.reply({.kind = kind});
        return unexpected{why};
    };
    if (const auto read = catch_up(); !read) return give_up(read.error());
    for (int tries = 0; tries < announcements_max; ++tries) {
        if (admission_.sealed()) return give_up(LeadFailure::moved);
        const std::uint64_t epoch = admission_.epoch() + 1;
        const AppendOutcome outcome = announce(epoch, now);
        if (outcome == AppendOutcome::storage_low) return give_up(LeadFailure::storage_low);
        if (outcome == AppendOutcome::regressed) {
            halted_ = true;
            return give_up(LeadFailure::damaged);
        }
        if (const auto read = catch_up(); !read) return give_up(read.error());
        // An older announcement of ours would not do: records behind it may still be missing.
        if (!admission_.led_by(node_) || admission_.epoch() != epoch) continue;
        run_again(std::move(again));
        return {};
    }
    return give_up(LeadFailure::log_unavailable);
}

void Shard::prove_lead(Instant now) {
    if (!halted_ && nothing_waits()) staged_.push_back(blank(RecordKind::checkpoint, now));
}

AppendOutcome Shard::announce(std::uint64_t epoch, Instant now) {
    auto staged = blank(RecordKind::announce, now);
    staged->record.epoch = epoch;
    PartitionBatch batch = alone(std::move(staged));
    batch.after.epoch = epoch;
    batch.after.node = node_;
    batch.after.resigned = false;
    return log_.append({&batch, 1}).front();
}

Result<void, LeadFailure> Shard::catch_up() {
    while (true) {
        const auto entries = log_.read(partition_, next_offset_, read_bytes);
        if (!entries) {
            return unexpected{
                entries.error() == LogFailure::damaged ? LeadFailure::damaged
                                                       : LeadFailure::log_unavailable
            };
        }
        if (entries->empty()) return {};
        if (const auto taken = follow(*entries); !taken) return taken;
    }
}

Result<void, LeadFailure> Shard::follow(std::span<const LogEntry> entries) {
    for (const LogEntry& entry : entries) {
        if (take_entry(entry)) continue;
        halted_ = true;
        return unexpected{LeadFailure::damaged};
    }
    return {};
}

// The last record of this node's epoch: whatever of it lands later is void.
AppendOutcome Shard::resign(Instant now) {
    PartitionBatch batch = alone(blank(RecordKind::resign, now));
    batch.after.resigned = true;
    return log_.append({&batch, 1}).front();
}

PartitionBatch Shard::alone(std::shared_ptr<Staged> staged) {
    return encode({{std::move(staged)}, admission_.place(), admission_.state()});
}

bool Shard::take_entry(const LogEntry& entry) {
    const auto decoded = decode_record(entry.bytes);
    if (!decoded) return false;
    const Verdict verdict = admission_.offer(decoded->record, decoded->hash);
    if (verdict == Verdict::halt) return false;
    next_offset_ = entry.offset + 1;
    if (verdict == Verdict::voided) return true;
    last_at_ = std::max(last_at_, decoded->record.at);
    std::shared_ptr<const Commit> commit;
    try {
        commit = to_commit(decoded->record, decoded->hash);
    } catch (const CorruptStream&) {
        return false;
    }
    if (!commit) return true;
    for (const CommittedEvent& event : commit->events) streams_.evict(event.stream);
    on_commit_(std::move(commit));
    return true;
}

// Their own first try may have been committed.
void Shard::run_again(std::vector<Command> commands) {
    for (Command& command : commands) {
        command.fresh = false;
        submit(std::move(command));
    }
}

}  // namespace pakashop
