#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "events/any_event.hpp"
#include "events/record.hpp"
#include "projections/rows.hpp"

/// What a read model is: a pure function from an event to row changes (architecture 4).
namespace pakashop::model {

/// Everything the log says about an event beside the event itself. Its texts live in the record it
/// was made from.
struct EventMeta {
    PartitionId partition = 0;
    std::uint64_t seq = 0;    ///< The position of its record.
    std::uint32_t index = 0;  ///< Which event of the record.
    std::string_view key;     ///< Partition key of the record.
    std::string_view stream;
    std::int64_t version = 0;
    EventId id{};
    std::string_view type;
    std::string_view payload;  ///< As stored: personal fields are ciphertext.
    Instant at;                ///< The record's time, never stepping back within a partition.
    std::string_view principal;
    std::string_view role;
    std::string_view proof;
    CommandId command{};
    std::string_view command_type;
    std::string_view causation;
    std::string_view correlation;
    std::string_view traceparent;
    Digest hash{};  ///< Of the record.

    /// The id behind the stream's category: `ord_1` of `order:ord_1`.
    std::string_view stream_id() const { return stream.substr(stream.find(':') + 1); }
};

/// What `record` says about its event number `index`; the record must outlive it.
EventMeta meta_of(const Record& record, const Digest& hash, std::uint32_t index);

/// Calls `visit` for every event of a record, in order. An import carries a record of an older
/// generation: its events are of the place it has here. Throws CorruptStream when it holds none.
void for_each_event(
    const DecodedRecord& decoded,
    const std::function<void(const EventMeta&)>& visit
);

/// One read model. Events reach `project` opened: an erased field has no value. `project` reads no
/// clock and no table, so rows follow from the log alone.
struct Projection {
    std::string_view name;
    std::span<const Table* const> tables;
    /// The families it reads, by the first word of their types (`order`); an event of another
    /// family changes nothing here. Empty: all, and the event's content is not looked at.
    std::span<const std::string_view> families;
    RowChanges (*project)(const EventMeta& meta, const AnyEvent& event);

    bool reads(std::string_view event_type) const;
};

}  // namespace pakashop::model
