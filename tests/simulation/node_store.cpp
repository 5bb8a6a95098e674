#include "tests/simulation/node_store.hpp"

#include <algorithm>

namespace pakashop::simulation {

void NodeStore::clear() {
    kept_.clear();
    state_ = Admission{generation, partition}.state();
    genesis_ = state_.place.head;
}

void NodeStore::set_back(std::size_t records) {
    if (records >= kept_.size()) return;
    kept_.resize(records);
    if (records == 0) return clear();
    state_ = kept_.back().admitted.after;
}

std::optional<Digest> NodeStore::head_after(std::uint64_t seq) const {
    if (seq > kept_.size()) return std::nullopt;
    return seq == 0 ? genesis_ : kept_[seq - 1].admitted.after.place.head;
}

bool NodeStore::holds(std::size_t offset) const {
    return std::ranges::any_of(kept_, [&](const Kept& kept) {
        return kept.admitted.offset == offset;
    });
}

Footing NodeStore::footing(std::uint64_t seq) const {
    return seq < kept_.size() ? kept_[seq].footing : Footing{};
}

Footing NodeStore::footing_of(const AdmittedRecord& record) const {
    const bool there =
        record.offset < world_.size() && world_.at(record.offset).wire->hash == record.staged.hash;
    const Reader& truth = world_.truth();
    const bool blind =
        acknowledging_ && !world_.clean() && !differ(*this, seq(), truth, truth.seq());
    return {there ? world_.at(record.offset).serial : 0, blind};
}

Result<void, LogFailure>
NodeStore::apply(PartitionId, std::span<const AdmittedRecord> records, std::span<const Snapshot>) {
    if (fails_) return unexpected{LogFailure::unavailable};
    std::vector<Kept> taken;
    for (const AdmittedRecord& record : records) taken.push_back({record, footing_of(record)});
    std::ranges::move(taken, std::back_inserter(kept_));
    state_ = kept_.back().admitted.after;
    return {};
}

std::uint64_t NodeStore::next_offset(PartitionId) {
    const std::uint64_t next = kept_.empty() ? 0 : kept_.back().admitted.offset + 1;
    return rules_.starts_at_its_place ? next : next - std::min(next, early_);
}

std::optional<std::string> NodeStore::record(PartitionId, std::uint64_t seq) {
    if (seq >= kept_.size()) return std::nullopt;
    return kept_[seq].admitted.staged.bytes;
}

std::optional<SeenCommand> NodeStore::find_command(PartitionId, const CommandId& command) {
    if (!rules_.remembers_commands) return std::nullopt;
    for (std::uint64_t seq = kept_.size(); seq-- > 0;) {
        const Record& record = *kept_[seq].admitted.staged.record;
        const bool same = record.kind == RecordKind::commit && record.command == command;
        if (same) return SeenCommand{seq, record.fingerprint};
    }
    return std::nullopt;
}

std::vector<std::uint64_t>
NodeStore::stream(PartitionId, std::string_view stream, std::int64_t after_version) {
    std::vector<std::uint64_t> found;
    for (std::uint64_t seq = 0; seq < kept_.size(); ++seq) {
        const auto& events = kept_[seq].admitted.staged.record->events;
        const bool of_it = std::ranges::any_of(events, [&](const RecordedEvent& event) {
            return event.stream == stream && event.version > after_version;
        });
        if (of_it) found.push_back(seq);
    }
    return found;
}

std::vector<std::uint64_t>
NodeStore::key_history(PartitionId, std::string_view key, std::uint64_t last_seq) {
    std::vector<std::uint64_t> found;
    for (std::uint64_t seq = 0; seq < kept_.size() && seq <= last_seq; ++seq) {
        if (kept_[seq].admitted.staged.record->key == key) found.push_back(seq);
    }
    return found;
}

}  // namespace pakashop::simulation
