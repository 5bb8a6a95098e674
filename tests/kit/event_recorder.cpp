#include "tests/kit/event_recorder.hpp"

#include <algorithm>

#include "events/kernel/require.hpp"

namespace pakashop::kit {
namespace {

constexpr NodeId leader{7};

CommandId command_id(std::uint64_t number) {
    CommandId id{};
    for (std::size_t i = 0; i < 8; ++i) id[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    return id;
}

}  // namespace

EventRecorder::EventRecorder(Log& log, Vault& vault) : log_{log}, vault_{vault} {
    for (std::uint32_t i = 0; i < log.partitions(); ++i) {
        const auto number = static_cast<PartitionId>(i);
        Admission fold{log.generation(), number};
        const Place genesis = fold.place();
        partitions_.push_back({std::move(fold), genesis, {}});
        Record announcement = blank(partitions_.back(), number);
        announcement.kind = RecordKind::announce;
        announcement.epoch = 1;
        stage(partitions_.back(), std::move(announcement));
    }
}

Record EventRecorder::blank(const Partition& partition, PartitionId number) const {
    Record record;
    record.generation = log_.generation();
    record.partition = number;
    record.epoch = partition.fold.epoch();
    record.node = leader;
    record.seq = partition.fold.place().seq;
    record.prev = partition.fold.place().head;
    record.known = partition.known;
    record.at = now_;
    return record;
}

void EventRecorder::stage(Partition& partition, Record record) {
    std::string bytes = encode_record(record);
    const Digest hash = hash_in(bytes);
    require(
        partition.fold.offer(record, hash) == Verdict::admitted,
        "a recorded commit follows the last one"
    );
    partition.staged.push_back(
        {std::make_shared<const Record>(std::move(record)), std::move(bytes), hash}
    );
}

void EventRecorder::commit(const std::string& key, std::vector<StreamEvent> events) {
    const PartitionId number = partition_of(key, log_.partitions());
    Partition& partition = partitions_[number];
    Record record = blank(partition, number);
    record.kind = RecordKind::commit;
    record.key = key;
    record.command = command_id(++commands_);
    record.command_type = "test.command";
    record.actor = {"usr_test", "SYSTEM", "process"};
    record.trace.correlation = "cor_" + std::to_string(commands_);
    for (StreamEvent& each : events) {
        const std::int64_t version = ++versions_[each.stream];
        seal(each.event, vault_, sealing_place(each.stream, version));
        const auto index = static_cast<std::uint32_t>(record.events.size());
        record.events.push_back(
            {event_id(record.command, index),
             each.stream,
             version,
             std::string{type_of(each.event)},
             1,
             encode_event(each.event)}
        );
    }
    events_ += record.events.size();
    stage(partition, std::move(record));
}

void EventRecorder::import(const std::string& key, std::string bytes) {
    const PartitionId number = partition_of(key, log_.partitions());
    Record record = blank(partitions_[number], number);
    record.kind = RecordKind::import;
    record.key = key;
    record.body = std::move(bytes);
    stage(partitions_[number], std::move(record));
}

void EventRecorder::flush() {
    std::vector<PartitionBatch> batches;
    for (std::size_t i = 0; i < partitions_.size(); ++i) {
        Partition& each = partitions_[i];
        if (each.staged.empty()) continue;
        batches.push_back(
            {static_cast<PartitionId>(i), std::exchange(each.staged, {}), each.fold.state(), {}}
        );
        each.known = each.fold.place();
    }
    const auto outcomes = log_.append(batches);
    const bool durable = std::ranges::all_of(outcomes, [](AppendOutcome outcome) {
        return outcome == AppendOutcome::durable;
    });
    require(durable, "a flush of the recorder is durable");
}

}  // namespace pakashop::kit
