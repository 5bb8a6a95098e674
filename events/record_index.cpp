#include "events/record_index.hpp"

#include <algorithm>

namespace pakashop {
namespace {

// A log grows by a new generation at most this often; deeper nesting is no record of ours.
constexpr int imports_max = 64;

}  // namespace

std::vector<StreamSpan> stream_spans(const Record& record) {
    std::vector<StreamSpan> out;
    for (const RecordedEvent& event : record.events) {
        const auto same = std::ranges::find(out, event.stream, &StreamSpan::stream);
        if (same == out.end()) {
            out.push_back({event.stream, event.version, event.version});
        } else {
            same->last = event.version;
        }
    }
    return out;
}

Result<Record, RecordError> original_of(Record record) {
    auto original = original_of(DecodedRecord{std::move(record), {}});
    if (!original) return unexpected{original.error()};
    return std::move(original->record);
}

Result<DecodedRecord, RecordError> original_of(DecodedRecord decoded) {
    for (int depth = 0; decoded.record.kind == RecordKind::import; ++depth) {
        if (depth == imports_max) return unexpected{RecordError::malformed};
        auto inner = decode_record(decoded.record.body);
        if (!inner) return unexpected{inner.error()};
        decoded = *std::move(inner);
    }
    return decoded;
}

}  // namespace pakashop
