#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <pqxx/pqxx>

#include "projections/rows.hpp"

/// What this folder's sources share of libpqxx. Heavy: for .cpp files only.
namespace pakashop::postgres {

/// How a connection is opened.
struct SessionOptions {
    std::string url;   ///< postgresql://… or key=value pairs.
    std::string name;  ///< Shown in pg_stat_activity.
    int statement_timeout_ms = 60'000;
};

/// A connection in UTC with ISO dates, time-outs and no automatic reconnection. Gives up connecting
/// after 5 s; throws what libpqxx throws.
std::unique_ptr<pqxx::connection> connect(const SessionOptions& options);

/// What went wrong, as far as somebody can act on it.
enum class Trouble {
    away,     ///< The connection or the server is gone or busy: later, on a new connection.
    unknown,  ///< The answer to COMMIT was lost.
    late,     ///< The statement took longer than it may; asked again at once, it would so again.
    refused   ///< The server understood and said no; so it will again.
};
struct Failure {
    Trouble trouble = Trouble::away;
    std::string detail;
};
/// Explains the exception in flight; call it in a catch (...) block only.
Failure explain();

/// Runs a statement whose parameters are these values.
pqxx::result execute(
    pqxx::transaction_base& transaction,
    std::string_view sql,
    const std::vector<model::Value>& params
);

/// The result's rows as values of `columns`, which it must have in that order.
std::vector<model::Row> rows_in(const pqxx::result& result, std::span<const model::Column> columns);

/// `a, b, c`.
std::string names_of(std::span<const model::Column> columns);

}  // namespace pakashop::postgres
