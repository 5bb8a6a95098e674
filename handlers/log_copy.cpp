#include "handlers/log_copy.hpp"

#include <algorithm>
#include <numeric>

#include "events/kernel/require.hpp"
#include "handlers/process_place.hpp"

namespace pakashop {
namespace {

using Kind = CopyFailure::Kind;

constexpr std::size_t group_records_max = 64;
constexpr std::size_t group_bytes_max = 512uz * 1024;
/// So much of a partition is sent before it is read back.
constexpr std::size_t leg_bytes = 16uz * 1024 * 1024;
constexpr int vain_legs_max = 5;

CopyFailure foreign(PartitionId partition, std::uint64_t seq, std::string_view what) {
    return {
        Kind::foreign,
        "the target's partition " + std::to_string(partition) + " holds at position " +
            std::to_string(seq) + " " + std::string{what}
    };
}

// A record whose writer had seen one of the group would halt every reader if that one got lost, and
// so would a record of an epoch whose announcement got lost.
bool goes_with(const PartitionBatch& group, std::size_t bytes, const AdmittedRecord& next) {
    if (group.records.empty()) return true;
    const Record& first = *group.records.front().record;
    const Record& record = *next.staged.record;
    return group.records.size() < group_records_max &&
           bytes + next.staged.bytes.size() <= group_bytes_max &&
           first.kind != RecordKind::announce && record.kind != RecordKind::announce &&
           record.known.seq <= first.seq;
}

}  // namespace

LogCopy::LogCopy(Log& source, CopyTarget target, CopyProgress progress)
    : target_{std::move(target)}, progress_{std::move(progress)} {
    require(source.generation() == target_.log.generation(), "a copy is of the same generation");
    require(source.partitions() == target_.log.partitions(), "a copy has the same partitions");
    for (std::uint32_t i = 0; i < source.partitions(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        lanes_.push_back({ChainReader{source, partition}, ChainReader{target_.log, partition}});
    }
}

Result<bool, CopyFailure> LogCopy::compare(const LogSurvey& source) {
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        lanes_[i].end = source.partitions[i].end.seq;
        lanes_[i].sealed = source.partitions[i].state.sealed;
        if (auto compared = compare(lanes_[i]); !compared) return unexpected{compared.error()};
    }
    return std::ranges::all_of(lanes_, &Lane::whole);
}

Result<void, CopyFailure> LogCopy::compare(Lane& lane) const {
    const PartitionId partition = lane.target.partition();
    while (true) {
        const auto there = lane.target.peek();
        if (!there) return unexpected{damaged("the target", partition, there.error())};
        if (!*there) return {};
        const std::uint64_t seq = lane.source.state().place.seq;
        if (lane.whole()) {
            if (lane.sealed) return {};
            return unexpected{foreign(partition, seq, "more than the source")};
        }
        const auto own = lane.source.peek();
        if (!own) return unexpected{damaged("the source", partition, own.error())};
        if (!*own || (*own)->staged.bytes != (*there)->staged.bytes) {
            return unexpected{foreign(partition, seq, "another record than the source")};
        }
        const bool same = lane.source.take().offset == lane.target.take().offset;
        lane.offsets_kept = lane.offsets_kept && same;
    }
}

Result<void, CopyFailure> LogCopy::run(const LogSurvey& source) {
    auto whole = compare(source);
    for (int vain = 0; whole && !*whole;) {
        const std::uint64_t before = compared();
        if (auto sent = send_some(); !sent) return sent;
        whole = compare(source);
        vain = compared() > before ? 0 : vain + 1;
        if (vain == vain_legs_max) {
            return unexpected{CopyFailure{
                Kind::unavailable,
                "the target takes no records; look after its brokers, and run this again"
            }};
        }
    }
    if (!whole) return unexpected{whole.error()};
    return {};
}

// Every lane goes as far as it gets; one whose append is not known to be durable waits until it
// was read what is there.
Result<void, CopyFailure> LogCopy::send_some() {
    std::vector<Sending> all;
    for (Lane& lane : lanes_) {
        if (lane.whole()) continue;
        if (target_.continue_at) {
            target_.continue_at(lane.target.partition(), lane.target.next_offset());
        }
        all.push_back({&lane, lane.source});
    }
    while (!all.empty()) {
        if (auto sent = send_round(all); !sent) return sent;
        std::erase_if(all, [](const Sending& one) { return one.done; });
    }
    return {};
}

Result<void, CopyFailure> LogCopy::send_round(std::vector<Sending>& all) {
    std::vector<PartitionBatch> groups;
    for (Sending& one : all) {
        auto group = next_group(one);
        if (!group) return unexpected{group.error()};
        groups.push_back(*std::move(group));
    }
    const auto outcomes = target_.log.append(groups);
    std::uint64_t records = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (outcomes[i] == AppendOutcome::storage_low) {
            return unexpected{CopyFailure{Kind::storage_low, "the target is short of space"}};
        }
        if (outcomes[i] == AppendOutcome::regressed) {
            return unexpected{CopyFailure{
                Kind::damaged, "the target lost records it had acknowledged; make it anew"
            }};
        }
        const bool durable = outcomes[i] == AppendOutcome::durable;
        if (durable) records += groups[i].records.size();
        const bool at_end = all[i].ahead.state().place.seq == all[i].lane->end;
        all[i].done = !durable || at_end || all[i].bytes >= leg_bytes;
    }
    if (progress_) progress_(records);
    return {};
}

Result<PartitionBatch, CopyFailure> LogCopy::next_group(Sending& sending) const {
    const PartitionId partition = sending.ahead.partition();
    PartitionBatch group{partition, {}, {}, {}};
    std::size_t bytes = 0;
    while (sending.ahead.state().place.seq < sending.lane->end) {
        const auto next = sending.ahead.peek();
        if (!next) return unexpected{damaged("the source", partition, next.error())};
        if (!*next) {
            return unexpected{CopyFailure{Kind::damaged, "the source became shorter meanwhile"}};
        }
        if (!goes_with(group, bytes, **next)) break;
        AdmittedRecord record = sending.ahead.take();
        bytes += record.staged.bytes.size();
        if (auto place = process_place_in(*record.staged.record)) {
            group.snapshots.push_back(*std::move(place));
        }
        group.records.push_back(std::move(record.staged));
        group.after = record.after;
    }
    sending.bytes += bytes;
    return group;
}

std::uint64_t LogCopy::compared() const {
    std::uint64_t records = 0;
    for (const Lane& lane : lanes_) records += lane.source.state().place.seq;
    return records;
}

std::uint64_t LogCopy::voids() const {
    std::uint64_t voids = 0;
    for (const Lane& lane : lanes_) voids += lane.target.voids();
    return voids;
}

bool LogCopy::offsets_kept() const { return std::ranges::all_of(lanes_, &Lane::offsets_kept); }

}  // namespace pakashop
