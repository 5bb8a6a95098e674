#include "handlers/replicated_log.hpp"

#include "events/kernel/require.hpp"
#include "handlers/process_place.hpp"
#include "handlers/resumed_fold.hpp"

namespace pakashop {

ReplicatedLog::ReplicatedLog(Log& log, Replica& replica) : log_{log}, replica_{replica} {
    for (std::uint32_t i = 0; i < log.partitions(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        tails_.emplace_back(
            resumed_fold(log.generation(), replica, partition), replica.next_offset(partition)
        );
    }
}

// The batches are kept: what is durable goes into the replica before that is told.
std::future<std::vector<AppendOutcome>> ReplicatedLog::begin_append(
    std::span<const PartitionBatch> batches
) {
    std::vector<PartitionBatch> kept{batches.begin(), batches.end()};
    return std::async(
        std::launch::deferred,
        [this, kept = std::move(kept), under_way = log_.begin_append(batches)]() mutable {
            auto outcomes = under_way.get();
            for (std::size_t i = 0; i < kept.size(); ++i) {
                if (outcomes[i] != AppendOutcome::durable) continue;
                if (!take_own(kept[i])) outcomes[i] = AppendOutcome::unknown;
            }
            return outcomes;
        }
    );
}

// Where an announcement lies only reading tells, so it is met there. Everything else is durable
// only right behind what this node has, as the port promises. False when the replica does not take
// it: reading the log again settles that.
bool ReplicatedLog::take_own(const PartitionBatch& batch) {
    if (batch.records.empty()) return true;
    if (batch.records.front().record->kind == RecordKind::announce) return true;
    Tail& tail = tails_[batch.partition];
    const std::lock_guard lock{tail.mutex};
    Take take{tail.fold, tail.next_offset, {}, batch.snapshots};
    for (const StagedRecord& staged : batch.records) {
        if (!admit(take, staged, take.next_offset)) return false;
    }
    return commit(batch.partition, tail, std::move(take)).has_value();
}

Result<std::vector<LogEntry>, LogFailure>
ReplicatedLog::read(PartitionId partition, std::uint64_t offset, std::size_t bytes_max) {
    auto entries = log_.read(partition, offset, bytes_max);
    if (!entries || entries->empty()) return entries;
    if (auto taken = take_read(partition, *entries); !taken) return unexpected{taken.error()};
    return entries;
}

// A record that is damaged or of another history is left to whoever reads: the same fold says so
// there, and stops.
Result<void, LogFailure>
ReplicatedLog::take_read(PartitionId partition, std::span<const LogEntry> entries) {
    Tail& tail = tails_[partition];
    const std::lock_guard lock{tail.mutex};
    Take take{tail.fold, tail.next_offset, {}, {}};
    for (const LogEntry& entry : entries) {
        if (entry.offset < take.next_offset) continue;
        auto decoded = decode_record(entry.bytes);
        if (!decoded) break;
        if (take.fold.judge(decoded->record) == Verdict::halt) break;
        auto record = std::make_shared<const Record>(std::move(decoded->record));
        if (!admit(take, {record, entry.bytes, decoded->hash}, entry.offset)) continue;
        if (auto place = process_place_in(*record)) take.snapshots.push_back(*std::move(place));
    }
    return commit(partition, tail, std::move(take));
}

// False for a void record, which leaves nothing behind but the place after it.
bool ReplicatedLog::admit(Take& take, StagedRecord staged, std::uint64_t offset) {
    take.next_offset = offset + 1;
    if (take.fold.offer(*staged.record, staged.hash) != Verdict::admitted) return false;
    take.records.push_back({std::move(staged), offset, take.fold.state()});
    return true;
}

Result<void, LogFailure> ReplicatedLog::commit(PartitionId partition, Tail& tail, Take take) {
    if (!take.records.empty()) {
        if (auto done = replica_.apply(partition, take.records, take.snapshots); !done) return done;
    }
    tail.fold = std::move(take.fold);
    tail.next_offset = take.next_offset;
    return {};
}

}  // namespace pakashop
