#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "projections/projection.hpp"

/// Events as outsiders get them: CloudEvents 1.0 in Kafka's binary mode (architecture 6).
namespace pakashop::model {

/// Where an event stands in its partition: the position of its record, and its place in there.
struct EventPosition {
    std::uint64_t seq = 0;
    std::uint32_t index = 0;
    friend auto operator<=>(const EventPosition&, const EventPosition&) = default;
};

/// `0000000000000012.00003`: as texts they compare like the positions. Sent for ever.
std::string to_text(const EventPosition& position);
/// Reads that form; nothing for other text.
std::optional<EventPosition> parse_event_position(std::string_view text);

/// `urn:pakashop:log:<generation>:<partition>`: within it an event's position, and its id, are
/// given once. Sent for ever.
std::string source_of(std::string_view generation, PartitionId partition);

/// One event for everybody: its public fields and what the log says about it.
struct PublicEvent {
    std::string_view family;  ///< Which of the topics; lives as long as the program.
    PartitionId partition = 0;
    EventPosition position;
    std::string key;  ///< The partition key: what belongs together and keeps its order.
    std::string id;   ///< Of the event, `evt_…`, as the API tells it.
    /// In the order they are sent: `content-type`, then `ce_` and the attribute's name.
    std::vector<std::pair<std::string_view, std::string>> headers;
    std::string data;  ///< JSON as the event's public schema says; the same event, the same bytes.
};

/// The events of an admitted record in order, raised to the newest shapes. Throws CorruptStream
/// when one of them is of a type this program does not know, or cannot be decoded.
std::vector<PublicEvent> public_events(const DecodedRecord& decoded);

}  // namespace pakashop::model
