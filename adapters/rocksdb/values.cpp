#include "adapters/rocksdb/values.hpp"

#include <algorithm>

#include "adapters/rocksdb/keys.hpp"

namespace pakashop::log_values {
namespace {

constexpr std::size_t digest_bytes = 32;
constexpr std::size_t node_bytes = 16;
constexpr std::size_t state_bytes = 8 + node_bytes + 8 + digest_bytes + 2;
constexpr std::size_t command_bytes = 8 + digest_bytes + 8;

template <std::size_t N>
void copy_fixed(std::string_view bytes, std::size_t at, std::array<std::uint8_t, N>& out) {
    const auto part = bytes_of(bytes.substr(at, N));
    std::ranges::copy(part, out.begin());
}

}  // namespace

std::string encode_state(const AdmissionState& state) {
    std::string out;
    out.reserve(state_bytes);
    log_keys::append_number(out, state.epoch);
    out += text_of(state.node);
    log_keys::append_number(out, state.place.seq);
    out += text_of(state.place.head);
    out += static_cast<char>(state.resigned);
    out += static_cast<char>(state.sealed);
    return out;
}

std::optional<AdmissionState> decode_state(std::string_view bytes) {
    if (bytes.size() != state_bytes) return std::nullopt;
    AdmissionState state;
    state.epoch = log_keys::read_number(bytes);
    copy_fixed(bytes, 8, state.node);
    state.place.seq = log_keys::read_number(bytes.substr(8 + node_bytes));
    copy_fixed(bytes, 16 + node_bytes, state.place.head);
    state.resigned = bytes[state_bytes - 2] != 0;
    state.sealed = bytes[state_bytes - 1] != 0;
    return state;
}

std::string encode_command(const CommandEntry& entry) {
    std::string out;
    out.reserve(command_bytes);
    log_keys::append_number(out, entry.seen.seq);
    out += text_of(entry.seen.fingerprint);
    log_keys::append_number(out, static_cast<std::uint64_t>(entry.at.ms));
    return out;
}

std::optional<CommandEntry> decode_command(std::string_view bytes) {
    if (bytes.size() != command_bytes) return std::nullopt;
    CommandEntry entry;
    entry.seen.seq = log_keys::read_number(bytes);
    copy_fixed(bytes, 8, entry.seen.fingerprint);
    entry.at.ms = static_cast<std::int64_t>(log_keys::read_number(bytes.substr(8 + digest_bytes)));
    return entry;
}

std::string encode_snapshot(const Snapshot& snapshot) {
    std::string out;
    log_keys::append_number(out, static_cast<std::uint64_t>(snapshot.version));
    log_keys::append_number(out, snapshot.seq);
    out += snapshot.bytes;
    return out;
}

std::optional<Snapshot> decode_snapshot(std::string_view stream, std::string_view bytes) {
    if (bytes.size() < 16) return std::nullopt;
    const auto version = static_cast<std::int64_t>(log_keys::read_number(bytes));
    const std::uint64_t seq = log_keys::read_number(bytes.substr(8));
    return Snapshot{std::string{stream}, version, seq, std::string{bytes.substr(16)}};
}

std::string encode_stream_entry(const StreamEntry& entry) {
    std::string out;
    log_keys::append_number(out, entry.seq);
    log_keys::append_number(out, static_cast<std::uint64_t>(entry.last_version));
    return out;
}

std::optional<StreamEntry> decode_stream_entry(std::string_view bytes) {
    if (bytes.size() != 16) return std::nullopt;
    const auto last_version = static_cast<std::int64_t>(log_keys::read_number(bytes.substr(8)));
    return StreamEntry{log_keys::read_number(bytes), last_version};
}

std::string encode_entry(const Digest& head_after, std::string_view record) {
    std::string out;
    out.reserve(head_after.size() + record.size());
    out += text_of(head_after);
    out += record;
    return out;
}

std::optional<Entry> decode_entry(std::string_view bytes) {
    // A record is never shorter than its own hash.
    if (bytes.size() < 2 * digest_bytes) return std::nullopt;
    Entry entry;
    copy_fixed(bytes, 0, entry.head_after);
    entry.record = bytes.substr(digest_bytes);
    return entry;
}

}  // namespace pakashop::log_values
