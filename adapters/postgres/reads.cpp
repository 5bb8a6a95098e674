#include "adapters/postgres/reads.hpp"

#include "adapters/postgres/pool.hpp"

namespace pakashop::postgres {
namespace {

using api::ReadFailure;

using Snapshot = pqxx::transaction<pqxx::repeatable_read, pqxx::read_only>;

template <class T>
Result<T, ReadFailure> answer(Result<T, Failure> result) {
    if (result) return *std::move(result);
    const bool refused = result.error().trouble == Trouble::refused;
    return unexpected{refused ? ReadFailure::failed : ReadFailure::unavailable};
}

std::string select_from(const model::Table& table, std::string_view tail) {
    return "SELECT " + names_of(table.columns) + " FROM " + std::string{table.name} + " " +
           std::string{tail};
}

/// The rows as a transaction sees them. What goes wrong is thrown: the pool explains it.
class Moment final : public api::ReadModels {
public:
    explicit Moment(pqxx::transaction_base& work) : work_{work} {}

    Rows from(
        const model::Table& table,
        std::string_view tail,
        const std::vector<model::Value>& params
    ) override {
        return query(table.columns, select_from(table, tail), params);
    }
    Rows query(
        std::span<const model::Column> columns,
        std::string_view sql,
        const std::vector<model::Value>& params
    ) override {
        return rows_in(execute(work_, sql, params), columns);
    }
    Result<void, ReadFailure> at_one_moment(const Questions& ask) override { return ask(*this); }

private:
    pqxx::transaction_base& work_;
};

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
    return query(table.columns, select_from(table, tail), params);
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

Result<void, ReadFailure> Reads::at_one_moment(const Questions& ask) {
    const auto asked = answer(pool_->with([&](pqxx::connection& connection) {
        Snapshot work{connection};
        Moment moment{work};
        return ask(moment);
    }));
    return asked ? *asked : unexpected{asked.error()};
}

}  // namespace pakashop::postgres
