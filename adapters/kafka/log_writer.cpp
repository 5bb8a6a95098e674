#include "adapters/kafka/log_writer.hpp"

#include <algorithm>
#include <utility>

namespace pakashop::kafka {
namespace {

constexpr std::size_t wire_records_max = 64;
constexpr std::size_t wire_bytes_max = 512uz * 1024;

// How many of the records, of which there is one at least, go over the wire together.
std::size_t wire_count(std::span<const OutRecord> records) {
    std::size_t bytes = records[0].bytes.size();
    std::size_t count = 1;
    while (count < std::min(records.size(), wire_records_max)) {
        bytes += records[count].bytes.size();
        if (bytes > wire_bytes_max) break;
        ++count;
    }
    return count;
}

}  // namespace

LogWriter::LogWriter(WriterOptions options, std::size_t partitions, KnownEnds& ends)
    : options_{std::move(options)},
      ends_{ends},
      partitions_(partitions),
      producers_(options_.producers) {}

LogWriter::~LogWriter() {
    std::vector<std::unique_ptr<Producer>> ending;
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
        ending.swap(producers_);
        std::ranges::move(retired_, std::back_inserter(ending));
        retired_.clear();
    }
    ending.clear();  // Whatever they had on the wire is settled by that, and what waited behind it.
}

std::future<std::vector<AppendOutcome>> LogWriter::begin_append(
    std::span<const PartitionBatch> batches
) {
    auto call = std::make_shared<Call>();
    call->outcomes.resize(batches.size());
    call->open = batches.size();
    auto future = call->promise.get_future();
    if (batches.empty()) call->promise.set_value({});
    const std::lock_guard lock{mutex_};
    std::erase_if(retired_, [](const auto& producer) { return producer->ended(); });
    for (std::size_t i = 0; i < batches.size(); ++i) {
        const PartitionBatch& batch = batches[i];
        Waiting waiting;
        waiting.call = call;
        waiting.index = i;
        for (const StagedRecord& staged : batch.records) {
            waiting.records.push_back({staged.record->key, staged.bytes});
        }
        waiting.announces =
            !batch.records.empty() && batch.records[0].record->kind == RecordKind::announce;
        partitions_.at(batch.partition).waiting.push_back(std::move(waiting));
        advance(batch.partition);
    }
    return future;
}

void LogWriter::continue_at(PartitionId number, std::uint64_t offset) {
    const std::lock_guard lock{mutex_};
    Partition& partition = partitions_.at(number);
    if (partition.closed != AppendOutcome::regressed) partition.next = offset;
    ends_.raise(number, offset);
}

// Until something of the partition is on the wire, or nothing waits.
void LogWriter::advance(PartitionId number) {
    Partition& partition = partitions_[number];
    while (!partition.waiting.empty()) {
        const Waiting& first = partition.waiting.front();
        if (first.on_wire > 0) return;
        if (const auto refused = refusal(partition)) {
            finish(partition, *refused);
        } else if (first.stored == first.records.size()) {
            finish(partition, AppendOutcome::durable);
        } else if (send_next(number)) {
            return;
        } else {
            failed(number, AppendOutcome::unknown);
        }
    }
}

// What is wrong with sending the first one that waits.
std::optional<AppendOutcome> LogWriter::refusal(const Partition& partition) const {
    if (partition.closed == AppendOutcome::regressed) return AppendOutcome::regressed;
    if (stopping_) return AppendOutcome::unknown;
    const Waiting& first = partition.waiting.front();
    const bool opens = first.announces && first.stored == 0;
    if (!opens && !partition.next) return partition.closed;
    return std::nullopt;
}

bool LogWriter::send_next(PartitionId number) {
    Partition& partition = partitions_[number];
    Waiting& first = partition.waiting.front();
    Producer* producer = producer_of(number);
    if (!producer) return false;
    const bool opens = first.announces && first.stored == 0;
    partition.berth = opens ? Berth{ends_.of(number), false} : Berth{*partition.next, true};
    const auto rest = std::span<const OutRecord>{first.records}.subspan(first.stored);
    first.on_wire = wire_count(rest);
    partition.carrier = producer;
    producer->send(number, rest.first(first.on_wire));
    return true;
}

void LogWriter::delivered(PartitionId number, std::span<const Report> reports) {
    const std::lock_guard lock{mutex_};
    const AppendOutcome outcome = judge(reports, partitions_[number].berth);
    if (outcome == AppendOutcome::durable) {
        stored(number, static_cast<std::uint64_t>(reports.back().offset) + 1);
    } else {
        failed(number, outcome);
    }
    advance(number);
}

void LogWriter::stored(PartitionId number, std::uint64_t end) {
    Partition& partition = partitions_[number];
    Waiting& first = partition.waiting.front();
    partition.next = end;
    first.stored += std::exchange(first.on_wire, 0);
    ends_.raise(number, end);
}

void LogWriter::failed(PartitionId number, AppendOutcome outcome) {
    Partition& partition = partitions_[number];
    partition.next.reset();
    partition.closed = outcome;
    ends_.doubt(number);
    retire(number);
    say(number, outcome);
    finish(partition, outcome);
}

void LogWriter::finish(Partition& partition, AppendOutcome outcome) {
    const Waiting done = std::move(partition.waiting.front());
    partition.waiting.pop_front();
    done.call->outcomes[done.index] = outcome;
    if (--done.call->open == 0) done.call->promise.set_value(std::move(done.call->outcomes));
}

Producer* LogWriter::producer_of(PartitionId number) {
    auto& producer = producers_[number % producers_.size()];
    if (!producer) {
        auto made = Producer::make(
            options_.common,
            options_.topic,
            [this](PartitionId partition, std::span<const Report> reports) {
                delivered(partition, reports);
            }
        );
        if (!made) return nullptr;
        producer = *std::move(made);
    }
    return producer.get();
}

// Other partitions may wait for reports of them: those still come. The others are replaced as well,
// since they send to whoever led until somebody tells each of them.
void LogWriter::retire(PartitionId number) {
    if (stopping_) return;
    const auto& own = producers_[number % producers_.size()];
    if (!own || own.get() != partitions_[number].carrier) return;
    for (auto& producer : producers_) {
        if (!producer) continue;
        producer->retire();
        retired_.push_back(std::exchange(producer, nullptr));
    }
}

void LogWriter::say(PartitionId number, AppendOutcome outcome) {
    if (!options_.on_failure) return;
    const std::string where = "partition " + std::to_string(number) + ": ";
    const bool regressed = outcome == AppendOutcome::regressed;
    options_.on_failure(
        where + (regressed ? "the log gave out a place again that it had acknowledged"
                           : "a batch was not acknowledged as it had to be")
    );
}

}  // namespace pakashop::kafka
