#include "handlers/chain.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <unordered_map>
#include <utility>

#include "events/codec.hpp"
#include "events/record_index.hpp"

namespace pakashop {
namespace {

constexpr std::size_t read_bytes = 8U << 20;

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>{}(text);
    }
};
using Versions = std::unordered_map<std::string, std::int64_t, TextHash, std::equal_to<>>;

class Verifier {
public:
    /// `exclusive`: the log has one writer at a time, so nothing in it can be void.
    Verifier(std::string_view generation, PartitionId partition, bool exclusive)
        : fold_{generation, partition}, exclusive_{exclusive} {
        count_.place = fold_.place();
    }

    /// What is wrong with the next record; nothing when it may stand where it does.
    std::optional<ChainProblem> take(const LogEntry& entry) {
        if (entry.offset < next_offset_) return problem(ChainFault::offset_gap, entry);
        next_offset_ = entry.offset + 1;
        const auto view = view_record(entry.bytes);
        if (!view) return problem(fault_of(view.error()), entry);
        copy_header(*view);
        const Verdict verdict = fold_.offer(header_, view->hash);
        if (verdict == Verdict::halt) return problem(fault_of(fold_.halted_because()), entry);
        count_.bytes += entry.bytes.size();
        count_.voids = fold_.voided();
        if (verdict == Verdict::voided) {
            if (exclusive_) return problem(ChainFault::impossible_record, entry, "it is void");
            return std::nullopt;
        }
        ++count_.records;
        count_.place = fold_.place();
        return take_events(*view, entry);
    }

    const ChainCount& count() const { return count_; }
    std::uint64_t next_offset() const { return next_offset_; }
    ChainProblem unreadable() const {
        return {ChainFault::unreadable, next_offset_, fold_.place().seq, {}};
    }

private:
    ChainProblem problem(ChainFault fault, const LogEntry& entry, std::string detail = {}) const {
        return {fault, entry.offset, fold_.place().seq, std::move(detail)};
    }

    // The fold wants a Record, but none of its long texts: one is kept and filled again, so that a
    // record costs no allocation.
    void copy_header(const RecordView& view) {
        header_.generation = view.generation;
        header_.partition = view.partition;
        header_.epoch = view.epoch;
        header_.node = view.node;
        header_.seq = view.seq;
        header_.prev = view.prev;
        header_.known = view.known;
        header_.kind = view.kind;
        header_.body.clear();
        if (view.kind == RecordKind::resign) header_.body = view.body;
    }

    std::optional<ChainProblem> take_events(const RecordView& view, const LogEntry& entry) {
        if (view.kind == RecordKind::import) return take_import(view, entry);
        std::string_view rest = view.events;
        while (const auto event = next_event(rest)) {
            if (auto gap = follow(event->stream, event->version, entry)) return gap;
        }
        return std::nullopt;
    }

    std::optional<ChainProblem> take_import(const RecordView& view, const LogEntry& entry) {
        auto carried = decode_record(view.body);
        if (!carried) return problem(fault_of(carried.error()), entry, "the imported record");
        const auto original = original_of(std::move(carried->record));
        if (!original) return problem(fault_of(original.error()), entry, "the imported record");
        for (const RecordedEvent& event : original->events) {
            if (auto gap = follow(event.stream, event.version, entry)) return gap;
        }
        return std::nullopt;
    }

    std::optional<ChainProblem>
    follow(std::string_view stream, std::int64_t version, const LogEntry& entry) {
        ++count_.events;
        auto known = versions_.find(stream);
        if (known == versions_.end()) known = versions_.emplace(std::string{stream}, 0).first;
        if (version == ++known->second) return std::nullopt;
        std::string detail{stream};
        detail += ": version " + std::to_string(version) + " where ";
        detail += std::to_string(known->second) + " is next";
        return problem(ChainFault::version_gap, entry, std::move(detail));
    }

    Admission fold_;
    bool exclusive_;
    Record header_;
    Versions versions_;
    ChainCount count_;
    std::uint64_t next_offset_ = 0;
};

}  // namespace

ChainFault fault_of(RecordError error) {
    switch (error) {
        case RecordError::truncated:
            return ChainFault::truncated;
        case RecordError::unknown_format:
            return ChainFault::unknown_format;
        case RecordError::malformed:
            return ChainFault::malformed;
        case RecordError::bad_hash:
            break;
    }
    return ChainFault::bad_hash;
}

ChainFault fault_of(HaltReason reason) {
    switch (reason) {
        case HaltReason::foreign_log:
            return ChainFault::foreign_log;
        case HaltReason::lost_history:
            return ChainFault::lost_history;
        case HaltReason::other_history:
            return ChainFault::other_history;
        case HaltReason::impossible_record:
        case HaltReason::none:
            break;
    }
    return ChainFault::impossible_record;
}

std::string text_of(PartitionId partition, const ChainProblem& problem) {
    std::string text = "partition " + std::to_string(partition) + ", position ";
    text += std::to_string(problem.seq) + " (offset " + std::to_string(problem.offset) + "): ";
    text += name_of(problem.fault);
    if (!problem.detail.empty()) text += ": " + problem.detail;
    return text;
}

Result<ChainCount, ChainProblem>
verify_chain(Log& log, PartitionId partition, const ChainProgress& progress) {
    Verifier verifier{log.generation(), partition, log.exclusive()};
    for (;;) {
        const auto entries = log.read(partition, verifier.next_offset(), read_bytes);
        if (!entries) return unexpected{verifier.unreadable()};
        if (entries->empty()) return verifier.count();
        for (const LogEntry& entry : *entries) {
            if (auto problem = verifier.take(entry)) return unexpected{*std::move(problem)};
        }
        if (progress) progress(verifier.count());
    }
}

std::vector<Result<ChainCount, ChainProblem>> verify_chains(Log& log) {
    std::vector<Result<ChainCount, ChainProblem>> results(log.partitions());
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t i = next++; i < results.size(); i = next++) {
            results[i] = verify_chain(log, static_cast<PartitionId>(i));
        }
    };
    std::vector<std::jthread> helpers;
    const std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
    while (helpers.size() + 1 < std::min(processors, results.size())) helpers.emplace_back(work);
    work();
    helpers.clear();
    return results;
}

std::optional<WitnessedPlace>
missing_place(Store& store, std::uint32_t partitions, std::span<const WitnessedPlace> places) {
    for (const WitnessedPlace& seen : places) {
        if (seen.partition >= partitions) return seen;
        if (store.head_at(seen.partition, seen.place.seq) != seen.place.head) return seen;
    }
    return std::nullopt;
}

}  // namespace pakashop
