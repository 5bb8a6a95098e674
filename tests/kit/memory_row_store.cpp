#include "tests/kit/memory_row_store.hpp"

#include "events/kernel/require.hpp"

namespace pakashop::kit {
namespace {

using model::ApplyResult;
using model::Checkpoint;
using model::RowEdit;
using model::StoreFailure;
using model::Value;
using Outcome = ApplyResult::Outcome;

void edit_row(std::vector<Value>& row, const RowEdit& edit) {
    for (const auto& each : edit.sets) row[each.column] = each.value;
    for (const auto& each : edit.adds) {
        const auto* number = std::get_if<std::int64_t>(&row[each.column]);
        row[each.column] = (number ? *number : 0) + each.by;
    }
}

}  // namespace

void MemoryRowStore::fail_next(StoreFault fault) {
    const std::lock_guard lock{mutex_};
    faults_.push_back(fault);
}

void MemoryRowStore::set_away(bool away) {
    const std::lock_guard lock{mutex_};
    away_ = away;
}

void MemoryRowStore::drop() {
    const std::lock_guard lock{mutex_};
    now_ = {};
}

void MemoryRowStore::keep() {
    const std::lock_guard lock{mutex_};
    kept_ = now_;
}

void MemoryRowStore::go_back() {
    const std::lock_guard lock{mutex_};
    now_ = kept_;
}

Result<std::vector<Checkpoint>, StoreFailure> MemoryRowStore::checkpoints(
    std::string_view group,
    std::string_view generation,
    std::uint32_t partitions
) {
    const std::lock_guard lock{mutex_};
    if (away_) return unexpected{StoreFailure::unavailable};
    auto& all = now_.checkpoints[std::string{group}];
    for (auto i = static_cast<std::uint32_t>(all.size()); i < partitions; ++i) {
        const auto partition = static_cast<PartitionId>(i);
        Checkpoint genesis;
        genesis.partition = partition;
        genesis.state.place.head = genesis_head(generation, partition);
        all.push_back(genesis);
    }
    return all;
}

ApplyResult MemoryRowStore::apply(
    std::string_view group,
    const model::ChangeSet& changes,
    std::span<const model::CheckpointMove> moves
) {
    const std::lock_guard lock{mutex_};
    if (away_) return {Outcome::unavailable, "away"};
    StoreFault fault = StoreFault::none;
    if (!faults_.empty()) {
        fault = faults_.front();
        faults_.pop_front();
    }
    if (fault == StoreFault::away) return {Outcome::unavailable, "away"};
    if (fault == StoreFault::refused) return {Outcome::refused, "refused"};
    if (fault == StoreFault::unknown_lost) return {Outcome::unknown, "lost"};
    auto& checkpoints = now_.checkpoints[std::string{group}];
    for (const auto& move : moves) {
        if (move.from.partition >= checkpoints.size() ||
            checkpoints[move.from.partition].state.place != move.from.state.place) {
            return {Outcome::superseded, "elsewhere"};
        }
    }
    for (const auto& move : moves) checkpoints[move.to.partition] = move.to;
    for (const auto* edits : changes.by_table()) write(*edits);
    ++applied_;
    if (fault == StoreFault::unknown_written) return {Outcome::unknown, "lost"};
    return {};
}

void MemoryRowStore::write(const model::TableEdits& edits) {
    const model::Table& table = edits.table();
    Rows& rows = now_.tables[std::string{table.name}];
    for (const auto& row : edits.appended()) {
        const model::Key key{row.begin(), row.begin() + static_cast<std::ptrdiff_t>(table.keys)};
        require(rows.emplace(key, row).second, "an appended row is new");
    }
    for (const RowEdit* edit : edits.by_key()) {
        const auto found = rows.find(edit->key);
        if (edit->outcome == RowEdit::Outcome::present) {
            rows[edit->key] = edit->row;
        } else if (edit->outcome == RowEdit::Outcome::absent) {
            rows.erase(edit->key);
        } else if (found != rows.end()) {
            edit_row(found->second, *edit);
        } else if (edit->makes_row) {
            rows[edit->key] = edit->row;
        }
    }
}

Digest MemoryRowStore::digest(const model::Table& table) const {
    const std::lock_guard lock{mutex_};
    std::vector<model::Row> out;
    if (const auto found = now_.tables.find(table.name); found != now_.tables.end()) {
        for (const auto& [key, row] : found->second) out.emplace_back(table.columns, row);
    }
    return model::digest_of(out);
}

std::size_t MemoryRowStore::count(const model::Table& table) const {
    const std::lock_guard lock{mutex_};
    const auto found = now_.tables.find(table.name);
    return found == now_.tables.end() ? 0 : found->second.size();
}

std::size_t MemoryRowStore::applied() const {
    const std::lock_guard lock{mutex_};
    return applied_;
}

}  // namespace pakashop::kit
