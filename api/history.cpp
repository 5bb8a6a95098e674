#include "api/history.hpp"

namespace pakashop::api {
namespace {

// Up to the first record that is not `wanted`: a key's records are in the order of their times.
template <class Wanted>
model::MemoryTables replay_key(
    App& app,
    std::string_view key,
    std::uint64_t last_seq,
    std::span<const model::Projection* const> projections,
    Wanted wanted
) {
    model::MemoryTables tables;
    const PartitionId partition = app.engine.partition_of_key(key);
    Store& store = app.engine.store();
    for (const std::uint64_t seq : store.key_history(partition, key, last_seq)) {
        const auto bytes = store.record(partition, seq);
        if (!bytes) throw CorruptStream{"a record the index names is missing"};
        const auto record = decode_record(*bytes);
        if (!record) throw CorruptStream{"a record the index names cannot be read"};
        if (!wanted(record->record)) break;
        model::replay(tables, projections, *record, app.vault);
    }
    return tables;
}

model::EventMeta meta_of(const Commit& commit, std::uint32_t index) {
    const CommittedEvent& event = commit.events[index];
    model::EventMeta meta;
    meta.partition = commit.partition;
    meta.seq = commit.seq;
    meta.index = index;
    meta.key = commit.key;
    meta.stream = event.stream;
    meta.version = event.version;
    meta.id = event.id;
    meta.type = type_of(event.event);
    meta.at = commit.at;
    meta.principal = commit.actor.principal;
    meta.role = commit.actor.role;
    meta.proof = commit.actor.proof;
    meta.command = commit.command;
    meta.command_type = commit.command_type;
    meta.causation = commit.trace.causation;
    meta.correlation = commit.trace.correlation;
    meta.traceparent = commit.trace.traceparent;
    meta.hash = commit.hash;
    return meta;
}

}  // namespace

model::MemoryTables rows_of_key(
    App& app,
    std::string_view key,
    std::uint64_t last_seq,
    std::span<const model::Projection* const> projections
) {
    return replay_key(app, key, last_seq, projections, [](const Record&) { return true; });
}

model::MemoryTables rows_of_commit(
    App& app,
    const Commit& commit,
    std::span<const model::Projection* const> projections
) {
    model::MemoryTables tables;
    for (std::uint32_t i = 0; i < commit.events.size(); ++i) {
        AnyEvent event = commit.events[i].event;
        open(event, app.vault, sealing_place(commit.events[i].stream, commit.events[i].version));
        model::replay(tables, projections, meta_of(commit, i), event);
    }
    return tables;
}

Awaitable<model::MemoryTables> rows_of_key_at(
    App& app,
    std::string key,
    Instant at,
    std::span<const model::Projection* const> projections
) {
    auto work = [&app, key = std::move(key), at, projections] {
        return replay_key(app, key, UINT64_MAX, projections, [&](const Record& record) {
            return record.at <= at;
        });
    };
    co_return co_await on_pool(app.pool, std::move(work));
}

Result<std::optional<Instant>, Problem> as_of(const Call& call) {
    const auto text = call.query("asOf");
    if (!text || text->empty()) return std::optional<Instant>{};
    const auto at = parse_rfc3339(*text);
    if (at) return at;
    return unexpected{Problem{
        .code = "validation_failed",
        .detail = "asOf must be an RFC 3339 time.",
        .errors = {{"#/asOf", "must be an RFC 3339 time"}}
    }};
}

}  // namespace pakashop::api
