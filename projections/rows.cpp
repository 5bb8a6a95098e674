#include "projections/rows.hpp"

#include <algorithm>
#include <charconv>

#include "events/kernel/require.hpp"

namespace pakashop::model {
namespace {

std::size_t place_in(std::span<const Column> columns, std::string_view name) {
    const auto found = std::ranges::find(columns, name, &Column::name);
    require(found != columns.end(), "a column that is asked for is there");
    return static_cast<std::size_t>(found - columns.begin());
}

// The value as a T; null for nothing.
template <class T>
const T* held(const Value& value) {
    if (std::holds_alternative<std::monostate>(value)) return nullptr;
    const T* typed = std::get_if<T>(&value);
    require(typed != nullptr, "a column is read as the type it has");
    return typed;
}

bool fits(const Value& value, ColumnType type) {
    switch (type) {
        case ColumnType::text:
            return std::holds_alternative<std::string>(value);
        case ColumnType::integer:
            return std::holds_alternative<std::int64_t>(value);
        case ColumnType::boolean:
            return std::holds_alternative<bool>(value);
        case ColumnType::instant:
            return std::holds_alternative<Instant>(value);
        case ColumnType::json:
            return std::holds_alternative<Json>(value);
    }
    return false;
}

// PostgreSQL's text holds any character but this one; U+FFFD stands for it.
void replace_nul(Value& value) {
    auto* text = std::get_if<std::string>(&value);
    if (!text) return;
    for (auto at = text->find('\0'); at != std::string::npos; at = text->find('\0', at)) {
        text->replace(at, 1, "\xef\xbf\xbd");
    }
}

Assignment assignment(const Table& table, const Cell& cell) {
    Assignment out{table.index_of(cell.column), cell.value};
    const bool null = std::holds_alternative<std::monostate>(out.value);
    require(
        null || fits(out.value, table.columns[out.column].type), "a cell fits its column's type"
    );
    replace_nul(out.value);
    return out;
}

void take_cells(RowChange& change, Cells cells) {
    change.assignments.reserve(cells.size());
    for (const Cell& cell : cells) {
        Assignment taken = assignment(*change.table, cell);
        require(taken.column >= change.table->keys, "a key column is named in the key alone");
        change.assignments.push_back(std::move(taken));
    }
}

RowChange change_of(RowChange::Kind kind, const Table& table, Key key) {
    require(key.size() == table.keys, "a key has a value for each key column");
    return {kind, &table, std::move(key), {}, {}};
}

void append_number(std::string& out, char letter, std::int64_t number) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out += letter;
    out.append(digits.data(), end);
    out += ';';
}

void append_text(std::string& out, char letter, std::string_view text) {
    append_number(out, letter, static_cast<std::int64_t>(text.size()));
    out += text;
}

void append_value(std::string& out, const Value& value) {
    if (const auto* flag = std::get_if<bool>(&value)) {
        out += *flag ? "b1;" : "b0;";
    } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
        append_number(out, 'i', *number);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
        append_text(out, 't', *text);
    } else if (const auto* at = std::get_if<Instant>(&value)) {
        append_number(out, 'a', at->ms);
    } else if (const auto* json = std::get_if<Json>(&value)) {
        append_text(out, 'j', json->text);
    } else {
        out += "n;";
    }
}

}  // namespace

std::size_t Table::index_of(std::string_view column) const { return place_in(columns, column); }

const Value& Row::value(std::string_view column) const {
    return values_[place_in(columns_, column)];
}

bool Row::is_null(std::string_view column) const {
    return std::holds_alternative<std::monostate>(value(column));
}

const std::string& Row::text(std::string_view column) const {
    static const std::string none;
    const auto* text = held<std::string>(value(column));
    return text ? *text : none;
}

std::int64_t Row::integer(std::string_view column) const {
    const auto* number = held<std::int64_t>(value(column));
    return number ? *number : 0;
}

bool Row::boolean(std::string_view column) const {
    const auto* flag = held<bool>(value(column));
    return flag && *flag;
}

std::optional<Instant> Row::instant(std::string_view column) const {
    const auto* at = held<Instant>(value(column));
    return at ? std::optional{*at} : std::nullopt;
}

std::string_view Row::json(std::string_view column) const {
    const auto* json = held<Json>(value(column));
    return json ? std::string_view{json->text} : "null";
}

RowChange insert(const Table& table, Cells cells) {
    RowChange change{RowChange::Kind::insert, &table, Key(table.keys), {}, {}};
    change.assignments.reserve(cells.size());
    for (const Cell& cell : cells) {
        Assignment taken = assignment(table, cell);
        if (taken.column < table.keys) {
            change.key[taken.column] = std::move(taken.value);
        } else {
            change.assignments.push_back(std::move(taken));
        }
    }
    for (const Value& part : change.key) {
        require(!std::holds_alternative<std::monostate>(part), "a new row has its whole key");
    }
    return change;
}

RowChange patch(const Table& table, Key key, Cells cells) {
    RowChange change = change_of(RowChange::Kind::patch, table, std::move(key));
    take_cells(change, cells);
    return change;
}

RowChange add(const Table& table, Key key, Deltas deltas, Cells otherwise) {
    RowChange change = change_of(RowChange::Kind::add, table, std::move(key));
    take_cells(change, otherwise);
    for (const Delta& delta : deltas) {
        const std::size_t column = table.index_of(delta.column);
        require(table.columns[column].type == ColumnType::integer, "only integers are added to");
        change.increments.push_back({column, delta.by});
    }
    return change;
}

RowChange remove(const Table& table, Key key) {
    return change_of(RowChange::Kind::remove, table, std::move(key));
}

void append_canonical(std::string& out, std::span<const Value> row) {
    for (const Value& value : row) append_value(out, value);
    out += '\n';
}

}  // namespace pakashop::model
