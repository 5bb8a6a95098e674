#include "tests/simulation/wire.hpp"

#include "events/kernel/require.hpp"
#include "tests/simulation/errand.hpp"

namespace pakashop::simulation {
namespace {

constexpr std::size_t hash_bytes = 32;

void note_errand(Wire& wire) {
    if (wire.record.kind == RecordKind::commit) wire.errand = errand_in(wire.record.command);
}

// Its head goes with its position: compared with ours at any other place, it would halt all the
// same.
void show_known(Record& record, const Place& place, const Heads& heads, const Rules& rules) {
    const bool of_others = record.kind != RecordKind::announce && !rules.known_of_others;
    const bool any_seq = !rules.known_seq || of_others;
    const bool any_head = !rules.known_head || of_others;
    if (any_seq && record.known.seq > place.seq) record.known = place;
    if (!any_head) return;
    if (const auto head = heads.head_after(record.known.seq)) record.known.head = *head;
}

}  // namespace

WirePointer wire_of(Record record) {
    auto wire = std::make_shared<Wire>();
    wire->bytes = encode_record(record);
    wire->hash = hash_in(wire->bytes);
    wire->record = std::move(record);
    note_errand(*wire);
    return wire;
}

WirePointer wire_of(std::string bytes) {
    auto decoded = decode_record(bytes);
    require(decoded.has_value(), "what a node sends is a record");
    auto wire = std::make_shared<Wire>();
    wire->bytes = std::move(bytes);
    wire->record = std::move(decoded->record);
    wire->hash = decoded->hash;
    note_errand(*wire);
    return wire;
}

WirePointer flipped(const Wire& wire, std::size_t bit) {
    auto out = std::make_shared<Wire>();
    out->bytes = wire.bytes;
    char& byte = out->bytes[bit / 8 % out->bytes.size()];
    byte = static_cast<char>(byte ^ (1 << (bit % 8)));
    out->damaged = !decode_record(out->bytes).has_value();
    std::string rehashed = out->bytes.substr(0, out->bytes.size() - hash_bytes);
    rehashed += pakashop::text_of(sha256(rehashed));
    const auto decoded = decode_record(rehashed);
    out->readable = decoded.has_value();
    out->hash = hash_in(rehashed);
    out->record = decoded ? decoded->record : wire.record;
    note_errand(*out);
    return out;
}

bool is_seal(const Wire& wire) {
    return wire.record.kind == RecordKind::resign && !wire.record.body.empty();
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
    record.node = known.node();
    record.seq = known.place().seq;
    record.prev = known.place().head;
    record.known = known.place();
    return record;
}

std::string text_of(const Wire& wire) {
    constexpr std::array kinds{"?", "ANNOUNCE", "COMMIT", "CHECKPOINT", "RESIGN", "IMPORT"};
    const Record& record = wire.record;
    std::string out = is_seal(wire) ? "SEAL" : kinds[static_cast<std::size_t>(record.kind)];
    out += " e" + std::to_string(record.epoch) + " life " + std::to_string(record.node[0]);
    out += " #" + std::to_string(record.seq) + " knows " + std::to_string(record.known.seq);
    if (wire.errand) out += " errand " + std::to_string(*wire.errand);
    return out + (wire.damaged ? " damaged" : "");
}

WirePointer
shown(const WirePointer& wire, const Admission& fold, const Heads& heads, const Rules& rules) {
    if (rules.fold_whole() || (wire->damaged && rules.hash)) return wire;
    Record record = wire->record;
    const Place place = fold.place();
    show_known(record, place, heads, rules);
    if (!rules.seal && is_seal(*wire)) record.body.clear();
    if (record.kind != RecordKind::announce) {
        if (!rules.epoch) {
            record.epoch = fold.epoch();
            record.node = fold.node();
        }
        if (!rules.seq) record.seq = place.seq;
        if (!rules.prev) record.prev = place.head;
    }
    const bool as_it_is = record == wire->record && !wire->damaged;
    return as_it_is || !wire->readable ? wire : wire_of(std::move(record));
}

}  // namespace pakashop::simulation
