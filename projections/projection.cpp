#include "projections/projection.hpp"

#include <algorithm>

#include "events/kernel/require.hpp"
#include "events/record_index.hpp"

namespace pakashop::model {

EventMeta meta_of(const Record& record, const Digest& hash, std::uint32_t index) {
    require(index < record.events.size(), "an event's index lies inside its record");
    const RecordedEvent& event = record.events[index];
    return {
        .partition = record.partition,
        .seq = record.seq,
        .index = index,
        .key = record.key,
        .stream = event.stream,
        .version = event.version,
        .id = event.id,
        .type = event.type,
        .payload = event.payload,
        .at = record.at,
        .principal = record.actor.principal,
        .role = record.actor.role,
        .proof = record.actor.proof,
        .command = record.command,
        .command_type = record.command_type,
        .causation = record.trace.causation,
        .correlation = record.trace.correlation,
        .traceparent = record.trace.traceparent,
        .hash = hash
    };
}

void for_each_event(
    const DecodedRecord& decoded,
    const std::function<void(const EventMeta&)>& visit
) {
    const Record& record = decoded.record;
    for (std::uint32_t i = 0; i < record.events.size(); ++i) {
        visit(meta_of(record, decoded.hash, i));
    }
    if (record.kind != RecordKind::import) return;
    const auto inner = original_of(decoded);
    if (!inner) throw CorruptStream{"an import holds no record"};
    for (std::uint32_t i = 0; i < inner->record.events.size(); ++i) {
        EventMeta meta = meta_of(inner->record, inner->hash, i);
        meta.partition = record.partition;
        meta.seq = record.seq;
        visit(meta);
    }
}

bool Projection::reads(std::string_view event_type) const {
    if (families.empty()) return true;
    const std::string_view family = event_type.substr(0, event_type.find('.'));
    return std::ranges::find(families, family) != families.end();
}

}  // namespace pakashop::model
