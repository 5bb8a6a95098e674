#include "projections/log_reader.hpp"

#include <algorithm>
#include <exception>

#include "events/kernel/require.hpp"

namespace pakashop::model {
namespace {

using Kind = ReadStop::Kind;

unexpected<ReadStop> stop(Kind kind, PartitionId partition, const std::string& what) {
    return unexpected{ReadStop{kind, "partition " + std::to_string(partition) + ": " + what}};
}

unexpected<ReadStop> stop(LogFailure failure, PartitionId partition) {
    if (failure == LogFailure::damaged) return stop(Kind::halted, partition, "the log is damaged");
    return stop(Kind::log_away, partition, "the log cannot be read");
}

std::string name_of(const EventMeta& meta) {
    return std::string{meta.type} + " (" + std::string{meta.stream} + " version " +
           std::to_string(meta.version) + ", position " + std::to_string(meta.seq) + ")";
}

CheckpointMove& move_of(Batch& batch, const Checkpoint& from) {
    const auto found = std::ranges::find(batch.moves, from.partition, [](const auto& move) {
        return move.from.partition;
    });
    return found == batch.moves.end() ? batch.moves.emplace_back(from, from) : *found;
}

}  // namespace

LogReader::LogReader(Log& log, Vault& vault, std::span<const Projection* const> projections)
    : log_{log}, vault_{vault}, projections_{projections} {}

Result<void, ReadStop> LogReader::go_to(const std::vector<Checkpoint>& checkpoints) {
    places_.clear();
    for (const Checkpoint& each : checkpoints) {
        require(each.partition == places_.size(), "there is a checkpoint for each partition");
        if (auto there = check_still_there(each); !there) return there;
        places_.push_back({Admission{log_.generation(), each.partition, each.state}, each});
    }
    return {};
}

Result<void, ReadStop> LogReader::check_still_there(const Checkpoint& checkpoint) {
    if (checkpoint.state.place.seq == 0) return {};
    auto entries = log_.read(checkpoint.partition, checkpoint.last_offset, 1);
    if (!entries) return stop(entries.error(), checkpoint.partition);
    const bool there = !entries->empty() && entries->front().offset == checkpoint.last_offset &&
                       entries->front().bytes.size() >= checkpoint.last_hash.size() &&
                       hash_in(entries->front().bytes) == checkpoint.last_hash;
    if (there) return {};
    return stop(
        Kind::halted,
        checkpoint.partition,
        "the log no longer holds the record at offset " + std::to_string(checkpoint.last_offset) +
            " that the read model was made from"
    );
}

Result<bool, ReadStop> LogReader::read_into(Batch& batch, std::size_t bytes_max) {
    for (std::size_t tried = 0; tried < places_.size(); ++tried) {
        const PartitionId partition = next_;
        next_ = static_cast<PartitionId>((next_ + 1U) % places_.size());
        auto some = read_partition(batch, partition, bytes_max);
        if (!some) next_ = partition;  // Met again first: nothing overtakes what cannot be read.
        if (!some || *some) return some;
    }
    return false;
}

Result<bool, ReadStop> LogReader::read_partition(
    Batch& batch,
    PartitionId partition,
    std::size_t bytes_max,
    std::uint64_t records_max
) {
    Position& place = places_[partition];
    if (place.checkpoint.state.place.seq >= records_max) return false;
    auto entries = log_.read(partition, place.checkpoint.next_offset, bytes_max);
    if (!entries) return stop(entries.error(), partition);
    if (entries->empty()) return check_not_shortened(place);
    for (const LogEntry& entry : *entries) {
        if (place.checkpoint.state.place.seq >= records_max) break;
        if (auto taken = take_entry(batch, place, entry); !taken) {
            return unexpected{std::move(taken.error())};
        }
    }
    return true;
}

// At the end of the log: it must not have become shorter than it was.
Result<bool, ReadStop> LogReader::check_not_shortened(const Position& place) {
    const PartitionId partition = place.checkpoint.partition;
    const auto end = log_.end(partition);
    if (!end) return stop(end.error(), partition);
    if (*end >= place.checkpoint.next_offset) return false;
    return stop(
        Kind::halted,
        partition,
        "the log ends at offset " + std::to_string(*end) + ", but was read up to " +
            std::to_string(place.checkpoint.next_offset)
    );
}

// Nothing moves before all of the record's events are projected, so a record that cannot be
// digested is met again.
Result<void, ReadStop> LogReader::take_entry(Batch& batch, Position& place, const LogEntry& entry) {
    const PartitionId partition = place.checkpoint.partition;
    const auto decoded = decode_record(entry.bytes);
    if (!decoded) {
        return stop(
            Kind::halted,
            partition,
            "offset " + std::to_string(entry.offset) +
                " holds no record: " + std::string{pakashop::name_of(decoded.error())}
        );
    }
    const Verdict verdict = place.admission.judge(decoded->record);
    if (verdict == Verdict::halt) {
        const auto reason = pakashop::name_of(place.admission.halted_because());
        return stop(
            Kind::halted,
            partition,
            "offset " + std::to_string(entry.offset) + ": " + std::string{reason}
        );
    }
    if (verdict == Verdict::voided) {
        place.admission.offer(decoded->record, decoded->hash);
        place.checkpoint.next_offset = entry.offset + 1;
        return {};
    }
    RowChanges changes;
    try {
        project(changes, decoded->record, decoded->hash);
    } catch (const std::exception& failure) {
        return stop(Kind::undigested, partition, failure.what());
    }
    CheckpointMove& move = move_of(batch, place.checkpoint);
    place.admission.offer(decoded->record, decoded->hash);
    place.checkpoint.state = place.admission.state();
    place.checkpoint.next_offset = entry.offset + 1;
    place.checkpoint.last_offset = entry.offset;
    place.checkpoint.last_hash = decoded->hash;
    move.to = place.checkpoint;
    batch.changes.take(std::move(changes));
    batch.records += 1;
    batch.events += decoded->record.events.size();
    batch.newest = std::max(batch.newest, decoded->record.at);
    return {};
}

// An import carries a record of an older generation: its events are of the place it has here.
void LogReader::project(RowChanges& out, const Record& record, const Digest& hash) {
    for (std::uint32_t i = 0; i < record.events.size(); ++i) {
        project_event(out, meta_of(record, hash, i));
    }
    if (record.kind != RecordKind::import) return;
    const auto inner = decode_record(record.body);
    if (!inner) throw CorruptStream{"an import holds no record"};
    for (std::uint32_t i = 0; i < inner->record.events.size(); ++i) {
        EventMeta meta = meta_of(inner->record, inner->hash, i);
        meta.partition = record.partition;
        meta.seq = record.seq;
        project_event(out, meta);
    }
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

std::uint64_t LogReader::behind() {
    std::uint64_t entries = 0;
    for (const Position& place : places_) {
        const auto end = log_.end(place.checkpoint.partition);
        if (end && *end > place.checkpoint.next_offset) {
            entries += *end - place.checkpoint.next_offset;
        }
    }
    return entries;
}

}  // namespace pakashop::model
