#include <algorithm>

#include "handlers/shard.hpp"

namespace pakashop {
namespace {

constexpr std::size_t read_bytes = 1024 * 1024;
constexpr int announcements_max = 8;

}  // namespace

// Drops what was decided ahead of the log and forgets the states it led to.
std::vector<Command> Shard::drop_unsettled() {
    std::vector<Command> commands;
    for (auto* list : {&flight_, &staged_}) {
        for (const auto& staged : std::exchange(*list, {})) {
            for (const RecordedEvent& event : staged->record.events) streams_.evict(event.stream);
            for (Waiting& one : staged->waiting) commands.push_back(std::move(one.command));
        }
    }
    for (WaitingRefusal& one : refusals_) commands.push_back(std::move(one.command));
    refusals_.clear();
    under_way_.clear();
    return commands;
}

// Whatever happened to earlier writes, everything behind our own announcement is ours; reading up
// to it settles the fate of every record before it (2.4 step 6).
Result<void, LeadFailure> Shard::lead(Instant now) {
    auto again = drop_unsettled();
    for (int tries = 0; tries < announcements_max; ++tries) {
        if (auto read = catch_up(); !read) {
            for (Command& command : again) command.reply({.kind = Outcome::Kind::log_unavailable});
            return read;
        }
        auto staged = blank(RecordKind::announce, now);
        staged->record.epoch = admission_.epoch() + 1;
        flight_.push_back(std::move(staged));
        PartitionBatch batch = encode_flight();
        batch.after.epoch = flight_.front()->record.epoch;
        batch.after.node = node_;
        batch.after.resigned = false;
        flight_.clear();
        log_.append({&batch, 1});
        const auto read = catch_up();
        if (read && admission_.led_by(node_)) {
            run_again(std::move(again));
            return {};
        }
    }
    for (Command& command : again) command.reply({.kind = Outcome::Kind::log_unavailable});
    return unexpected{LeadFailure::log_unavailable};
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
        for (const LogEntry& entry : *entries) {
            if (!take_entry(entry)) {
                halted_ = true;
                return unexpected{LeadFailure::damaged};
            }
        }
    }
}

bool Shard::take_entry(const LogEntry& entry) {
    const auto decoded = decode_record(entry.bytes);
    if (!decoded) return false;
    const Verdict verdict = admission_.offer(decoded->record, decoded->hash);
    if (verdict == Verdict::halt) return false;
    next_offset_ = entry.offset + 1;
    if (verdict == Verdict::voided) return true;
    last_at_ = std::max(last_at_, decoded->record.at);
    for (const RecordedEvent& event : decoded->record.events) streams_.evict(event.stream);
    if (auto commit = to_commit(decoded->record, decoded->hash)) on_commit_(std::move(commit));
    return true;
}

void Shard::run_again(std::vector<Command> commands) {
    for (Command& command : commands) submit(std::move(command));
}

}  // namespace pakashop
