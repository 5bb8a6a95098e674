#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "adapters/postgres/session.hpp"
#include "projections/changes.hpp"

namespace pakashop::postgres {

/// Writes the edits of a table, as few statements as there are kinds of them. Statements are
/// prepared once per connection. For .cpp files only.
class TableWriter {
public:
    TableWriter(pqxx::connection& connection, std::string suffix);

    /// All edits of one table. With `rows_are_new`, rows that the edits make were never there, and
    /// go in by COPY.
    void
    write(pqxx::transaction_base& transaction, const model::TableEdits& edits, bool rows_are_new);

private:
    using Edits = std::vector<const model::RowEdit*>;
    // Which columns a group of edits sets, and which it adds to.
    struct Shape {
        std::vector<std::size_t> sets;
        std::vector<std::size_t> adds;
        friend auto operator<=>(const Shape&, const Shape&) = default;
    };
    using Rows = std::vector<const std::vector<model::Value>*>;

    void copy(pqxx::transaction_base& transaction, const model::Table& table, const Rows& rows);
    void insert(
        pqxx::transaction_base& transaction,
        const model::Table& table,
        const Rows& rows,
        bool replace
    );
    void update(
        pqxx::transaction_base& transaction,
        const model::Table& table,
        const Shape& shape,
        const Edits& edits
    );
    void erase(pqxx::transaction_base& transaction, const model::Table& table, const Edits& edits);

    std::string insert_sql(const model::Table& table, bool replace) const;
    std::string update_sql(const model::Table& table, const Shape& shape) const;
    std::string erase_sql(const model::Table& table) const;
    std::string quoted(const model::Table& table) const;
    void run(
        pqxx::transaction_base& transaction,
        const std::string& name,
        const std::string& sql,
        const std::vector<std::string>& arrays
    );

    pqxx::connection& connection_;
    const std::string suffix_;
    std::set<std::string> prepared_;
};

}  // namespace pakashop::postgres
