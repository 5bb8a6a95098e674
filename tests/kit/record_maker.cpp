#include "tests/kit/record_maker.hpp"

#include <utility>

#include "events/kernel/require.hpp"

namespace pakashop::kit {

CommandId numbered(std::uint64_t number) {
    CommandId id{};
    for (std::size_t i = 0; i < 8; ++i) {
        id[15 - i] = static_cast<std::uint8_t>(number >> (8 * i) & 0xff);
    }
    return id;
}

RecordMaker::RecordMaker(std::string generation, PartitionId partition, std::uint64_t node)
    : generation_{std::move(generation)},
      partition_{partition},
      node_{numbered(node)},
      fold_{generation_, partition},
      known_{fold_.place()} {}

RecordMaker::RecordMaker(
    std::string generation,
    PartitionId partition,
    const AdmissionState& at,
    std::uint64_t node
)
    : generation_{std::move(generation)},
      partition_{partition},
      node_{numbered(node)},
      fold_{generation_, partition, at},
      known_{at.place} {}

Record RecordMaker::blank(RecordKind kind) const {
    Record record;
    record.generation = generation_;
    record.partition = partition_;
    record.epoch = fold_.epoch();
    record.node = node_;
    record.seq = fold_.place().seq;
    record.prev = fold_.place().head;
    record.known = known_;
    record.kind = kind;
    record.at = now_;
    return record;
}

const StagedRecord& RecordMaker::stage(Record record) {
    std::string bytes = encode_record(record);
    const Digest hash = hash_in(bytes);
    require(fold_.offer(record, hash) == Verdict::admitted, "a made record follows the last one");
    return staged_.emplace_back(
        StagedRecord{std::make_shared<const Record>(std::move(record)), std::move(bytes), hash}
    );
}

const StagedRecord& RecordMaker::announce() {
    Record record = blank(RecordKind::announce);
    record.epoch += 1;
    return stage(std::move(record));
}

const StagedRecord& RecordMaker::resign(std::string moved_to) {
    Record record = blank(RecordKind::resign);
    record.body = std::move(moved_to);
    return stage(std::move(record));
}

const StagedRecord& RecordMaker::checkpoint(std::string place) {
    Record record = blank(RecordKind::checkpoint);
    record.body = std::move(place);
    return stage(std::move(record));
}

const StagedRecord&
RecordMaker::commit(std::string key, std::uint64_t command, const std::vector<PlainEvent>& events) {
    Record record = blank(RecordKind::commit);
    record.key = std::move(key);
    record.command = numbered(command);
    record.fingerprint = sha256(text_of(record.command));
    record.command_type = "test.command.v1";
    record.actor = {"usr_1", "customer", "password"};
    record.trace = {"", "corr-1", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"};
    for (const PlainEvent& event : events) {
        const auto index = static_cast<std::uint32_t>(record.events.size());
        record.events.push_back(
            {event_id(record.command, index),
             event.stream,
             ++versions_[event.stream],
             "test.happened.v1",
             1,
             event.payload}
        );
    }
    return stage(std::move(record));
}

const StagedRecord& RecordMaker::import(std::string key, std::string bytes) {
    Record record = blank(RecordKind::import);
    record.key = std::move(key);
    record.body = std::move(bytes);
    return stage(std::move(record));
}

PartitionBatch RecordMaker::take() {
    PartitionBatch batch;
    batch.partition = partition_;
    batch.records = std::exchange(staged_, {});
    batch.after = fold_.state();
    batch.snapshots = std::exchange(snapshots_, {});
    known_ = fold_.place();
    return batch;
}

}  // namespace pakashop::kit
