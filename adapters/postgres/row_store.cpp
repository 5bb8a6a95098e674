#include "adapters/postgres/row_store.hpp"

#include <algorithm>

#include "adapters/postgres/checkpoints.hpp"
#include "adapters/postgres/table_writer.hpp"
#include "projections/tables.hpp"

namespace pakashop::postgres {
namespace {

using model::ApplyResult;
using model::Checkpoint;
using model::CheckpointMove;
using model::StoreFailure;
using Outcome = ApplyResult::Outcome;

// Any number that nobody else locks by.
constexpr std::string_view begin_lock_sql = "SELECT pg_advisory_xact_lock(7410255112801665)";

bool begins_everywhere(std::span<const CheckpointMove> moves) {
    return std::ranges::all_of(moves, [](const CheckpointMove& move) {
        return move.from.state.place.seq == 0;
    });
}

bool all_are_of(const std::vector<StoredCheckpoint>& stored, std::string_view generation) {
    return std::ranges::all_of(stored, [&](const StoredCheckpoint& each) {
        return each.generation == generation;
    });
}

std::vector<Checkpoint> checkpoints_of(const std::vector<StoredCheckpoint>& stored) {
    std::vector<Checkpoint> out;
    for (const StoredCheckpoint& each : stored) out.push_back(each.checkpoint);
    return out;
}

ApplyResult failed(const Failure& failure) {
    switch (failure.trouble) {
        case Trouble::away:
        case Trouble::late:
            return {Outcome::unavailable, failure.detail};
        case Trouble::unknown:
            return {Outcome::unknown, failure.detail};
        case Trouble::refused:
            return {Outcome::refused, failure.detail};
    }
    return {Outcome::refused, failure.detail};
}

// Rows without the checkpoints that say how far they are could only be written twice.
void empty_tables(pqxx::transaction_base& work) {
    std::string tables;
    for (const model::Table* table : model::tables::all) {
        if (!tables.empty()) tables += ", ";
        tables += table->name;
    }
    work.exec("TRUNCATE " + tables);
}

}  // namespace

/// One connection and the statements prepared on it.
class RowStore::Link {
public:
    explicit Link(const RowStoreOptions& options)
        : connection{connect({options.url, "pakashop-projections", options.statement_timeout_ms})},
          writer{*connection, options.suffix} {
        if (options.synchronous) return;
        pqxx::nontransaction setup{*connection};
        setup.exec0("SET synchronous_commit = off");
    }

    std::unique_ptr<pqxx::connection> connection;
    TableWriter writer;
};

RowStore::RowStore(RowStoreOptions options) : options_{std::move(options)} {}
RowStore::~RowStore() = default;

RowStore::Link& RowStore::link() {
    if (!link_) link_ = std::make_unique<Link>(options_);
    return *link_;
}

Result<std::vector<Checkpoint>, StoreFailure> RowStore::checkpoints(
    std::string_view group,
    std::string_view generation,
    std::uint32_t partitions
) {
    try {
        pqxx::work work{*link().connection};
        // Of two that meet an empty store one begins it, and the other finds it begun.
        work.exec(std::string{begin_lock_sql});
        auto stored = read_checkpoints(work, group, true);
        if (!all_are_of(stored, generation)) return unexpected{StoreFailure::damaged};
        if (stored.empty()) {
            if (options_.suffix.empty()) empty_tables(work);
            add_checkpoints(work, group, generation, partitions);
            stored = read_checkpoints(work, group, true);
        }
        work.commit();
        if (stored.size() != partitions) return unexpected{StoreFailure::damaged};
        return checkpoints_of(stored);
    } catch (...) {
        link_.reset();
        return unexpected{StoreFailure::unavailable};
    }
}

// What is not as a group under way has it is looked at with care.
Result<std::vector<Checkpoint>, StoreFailure>
RowStore::places(std::string_view group, std::string_view generation, std::uint32_t partitions) {
    try {
        pqxx::nontransaction work{*link().connection};
        const auto stored = read_checkpoints(work, group, false);
        const bool all_there = stored.size() == partitions;
        if (all_there && all_are_of(stored, generation)) return checkpoints_of(stored);
    } catch (...) {
        link_.reset();
        return unexpected{StoreFailure::unavailable};
    }
    return checkpoints(group, generation, partitions);
}

ApplyResult RowStore::apply(
    std::string_view group,
    const model::ChangeSet& changes,
    std::span<const CheckpointMove> moves
) {
    try {
        Link& to = link();
        pqxx::work work{*to.connection};
        if (!move_checkpoints(work, group, moves)) {
            return {Outcome::superseded, "a checkpoint stands elsewhere"};
        }
        const bool rows_are_new = begins_everywhere(moves);
        for (const model::TableEdits* edits : changes.by_table()) {
            to.writer.write(work, *edits, rows_are_new);
            if (edits->table().notifies && options_.suffix.empty()) {
                work.exec0("NOTIFY " + std::string{edits->table().name});
            }
        }
        work.commit();
        return {};
    } catch (...) {
        link_.reset();
        return failed(explain());
    }
}

}  // namespace pakashop::postgres
