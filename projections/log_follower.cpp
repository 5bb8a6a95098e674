#include "projections/log_follower.hpp"

#include <algorithm>
#include <exception>
#include <ranges>

#include "events/codec.hpp"
#include "events/kernel/require.hpp"

namespace pakashop::model {
namespace {

using Kind = ReadStop::Kind;

// The heads a fold remembers, and as many void records between them.
constexpr std::uint64_t recalled_entries = 128;
constexpr std::size_t recalled_bytes = 1024uz * 1024;
// Where a log ends is a question to each broker that leads some of it.
constexpr std::chrono::seconds check_every{1};
constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

unexpected<ReadStop> stop(Kind kind, PartitionId partition, const std::string& what) {
    return unexpected{ReadStop{kind, "partition " + std::to_string(partition) + ": " + what}};
}

ReadStop stop_at(LogFailure failure) {
    if (failure == LogFailure::damaged) return {Kind::halted, "the log is damaged"};
    return {Kind::log_away, "the log cannot be read"};
}

unexpected<ReadStop> stop(LogFailure failure, PartitionId partition) {
    const ReadStop why = stop_at(failure);
    return stop(why.kind, partition, why.reason);
}

}  // namespace

Result<void, ReadStop> LogFollower::go_to(const std::vector<Checkpoint>& checkpoints) {
    places_.clear();
    check_next_ = {};
    for (const Checkpoint& each : checkpoints) {
        require(each.partition == places_.size(), "there is a checkpoint for each partition");
        if (auto there = check_still_there(each); !there) return there;
        auto fold = resumed_fold(each);
        if (!fold) return unexpected{std::move(fold.error())};
        places_.push_back({*std::move(fold), each});
    }
    return {};
}

// With the heads before the place, or rule 2 would be blind for a while: each record names the head
// it followed, and only the admitted one makes the next head of it.
Result<Admission, ReadStop> LogFollower::resumed_fold(const Checkpoint& checkpoint) {
    Admission fold{log_.generation(), checkpoint.partition, checkpoint.state};
    if (checkpoint.state.place.seq == 0) return fold;
    const auto links = links_up_to(checkpoint);
    if (!links) return unexpected{links.error()};
    Digest head = checkpoint.state.place.head;
    for (const Link& link : std::views::reverse(*links)) {
        if (next_head(link.prev, link.hash) != head) continue;
        if (!fold.recall(link.prev)) break;
        head = link.prev;
    }
    return fold;
}

Result<std::vector<LogFollower::Link>, ReadStop> LogFollower::links_up_to(
    const Checkpoint& checkpoint
) {
    std::vector<Link> links;
    const std::uint64_t last = checkpoint.last_offset;
    std::uint64_t next = last - std::min(last, recalled_entries);
    while (next <= last) {
        const auto entries = log_.read(checkpoint.partition, next, recalled_bytes);
        if (!entries) return stop(entries.error(), checkpoint.partition);
        if (entries->empty()) break;
        for (const LogEntry& entry : *entries) {
            const auto decoded = decode_record(entry.bytes);
            if (entry.offset <= last && decoded) {
                links.push_back({decoded->record.prev, decoded->hash});
            }
        }
        next = entries->back().offset + 1;
    }
    return links;
}

Result<void, ReadStop> LogFollower::check_still_there(const Checkpoint& checkpoint) {
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
            " up to which it was followed"
    );
}

Result<bool, ReadStop> LogFollower::read_next(std::size_t bytes_max, const Take& take) {
    if (auto whole = check_not_shortened(); !whole) return unexpected{std::move(whole.error())};
    for (std::size_t tried = 0; tried < places_.size(); ++tried) {
        const PartitionId partition = next_;
        next_ = static_cast<PartitionId>((next_ + 1U) % places_.size());
        auto some = read_entries(partition, bytes_max, take, no_limit);
        if (!some) next_ = partition;  // Met again first: nothing overtakes what cannot be read.
        if (!some || *some) return some;
    }
    return false;
}

Result<bool, ReadStop> LogFollower::read_partition(
    PartitionId partition,
    std::size_t bytes_max,
    const Take& take,
    std::uint64_t records_max
) {
    if (auto whole = check_not_shortened(); !whole) return unexpected{std::move(whole.error())};
    return read_entries(partition, bytes_max, take, records_max);
}

Result<bool, ReadStop> LogFollower::read_entries(
    PartitionId partition,
    std::size_t bytes_max,
    const Take& take,
    std::uint64_t records_max
) {
    Position& place = places_[partition];
    if (place.checkpoint.state.place.seq >= records_max) return false;
    auto entries = log_.read(partition, place.checkpoint.next_offset, bytes_max);
    if (!entries) return stop(entries.error(), partition);
    if (entries->empty()) return false;
    for (const LogEntry& entry : *entries) {
        if (place.checkpoint.state.place.seq >= records_max) break;
        if (auto taken = take_entry(place, entry, take); !taken) {
            return unexpected{std::move(taken.error())};
        }
    }
    return true;
}

// Seldom, so that idle partitions cost no question each time somebody looks for news.
Result<void, ReadStop> LogFollower::check_not_shortened() {
    const auto now = std::chrono::steady_clock::now();
    if (now < check_next_) return {};
    std::vector<PartitionId> partitions;
    for (const Position& each : places_) partitions.push_back(each.checkpoint.partition);
    const auto ends = log_.ends(partitions);
    if (!ends) return unexpected{stop_at(ends.error())};
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const std::uint64_t read_up_to = places_[i].checkpoint.next_offset;
        if ((*ends)[i] >= read_up_to) continue;
        return stop(
            Kind::halted,
            partitions[i],
            "the log ends at offset " + std::to_string((*ends)[i]) + ", but was read up to " +
                std::to_string(read_up_to)
        );
    }
    check_next_ = now + check_every;
    return {};
}

// Nothing moves before the record is taken, so one that cannot be digested is met again.
Result<void, ReadStop>
LogFollower::take_entry(Position& place, const LogEntry& entry, const Take& take) {
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
    try {
        take(*decoded);
    } catch (const std::exception& failure) {
        return stop(Kind::undigested, partition, failure.what());
    }
    place.admission.offer(decoded->record, decoded->hash);
    place.checkpoint.state = place.admission.state();
    place.checkpoint.next_offset = entry.offset + 1;
    place.checkpoint.last_offset = entry.offset;
    place.checkpoint.last_hash = decoded->hash;
    return {};
}

}  // namespace pakashop::model
