#include "adapters/memory/memory_log.hpp"

#include <algorithm>

#include "events/kernel/require.hpp"
#include "events/record_index.hpp"

namespace pakashop {

MemoryLog::MemoryLog(std::string generation, std::uint32_t partitions, bool exclusive)
    : generation_{std::move(generation)}, exclusive_{exclusive}, partitions_{partitions} {
    require(partitions >= 1 && partitions <= slices, "a log has 1 to 1024 partitions");
    for (std::uint32_t i = 0; i < partitions; ++i) {
        const Admission fresh{generation_, static_cast<PartitionId>(i)};
        partitions_[i].states.push_back(fresh.state());
    }
}

std::uint32_t MemoryLog::partitions() const {
    return static_cast<std::uint32_t>(partitions_.size());
}

void MemoryLog::fail_next(AppendFault fault) {
    const std::lock_guard lock{mutex_};
    faults_.push_back(fault);
}

void MemoryLog::lose_tail(PartitionId partition, std::uint64_t count) {
    const std::lock_guard lock{mutex_};
    const std::uint64_t size = partitions_.at(partition).records.size();
    truncate(partition, size - std::min(size, count));
}

void MemoryLog::damage(PartitionId partition, std::uint64_t seq, std::string bytes) {
    const std::lock_guard lock{mutex_};
    partitions_.at(partition).records.at(seq) = std::move(bytes);
}

AppendFault MemoryLog::next_fault() {
    if (faults_.empty()) return AppendFault::none;
    const AppendFault fault = faults_.front();
    faults_.pop_front();
    return fault;
}

std::future<std::vector<AppendOutcome>> MemoryLog::begin_append(
    std::span<const PartitionBatch> batches
) {
    const std::lock_guard lock{mutex_};
    const AppendFault fault = next_fault();
    std::vector<AppendOutcome> outcomes;
    for (const PartitionBatch& batch : batches) {
        Partition& partition = partitions_.at(batch.partition);
        const bool behind = partition.refused && !follows(partition, batch);
        outcomes.push_back(behind ? *partition.refused : add(batch, fault));
        const bool durable = outcomes.back() == AppendOutcome::durable;
        partition.refused = durable ? std::nullopt : std::optional{outcomes.back()};
    }
    std::promise<std::vector<AppendOutcome>> done;
    done.set_value(std::move(outcomes));
    return done.get_future();
}

bool MemoryLog::follows(const Partition& partition, const PartitionBatch& batch) {
    if (batch.records.empty()) return true;
    const Record& first = *batch.records[0].record;
    return first.kind == RecordKind::announce || first.prev == partition.states.back().place.head;
}

AppendOutcome MemoryLog::add(const PartitionBatch& batch, AppendFault fault) {
    if (fault == AppendFault::storage_low) return AppendOutcome::storage_low;
    if (fault == AppendFault::unknown_lost) return AppendOutcome::unknown;
    Partition& partition = partitions_.at(batch.partition);
    if (fault == AppendFault::regressed) {
        const std::uint64_t size = partition.records.size();
        truncate(batch.partition, size - std::min<std::uint64_t>(size, 1));
        return AppendOutcome::regressed;
    }
    const bool partly = fault == AppendFault::partly_written;
    const std::size_t count = partly ? batch.records.size() / 2 : batch.records.size();
    const bool chained = !batch.records.empty() &&
                         batch.records[0].record->prev == partition.states.back().place.head;
    for (std::size_t i = 0; i < count; ++i) {
        add_record(partition, batch.partition, batch.records[i]);
    }
    if (partly) return AppendOutcome::unknown;
    require(
        !chained || batch.after == partition.states.back(),
        "a batch names the state that its records lead to"
    );
    for (const Snapshot& snapshot : batch.snapshots) {
        partition.snapshots[snapshot.stream] = snapshot;
    }
    return fault == AppendFault::none ? AppendOutcome::durable : AppendOutcome::unknown;
}

void MemoryLog::add_record(Partition& partition, PartitionId number, const StagedRecord& staged) {
    Admission fold{generation_, number, partition.states.back()};
    require(
        fold.offer(*staged.record, staged.hash) == Verdict::admitted,
        "a record follows the partition's head"
    );
    index(partition, partition.records.size(), *staged.record);
    partition.records.push_back(staged.bytes);
    partition.states.push_back(fold.state());
}

void MemoryLog::index(Partition& partition, std::uint64_t seq, const Record& outer) {
    partition.newest = std::max(partition.newest, outer.at);
    const auto original = original_of(outer);
    require(original.has_value(), "an import carries a record");
    const Record& record = *original;
    if (record.kind != RecordKind::commit) return;
    partition.commands[record.command] = {{seq, record.fingerprint}, record.at};
    partition.keys[record.key].push_back(seq);
    for (const StreamSpan& span : stream_spans(record)) {
        partition.streams[std::string{span.stream}][span.last] = seq;
    }
}

// What was lost is forgotten by the indexes too: they are rebuilt from what is left.
void MemoryLog::truncate(PartitionId number, std::uint64_t size) {
    Partition& partition = partitions_.at(number);
    const std::vector<std::string> all = std::move(partition.records);
    partition = Partition{};
    partition.states.push_back(Admission{generation_, number}.state());
    for (std::uint64_t seq = 0; seq < size; ++seq) {
        auto decoded = decode_record(all[seq]);
        require(decoded.has_value(), "what the memory log holds decodes");
        auto record = std::make_shared<const Record>(std::move(decoded->record));
        add_record(partition, number, {std::move(record), all[seq], decoded->hash});
    }
}

Result<std::vector<LogEntry>, LogFailure>
MemoryLog::read(PartitionId partition, std::uint64_t offset, std::size_t bytes_max) {
    const std::lock_guard lock{mutex_};
    const std::vector<std::string>& records = partitions_.at(partition).records;
    std::vector<LogEntry> entries;
    std::size_t bytes = 0;
    for (; offset < records.size() && (entries.empty() || bytes < bytes_max); ++offset) {
        bytes += records[offset].size();
        entries.push_back({offset, records[offset]});
    }
    return entries;
}

Result<std::uint64_t, LogFailure> MemoryLog::end(PartitionId partition) {
    const std::lock_guard lock{mutex_};
    return partitions_.at(partition).records.size();
}

AdmissionState MemoryLog::state(PartitionId partition) {
    const std::lock_guard lock{mutex_};
    return partitions_.at(partition).states.back();
}

std::optional<Digest> MemoryLog::head_at(PartitionId partition, std::uint64_t seq) {
    const std::lock_guard lock{mutex_};
    const std::vector<AdmissionState>& states = partitions_.at(partition).states;
    if (seq >= states.size()) return std::nullopt;
    return states[seq].place.head;
}

std::uint64_t MemoryLog::next_offset(PartitionId partition) {
    const std::lock_guard lock{mutex_};
    return partitions_.at(partition).records.size();
}

std::optional<std::string> MemoryLog::record(PartitionId partition, std::uint64_t seq) {
    const std::lock_guard lock{mutex_};
    const std::vector<std::string>& records = partitions_.at(partition).records;
    if (seq >= records.size()) return std::nullopt;
    return records[seq];
}

std::optional<SeenCommand> MemoryLog::find_command(PartitionId number, const CommandId& command) {
    const std::lock_guard lock{mutex_};
    const Partition& partition = partitions_.at(number);
    const auto found = partition.commands.find(command);
    if (found == partition.commands.end()) return std::nullopt;
    if (partition.newest - found->second.at > commands_remembered) return std::nullopt;
    return found->second.seen;
}

std::vector<std::uint64_t>
MemoryLog::stream(PartitionId number, std::string_view stream, std::int64_t after_version) {
    const std::lock_guard lock{mutex_};
    const Partition& partition = partitions_.at(number);
    std::vector<std::uint64_t> out;
    const auto found = partition.streams.find(stream);
    if (found == partition.streams.end()) return out;
    const auto& versions = found->second;
    for (auto at = versions.upper_bound(after_version); at != versions.end(); ++at) {
        out.push_back(at->second);
    }
    return out;
}

std::vector<std::uint64_t>
MemoryLog::key_history(PartitionId number, std::string_view key, std::uint64_t last_seq) {
    const std::lock_guard lock{mutex_};
    const Partition& partition = partitions_.at(number);
    const auto found = partition.keys.find(key);
    if (found == partition.keys.end()) return {};
    const auto& all = found->second;
    return {all.begin(), std::ranges::upper_bound(all, last_seq)};
}

std::optional<Snapshot> MemoryLog::snapshot(PartitionId number, std::string_view stream) {
    const std::lock_guard lock{mutex_};
    const Partition& partition = partitions_.at(number);
    const auto found = partition.snapshots.find(stream);
    if (found == partition.snapshots.end()) return std::nullopt;
    return found->second;
}

}  // namespace pakashop
