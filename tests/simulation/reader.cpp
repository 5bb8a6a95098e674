#include "tests/simulation/reader.hpp"

#include <algorithm>

namespace pakashop::simulation {
namespace {

constexpr std::size_t hash_bytes = 32;

void read_change(Wire& wire) {
    if (wire.record.kind != RecordKind::commit || wire.record.events.empty()) return;
    wire.command = wire.record.command[0] % commands_max;
    wire.change = from_payload(wire.record.events[0].payload);
}

}  // namespace

WirePointer wire_of(Record record) {
    auto wire = std::make_shared<Wire>();
    wire->bytes = encode_record(record);
    wire->hash = hash_in(wire->bytes);
    wire->record = std::move(record);
    read_change(*wire);
    return wire;
}

WirePointer flipped(const Wire& wire, std::size_t bit) {
    auto out = std::make_shared<Wire>();
    out->bytes = wire.bytes;
    char& byte = out->bytes[bit / 8 % out->bytes.size()];
    byte = static_cast<char>(byte ^ (1 << (bit % 8)));
    out->damaged = !decode_record(out->bytes).has_value();
    std::string rehashed = out->bytes.substr(0, out->bytes.size() - hash_bytes);
    rehashed += text_of(sha256(rehashed));
    const auto decoded = decode_record(rehashed);
    out->readable = decoded.has_value();
    out->hash = hash_in(rehashed);
    out->record = decoded ? decoded->record : wire.record;
    read_change(*out);
    return out;
}

NodeId node_id(std::uint32_t number) {
    NodeId id{};
    for (std::size_t i = 0; i < 4; ++i) id[i] = static_cast<std::uint8_t>(number >> (8 * i));
    return id;
}

Record blank_record(RecordKind kind, const Admission& known) {
    Record record;
    record.generation = generation;
    record.partition = partition;
    record.kind = kind;
    record.epoch = known.epoch();
    record.seq = known.place().seq;
    record.prev = known.place().head;
    record.known = known.place();
    return record;
}

void put_change(Record& record, int command, const Change& change) {
    record.key = "thing" + std::to_string(change.thing);
    record.command[0] = static_cast<std::uint8_t>(command);
    record.events = {
        {event_id(record.command, 0),
         record.key,
         change.after.version + 1,
         "thing.changed.v1",
         1,
         to_payload(change)}
    };
}

Reader::Reader(const Rules& rules, bool in_copy)
    : rules_{rules}, in_copy_{in_copy}, fold_{generation, partition}, heads_{fold_.place().head} {}

Verdict Reader::offer(const Wire& wire) {
    const bool refused = wire.damaged && (rules_.hash || !wire.readable);
    const Verdict verdict = refused ? Verdict::halt : fold_.offer(presented(wire), wire.hash);
    if (verdict == Verdict::halt) halted_ = true;
    if (verdict != Verdict::admitted) return verdict;
    heads_.push_back(fold_.place().head);
    if (wire.command) apply(shelf_, *wire.command, *wire.change);
    return verdict;
}

// A seal names the log it points to, and in that log it seals nothing.
Record Reader::presented(const Wire& wire) const {
    Record record = wire.record;
    const Place place = fold_.place();
    // Its head goes with it: compared with ours at any other place, it would halt all the same.
    if (!rules_.known_seq && record.known.seq > place.seq) record.known = place;
    const bool comparable = record.known.seq <= place.seq && record.known.seq < heads_.size();
    if (!rules_.known_head && comparable) record.known.head = heads_[record.known.seq];
    if (!rules_.seal || in_copy_) record.body.clear();
    if (record.kind == RecordKind::announce) return record;
    if (!rules_.epoch) {
        record.epoch = fold_.epoch();
        record.node = fold_.node();
    }
    if (!rules_.seq) record.seq = place.seq;
    if (!rules_.prev) record.prev = place.head;
    return record;
}

bool Reader::differs(const Reader& other, std::uint64_t other_seq) const {
    const std::uint64_t both = std::min<std::uint64_t>(seq(), other_seq);
    return heads_[both] != other.heads_[both];
}

}  // namespace pakashop::simulation
