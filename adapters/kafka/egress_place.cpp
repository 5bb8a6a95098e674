#include "adapters/kafka/egress_place.hpp"

#include <algorithm>

#include "events/codec.hpp"

namespace pakashop::kafka {
namespace {

/// The last event of a family's topic.
struct LastEvent {
    std::string sequence;
    std::string id;
    static constexpr auto fields() {
        return std::tuple{field("sequence", &LastEvent::sequence), field("id", &LastEvent::id)};
    }
};

/// The names are stored: a later program reads what this one wrote.
struct Document {
    std::string generation;
    PartitionId partition = 0;
    std::uint64_t seq = 0;
    Digest head{};
    std::uint64_t epoch = 0;
    std::string node;
    bool resigned = false;
    bool sealed = false;
    std::uint64_t next_offset = 0;
    std::uint64_t last_offset = 0;
    Digest last_hash{};
    std::map<std::string, LastEvent> last;
    static constexpr auto fields() {
        return std::tuple{
            field("generation", &Document::generation),
            field("partition", &Document::partition),
            field("seq", &Document::seq),
            field("head", &Document::head),
            field("epoch", &Document::epoch),
            field("node", &Document::node),
            field("resigned", &Document::resigned),
            field("sealed", &Document::sealed),
            field("nextOffset", &Document::next_offset),
            field("lastOffset", &Document::last_offset),
            field("lastHash", &Document::last_hash),
            field("last", &Document::last)
        };
    }
};

}  // namespace

std::string encode_place(const StoredPlace& stored) {
    const model::Checkpoint& at = stored.place.checkpoint;
    Document out;
    out.generation = stored.generation;
    out.partition = at.partition;
    out.seq = at.state.place.seq;
    out.head = at.state.place.head;
    out.epoch = at.state.epoch;
    out.node = to_hex(at.state.node);
    out.resigned = at.state.resigned;
    out.sealed = at.state.sealed;
    out.next_offset = at.next_offset;
    out.last_offset = at.last_offset;
    out.last_hash = at.last_hash;
    for (const auto& [family, event] : stored.place.last) {
        out.last[family] = {to_text(event.position), event.id};
    }
    return to_json(out);
}

std::optional<StoredPlace> decode_place(std::string_view json) {
    const auto in = from_json<Document>(json);
    if (!in) return std::nullopt;
    const auto node = from_hex(in->node);
    StoredPlace out;
    out.generation = in->generation;
    model::Checkpoint& at = out.place.checkpoint;
    if (!node || node->size() != at.state.node.size()) return std::nullopt;
    at.partition = in->partition;
    at.state.place = {in->seq, in->head};
    at.state.epoch = in->epoch;
    std::ranges::copy(*node, at.state.node.begin());
    at.state.resigned = in->resigned;
    at.state.sealed = in->sealed;
    at.next_offset = in->next_offset;
    at.last_offset = in->last_offset;
    at.last_hash = in->last_hash;
    for (const auto& [family, event] : in->last) {
        const auto position = model::parse_event_position(event.sequence);
        if (!position) return std::nullopt;
        out.place.last.emplace(family, model::PublishedEvent{*position, event.id});
    }
    return out;
}

}  // namespace pakashop::kafka
