#pragma once

#include <string_view>
#include <vector>

#include "events/record.hpp"

/// By what a record is found again: every store indexes the same things, and this says which.
namespace pakashop {

/// The versions that a record adds to one stream.
struct StreamSpan {
    std::string_view stream;
    std::int64_t first = 0;
    std::int64_t last = 0;
    friend bool operator==(const StreamSpan&, const StreamSpan&) = default;
};

/// The streams a record writes to, each once, in the order of their first events. The names point
/// into `record`.
std::vector<StreamSpan> stream_spans(const Record& record);

/// The record inside an IMPORT, however often it was carried over; any other record as it is.
/// Refuses what does not decode.
Result<Record, RecordError> original_of(Record record);
/// The same, with the hash that stands at its own end.
Result<DecodedRecord, RecordError> original_of(DecodedRecord decoded);

}  // namespace pakashop
