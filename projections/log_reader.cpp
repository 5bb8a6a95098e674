#include "projections/log_reader.hpp"

#include <algorithm>

#include "events/kernel/require.hpp"

namespace pakashop::model {
namespace {

std::string name_of(const EventMeta& meta) {
    return std::string{meta.type} + " (" + std::string{meta.stream} + " version " +
           std::to_string(meta.version) + ", position " + std::to_string(meta.seq) + ")";
}

}  // namespace

LogReader::LogReader(Log& log, Vault& vault, std::span<const Projection* const> projections)
    : follower_{log}, vault_{vault}, projections_{projections} {}

Result<void, ReadStop> LogReader::go_to(const std::vector<Checkpoint>& checkpoints) {
    return follower_.go_to(checkpoints);
}

Result<bool, ReadStop> LogReader::read_into(Batch& batch, std::size_t bytes_max) {
    auto some = follower_.read_next(bytes_max, [&](const auto& record) { take(batch, record); });
    move_checkpoints(batch);
    return some;
}

Result<bool, ReadStop> LogReader::read_partition(
    Batch& batch,
    PartitionId partition,
    std::size_t bytes_max,
    std::uint64_t records_max
) {
    auto some = follower_.read_partition(
        partition, bytes_max, [&](const auto& record) { take(batch, record); }, records_max
    );
    move_checkpoints(batch);
    return some;
}

// The follower moves on once this returns, so here the partition still stands before the record.
void LogReader::take(Batch& batch, const DecodedRecord& decoded) {
    RowChanges changes;
    for_each_event(decoded, [&](const EventMeta& meta) {
        project_event(changes, meta);
        ++batch.events;
    });
    const Checkpoint& before = follower_.at(decoded.record.partition);
    const auto moving = std::ranges::find(batch.moves, before.partition, [](const auto& move) {
        return move.from.partition;
    });
    if (moving == batch.moves.end()) batch.moves.emplace_back(before, before);
    batch.changes.take(std::move(changes));
    batch.records += 1;
    batch.newest = std::max(batch.newest, decoded.record.at);
}

void LogReader::move_checkpoints(Batch& batch) const {
    for (CheckpointMove& move : batch.moves) move.to = follower_.at(move.to.partition);
}

void LogReader::project_event(RowChanges& out, const EventMeta& meta) {
    AnyEvent event;
    const bool wanted = std::ranges::any_of(projections_, [&](const Projection* each) {
        return !each->families.empty() && each->reads(meta.type);
    });
    if (!wanted && !knows_event(meta.type)) {
        throw CorruptStream{"of a type this program does not know: " + name_of(meta)};
    }
    if (wanted) {
        auto decoded = decode_event(meta.type, meta.payload);
        if (!decoded) throw CorruptStream{"cannot be decoded: " + name_of(meta)};
        event = *std::move(decoded);
        open(event, vault_, sealing_place(meta.stream, meta.version));
    }
    for (const Projection* each : projections_) {
        if (!each->reads(meta.type)) continue;
        RowChanges changes = each->project(meta, event);
        std::ranges::move(changes, std::back_inserter(out));
    }
}

}  // namespace pakashop::model
