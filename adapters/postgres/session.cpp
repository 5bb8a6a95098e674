#include "adapters/postgres/session.hpp"

#include <algorithm>
#include <array>
#include <exception>

#include "adapters/postgres/values.hpp"

namespace pakashop::postgres {
namespace {

constexpr std::string_view connect_timeout_s = "5";
constexpr std::string_view answer_timeout_ms = "15000";  ///< A peer that is silent so long is gone.

constexpr std::string_view timed_out = "57014";  ///< query_canceled: statement_timeout.

std::string with_option(std::string url, std::string_view name, std::string_view value) {
    if (url.find(std::string{name} + "=") != std::string::npos) return url;
    const bool uri = url.find("://") != std::string::npos;
    const char separator = uri ? (url.find('?') == std::string::npos ? '?' : '&') : ' ';
    return url + separator + std::string{name} + "=" + std::string{value};
}

// SQLSTATEs that are about the server's condition, not about the statement: by class, and a server
// that only reads, a database, a schema and tables that were dropped and will be made again.
bool passes_with_time(std::string_view state) {
    constexpr std::array<std::string_view, 6> classes{"08", "40", "53", "55", "57", "58"};
    constexpr std::array<std::string_view, 4> states{"25006", "3D000", "3F000", "42P01"};
    return std::ranges::find(states, state) != states.end() ||
           std::ranges::find(classes, state.substr(0, 2)) != classes.end();
}

}  // namespace

std::unique_ptr<pqxx::connection> connect(const SessionOptions& options) {
    std::string url = with_option(options.url, "connect_timeout", connect_timeout_s);
    url = with_option(url, "tcp_user_timeout", answer_timeout_ms);
    url = with_option(url, "application_name", options.name);
    auto connection = std::make_unique<pqxx::connection>(url);
    pqxx::nontransaction setup{*connection};
    setup.exec(
        "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET client_min_messages = warning; "
        "SET client_encoding = 'UTF8'; SET lock_timeout = '10s'; "
        "SET idle_in_transaction_session_timeout = '5min'; SET statement_timeout = " +
        std::to_string(options.statement_timeout_ms)
    );
    setup.commit();
    return connection;
}

Failure explain() {
    try {
        throw;
    } catch (const pqxx::in_doubt_error& error) {
        return {Trouble::unknown, error.what()};
    } catch (const pqxx::broken_connection& error) {
        return {Trouble::away, error.what()};
    } catch (const pqxx::sql_error& error) {
        if (error.sqlstate() == timed_out) return {Trouble::late, error.what()};
        return {
            passes_with_time(error.sqlstate()) ? Trouble::away : Trouble::refused, error.what()
        };
    } catch (const pqxx::failure& error) {
        return {Trouble::away, error.what()};
    } catch (const std::exception& error) {
        return {Trouble::refused, error.what()};
    }
}

pqxx::result execute(
    pqxx::transaction_base& transaction,
    std::string_view sql,
    const std::vector<model::Value>& params
) {
    std::vector<std::optional<std::string>> texts;
    std::vector<const char*> pointers;
    texts.reserve(params.size());
    for (const model::Value& value : params) {
        texts.push_back(to_text(value));
        pointers.push_back(texts.back() ? texts.back()->c_str() : nullptr);
    }
    return transaction.exec_params(std::string{sql}, pqxx::prepare::make_dynamic_params(pointers));
}

std::vector<model::Row>
rows_in(const pqxx::result& result, std::span<const model::Column> columns) {
    if (static_cast<std::size_t>(result.columns()) != columns.size()) {
        throw std::invalid_argument{"a query answers with other columns than were declared"};
    }
    std::vector<model::Row> rows;
    rows.reserve(static_cast<std::size_t>(result.size()));
    for (const pqxx::row& fields : result) {
        std::vector<model::Value> values(columns.size());
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const pqxx::field field = fields[static_cast<pqxx::row::size_type>(i)];
            if (field.is_null()) continue;
            values[i] = from_text(columns[i].type, {field.c_str(), field.size()});
        }
        rows.emplace_back(columns, std::move(values));
    }
    return rows;
}

std::string names_of(std::span<const model::Column> columns) {
    std::string names;
    for (const model::Column& column : columns) {
        if (!names.empty()) names += ", ";
        names += column.name;
    }
    return names;
}

}  // namespace pakashop::postgres
