#include "events/partition.hpp"

#include "events/kernel/hash.hpp"
#include "events/kernel/require.hpp"

namespace pakashop {

std::uint32_t slice_of(std::string_view key) {
    const Digest digest = sha256(key);
    std::uint64_t first = 0;
    for (int i = 0; i < 8; ++i) first = first << 8 | digest[static_cast<std::size_t>(i)];
    return static_cast<std::uint32_t>(first % slices);
}

PartitionId partition_of(std::string_view key, std::uint32_t partitions) {
    require(partitions >= 1 && partitions <= slices, "a log has 1 to 1024 partitions");
    return static_cast<PartitionId>(slice_of(key) * partitions / slices);
}

}  // namespace pakashop
