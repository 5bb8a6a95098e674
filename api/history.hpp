#pragma once

#include <span>
#include <string_view>

#include "api/call.hpp"
#include "projections/projection.hpp"

namespace pakashop::api {

/// What the projections make of a key's records up to and including position `last_seq`, in memory:
/// the rows PostgreSQL will show, at once and as of any point. Throws CorruptStream.
model::MemoryTables rows_of_key(
    App& app,
    std::string_view key,
    std::uint64_t last_seq,
    std::span<const model::Projection* const> projections
);

/// The same for the key's records made at `at` or before.
model::MemoryTables rows_of_key_at(
    App& app,
    std::string_view key,
    Instant at,
    std::span<const model::Projection* const> projections
);

/// `?asOf=` of the request: an instant, nothing when absent, validation_failed when malformed.
Result<std::optional<Instant>, Problem> as_of(const Call& call);

}  // namespace pakashop::api
