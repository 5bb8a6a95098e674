#include "adapters/postgres/twin_tables.hpp"

namespace pakashop::postgres {
namespace {

using model::Column;
using model::ColumnType;
using model::Table;
using model::TableComparison;

constexpr std::string_view rows_at_once = "5000";
constexpr std::string_view examples_max = "5";

std::string with(const Table& table, std::string_view suffix) {
    return std::string{table.name} + std::string{suffix};
}

std::string keys_of(const Table& table) { return names_of(table.columns.first(table.keys)); }

// Text by its bytes, as the tables in memory order it.
std::string by_key(const Table& table) {
    std::string out;
    for (const Column& column : table.columns.first(table.keys)) {
        if (!out.empty()) out += ", ";
        out += column.name;
        if (column.type == ColumnType::text) out += " COLLATE \"C\"";
    }
    return out;
}

struct Index {
    std::string name;
    std::string definition;
    bool primary = false;
};

std::vector<Index> indexes_of(pqxx::transaction_base& work, const std::string& table) {
    std::vector<Index> out;
    const auto found = execute(
        work,
        "SELECT c.relname, pg_get_indexdef(i.indexrelid), i.indisprimary FROM pg_index i "
        "JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = to_regclass($1) "
        "ORDER BY c.relname",
        {table}
    );
    for (const auto& row : found)
        out.push_back({row[0].c_str(), row[1].c_str(), row[2].as<bool>()});
    return out;
}

void rename_index(pqxx::transaction_base& work, const std::string& from, const std::string& to) {
    work.exec0("ALTER INDEX " + from + " RENAME TO " + to);
}

// `CREATE INDEX n ON public.t USING …`: what stands behind USING.
std::string method_of(const Index& index) {
    const auto at = index.definition.find(" USING ");
    return at == std::string::npos ? std::string{} : index.definition.substr(at);
}

}  // namespace

void make_twin(pqxx::transaction_base& work, const Table& table) {
    drop_twin(work, table);
    const std::string live{table.name};
    const std::string twin = with(table, twin_suffix);
    work.exec0("CREATE TABLE " + twin + " (LIKE " + live + " INCLUDING DEFAULTS)");
    work.exec0(
        "ALTER TABLE " + twin + " ADD CONSTRAINT " + twin + "_pkey PRIMARY KEY (" + keys_of(table) +
        ")"
    );
    const auto options = execute(
        work,
        "SELECT array_to_string(reloptions, ', ') FROM pg_class WHERE oid = to_regclass($1)",
        {live}
    );
    if (!options[0][0].is_null()) {
        work.exec0("ALTER TABLE " + twin + " SET (" + options[0][0].c_str() + ")");
    }
}

void index_twin(pqxx::transaction_base& work, const Table& table) {
    work.exec0("SET LOCAL maintenance_work_mem = '256MB'");
    const std::string twin = with(table, twin_suffix);
    for (const Index& index : indexes_of(work, std::string{table.name})) {
        if (index.primary) continue;
        work.exec0(
            "CREATE INDEX " + index.name + std::string{twin_suffix} + " ON " + twin +
            method_of(index)
        );
    }
    work.exec0("ANALYZE " + twin);
}

void swap_twin(pqxx::transaction_base& work, const Table& table) {
    const std::string live{table.name};
    const std::string old = with(table, old_suffix);
    const std::string twin = with(table, twin_suffix);
    work.exec0("DROP TABLE IF EXISTS " + old);
    const auto live_indexes = indexes_of(work, live);
    for (const Index& index : live_indexes) {
        rename_index(work, index.name, index.name + std::string{old_suffix});
    }
    work.exec0("ALTER TABLE " + live + " RENAME TO " + old);
    work.exec0("ALTER TABLE " + twin + " RENAME TO " + live);
    for (const Index& index : live_indexes) {
        const std::string made =
            index.primary ? twin + "_pkey" : index.name + std::string{twin_suffix};
        rename_index(work, made, index.name);
    }
}

void drop_twin(pqxx::transaction_base& work, const Table& table) {
    work.exec0("DROP TABLE IF EXISTS " + with(table, twin_suffix));
}

TableComparison compare_twin(pqxx::transaction_base& work, const Table& table) {
    const TableDigest live = digest_of(work, table, "");
    const TableDigest twin = digest_of(work, table, twin_suffix);
    TableComparison out{
        std::string{table.name}, live.rows, twin.rows, live.digest, twin.digest, 0, {}
    };
    if (out.equal()) return out;
    const std::string differing = " FROM " + out.table + " a FULL JOIN " +
                                  with(table, twin_suffix) + " b USING (" + keys_of(table) +
                                  ") WHERE a::text IS DISTINCT FROM b::text";
    out.different = work.exec1("SELECT count(*)" + differing)[0].as<std::uint64_t>();
    const auto examples = work.exec(
        "SELECT concat_ws(' ', " + keys_of(table) + ")" + differing + " ORDER BY 1 LIMIT " +
        std::string{examples_max}
    );
    for (const auto& row : examples) out.examples.emplace_back(row[0].c_str());
    return out;
}

TableDigest digest_of(pqxx::transaction_base& work, const Table& table, std::string_view suffix) {
    work.exec0(
        "DECLARE digest_rows NO SCROLL CURSOR FOR SELECT " + names_of(table.columns) + " FROM " +
        with(table, suffix) + " ORDER BY " + by_key(table)
    );
    TableDigest out;
    Sha256 digest;
    std::string text;
    while (true) {
        const auto rows = rows_in(
            work.exec("FETCH " + std::string{rows_at_once} + " FROM digest_rows"), table.columns
        );
        if (rows.empty()) break;
        for (const model::Row& row : rows) {
            text.clear();
            model::append_canonical(text, row.values());
            digest.add(std::string_view{text});
        }
        out.rows += rows.size();
    }
    work.exec0("CLOSE digest_rows");
    out.digest = digest.finish();
    return out;
}

}  // namespace pakashop::postgres
