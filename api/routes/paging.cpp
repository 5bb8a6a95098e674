#include "api/routes/paging.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace pakashop::api {
namespace {

constexpr std::size_t mac_hex = 16;

Problem invalid_parameter(std::string_view name, std::string detail) {
    return {
        .code = "validation_failed",
        .detail = "The query parameter " + std::string{name} + " " + detail + ".",
        .errors = {{"#/" + std::string{name}, std::move(detail)}}
    };
}

std::string mac_of(const Page& page, std::string_view hex) {
    const std::string sealed = page.list + "\n" + std::string{hex};
    return to_hex(hmac_sha256(page.cursor_key, sealed)).substr(0, mac_hex);
}

std::optional<Page::Cursor> parse_cursor(const Page& page, std::string_view text) {
    const auto seam = text.rfind('-');
    if (seam == std::string_view::npos) return std::nullopt;
    const auto hex = text.substr(0, seam);
    if (!equal_in_constant_time(mac_of(page, hex), text.substr(seam + 1))) return std::nullopt;
    const auto bytes = from_hex(hex);
    if (!bytes) return std::nullopt;
    const std::string_view plain = text_of(*bytes);
    const auto mark = plain.find('|');
    if (mark == std::string_view::npos || mark + 1 == plain.size()) return std::nullopt;
    Page::Cursor cursor{{}, std::string{plain.substr(mark + 1)}};
    const auto end = plain.data() + mark;
    const auto read = std::from_chars(plain.data(), end, cursor.at.ms);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return cursor;
}

}  // namespace

void Filter::where(std::string_view condition, std::vector<model::Value> values) {
    std::string text;
    for (std::size_t i = 0; i < condition.size(); ++i) {
        if (condition.substr(i, 2) != "{}") {
            text += condition[i];
            continue;
        }
        ++i;
        text += "$" + std::to_string(parameters_.size() + 1);
        require(!values.empty(), "a condition has a value for each place");
        parameters_.push_back(std::move(values.front()));
        values.erase(values.begin());
    }
    conditions_.push_back(std::move(text));
}

void Filter::when(const Call& call, std::string_view parameter, std::string_view condition) {
    auto value = call.query(parameter);
    if (value && !value->empty()) where(condition, {*std::move(value)});
}

Result<void, Problem> Filter::when_one_of(
    const Call& call,
    std::string_view parameter,
    std::span<const std::string_view> words,
    std::string_view condition
) {
    const auto value = call.query(parameter);
    if (value && !value->empty() && std::ranges::find(words, *value) == words.end()) {
        auto detail = fmt::format("must be one of {}", fmt::join(words, ", "));
        return unexpected{invalid_parameter(parameter, std::move(detail))};
    }
    when(call, parameter, condition);
    return {};
}

std::string Filter::sql() const {
    std::string out;
    for (const std::string& condition : conditions_) {
        out += out.empty() ? "WHERE " : " AND ";
        out += condition;
    }
    return out;
}

Result<Page, Problem> page_of(const Call& call) {
    Page page;
    page.list = call.route.pattern;
    page.cursor_key = call.cursor_key;
    if (const auto limit = call.query("limit"); limit && !limit->empty()) {
        const auto end = limit->data() + limit->size();
        const auto read = std::from_chars(limit->data(), end, page.limit);
        const bool number = read.ec == std::errc{} && read.ptr == end;
        if (!number || page.limit < 1 || page.limit > 200) {
            return unexpected{invalid_parameter("limit", "must be a number from 1 to 200")};
        }
    }
    if (const auto cursor = call.query("cursor"); cursor && !cursor->empty()) {
        page.after = parse_cursor(page, *cursor);
        if (!page.after) {
            return unexpected{Problem{
                .code = "cursor_invalid", .detail = "Take the cursor from a list's nextCursor."
            }};
        }
    }
    return page;
}

std::string tail_of(const Page& page, Filter& filter, std::string_view at, std::string_view id) {
    const std::string columns = "(" + std::string{at} + ", " + std::string{id} + ")";
    if (page.after) {
        filter.where(columns + " < ({}::timestamptz, {})", {page.after->at, page.after->id});
    }
    return filter.sql() + order_and_limit(page, at, id);
}

std::string order_and_limit(const Page& page, std::string_view at, std::string_view id) {
    return " ORDER BY " + std::string{at} + " DESC, " + std::string{id} + " DESC LIMIT " +
           std::to_string(page.limit + 1);
}

std::string cursor_after(const Page& page, Instant at, std::string_view id) {
    const std::string hex = to_hex(bytes_of(std::to_string(at.ms) + "|" + std::string{id}));
    return hex + "-" + mac_of(page, hex);
}

std::string page_json(
    const Page& page,
    const std::vector<model::Row>& rows,
    const std::function<std::optional<std::string>(const model::Row&)>& render,
    std::string_view at,
    std::string_view id
) {
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("data").begin_array();
    const std::size_t shown = std::min(rows.size(), page.limit);
    for (std::size_t i = 0; i < shown; ++i) {
        if (const auto json = render(rows[i])) out.raw(*json);
    }
    out.end_array().key("nextCursor");
    if (rows.size() > page.limit) {
        const model::Row& last = rows[page.limit - 1];
        out.text(cursor_after(page, last.instant(at).value_or(Instant{}), last.text(id)));
    } else {
        out.null();
    }
    out.end_object();
    return body;
}

Result<std::optional<Instant>, Problem> instant_parameter(const Call& call, std::string_view name) {
    const auto text = call.query(name);
    if (!text || text->empty()) return std::optional<Instant>{};
    const auto at = parse_rfc3339(*text);
    if (!at) return unexpected{invalid_parameter(name, "must be an RFC 3339 time")};
    return at;
}

Problem read_problem(ReadFailure failure) {
    if (failure == ReadFailure::failed) return {.code = "internal_error"};
    return {
        .code = "read_model_unavailable",
        .detail = "The read models do not answer now; commands still do.",
        .retry_after_s = 2
    };
}

Awaitable<Result<std::vector<model::Row>, Problem>> read_rows(
    App& app,
    const model::Table& table,
    std::string tail,
    std::vector<model::Value> parameters
) {
    auto work = [&app, &table, tail = std::move(tail), parameters = std::move(parameters)] {
        return app.read_models.from(table, tail, parameters);
    };
    auto rows = co_await on_pool(app.pool, std::move(work));
    if (!rows) co_return unexpected{read_problem(rows.error())};
    co_return *std::move(rows);
}

Awaitable<Result<model::Row, Problem>>
read_row(App& app, const model::Table& table, std::string_view id) {
    std::string tail = "WHERE " + std::string{table.columns.front().name} + " = $1";
    std::vector<model::Value> parameters{std::string{id}};
    auto rows = co_await read_rows(app, table, std::move(tail), std::move(parameters));
    if (!rows) co_return unexpected{rows.error()};
    if (rows->empty()) co_return unexpected{not_found()};
    co_return std::move(rows->front());
}

}  // namespace pakashop::api
