#include "api/answers.hpp"
#include "api/history.hpp"
#include "api/render/row.hpp"
#include "api/routes/paging.hpp"
#include "api/routes/routes.hpp"
#include "projections/ledger.hpp"

namespace pakashop::api {
namespace {

using Books = Result<model::Row, ReadFailure>;

Books read_books(ReadModels& read_models, std::optional<Instant> at) {
    const model::Value when = at ? model::Value{*at} : model::Value{};
    auto books = read_models.query(model::columns::books, model::books_sql, {when});
    if (!books) return unexpected{books.error()};
    return std::move(books->front());
}

// What the postings say must be what payments and lines say, account by account; the first that
// differs is the difference. In the past only the postings can be asked.
Money difference(const model::Row& books, bool now) {
    if (const Money own = books.money("difference"); own != Money{}) return own;
    if (!now) return {};
    for (const std::string_view account :
         {"captured",
          "held",
          "releasable",
          "in_payout",
          "paid_out",
          "platform_fees",
          "refund_payable",
          "suspense"}) {
        const Money checked = books.money("checked_" + std::string{account});
        if (books.money(account) != checked) return books.money(account) - checked;
    }
    return {};
}

std::string render_books(const model::Row& books, bool now) {
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("currency").text("ZMW");
    const std::pair<std::string_view, std::string_view> accounts[] = {
        {"captured", "captured"},
        {"held", "held"},
        {"releasable", "releasable"},
        {"inPayout", "in_payout"},
        {"paidOut", "paid_out"},
        {"platformFees", "platform_fees"},
        {"deliveryFees", "delivery_fees"},
        {"refundPayable", "refund_payable"},
        {"refunded", "refunded"},
        {"suspense", "suspense"}
    };
    for (const auto& [name, column] : accounts) {
        write_money(out, name, books.money(column));
    }
    write_money(out, "difference", difference(books, now));
    out.key("checked").begin_object();
    out.key("orders").integer(books.integer("checked_orders"));
    out.key("lines").integer(books.integer("checked_lines")).end_object().end_object();
    return body;
}

Awaitable<Answer> books(App& app, Call& call) {
    const auto at = as_of(call);
    if (!at) co_return unexpected{at.error()};
    const std::optional<Instant> when = *at;
    auto work = [&app, when] { return read_books(app.read_models, when); };
    const auto read = co_await on_pool(app.pool, std::move(work));
    if (!read) co_return unexpected{read_problem(read.error())};
    co_return json_response(render_books(*read, !when));
}

}  // namespace

std::vector<BoundRoute> books_routes() {
    return {
        {{.method = "GET",
          .pattern = "/api/v1/admin/books",
          .summary = "Where all money received is; captured is the sum of the rest.",
          .tag = "settlement",
          .access = any_of({Role::finance_admin, Role::platform_admin}),
          .query = {{"asOf", "The books as they were then (RFC 3339)."}},
          .reply =
              {200,
               "Amounts by account, and the difference, which must be 0.00.",
               told(R"({currency, captured:money, held:money, releasable:money, inPayout:money,
              paidOut:money, platformFees:money, deliveryFees:money, refundPayable:money,
              refunded:money, suspense:money, difference:money,
              checked:{orders:integer, lines:integer}})")}},
         books},
    };
}

}  // namespace pakashop::api
