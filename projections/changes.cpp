#include "projections/changes.hpp"

#include <algorithm>
#include <functional>

#include "events/kernel/require.hpp"

namespace pakashop::model {
namespace {

std::size_t hash_of(const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return std::hash<std::string>{}(*text);
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        return std::hash<std::int64_t>{}(*number);
    }
    if (const auto* at = std::get_if<Instant>(&value)) return std::hash<std::int64_t>{}(at->ms);
    return value.index();
}

std::vector<Value> whole_row(RowChange& change) {
    std::vector<Value> row(change.table->columns.size());
    std::ranges::copy(change.key, row.begin());
    for (Assignment& each : change.assignments) row[each.column] = std::move(each.value);
    return row;
}

void increase(Value& value, std::int64_t by) {
    const auto* now = std::get_if<std::int64_t>(&value);
    value = (now ? *now : 0) + by;
}

template <class Entry>
auto place_for(std::vector<Entry>& entries, std::size_t column) {
    return std::ranges::lower_bound(entries, column, {}, &Entry::column);
}

template <class Entry>
bool stands_at(const std::vector<Entry>& entries, auto place, std::size_t column) {
    return place != entries.end() && place->column == column;
}

// A set replaces what was set or added before it.
void set_later(RowEdit& edit, Assignment& assignment) {
    const auto added = place_for(edit.adds, assignment.column);
    if (stands_at(edit.adds, added, assignment.column)) edit.adds.erase(added);
    const auto place = place_for(edit.sets, assignment.column);
    if (stands_at(edit.sets, place, assignment.column)) {
        place->value = std::move(assignment.value);
    } else {
        edit.sets.insert(place, std::move(assignment));
    }
}

void add_later(RowEdit& edit, const Increment& increment) {
    const auto set = place_for(edit.sets, increment.column);
    if (stands_at(edit.sets, set, increment.column)) {
        increase(set->value, increment.by);
        return;
    }
    const auto place = place_for(edit.adds, increment.column);
    if (stands_at(edit.adds, place, increment.column)) {
        place->by += increment.by;
    } else {
        edit.adds.insert(place, increment);
    }
}

void put(RowEdit& edit, RowChange& change) {
    edit.outcome = RowEdit::Outcome::present;
    edit.row = whole_row(change);
    edit.makes_row = false;
    edit.sets.clear();
    edit.adds.clear();
}

void patch(RowEdit& edit, RowChange& change) {
    const bool has_row = edit.outcome == RowEdit::Outcome::present || edit.makes_row;
    for (Assignment& each : change.assignments) {
        if (has_row) edit.row[each.column] = each.value;
        if (edit.outcome == RowEdit::Outcome::unknown) set_later(edit, each);
    }
}

void add(RowEdit& edit, RowChange& change) {
    if (edit.outcome == RowEdit::Outcome::unknown) {
        for (const Increment& each : change.increments) add_later(edit, each);
        if (!edit.makes_row) edit.row = whole_row(change);
        edit.makes_row = true;
    } else if (edit.outcome == RowEdit::Outcome::absent) {
        put(edit, change);
    }
    for (const Increment& each : change.increments) increase(edit.row[each.column], each.by);
}

void drop(RowEdit& edit) {
    edit.outcome = RowEdit::Outcome::absent;
    edit.makes_row = false;
    edit.row.clear();
    edit.sets.clear();
    edit.adds.clear();
}

}  // namespace

std::size_t TableEdits::KeyHash::operator()(const Key& key) const noexcept {
    std::size_t hash = 0;
    for (const Value& part : key) hash = hash * 1'000'003 + hash_of(part);
    return hash;
}

void TableEdits::take(RowChange&& change) {
    using Kind = RowChange::Kind;
    if (table_->append_only) {
        require(change.kind == Kind::insert, "an append-only table only takes new rows");
        appended_.push_back(whole_row(change));
        return;
    }
    const auto [place, fresh] = edits_.try_emplace(std::move(change.key));
    RowEdit& edit = place->second;
    if (fresh) edit.key = place->first;
    change.key = edit.key;
    switch (change.kind) {
        case Kind::insert:
            return put(edit, change);
        case Kind::patch:
            return patch(edit, change);
        case Kind::add:
            return add(edit, change);
        case Kind::remove:
            return drop(edit);
    }
}

std::vector<const RowEdit*> TableEdits::by_key() const {
    std::vector<const RowEdit*> out;
    out.reserve(edits_.size());
    for (const auto& [key, edit] : edits_) out.push_back(&edit);
    std::ranges::sort(out, {}, [](const RowEdit* edit) -> const Key& { return edit->key; });
    return out;
}

void ChangeSet::take(RowChange&& change) {
    const Table* table = change.table;
    const auto found =
        std::ranges::find(tables_, table, [](const auto& each) { return &each->table(); });
    if (found == tables_.end()) {
        tables_.push_back(std::make_unique<TableEdits>(*table));
        tables_.back()->take(std::move(change));
    } else {
        (*found)->take(std::move(change));
    }
}

void ChangeSet::take(RowChanges&& changes) {
    for (RowChange& change : changes) take(std::move(change));
}

std::vector<const TableEdits*> ChangeSet::by_table() const {
    std::vector<const TableEdits*> out;
    out.reserve(tables_.size());
    for (const auto& each : tables_) out.push_back(each.get());
    std::ranges::sort(out, {}, [](const TableEdits* edits) { return edits->table().name; });
    return out;
}

std::size_t ChangeSet::rows() const {
    std::size_t rows = 0;
    for (const auto& each : tables_) rows += each->size();
    return rows;
}

}  // namespace pakashop::model
