#include "tests/kit/shared_log.hpp"

#include "events/kernel/require.hpp"

namespace pakashop::kit {

SharedTopic::SharedTopic(std::string name, std::uint32_t partitions)
    : generation{std::move(name)}, records_(partitions) {}

std::uint64_t SharedTopic::append(PartitionId partition, std::vector<std::string> records) {
    const std::lock_guard lock{mutex_};
    auto& all = records_.at(partition);
    const std::uint64_t first = all.size();
    std::ranges::move(records, std::back_inserter(all));
    return first;
}

std::vector<LogEntry> SharedTopic::read(PartitionId partition, std::uint64_t offset) const {
    const std::lock_guard lock{mutex_};
    const auto& all = records_.at(partition);
    std::vector<LogEntry> entries;
    for (; offset < all.size(); ++offset) entries.push_back({offset, all[offset]});
    return entries;
}

std::uint64_t SharedTopic::end(PartitionId partition) const {
    const std::lock_guard lock{mutex_};
    return records_.at(partition).size();
}

std::vector<std::string> bytes_of(const PartitionBatch& batch) {
    std::vector<std::string> out;
    for (const StagedRecord& staged : batch.records) out.push_back(staged.bytes);
    return out;
}

std::future<std::vector<AppendOutcome>> NodeLog::begin_append(
    std::span<const PartitionBatch> batches
) {
    if (hangs_) {
        ++hung_;
        std::vector<AppendOutcome> later(batches.size(), AppendOutcome::unknown);
        if (lands_once_.exchange(false)) later = append_all(batches);
        return std::async(std::launch::deferred, [this, later = std::move(later)] {
            hangs_.wait(true);
            return later;
        });
    }
    std::vector<AppendOutcome> outcomes = append_all(batches);
    std::promise<std::vector<AppendOutcome>> done;
    done.set_value(std::move(outcomes));
    return done.get_future();
}

void NodeLog::hang(bool hangs) {
    hangs_ = hangs;
    hangs_.notify_all();
}

std::vector<AppendOutcome> NodeLog::append_all(std::span<const PartitionBatch> batches) {
    std::vector<AppendOutcome> outcomes;
    for (const PartitionBatch& batch : batches) outcomes.push_back(append_one(batch));
    return outcomes;
}

AppendOutcome NodeLog::append_one(const PartitionBatch& batch) {
    if (cut_off_ || batch.records.empty()) return AppendOutcome::unknown;
    const std::uint64_t first = topic_.append(batch.partition, bytes_of(batch));
    if (batch.records.front().record->kind == RecordKind::announce) return AppendOutcome::durable;
    const std::lock_guard lock{mutex_};
    std::uint64_t& known = known_ends_[batch.partition];
    if (first != known) return AppendOutcome::unknown;
    known = first + batch.records.size();
    return AppendOutcome::durable;
}

Result<std::vector<LogEntry>, LogFailure>
NodeLog::read(PartitionId partition, std::uint64_t offset, std::size_t) {
    if (cut_off_) return unexpected{LogFailure::unavailable};
    auto entries = topic_.read(partition, offset);
    const std::lock_guard lock{mutex_};
    if (!entries.empty()) known_ends_[partition] = entries.back().offset + 1;
    return entries;
}

Result<std::uint64_t, LogFailure> NodeLog::end(PartitionId partition) {
    if (cut_off_) return unexpected{LogFailure::unavailable};
    return topic_.end(partition);
}

Result<void, LogFailure> MemoryReplica::apply(
    PartitionId partition,
    std::span<const AdmittedRecord> records,
    std::span<const Snapshot> snapshots
) {
    PartitionBatch batch{partition, {}, records.back().after, {snapshots.begin(), snapshots.end()}};
    for (const AdmittedRecord& each : records) batch.records.push_back(each.staged);
    const auto outcome = records_.append({&batch, 1}).front();
    require(outcome == AppendOutcome::durable, "admitted records follow the replica's place");
    const std::lock_guard lock{mutex_};
    next_offsets_[partition] = records.back().offset + 1;
    return {};
}

std::uint64_t MemoryReplica::next_offset(PartitionId partition) {
    const std::lock_guard lock{mutex_};
    return next_offsets_[partition];
}

}  // namespace pakashop::kit
