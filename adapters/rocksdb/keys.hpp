#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "events/kernel/ids.hpp"
#include "events/partition.hpp"

/// The keys of the RocksDB log, for ever. Integers are big endian, so that byte order is numeric
/// order; a text is preceded by its length (two bytes), so that no name is another's beginning.
///
/// | column family | key                                    | value                             |
/// |---------------|----------------------------------------|-----------------------------------|
/// | default       | `format`, `generation`, `partitions`   | text                              |
/// | default       | `state` partition                      | the fold's state                  |
/// | default       | `offset` partition                     | where its last record lies (8)    |
/// | default       | `snapshot` partition stream            | version (8), seq (8), bytes       |
/// | records       | partition, seq                         | the head after it (32), record    |
/// | index         | `s` partition stream, first version    | seq (8), last version (8)         |
/// | index         | `k` partition key, seq                 | nothing                           |
/// | commands      | partition, command id                  | seq (8), fingerprint (32), at (8) |
namespace pakashop::log_keys {

void append_number(std::string& out, std::uint16_t number);
void append_number(std::string& out, std::uint64_t number);
/// The number in the first 8 bytes of `bytes`, which holds that many.
std::uint64_t read_number(std::string_view bytes);

std::string record(PartitionId partition, std::uint64_t seq);
std::string command(PartitionId partition, const CommandId& id);
std::string state(PartitionId partition);
/// Of a replica only: the offset in the log it follows.
std::string offset(PartitionId partition);
std::string snapshot(PartitionId partition, std::string_view stream);
/// What all entries of a stream, or of a partition key, begin with; a number of 8 bytes follows.
std::string stream_prefix(PartitionId partition, std::string_view stream);
std::string key_prefix(PartitionId partition, std::string_view key);

}  // namespace pakashop::log_keys
