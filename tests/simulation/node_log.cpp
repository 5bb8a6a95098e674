#include "tests/simulation/node_log.hpp"

#include <algorithm>
#include <utility>

namespace pakashop::simulation {
namespace {

// So often a node looks up from waiting before it gives a batch up.
constexpr int patience = 6;
constexpr std::uint32_t entries_at_once = 6;

}  // namespace

NodeLog::NodeLog(
    Scene& scene,
    std::size_t node,
    std::size_t place,
    const Heads& heads,
    std::function<const Admission&()> fold
)
    : scene_{scene}, node_{node}, heads_{heads}, fold_{std::move(fold)}, ends_{1}, place_{place} {}

std::future<std::vector<AppendOutcome>> NodeLog::begin_append(
    std::span<const PartitionBatch> batches
) {
    const PartitionBatch& batch = batches.front();
    Waiting waiting;
    for (const StagedRecord& staged : batch.records) waiting.wires.push_back(to_wire(staged));
    waiting.announces = batch.records.front().record->kind == RecordKind::announce;
    const Outcome outcome = std::make_shared<std::optional<AppendOutcome>>();
    waiting.outcome = outcome;
    waiting_.push_back(std::move(waiting));
    advance();
    return std::async(std::launch::deferred, [this, outcome] {
        wait_for(outcome);
        return std::vector{**outcome};
    });
}

WirePointer NodeLog::to_wire(const StagedRecord& staged) {
    const bool announces = staged.record->kind == RecordKind::announce;
    if (!announces) return wire_of(staged.bytes);
    const Rules& rules = scene_.rules;
    if (rules.announces_next_epoch && rules.announces_what_it_read) return wire_of(staged.bytes);
    Record record = *staged.record;
    spoil_announcement(record);
    return wire_of(std::move(record));
}

void NodeLog::spoil_announcement(Record& record) {
    if (!scene_.rules.announces_next_epoch) {
        record.epoch = std::max(record.epoch, last_epoch_ + 1);
        last_epoch_ = record.epoch;
    }
    if (!scene_.rules.announces_what_it_read) {
        record.known.seq += std::exchange(records_lost_, 0);
    }
}

// Until something is on the wire, or nothing waits.
void NodeLog::advance() {
    while (!waiting_.empty() && waiting_.front().ticket == 0) {
        if (refuses_next()) {
            finish(closed_);
            continue;
        }
        send_next();
        const bool told_at_once = !scene_.rules.waits_for_the_log && !waiting_.front().announces;
        if (!told_at_once) return;
        *next_ += waiting_.front().wires.size();
        finish(AppendOutcome::durable);
    }
}

bool NodeLog::refuses_next() const {
    if (closed_ == AppendOutcome::regressed) return true;
    const bool may_follow = next_ || !scene_.rules.announces_when_unsure;
    return !waiting_.front().announces && !may_follow;
}

void NodeLog::send_next() {
    Waiting& first = waiting_.front();
    first.ticket = scene_.next_ticket++;
    const bool anywhere = first.announces || !next_;
    berth_ = anywhere ? kafka::Berth{ends_.of(partition), false} : kafka::Berth{*next_, true};
    scene_.network.send({first.wires, node_, first.ticket, {}});
}

void NodeLog::take(const Delivery& delivery) {
    const bool mine = !waiting_.empty() && waiting_.front().ticket == delivery.ticket;
    if (!mine) return;
    const AppendOutcome outcome = judge(delivery.offsets);
    if (outcome == AppendOutcome::durable) {
        next_ = *delivery.offsets.back() + 1;
        ends_.raise(partition, *next_);
    } else {
        next_.reset();
        closed_ = outcome;
        records_lost_ = waiting_.front().wires.size();
    }
    finish(outcome);
    advance();
}

AppendOutcome NodeLog::judge(const Offsets& offsets) const {
    std::vector<kafka::Report> reports;
    for (const auto& offset : offsets) {
        reports.push_back({offset.has_value(), static_cast<std::int64_t>(offset.value_or(0))});
    }
    const Rules& rules = scene_.rules;
    if (!rules.checks_offsets) {
        const bool all = std::ranges::all_of(reports, &kafka::Report::acknowledged);
        return all ? AppendOutcome::durable : AppendOutcome::unknown;
    }
    const AppendOutcome outcome = kafka::judge(reports, berth_);
    const bool gap = outcome == AppendOutcome::unknown && berth_.exact;
    const bool freezes = gap && reports.back().acknowledged && !rules.freezes_below_only;
    return freezes ? AppendOutcome::regressed : outcome;
}

void NodeLog::finish(AppendOutcome outcome) {
    const Waiting done = std::move(waiting_.front());
    waiting_.pop_front();
    // The control: an unknown outcome is told as if nothing had been written.
    const bool told = scene_.rules.announces_when_unsure || done.announces;
    const bool unknown = outcome == AppendOutcome::unknown;
    scene_.world.tally.unsure += unknown;
    *done.outcome = unknown && !told ? AppendOutcome::storage_low : outcome;
}

void NodeLog::time_out() {
    if (waiting_.empty()) return;
    next_.reset();
    closed_ = AppendOutcome::unknown;
    records_lost_ = waiting_.front().wires.size();
    finish(AppendOutcome::unknown);
    advance();
}

void NodeLog::wait_for(const Outcome& outcome) {
    for (int i = 0; i < patience && !*outcome; ++i) scene_.meanwhile();
    while (!*outcome) time_out();
}

Result<std::vector<LogEntry>, LogFailure>
NodeLog::read(PartitionId, std::uint64_t offset, std::size_t) {
    place_ = offset;
    scene_.meanwhile();
    const LogWorld& world = scene_.world;
    if (scene_.tape.in_thousand(scene_.network.odds.away)) {
        return unexpected{LogFailure::unavailable};
    }
    // Whole folds see records as they are; others are shown one after the other.
    const bool whole = scene_.rules.fold_whole();
    const std::size_t count = whole ? 1 + scene_.tape.below(entries_at_once) : 1;
    auto entries = entries_from(offset, count);
    if (!entries.empty()) {
        ends_.raise(partition, entries.back().offset + 1);
        return entries;
    }
    const bool lost = offset > world.size() || ends_.of(partition) > world.size();
    if (lost && scene_.rules.stops_beyond_end) return unexpected{LogFailure::damaged};
    return entries;
}

std::vector<LogEntry> NodeLog::entries_from(std::size_t offset, std::size_t count) {
    std::vector<LogEntry> entries;
    const LogWorld& world = scene_.world;
    for (; offset < world.size() && entries.size() < count; ++offset) {
        const Landed& landed = world.at(offset);
        if (landed.gone) continue;
        const bool whole = scene_.rules.fold_whole();
        const WirePointer wire =
            whole ? landed.wire : shown(landed.wire, fold_(), heads_, scene_.rules);
        entries.push_back({offset, wire->bytes});
    }
    return entries;
}

}  // namespace pakashop::simulation
