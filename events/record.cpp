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
        for (std::size_t i = 0; i < sizeof(T); ++i) {
            bytes_ += static_cast<char>(unsigned_value & 0xff);
            if constexpr (sizeof(T) > 1) unsigned_value >>= 8;
        }
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
        std::memcpy(out.data(), bytes.data(), bytes.size());
    }
    void text(std::string& out) {
        std::uint32_t size = 0;
        number(size);
        out = take(size);
    }
    bool good() const { return good_; }
    bool empty() const { return rest_.empty(); }

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

void decode_head(In& in, Record& record) {
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
    in.text(record.actor.principal);
    in.text(record.actor.role);
    in.text(record.actor.proof);
    in.text(record.trace.causation);
    in.text(record.trace.correlation);
    in.text(record.trace.traceparent);
    in.number(record.at.ms);
    record.kind = static_cast<RecordKind>(kind);
}

void decode_event_entry(In& in, RecordedEvent& event) {
    in.fixed(event.id);
    in.text(event.stream);
    in.number(event.version);
    in.text(event.type);
    in.number(event.schema);
    in.text(event.payload);
}

bool plausible(const Record& record) {
    const auto kind = static_cast<std::uint8_t>(record.kind);
    if (kind < 1 || kind > 5) return false;
    for (const RecordedEvent& event : record.events) {
        if (event.version < 1 || event.stream.empty() || event.type.empty()) return false;
    }
    return true;
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

Result<DecodedRecord, RecordError> decode_record(std::string_view bytes) {
    if (bytes.size() < magic.size() + hash_bytes) return unexpected{RecordError::truncated};
    if (!bytes.starts_with("PKR")) return unexpected{RecordError::malformed};
    if (!bytes.starts_with(magic)) return unexpected{RecordError::unknown_format};
    if (bytes.size() > record_bytes_max) return unexpected{RecordError::malformed};
    const std::string_view content = bytes.substr(0, bytes.size() - hash_bytes);
    DecodedRecord out;
    out.hash = hash_in(bytes);
    if (sha256(content) != out.hash) return unexpected{RecordError::bad_hash};
    In in{content.substr(magic.size())};
    decode_head(in, out.record);
    std::uint32_t count = 0;
    in.number(count);
    if (count > events_max) return unexpected{RecordError::malformed};
    for (std::uint32_t i = 0; i < count && in.good(); ++i) {
        decode_event_entry(in, out.record.events.emplace_back());
    }
    in.text(out.record.body);
    if (!in.good()) return unexpected{RecordError::truncated};
    if (!in.empty() || !plausible(out.record)) return unexpected{RecordError::malformed};
    return out;
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
