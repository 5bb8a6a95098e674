#include "handlers/log_seal.hpp"

#include <algorithm>
#include <numeric>
#include <ranges>

#include "handlers/process_place.hpp"

namespace pakashop {
namespace {

constexpr int seal_tries_max = 10;

bool seals(const Record& record) {
    return record.kind == RecordKind::resign && !record.body.empty();
}

bool led_by(const AdmissionState& state, const NodeId& node) {
    return state.epoch > 0 && state.node == node && !state.resigned;
}

/// Stages what ends a partition, from where it stands.
class Sealer {
public:
    Sealer(std::string_view generation, PartitionId partition, const PartitionSurvey& at)
        : generation_{generation},
          fold_{generation, partition, at.state},
          known_{at.state.place},
          at_{at.newest},
          batch_{partition, {}, {}, {}} {}

    void stage(RecordKind kind, const NodeId& node, const std::string& body) {
        Record record;
        record.generation = generation_;
        record.partition = batch_.partition;
        record.epoch = fold_.epoch() + (kind == RecordKind::announce ? 1 : 0);
        record.node = node;
        record.seq = fold_.place().seq;
        record.prev = fold_.place().head;
        record.known = known_;
        record.kind = kind;
        record.at = at_;
        record.body = body;
        std::string bytes = encode_record(record);
        const Digest hash = hash_in(bytes);
        fold_.offer(record, hash);
        batch_.records.push_back(
            {std::make_shared<const Record>(std::move(record)), std::move(bytes), hash}
        );
        batch_.after = fold_.state();
    }
    PartitionBatch take() { return std::move(batch_); }

private:
    std::string_view generation_;
    Admission fold_;
    Place known_;
    Instant at_;
    PartitionBatch batch_;
};

/// Who seals, and where the log goes on.
struct SealOrder {
    const std::string& moved_to;
    const NodeId& node;
};

// Where others can write, nothing goes with an announcement, which may get lost alone; and only
// behind one that is known to be durable does the log take anything: of an append that came to
// anything else the announcement is made anew, though reading may have found it. Where all of it is
// one write, there is no announcement without its seal either.
std::vector<PartitionBatch> next_batches(
    Log& log,
    const LogSurvey& now,
    const SealOrder& order,
    const std::vector<bool>& last_durable
) {
    std::vector<PartitionBatch> batches;
    for (std::size_t i = 0; i < now.partitions.size(); ++i) {
        const AdmissionState& state = now.partitions[i].state;
        if (state.sealed) continue;
        Sealer sealer{log.generation(), static_cast<PartitionId>(i), now.partitions[i]};
        const bool leads = last_durable[i] && led_by(state, order.node);
        if (!leads) sealer.stage(RecordKind::announce, order.node, {});
        if (leads || log.exclusive()) {
            sealer.stage(RecordKind::resign, order.node, order.moved_to);
        }
        batches.push_back(sealer.take());
    }
    return batches;
}

}  // namespace

CopyFailure damaged(std::string_view log, PartitionId partition, const ChainProblem& problem) {
    const bool away = problem.fault == ChainFault::unreadable;
    return {
        away ? CopyFailure::Kind::unavailable : CopyFailure::Kind::damaged,
        std::string{log} + ", " + text_of(partition, problem)
    };
}

std::uint64_t LogSurvey::records() const {
    return std::transform_reduce(
        partitions.begin(),
        partitions.end(),
        std::uint64_t{0},
        std::plus{},
        [](const PartitionSurvey& one) { return one.end.seq; }
    );
}

std::uint64_t LogSurvey::bytes() const {
    return std::transform_reduce(
        partitions.begin(),
        partitions.end(),
        std::uint64_t{0},
        std::plus{},
        [](const PartitionSurvey& one) { return one.bytes; }
    );
}

bool LogSurvey::sealed() const {
    return std::ranges::all_of(partitions, [](const auto& one) { return one.state.sealed; });
}

std::string LogAddress::text() const {
    return location + " " + generation + (cluster.empty() ? "" : " " + cluster);
}

std::optional<LogAddress> LogAddress::parse(std::string_view text) {
    std::vector<std::string> words;
    for (const auto word : std::views::split(text, ' ')) {
        words.emplace_back(word.begin(), word.end());
    }
    if (words.size() < 2 || words.size() > 3) return std::nullopt;
    words.resize(3);
    return LogAddress{words[0], words[1], words[2]};
}

bool LogAddress::same_log(const LogAddress& other) const {
    const bool one_cluster = !cluster.empty() && cluster == other.cluster;
    return generation == other.generation && (one_cluster || location == other.location);
}

LogSurveyor::LogSurveyor(Log& log) : log_{log} {
    for (std::uint32_t i = 0; i < log.partitions(); ++i) {
        lanes_.push_back({ChainReader{log, static_cast<PartitionId>(i)}});
    }
}

Result<LogSurvey, CopyFailure> LogSurveyor::read() {
    LogSurvey out;
    for (Lane& lane : lanes_) {
        if (auto done = read(lane); !done) {
            return unexpected{damaged("the source", lane.reader.partition(), done.error())};
        }
        out.partitions.push_back(lane.found);
    }
    return out;
}

Result<void, ChainProblem> LogSurveyor::read(Lane& lane) {
    PartitionSurvey& found = lane.found;
    while (true) {
        const auto next = lane.reader.peek();
        if (!next) return unexpected{next.error()};
        if (!*next) break;
        const Place before = lane.reader.state().place;
        const AdmittedRecord taken = lane.reader.take();
        const Record& record = *taken.staged.record;
        if (record.kind == RecordKind::announce) lane.before_announcement = before;
        if (const auto place = process_place_in(record)) {
            found.process_place = static_cast<std::uint64_t>(place->version);
        }
        found.bytes += taken.staged.bytes.size();
        found.largest = std::max(found.largest, taken.staged.bytes.size());
        found.newest = std::max(found.newest, record.at);
        if (seals(record)) found.moved_to = record.body;
    }
    found.state = lane.reader.state();
    found.end = found.state.sealed ? lane.before_announcement : found.state.place;
    return {};
}

// Whatever an append comes to, reading says what is sealed by now; whether the log takes a seal
// behind an announcement, only its own outcome says.
Result<LogSurvey, CopyFailure>
seal(LogSurveyor& surveyor, const std::string& moved_to, const NodeId& node) {
    Log& log = surveyor.log();
    auto now = surveyor.read();
    std::vector<bool> last_durable(log.partitions());
    for (int tries = 0; now && !now->sealed(); ++tries) {
        if (tries == seal_tries_max) {
            return unexpected{
                CopyFailure{CopyFailure::Kind::unavailable, "the source cannot be sealed now"}
            };
        }
        const auto batches = next_batches(log, *now, {moved_to, node}, last_durable);
        const auto outcomes = log.append(batches);
        for (std::size_t i = 0; i < batches.size(); ++i) {
            last_durable[batches[i].partition] = outcomes[i] == AppendOutcome::durable;
        }
        now = surveyor.read();
    }
    return now;
}

std::optional<std::string> moved_to(Store& store, std::uint32_t partitions) {
    for (std::uint32_t i = 0; i < partitions; ++i) {
        const auto partition = static_cast<PartitionId>(i);
        const AdmissionState state = store.state(partition);
        if (!state.sealed) continue;
        const auto last = store.record(partition, state.place.seq - 1);
        const auto decoded = last ? decode_record(*last) : unexpected{RecordError::truncated};
        return decoded ? decoded->record.body : "a place its last record does not tell";
    }
    return std::nullopt;
}

}  // namespace pakashop
