#include "events/record.hpp"

#include <cstring>

#include "events/kernel/require.hpp"

namespace pakashop {
namespace {

// Layout, for ever: every integer little endian; a text is its length (u32) and its bytes.
//   magic "PKR1" · generation · partition u16 · epoch u64 · node 16 · seq u64 · prev 32
//   · known.seq u64 · known.head 32 · kind u8 · key · command 16 · fingerprint 32 · command type
//   · actor (principal, role, proof) · trace (causation, correlation, traceparent) · at i64
//   · event count u32 · events (id 16, stream, version i64, type, schema u16, payload)
//   · body · SHA-256 of all above
constexpr std::string_view magic = "PKR1";
constexpr std::size_t events_max = 4096;
constexpr std::size_t hash_bytes = 32;

class Out {
public:
    explicit Out(std::string& bytes) : bytes_{bytes} {}

    template <std::integral T>
    Out& number(T value) {
        auto unsigned_value = static_cast<std::make_unsigned_t<T>>(value);
        std::array<char, sizeof(T)> little_endian;
        for (char& byte : little_endian) {
            byte = static_cast<char>(unsigned_value & 0xff);
            if constexpr (sizeof(T) > 1) unsigned_value >>= 8;
        }
        bytes_.append(little_endian.data(), little_endian.size());
        return *this;
    }
    template <std::size_t N>
    Out& fixed(const std::array<std::uint8_t, N>& value) {
        bytes_.append(reinterpret_cast<const char*>(value.data()), N);
        return *this;
    }
    Out& text(std::string_view value) {
        number(static_cast<std::uint32_t>(value.size()));
        bytes_ += value;
        return *this;
    }

private:
    std::string& bytes_;
};

class In {
public:
    explicit In(std::string_view rest) : rest_{rest} {}

    template <std::integral T>
    void number(T& out) {
        std::make_unsigned_t<T> value = 0;
        const std::string_view bytes = take(sizeof(T));
        for (std::size_t i = bytes.size(); i-- > 0;) {
            value = static_cast<std::make_unsigned_t<T>>(
                static_cast<std::uint64_t>(value) << 8 | static_cast<std::uint8_t>(bytes[i])
            );
        }
        out = static_cast<T>(value);
    }
    template <std::size_t N>
    void fixed(std::array<std::uint8_t, N>& out) {
        const std::string_view bytes = take(N);
        if (!bytes.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
    }
    void text(std::string_view& out) {
        std::uint32_t size = 0;
        number(size);
        out = take(size);
    }
    bool good() const { return good_; }
    std::string_view rest() const { return rest_; }

private:
    std::string_view take(std::size_t size) {
        if (size > rest_.size()) {
            good_ = false;
            rest_ = {};
            return {};
        }
        const std::string_view bytes = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return bytes;
    }

    std::string_view rest_;
    bool good_ = true;
};

void encode_head(Out& out, const Record& record) {
    out.text(record.generation).number(record.partition).number(record.epoch).fixed(record.node);
    out.number(record.seq).fixed(record.prev).number(record.known.seq).fixed(record.known.head);
    out.number(static_cast<std::uint8_t>(record.kind)).text(record.key).fixed(record.command);
    out.fixed(record.fingerprint).text(record.command_type);
    out.text(record.actor.principal).text(record.actor.role).text(record.actor.proof);
    out.text(record.trace.causation).text(record.trace.correlation).text(record.trace.traceparent);
    out.number(record.at.ms);
}

void view_head(In& in, RecordView& record) {
    std::uint8_t kind = 0;
    in.text(record.generation);
    in.number(record.partition);
    in.number(record.epoch);
    in.fixed(record.node);
    in.number(record.seq);
    in.fixed(record.prev);
    in.number(record.known.seq);
    in.fixed(record.known.head);
    in.number(kind);
    in.text(record.key);
    in.fixed(record.command);
    in.fixed(record.fingerprint);
    in.text(record.command_type);
    in.text(record.principal);
    in.text(record.role);
    in.text(record.proof);
    in.text(record.causation);
    in.text(record.correlation);
    in.text(record.traceparent);
    in.number(record.at.ms);
    record.kind = static_cast<RecordKind>(kind);
}

EventView view_event(In& in) {
    EventView event;
    in.fixed(event.id);
    in.text(event.stream);
    in.number(event.version);
    in.text(event.type);
    in.number(event.schema);
    in.text(event.payload);
    return event;
}

bool plausible(const EventView& event) {
    return event.version >= 1 && !event.stream.empty() && !event.type.empty();
}

// Walks over the events once, so that whoever reads them later meets whole ones only.
bool view_events(In& in, RecordView& record) {
    in.number(record.event_count);
    if (record.event_count > events_max) return false;
    const std::string_view from = in.rest();
    bool good = true;
    for (std::uint32_t i = 0; i < record.event_count && in.good(); ++i) {
        const EventView event = view_event(in);
        good = good && (!in.good() || plausible(event));
    }
    record.events = from.substr(0, from.size() - in.rest().size());
    return good;
}

Record record_of(const RecordView& view) {
    Record record;
    record.generation = view.generation;
    record.partition = view.partition;
    record.epoch = view.epoch;
    record.node = view.node;
    record.seq = view.seq;
    record.prev = view.prev;
    record.known = view.known;
    record.kind = view.kind;
    record.key = view.key;
    record.command = view.command;
    record.fingerprint = view.fingerprint;
    record.command_type = view.command_type;
    record.actor = {std::string{view.principal}, std::string{view.role}, std::string{view.proof}};
    record.trace = {
        std::string{view.causation}, std::string{view.correlation}, std::string{view.traceparent}
    };
    record.at = view.at;
    record.events.reserve(view.event_count);
    std::string_view rest = view.events;
    while (const auto event = next_event(rest)) {
        record.events.push_back(
            {event->id,
             std::string{event->stream},
             event->version,
             std::string{event->type},
             event->schema,
             std::string{event->payload}}
        );
    }
    record.body = view.body;
    return record;
}

std::size_t size_hint(const Record& record) {
    std::size_t size = 512 + record.body.size();
    for (const RecordedEvent& event : record.events) size += 128 + event.payload.size();
    return size;
}

}  // namespace

std::string encode_record(const Record& record) {
    std::string bytes;
    bytes.reserve(size_hint(record));
    bytes += magic;
    Out out{bytes};
    encode_head(out, record);
    out.number(static_cast<std::uint32_t>(record.events.size()));
    for (const RecordedEvent& event : record.events) {
        out.fixed(event.id).text(event.stream).number(event.version).text(event.type);
        out.number(event.schema).text(event.payload);
    }
    out.text(record.body);
    out.fixed(sha256(bytes));
    require(bytes.size() <= record_bytes_max, "a record is at most 512 KiB");
    return bytes;
}

Result<RecordView, RecordError> view_record(std::string_view bytes) {
    if (bytes.size() < magic.size() + hash_bytes) return unexpected{RecordError::truncated};
    if (!bytes.starts_with("PKR")) return unexpected{RecordError::malformed};
    if (!bytes.starts_with(magic)) return unexpected{RecordError::unknown_format};
    if (bytes.size() > record_bytes_max) return unexpected{RecordError::malformed};
    const std::string_view content = bytes.substr(0, bytes.size() - hash_bytes);
    RecordView view;
    view.hash = hash_in(bytes);
    if (sha256(content) != view.hash) return unexpected{RecordError::bad_hash};
    In in{content.substr(magic.size())};
    view_head(in, view);
    if (!view_events(in, view)) return unexpected{RecordError::malformed};
    in.text(view.body);
    if (!in.good()) return unexpected{RecordError::truncated};
    const auto kind = static_cast<std::uint8_t>(view.kind);
    const bool known_kind = kind >= 1 && kind <= 5;
    if (!known_kind || !in.rest().empty()) return unexpected{RecordError::malformed};
    return view;
}

std::optional<EventView> next_event(std::string_view& rest) {
    if (rest.empty()) return std::nullopt;
    In in{rest};
    const EventView event = view_event(in);
    rest = in.rest();
    return in.good() ? std::optional{event} : std::nullopt;
}

Result<DecodedRecord, RecordError> decode_record(std::string_view bytes) {
    const auto view = view_record(bytes);
    if (!view) return unexpected{view.error()};
    return DecodedRecord{record_of(*view), view->hash};
}

Digest hash_in(std::string_view bytes) {
    require(bytes.size() >= hash_bytes, "a record ends with its hash");
    Digest hash;
    std::memcpy(hash.data(), bytes.data() + bytes.size() - hash_bytes, hash_bytes);
    return hash;
}

EventId event_id(const CommandId& command, std::uint32_t index) {
    std::array<std::uint8_t, 4> number;
    for (std::size_t i = 0; i < 4; ++i)
        number[i] = static_cast<std::uint8_t>(index >> (24 - 8 * i));
    const Digest digest = Sha256{}.add(command).add(number).finish();
    EventId id;
    std::memcpy(id.data(), digest.data(), id.size());
    return id;
}

Digest genesis_head(std::string_view generation, PartitionId partition) {
    const std::array<std::uint8_t, 2> number{
        static_cast<std::uint8_t>(partition >> 8), static_cast<std::uint8_t>(partition & 0xff)
    };
    return Sha256{}.add(generation).add(number).finish();
}

Digest next_head(const Digest& head, const Digest& record_hash) {
    return Sha256{}.add(head).add(record_hash).finish();
}

}  // namespace pakashop
