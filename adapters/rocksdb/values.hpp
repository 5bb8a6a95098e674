#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "handlers/ports/log.hpp"

/// The values behind the keys of keys.hpp, for ever. Integers are big endian. Reading one that is
/// of another size gives nothing.
namespace pakashop::log_values {

/// epoch (8) · node (16) · seq (8) · head (32) · resigned (1) · sealed (1)
std::string encode_state(const AdmissionState& state);
std::optional<AdmissionState> decode_state(std::string_view bytes);

struct CommandEntry {
    SeenCommand seen;
    Instant at;
};
/// seq (8) · fingerprint (32) · time in ms (8)
std::string encode_command(const CommandEntry& entry);
std::optional<CommandEntry> decode_command(std::string_view bytes);

/// version (8) · seq (8) · the state's bytes
std::string encode_snapshot(const Snapshot& snapshot);
std::optional<Snapshot> decode_snapshot(std::string_view stream, std::string_view bytes);

/// Where a stream goes on: one record of it, and the last version that record adds.
struct StreamEntry {
    std::uint64_t seq = 0;
    std::int64_t last_version = 0;
};
std::string encode_stream_entry(const StreamEntry& entry);
std::optional<StreamEntry> decode_stream_entry(std::string_view bytes);

/// The head after a record (32) · the record's bytes
std::string encode_entry(const Digest& head_after, std::string_view record);
struct Entry {
    Digest head_after{};
    std::string_view record;
};
std::optional<Entry> decode_entry(std::string_view bytes);

}  // namespace pakashop::log_values
