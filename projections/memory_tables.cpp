#include "projections/memory_tables.hpp"

#include <algorithm>

#include "events/kernel/hash.hpp"

namespace pakashop::model {
namespace {

std::vector<Value> new_row(const RowChange& change) {
    std::vector<Value> values(change.table->columns.size());
    std::ranges::copy(change.key, values.begin());
    for (const Assignment& each : change.assignments) values[each.column] = each.value;
    return values;
}

void increase(std::vector<Value>& values, const std::vector<Increment>& increments) {
    for (const Increment& each : increments) {
        const auto* now = std::get_if<std::int64_t>(&values[each.column]);
        values[each.column] = (now ? *now : 0) + each.by;
    }
}

bool wanted(std::span<const Projection* const> projections, std::string_view type) {
    return std::ranges::any_of(projections, [&](const Projection* each) {
        return each->reads(type);
    });
}

}  // namespace

void MemoryTables::apply(const RowChange& change) {
    Rows& rows = tables_[change.table->name];
    const auto found = rows.find(change.key);
    if (change.kind == RowChange::Kind::remove) {
        if (found != rows.end()) rows.erase(found);
        return;
    }
    const bool makes_row = change.kind == RowChange::Kind::insert || found == rows.end();
    if (change.kind == RowChange::Kind::patch && found == rows.end()) return;
    std::vector<Value> values = makes_row ? new_row(change) : found->second.values();
    if (change.kind == RowChange::Kind::patch) {
        for (const Assignment& each : change.assignments) values[each.column] = each.value;
    }
    increase(values, change.increments);
    rows.insert_or_assign(change.key, Row{change.table->columns, std::move(values)});
}

void MemoryTables::apply(const RowChanges& changes) {
    for (const RowChange& change : changes) apply(change);
}

const Row* MemoryTables::find(const Table& table, const Key& key) const {
    const auto rows = tables_.find(table.name);
    if (rows == tables_.end()) return nullptr;
    const auto found = rows->second.find(key);
    return found == rows->second.end() ? nullptr : &found->second;
}

const Row* MemoryTables::find(const Table& table, std::string_view id) const {
    return find(table, Key{std::string{id}});
}

std::vector<Row> MemoryTables::rows(const Table& table) const {
    std::vector<Row> out;
    const auto rows = tables_.find(table.name);
    if (rows == tables_.end()) return out;
    for (const auto& [key, row] : rows->second) out.push_back(row);
    return out;
}

std::vector<Row>
MemoryTables::where(const Table& table, std::string_view column, const Value& value) const {
    std::vector<Row> out = rows(table);
    std::erase_if(out, [&](const Row& row) { return row.value(column) != value; });
    return out;
}

Digest MemoryTables::digest(const Table& table) const { return digest_of(rows(table)); }

Digest digest_of(std::span<const Row> rows_by_key) {
    Sha256 digest;
    std::string text;
    for (const Row& row : rows_by_key) {
        text.clear();
        append_canonical(text, row.values());
        digest.add(std::string_view{text});
    }
    return digest.finish();
}

void replay(
    MemoryTables& tables,
    std::span<const Projection* const> projections,
    const EventMeta& meta,
    const AnyEvent& event
) {
    for (const Projection* each : projections) {
        if (each->reads(meta.type)) tables.apply(each->project(meta, event));
    }
}

void replay(
    MemoryTables& tables,
    std::span<const Projection* const> projections,
    const EventMeta& meta,
    Vault& vault
) {
    if (!wanted(projections, meta.type)) return;
    auto event = decode_event(meta.type, meta.payload);
    if (!event) throw CorruptStream{"a stored event cannot be decoded: " + std::string{meta.type}};
    open(*event, vault, sealing_place(meta.stream, meta.version));
    replay(tables, projections, meta, *event);
}

void replay(
    MemoryTables& tables,
    std::span<const Projection* const> projections,
    const DecodedRecord& record,
    Vault& vault
) {
    for_each_event(record, [&](const EventMeta& meta) {
        replay(tables, projections, meta, vault);
    });
}

}  // namespace pakashop::model
