#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/call.hpp"
#include "handlers/stream_loader.hpp"
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

/// The same where `commit` is all that ever happened at its key.
model::MemoryTables rows_of_commit(
    App& app,
    const Commit& commit,
    std::span<const model::Projection* const> projections
);

/// The same for the key's records made at `at` or before: read on the pool, for a key's whole
/// history may be long. The projections must outlive the call.
Awaitable<model::MemoryTables> rows_of_key_at(
    App& app,
    std::string key,
    Instant at,
    std::span<const model::Projection* const> projections
);

/// The aggregate's state right after the commit that `outcome` names: the same for the first answer
/// of a command and for every repeat of it. A repeat may come late and need the stream's whole
/// history, so it is read on the pool; a first answer never waits for queries. Throws
/// CorruptStream.
template <class Aggregate>
Awaitable<typename Aggregate::State>
state_after(App& app, const Outcome& outcome, std::string_view id) {
    auto work = [&app, commit = outcome.commit, stream = stream_of<Aggregate>(id)] {
        Store& store = app.engine.store();
        auto loaded = load_stream_until(store, commit->partition, stream, commit->seq);
        return std::get<typename Aggregate::State>(std::move(loaded.state));
    };
    if (!outcome.replayed) co_return work();
    co_return co_await on_pool(app.pool, std::move(work));
}

/// `?asOf=` of the request: an instant, nothing when absent, validation_failed when malformed.
Result<std::optional<Instant>, Problem> as_of(const Call& call);

}  // namespace pakashop::api
