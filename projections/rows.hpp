#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "events/kernel/hash.hpp"
#include "events/kernel/money.hpp"
#include "events/kernel/time.hpp"

/// Rows of read models, and changes of rows, as plain data: projections make them, PostgreSQL and
/// the in-memory tables take them (architecture 4).
namespace pakashop::model {

/// A value that is JSON text already; kept byte for byte.
struct Json {
    std::string text;
    friend auto operator<=>(const Json&, const Json&) = default;
};

/// One cell: nothing, or a value of one of the five column types.
using Value = std::variant<std::monostate, bool, std::int64_t, std::string, Instant, Json>;

/// What a column holds; each type also takes "nothing". Money is an integer of ngwee.
enum class ColumnType { text, integer, boolean, instant, json };

struct Column {
    std::string_view name;
    ColumnType type;
};

/// A table of a read model. Its declaration is a constant (tables.hpp), so tables are compared by
/// address.
struct Table {
    std::string_view name;
    std::span<const Column> columns;  ///< Key columns first.
    std::size_t keys = 1;             ///< How many of them are the key.
    bool append_only = false;         ///< Rows are only ever inserted, each key once.
    bool notifies = false;            ///< Each commit that touches it tells listeners its name.

    /// Where the column stands; asking for one that is not there is a bug.
    std::size_t index_of(std::string_view column) const;
};

/// The values of a table's key columns, in their order.
using Key = std::vector<Value>;

/// A named value.
struct Cell {
    std::string_view column;
    Value value;
};
using Cells = std::initializer_list<Cell>;

/// A named difference of an integer column.
struct Delta {
    std::string_view column;
    std::int64_t by = 0;
};
using Deltas = std::initializer_list<Delta>;

/// A row read from a table or a query, with its columns' names. Asking for a column that is not
/// there, or as another type than it has, is a bug; `columns` must outlive the row.
class Row {
public:
    Row() = default;
    Row(std::span<const Column> columns, std::vector<Value> values)
        : columns_{columns}, values_{std::move(values)} {}

    bool is_null(std::string_view column) const;
    /// The value of a text column; empty for nothing.
    const std::string& text(std::string_view column) const;
    /// The value of an integer column; 0 for nothing.
    std::int64_t integer(std::string_view column) const;
    Money money(std::string_view column) const { return Money{integer(column)}; }
    /// The value of a boolean column; false for nothing.
    bool boolean(std::string_view column) const;
    /// The value of an instant column; nothing for nothing.
    std::optional<Instant> instant(std::string_view column) const;
    /// The text of a json column; `null` for nothing.
    std::string_view json(std::string_view column) const;

    const Value& value(std::string_view column) const;
    std::span<const Column> columns() const { return columns_; }
    const std::vector<Value>& values() const { return values_; }

    friend bool operator==(const Row& a, const Row& b) { return a.values_ == b.values_; }

private:
    std::span<const Column> columns_;
    std::vector<Value> values_;
};

/// A column's place in its table, and what becomes of it there.
struct Assignment {
    std::size_t column = 0;
    Value value;
    friend bool operator==(const Assignment&, const Assignment&) = default;
};
struct Increment {
    std::size_t column = 0;
    std::int64_t by = 0;
    friend bool operator==(const Increment&, const Increment&) = default;
};

/// One change of one row. Made by insert, patch, add and remove below.
struct RowChange {
    enum class Kind { insert, patch, add, remove };

    Kind kind = Kind::insert;
    const Table* table = nullptr;
    Key key;
    std::vector<Assignment> assignments;  ///< insert: the other columns; add: those of a new row.
    std::vector<Increment> increments;    ///< Of add only.
    friend bool operator==(const RowChange&, const RowChange&) = default;
};
using RowChanges = std::vector<RowChange>;

/// The row as named, nothing in columns that are not; every key column is named. It takes the place
/// of a row of that key.
RowChange insert(const Table& table, Cells cells);
/// Sets the named columns of that row; without such a row nothing happens.
RowChange patch(const Table& table, Key key, Cells cells);
/// Adds to integer columns of that row, taking nothing for 0. Without such a row one is made of
/// `otherwise` and the deltas.
RowChange add(const Table& table, Key key, Deltas deltas, Cells otherwise = {});
/// Takes the row away; without such a row nothing happens.
RowChange remove(const Table& table, Key key);

/// Money as a cell.
inline Value amount(Money money) { return Value{money.ngwee}; }

/// Adds `row`'s canonical text to a running digest: every column in order, its type's letter,
/// length and text. Equal rows, wherever they were read, give equal texts.
void append_canonical(std::string& out, std::span<const Value> row);

}  // namespace pakashop::model
