#include "adapters/postgres/table_writer.hpp"

#include <functional>

#include <pqxx/tablewriter>

#include "adapters/postgres/values.hpp"

namespace pakashop::postgres {
namespace {

using model::RowEdit;
using model::Table;
using model::TableEdits;
using model::Value;

constexpr std::string_view comma = ", ";
constexpr std::size_t copy_bytes = 64 * 1024;  ///< Sent at once by COPY.

void join(std::string& out, std::string_view separator, std::string_view item) {
    if (!out.empty()) out += separator;
    out += item;
}

// `$1::text[], $2::bigint[]` for these columns.
std::string arrays_of(const Table& table, const std::vector<std::size_t>& columns) {
    std::string out;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        join(out, comma, "$" + std::to_string(i + 1) + "::");
        out += sql_type(table.columns[columns[i]].type);
        out += "[]";
    }
    return out;
}

std::string names_of(const Table& table, const std::vector<std::size_t>& columns) {
    std::string out;
    for (const std::size_t column : columns) join(out, comma, table.columns[column].name);
    return out;
}

std::vector<std::size_t> range(std::size_t from, std::size_t to) {
    std::vector<std::size_t> out;
    for (std::size_t i = from; i < to; ++i) out.push_back(i);
    return out;
}

std::string same_key(const Table& table) {
    std::string out;
    for (std::size_t i = 0; i < table.keys; ++i) {
        const std::string name{table.columns[i].name};
        join(out, " AND ", "t." + name + " = d." + name);
    }
    return out;
}

// One array literal over `count` values.
std::string array_of(std::size_t count, const std::function<const Value&(std::size_t)>& value) {
    std::string out = "{";
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) out += ',';
        append_element(out, value(i));
    }
    out += '}';
    return out;
}

}  // namespace

TableWriter::TableWriter(pqxx::connection& connection, std::string suffix)
    : connection_{connection}, suffix_{std::move(suffix)} {}

void TableWriter::write(
    pqxx::transaction_base& transaction,
    const TableEdits& edits,
    bool rows_are_new
) {
    const Table& table = edits.table();
    Rows appended;
    for (const auto& row : edits.appended()) appended.push_back(&row);
    copy(transaction, table, appended);
    Rows put;
    Rows made;
    Edits gone;
    std::map<Shape, Edits> changed;
    for (const RowEdit* edit : edits.by_key()) {
        if (edit->outcome == RowEdit::Outcome::present) {
            put.push_back(&edit->row);
        } else if (edit->outcome == RowEdit::Outcome::absent) {
            gone.push_back(edit);
        } else {
            Shape shape;
            for (const auto& each : edit->sets) shape.sets.push_back(each.column);
            for (const auto& each : edit->adds) shape.adds.push_back(each.column);
            if (!shape.sets.empty() || !shape.adds.empty()) changed[shape].push_back(edit);
            if (edit->makes_row) made.push_back(&edit->row);
        }
    }
    erase(transaction, table, gone);
    for (const auto& [shape, group] : changed) update(transaction, table, shape, group);
    if (rows_are_new) {
        copy(transaction, table, put);
    } else {
        insert(transaction, table, put, true);
    }
    insert(transaction, table, made, false);
}

// Rows go out in pieces of many lines. libpqxx 6 deprecates this class, but its successor only
// takes tuples, and ours are as wide as their tables.
void TableWriter::copy(pqxx::transaction_base& transaction, const Table& table, const Rows& rows) {
    if (rows.empty()) return;
    std::vector<std::string> names;
    for (const model::Column& column : table.columns) names.emplace_back(column.name);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    pqxx::tablewriter stream{transaction, quoted(table), names.begin(), names.end()};
#pragma GCC diagnostic pop
    std::string lines;
    for (const auto* row : rows) {
        if (lines.size() >= copy_bytes) {
            stream.write_raw_line(lines);
            lines.clear();
        }
        if (!lines.empty()) lines += '\n';
        for (std::size_t i = 0; i < row->size(); ++i) {
            if (i > 0) lines += '\t';
            append_field(lines, (*row)[i]);
        }
    }
    stream.write_raw_line(lines);
    stream.complete();
}

void TableWriter::insert(
    pqxx::transaction_base& transaction,
    const Table& table,
    const Rows& rows,
    bool replace
) {
    if (rows.empty()) return;
    std::vector<std::string> arrays;
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
        arrays.push_back(array_of(rows.size(), [&](std::size_t i) -> const Value& {
            return (*rows[i])[column];
        }));
    }
    const std::string name = (replace ? "put_" : "make_") + std::string{table.name};
    run(transaction, name, insert_sql(table, replace), arrays);
}

void TableWriter::update(
    pqxx::transaction_base& transaction,
    const Table& table,
    const Shape& shape,
    const Edits& edits
) {
    std::vector<std::string> arrays;
    std::string name = "change_" + std::string{table.name};
    for (std::size_t column = 0; column < table.keys; ++column) {
        arrays.push_back(array_of(edits.size(), [&](std::size_t i) -> const Value& {
            return edits[i]->key[column];
        }));
    }
    for (std::size_t set = 0; set < shape.sets.size(); ++set) {
        name += "_" + std::to_string(shape.sets[set]);
        arrays.push_back(array_of(edits.size(), [&](std::size_t i) -> const Value& {
            return edits[i]->sets[set].value;
        }));
    }
    Value by;
    for (std::size_t added = 0; added < shape.adds.size(); ++added) {
        name += "_plus" + std::to_string(shape.adds[added]);
        arrays.push_back(array_of(edits.size(), [&](std::size_t i) -> const Value& {
            return by = edits[i]->adds[added].by;
        }));
    }
    run(transaction, name, update_sql(table, shape), arrays);
}

void TableWriter::erase(
    pqxx::transaction_base& transaction,
    const Table& table,
    const Edits& edits
) {
    if (edits.empty()) return;
    std::vector<std::string> arrays;
    for (std::size_t column = 0; column < table.keys; ++column) {
        arrays.push_back(array_of(edits.size(), [&](std::size_t i) -> const Value& {
            return edits[i]->key[column];
        }));
    }
    run(transaction, "erase_" + std::string{table.name}, erase_sql(table), arrays);
}

std::string TableWriter::insert_sql(const Table& table, bool replace) const {
    const auto all = range(0, table.columns.size());
    std::string assignments;
    for (const std::size_t column : range(table.keys, table.columns.size())) {
        const std::string name{table.columns[column].name};
        join(assignments, comma, name + " = excluded." + name);
    }
    const bool updates = replace && !assignments.empty();
    return "INSERT INTO " + quoted(table) + " (" + names_of(table, all) +
           ") SELECT * FROM unnest(" + arrays_of(table, all) + ") ON CONFLICT (" +
           names_of(table, range(0, table.keys)) + ") DO " +
           (updates ? "UPDATE SET " + assignments : "NOTHING");
}

std::string TableWriter::update_sql(const Table& table, const Shape& shape) const {
    std::string assignments;
    for (const std::size_t column : shape.sets) {
        const std::string name{table.columns[column].name};
        join(assignments, comma, name + " = d." + name);
    }
    for (const std::size_t column : shape.adds) {
        const std::string name{table.columns[column].name};
        join(assignments, comma, name + " = coalesce(t." + name + ", 0) + d." + name);
    }
    auto columns = range(0, table.keys);
    columns.insert(columns.end(), shape.sets.begin(), shape.sets.end());
    columns.insert(columns.end(), shape.adds.begin(), shape.adds.end());
    return "UPDATE " + quoted(table) + " t SET " + assignments + " FROM unnest(" +
           arrays_of(table, columns) + ") AS d(" + names_of(table, columns) + ") WHERE " +
           same_key(table);
}

std::string TableWriter::erase_sql(const Table& table) const {
    const auto key = range(0, table.keys);
    return "DELETE FROM " + quoted(table) + " t USING unnest(" + arrays_of(table, key) + ") AS d(" +
           names_of(table, key) + ") WHERE " + same_key(table);
}

std::string TableWriter::quoted(const Table& table) const {
    return std::string{table.name} + suffix_;
}

void TableWriter::run(
    pqxx::transaction_base& transaction,
    const std::string& name,
    const std::string& sql,
    const std::vector<std::string>& arrays
) {
    if (prepared_.insert(name).second) connection_.prepare(name, sql);
    std::vector<const char*> pointers;
    for (const std::string& array : arrays) pointers.push_back(array.c_str());
    transaction.exec_prepared(name, pqxx::prepare::make_dynamic_params(pointers));
}

}  // namespace pakashop::postgres
