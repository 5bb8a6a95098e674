#include "adapters/postgres/reads.hpp"

#include "adapters/postgres/pool.hpp"

namespace pakashop::postgres {
namespace {

using api::ReadFailure;

constexpr std::array position_columns{
    model::Column{"seq", model::ColumnType::integer},
};
constexpr std::string_view positions_sql =
    "SELECT seq FROM checkpoints WHERE group_name = $1 ORDER BY partition";

using Snapshot = pqxx::transaction<pqxx::repeatable_read, pqxx::read_only>;

template <class T>
Result<T, ReadFailure> answer(Result<T, Failure> result) {
    if (result) return *std::move(result);
    const bool refused = result.error().trouble == Trouble::refused;
    return unexpected{refused ? ReadFailure::failed : ReadFailure::unavailable};
}

}  // namespace

class Reads::Pool : public ConnectionPool {
public:
    using ConnectionPool::ConnectionPool;
};

Reads::Reads(ReadsOptions options)
    : pool_{std::make_unique<Pool>(
          SessionOptions{options.url, "pakashop-reads", options.statement_timeout_ms},
          options.connections_max
      )} {}
Reads::~Reads() = default;

Reads::Rows Reads::from(
    const model::Table& table,
    std::string_view tail,
    const std::vector<model::Value>& params
) {
    const std::string sql = "SELECT " + names_of(table.columns) + " FROM " +
                            std::string{table.name} + " " + std::string{tail};
    return query(table.columns, sql, params);
}

Reads::Rows Reads::query(
    std::span<const model::Column> columns,
    std::string_view sql,
    const std::vector<model::Value>& params
) {
    return answer(pool_->with([&](pqxx::connection& connection) {
        pqxx::nontransaction work{connection};
        return rows_in(execute(work, sql, params), columns);
    }));
}

Result<RowsAt, ReadFailure> Reads::query_at(
    std::string_view group,
    std::span<const model::Column> columns,
    std::string_view sql,
    const std::vector<model::Value>& params
) {
    return answer(pool_->with([&](pqxx::connection& connection) {
        Snapshot work{connection};
        RowsAt out;
        const auto positions = execute(work, positions_sql, {std::string{group}});
        for (const model::Row& row : rows_in(positions, position_columns)) {
            out.records.push_back(static_cast<std::uint64_t>(row.integer("seq")));
        }
        out.rows = rows_in(execute(work, sql, params), columns);
        return out;
    }));
}

}  // namespace pakashop::postgres
