#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/kernel/hash.hpp"
#include "events/kernel/ids.hpp"
#include "events/kernel/result.hpp"
#include "events/kernel/time.hpp"
#include "events/partition.hpp"

/// One record of the log: everything one command committed (architecture 2.2). Its bytes and its
/// hash input are pinned by tests/golden and never change.
namespace pakashop {

/// 16 random bytes a process draws when it starts; tells its records from those of an earlier life.
using NodeId = std::array<std::uint8_t, 16>;
using EventId = std::array<std::uint8_t, 16>;
/// Keyed HMAC over method, path and canonical body; a repeated key with another one is refused.
using Fingerprint = Digest;

constexpr std::size_t record_bytes_max = 512uz * 1024;

enum class RecordKind : std::uint8_t {
    announce = 1,    ///< A node takes the lead with the next epoch.
    commit = 2,      ///< What one command changed.
    checkpoint = 3,  ///< A process's place, or a barrier behind which refusals are safe.
    resign = 4,      ///< The leader steps down; with `moved_to` the log is sealed for ever.
    import = 5       ///< A record of an older generation, its bytes untouched.
};

/// A point of a partition's history: the number of admitted records, and the chain's head there.
struct Place {
    std::uint64_t seq = 0;
    Digest head{};
    friend bool operator==(const Place&, const Place&) = default;
};

/// Who asked: the principal (`usr_…`, or a process's name), the role it acted in, and how it proved
/// who it is (`password+totp`, `internal`, `process`, `signed_callback` …).
struct Actor {
    std::string principal;
    std::string role;
    std::string proof;
    friend bool operator==(const Actor&, const Actor&) = default;
};

/// Where a command came from: what caused it, which request it belongs to, which trace.
struct Trace {
    std::string causation;    ///< Command or event id in hex; empty for an outside request.
    std::string correlation;  ///< X-Correlation-Id.
    std::string traceparent;  ///< W3C trace context.
    friend bool operator==(const Trace&, const Trace&) = default;
};

/// One event inside a record; `payload` is its JSON, written once and never re-serialised.
struct RecordedEvent {
    EventId id{};
    std::string stream;
    std::int64_t version = 0;  ///< 1 for the first event of its stream.
    std::string type;
    std::uint16_t schema = 1;  ///< The shape's version: the number behind `.v` in the type.
    std::string payload;
    friend bool operator==(const RecordedEvent&, const RecordedEvent&) = default;
};

struct Record {
    std::string generation;
    PartitionId partition = 0;
    std::uint64_t epoch = 0;
    NodeId node{};
    std::uint64_t seq = 0;  ///< Its position, when it is admitted: dense from 0.
    Digest prev{};          ///< The head before it.
    Place known;            ///< What its writer had admitted when it produced the batch.
    RecordKind kind = RecordKind::commit;
    std::string key;  ///< Partition key; empty but for COMMIT and IMPORT.
    CommandId command{};
    Fingerprint fingerprint{};
    std::string command_type;
    Actor actor;
    Trace trace;
    Instant at;  ///< max(now, the time before): never steps back within a partition.
    std::vector<RecordedEvent> events;
    std::string body;  ///< CHECKPOINT: the place; RESIGN: `moved_to`; IMPORT: the old record.
    friend bool operator==(const Record&, const Record&) = default;
};

/// Why bytes are not a record: they end early or go on too long, are of a format this program does
/// not know, carry an impossible value, or do not match their own hash.
enum class RecordError { truncated, unknown_format, malformed, bad_hash };
constexpr auto enum_names(RecordError) {
    return std::array<std::string_view, 4>{"truncated", "unknown_format", "malformed", "bad_hash"};
}

/// The record's bytes, its SHA-256 at the end. Larger than record_bytes_max is a caller's bug.
std::string encode_record(const Record& record);

/// A record and the hash that stands at its end.
struct DecodedRecord {
    Record record;
    Digest hash{};
};
/// Reads a record from untrusted bytes, hash checked first; never crashes, never invents.
Result<DecodedRecord, RecordError> decode_record(std::string_view bytes);

/// One event of a RecordView.
struct EventView {
    EventId id{};
    std::string_view stream;
    std::int64_t version = 0;
    std::string_view type;
    std::uint16_t schema = 1;
    std::string_view payload;
};

/// A record read in place, for those that meet millions: every text points into its bytes, which
/// must outlive it. The fields are those of Record.
struct RecordView {
    std::string_view generation;
    PartitionId partition = 0;
    std::uint64_t epoch = 0;
    NodeId node{};
    std::uint64_t seq = 0;
    Digest prev{};
    Place known;
    RecordKind kind = RecordKind::commit;
    std::string_view key;
    CommandId command{};
    Fingerprint fingerprint{};
    std::string_view command_type;
    std::string_view principal;
    std::string_view role;
    std::string_view proof;
    std::string_view causation;
    std::string_view correlation;
    std::string_view traceparent;
    Instant at;
    std::uint32_t event_count = 0;
    std::string_view events;  ///< As they are encoded: next_event() reads them.
    std::string_view body;
    Digest hash{};
};
/// Refuses exactly what decode_record refuses.
Result<RecordView, RecordError> view_record(std::string_view bytes);
/// Takes the next event off `rest`, which began as a view's `events`; nothing at their end.
std::optional<EventView> next_event(std::string_view& rest);

/// The hash at the end of encoded bytes, unchecked.
Digest hash_in(std::string_view bytes);

/// hash(command id, index): the same command names the same events, wherever it is decided.
EventId event_id(const CommandId& command, std::uint32_t index);

/// The head of an empty partition: SHA-256(generation ‖ partition as two bytes, big endian).
Digest genesis_head(std::string_view generation, PartitionId partition);
/// SHA-256(head ‖ hash): the head once a record of that hash is admitted.
Digest next_head(const Digest& head, const Digest& record_hash);

}  // namespace pakashop
