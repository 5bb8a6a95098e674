#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.hpp"

namespace pakashop::api {

/// Collects the conditions and parameters of a list's query: `where("o.shop = {}", value)`.
class Filter {
public:
    /// Adds a condition; each `{}` in it becomes the next `$n`.
    void where(std::string_view condition, std::vector<model::Value> values = {});
    /// Adds a condition when the request has that query parameter; an empty value filters nothing.
    void when(const Call& call, std::string_view parameter, std::string_view condition);
    /// The same where only some words make sense; validation_failed for any other.
    Result<void, Problem> when_one_of(
        const Call& call,
        std::string_view parameter,
        std::span<const std::string_view> words,
        std::string_view condition
    );
    /// The same with the names of an enum: `filter.when_named<ShopStatus>(call, "status", …)`.
    template <NamedEnum E>
    Result<void, Problem>
    when_named(const Call& call, std::string_view parameter, std::string_view condition) {
        static constexpr auto names = enum_names(E{});
        return when_one_of(call, parameter, names, condition);
    }

    /// Drops the conditions and keeps the parameters: for another part of the same query.
    void begin_anew() { conditions_.clear(); }

    std::string sql() const;  ///< `WHERE a AND b`, or nothing.
    const std::vector<model::Value>& parameters() const { return parameters_; }
    std::vector<model::Value>& parameters() { return parameters_; }

private:
    std::vector<std::string> conditions_;
    std::vector<model::Value> parameters_;
};

/// One page of a list, newest first: `?limit=&cursor=` (api.md, "lists").
struct Page {
    std::size_t limit = 50;
    struct Cursor {
        Instant at;
        std::string id;
    };
    std::optional<Cursor> after;
    std::string list;  ///< The route's pattern: a cursor counts in its own list only.
    Digest cursor_key{};
};

/// The page asked for; validation_failed for a limit outside 1–200, cursor_invalid.
Result<Page, Problem> page_of(const Call& call);

/// Adds the cursor to the filter and returns the tail `WHERE … ORDER BY … LIMIT …`, which asks for
/// one row more than the page to know whether another follows.
std::string tail_of(
    const Page& page,
    Filter& filter,
    std::string_view at = "created_at",
    std::string_view id = "id"
);

/// ` ORDER BY … LIMIT …` alone.
std::string order_and_limit(const Page& page, std::string_view at, std::string_view id);

/// `{"data":[…],"nextCursor":…}`; `render` gives each row's JSON, or nothing to leave it out.
std::string page_json(
    const Page& page,
    const std::vector<model::Row>& rows,
    const std::function<std::optional<std::string>(const model::Row&)>& render,
    std::string_view at = "created_at",
    std::string_view id = "id"
);

/// The cursor behind a row of the page; ours alone, since it carries a MAC.
std::string cursor_after(const Page& page, Instant at, std::string_view id);

/// An instant among the query parameters (`from`, `to`); validation_failed when malformed.
Result<std::optional<Instant>, Problem> instant_parameter(const Call& call, std::string_view name);

/// The problem of a failed read.
Problem read_problem(ReadFailure failure);

/// Rows of a table, read on the pool.
Awaitable<Result<std::vector<model::Row>, Problem>> read_rows(
    App& app,
    const model::Table& table,
    std::string tail,
    std::vector<model::Value> parameters
);

/// One row by its id; not_found when there is none.
Awaitable<Result<model::Row, Problem>>
read_row(App& app, const model::Table& table, std::string_view id);

}  // namespace pakashop::api
