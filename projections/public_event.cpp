#include "projections/public_event.hpp"

#include <charconv>

#include "events/kernel/require.hpp"
#include "events/public_view.hpp"

namespace pakashop::model {
namespace {

constexpr std::size_t seq_digits = 16;
constexpr std::size_t index_digits = 5;  // A record's bytes have room for fewer events by far.

std::string padded(std::uint64_t number, std::size_t width) {
    const std::string digits = std::to_string(number);
    require(digits.size() <= width, "a position fits the digits it is written with");
    return std::string(width - digits.size(), '0') + digits;
}

template <class Number>
bool parse_digits(std::string_view text, Number& out) {
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, out);
    return read.ec == std::errc{} && read.ptr == end;
}

PublicEvent publish(const EventMeta& meta, std::string_view generation) {
    const auto event = decode_event(meta.type, meta.payload);
    if (!event) {
        throw CorruptStream{
            std::string{meta.type} + " cannot be decoded (" + std::string{meta.stream} +
            " version " + std::to_string(meta.version) + ")"
        };
    }
    const std::string_view type = type_of(*event);
    PublicEvent out;
    out.family = family_of(type);
    out.partition = meta.partition;
    out.position = {meta.seq, meta.index};
    out.key = meta.key;
    out.id = "evt_" + to_hex(meta.id);
    out.data = encode_public(*event);
    out.headers = {
        {"content-type", "application/json"},
        {"ce_specversion", "1.0"},
        {"ce_id", out.id},
        {"ce_source", source_of(generation, meta.partition)},
        {"ce_type", std::string{type}},
        {"ce_subject", std::string{meta.stream}},
        {"ce_time", to_rfc3339(meta.at)},
        {"ce_sequence", to_text(out.position)}
    };
    if (!meta.traceparent.empty()) out.headers.emplace_back("ce_traceparent", meta.traceparent);
    return out;
}

}  // namespace

std::string to_text(const EventPosition& position) {
    return padded(position.seq, seq_digits) + "." + padded(position.index, index_digits);
}

std::optional<EventPosition> parse_event_position(std::string_view text) {
    if (text.size() != seq_digits + 1 + index_digits || text[seq_digits] != '.') return {};
    EventPosition out;
    const bool good = parse_digits(text.substr(0, seq_digits), out.seq) &&
                      parse_digits(text.substr(seq_digits + 1), out.index);
    return good ? std::optional{out} : std::nullopt;
}

std::string source_of(std::string_view generation, PartitionId partition) {
    return "urn:pakashop:log:" + std::string{generation} + ":" + std::to_string(partition);
}

std::vector<PublicEvent> public_events(const DecodedRecord& decoded) {
    std::vector<PublicEvent> out;
    for_each_event(decoded, [&](const EventMeta& meta) {
        PublicEvent event = publish(meta, decoded.record.generation);
        if (is_published(event.family)) out.push_back(std::move(event));
    });
    return out;
}

}  // namespace pakashop::model
