#include "projections/journal.hpp"

#include <algorithm>

#include "events/kernel/require.hpp"
#include "projections/cells.hpp"
#include "projections/tables.hpp"

namespace pakashop::model {
namespace {

std::string text(std::string_view value) { return std::string{value}; }

// What the edge lets through is visible ASCII; anything else would not be UTF-8 for sure.
std::string ascii(std::string_view value) {
    std::string out{value};
    std::ranges::replace_if(out, [](char c) { return c < ' ' || c > '~'; }, '?');
    return out;
}

RowChanges project(const EventMeta& meta, const AnyEvent&) {
    return {insert(
        tables::journal,
        {{"partition", std::int64_t{meta.partition}},
         {"seq", static_cast<std::int64_t>(meta.seq)},
         {"index", std::int64_t{meta.index}},
         {"key", ascii(meta.key)},
         {"stream", ascii(meta.stream)},
         {"version", meta.version},
         {"event_id", to_hex(meta.id)},
         {"type", ascii(meta.type)},
         {"at", meta.at},
         {"principal", ascii(meta.principal)},
         {"role", ascii(meta.role)},
         {"proof", ascii(meta.proof)},
         {"command", to_hex(meta.command)},
         {"command_type", ascii(meta.command_type)},
         {"causation", ascii(meta.causation)},
         {"correlation", ascii(meta.correlation)},
         {"traceparent", ascii(meta.traceparent)},
         {"hash", to_hex(meta.hash)},
         {"payload", Json{text(meta.payload)}}}
    )};
}

template <class Bytes>
Bytes bytes_in(const Row& row, std::string_view column) {
    const auto read = from_hex(row.text(column));
    Bytes bytes{};
    require(read && read->size() == bytes.size(), "the journal's ids and hashes are whole");
    std::ranges::copy(*read, bytes.begin());
    return bytes;
}

constexpr std::array own_tables{&tables::journal};

}  // namespace

constinit const Projection journal_projection{"journal", own_tables, {}, project};

EventMeta meta_in(const Row& row) {
    return {
        .partition = static_cast<PartitionId>(row.integer("partition")),
        .seq = static_cast<std::uint64_t>(row.integer("seq")),
        .index = static_cast<std::uint32_t>(row.integer("index")),
        .key = row.text("key"),
        .stream = row.text("stream"),
        .version = row.integer("version"),
        .id = bytes_in<EventId>(row, "event_id"),
        .type = row.text("type"),
        .payload = row.json("payload"),
        .at = row.instant("at").value_or(Instant{}),
        .principal = row.text("principal"),
        .role = row.text("role"),
        .proof = row.text("proof"),
        .command = bytes_in<CommandId>(row, "command"),
        .command_type = row.text("command_type"),
        .causation = row.text("causation"),
        .correlation = row.text("correlation"),
        .traceparent = row.text("traceparent"),
        .hash = bytes_in<Digest>(row, "hash")
    };
}

}  // namespace pakashop::model
