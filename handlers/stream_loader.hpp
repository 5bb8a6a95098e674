#pragma once

#include "handlers/ports/log.hpp"
#include "handlers/stream_cache.hpp"

namespace pakashop {

/// A stream's durable state: a snapshot, if there is one, and the events behind it. Safe from any
/// thread. Throws CorruptStream when a record cannot be read or an event does not fit.
StreamState load_stream(Store& store, PartitionId partition, const std::string& stream);

/// The same as of the partition's record `last_seq`, that one included.
StreamState load_stream_until(
    Store& store,
    PartitionId partition,
    const std::string& stream,
    std::uint64_t last_seq
);

/// The name under which the snapshot before a stream's newest one is kept, for whoever needs the
/// state as of a record in between. Stored for ever.
std::string previous_snapshot(std::string_view stream);

/// The key's commits up to and including `last_seq`, oldest first: an order's whole life. Throws
/// CorruptStream.
std::vector<std::shared_ptr<const struct Commit>>
load_history(Store& store, PartitionId partition, std::string_view key, std::uint64_t last_seq);

/// The time of the newest record of all partitions; the epoch when there is none. Throws
/// CorruptStream.
Instant newest_record_time(Store& store, std::uint32_t partitions);

}  // namespace pakashop
