#pragma once

#include <cstdint>
#include <string_view>

namespace pakashop {

/// The number of one partition of the log.
using PartitionId = std::uint16_t;

/// Keys fall into this many slices for ever; partitions are runs of slices (architecture 2.1).
constexpr std::uint32_t slices = 1024;

/// (first 8 bytes, big endian, of SHA-256(key)) mod 1024. Stored for ever.
std::uint32_t slice_of(std::string_view key);

/// slice × partitions / 1024. `partitions` is fixed for a log generation, 1 to 1024.
PartitionId partition_of(std::string_view key, std::uint32_t partitions);

}  // namespace pakashop
