#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "events/record.hpp"
#include "events/record_index.hpp"

/// Any bytes at all: reading them as a record never crashes, and what reads as a record is written
/// again as the very same bytes (S60). Most bytes fail at the hash, so they are also tried with one
/// that fits.
namespace {

using namespace pakashop;

void must(bool holds) {
    if (!holds) std::abort();
}

void walk(const RecordView& view) {
    std::string_view rest = view.events;
    std::uint32_t events = 0;
    while (next_event(rest)) ++events;
    must(events == view.event_count && rest.empty());
}

void try_bytes(std::string_view bytes) {
    const auto view = view_record(bytes);
    const auto decoded = decode_record(bytes);
    must(view.has_value() == decoded.has_value());
    if (!decoded) {
        must(view.error() == decoded.error());
        return;
    }
    walk(*view);
    must(encode_record(decoded->record) == bytes);
    (void)stream_spans(decoded->record);
    (void)original_of(decoded->record);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = text_of({data, size});
    try_bytes(bytes);
    std::string with_hash{bytes};
    with_hash += text_of(sha256(bytes));
    try_bytes(with_hash);
    return 0;
}
