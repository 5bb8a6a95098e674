#include <fmt/format.h>

#include "api/answers.hpp"
#include "api/history.hpp"
#include "api/render/product.hpp"
#include "api/routes/order_reply.hpp"
#include "api/routes/paging.hpp"
#include "api/routes/routes.hpp"
#include "projections/products.hpp"
#include "projections/tables.hpp"

namespace pakashop::api {
namespace {

namespace tables = model::tables;

Awaitable<Answer> get_product(App& app, Call& call) {
    const auto at = as_of(call);
    if (!at) co_return unexpected{at.error()};
    const std::string id = call.path("id");
    if (!*at) {
        auto row = co_await read_row(app, tables::products, id);
        if (!row) co_return unexpected{row.error()};
        const Offer offer = offer_of(*row);
        const bool owner = owns_shop(app, call.caller.user, offer.listing.shop);
        co_return json_response(render_product(app, offer, owner));
    }
    const model::Projection* const projections[] = {&model::products_projection};
    const auto rows = co_await rows_of_key_at(app, id, **at, projections);
    const model::Row* row = rows.find(tables::products, id);
    if (!row) co_return unexpected{not_found()};
    const Offer offer = offer_of(*row);
    const bool owner = owns_shop(app, call.caller.user, offer.listing.shop);
    co_return json_response(render_product(app, offer, owner));
}

Result<void, Problem>
filter_price(const Call& call, Filter& filter, std::string_view name, std::string_view condition) {
    const auto text = call.query(name);
    if (!text || text->empty()) return {};
    const auto price = parse_decimal(*text);
    if (!price) {
        return unexpected{Problem{
            .code = "validation_failed",
            .detail = "A price must be an amount.",
            .errors = {{fmt::format("#/{}", name), "must be an amount such as 10.00"}}
        }};
    }
    filter.where(condition, {price->ngwee});
    return {};
}

std::string escaped_pattern(const std::string& text) {
    std::string out = "%";
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\') out += '\\';
        out += c;
    }
    return out + "%";
}

/// What products are sorted by: an expression over a row called `p`, and which way.
struct Order {
    std::string_view key;
    bool descending = false;

    /// Of the rows of `alias`, with the id that tells equal ones apart.
    std::string columns(std::string_view alias) const {
        return fmt::format(fmt::runtime(key), alias) + fmt::format(", {}.id", alias);
    }
    std::string sql() const {
        const std::string_view way = descending ? " DESC" : "";
        const std::string by = fmt::format(fmt::runtime(key), "p");
        return fmt::format("ORDER BY {}{}, p.id{}", by, way, way);
    }
    /// What comes behind a product, wherever it stands now.
    std::string behind() const {
        return fmt::format(
            "({}) {} (SELECT {} FROM products mark WHERE mark.id = {{}})",
            columns("p"),
            descending ? '<' : '>',
            columns("mark")
        );
    }
};

Result<Order, Problem> ordering(const Call& call) {
    const std::string sort = call.query("sort").value_or("");
    if (sort == "price") return Order{"{}.price"};
    if (sort == "-price") return Order{"{}.price", true};
    if (sort == "name") return Order{"lower({}.name)"};
    if (sort.empty() || sort == "-createdAt") return Order{"{}.created_at", true};
    return unexpected{Problem{
        .code = "validation_failed",
        .detail = "sort is price, -price, name or -createdAt.",
        .errors = {{"#/sort", "is price, -price, name or -createdAt"}}
    }};
}

Result<void, Problem> filter_in_stock(const Call& call, Filter& filter) {
    const std::string wanted = call.query("inStock").value_or("");
    if (wanted == "true") filter.where("p.on_hand > p.held");
    if (wanted.empty() || wanted == "true" || wanted == "false") return {};
    return unexpected{Problem{
        .code = "validation_failed",
        .detail = "inStock is true or false.",
        .errors = {{"#/inStock", "must be true or false"}}
    }};
}

Result<void, Problem> filter_products(const Call& call, Filter& filter) {
    filter.where(
        "p.status = 'ACTIVE' AND EXISTS (SELECT 1 FROM shops s WHERE s.id = p.shop "
        "AND s.status = 'ACTIVE')"
    );
    if (const auto q = call.query("q"); q && !q->empty()) {
        const std::string pattern = escaped_pattern(*q);
        filter.where("(p.name ILIKE {} OR p.description ILIKE {})", {pattern, pattern});
    }
    filter.when(call, "category", "p.categories::jsonb ? {}");
    filter.when(call, "shopId", "p.shop = {}");
    if (auto good = filter_in_stock(call, filter); !good) return good;
    if (auto good = filter_price(call, filter, "minPrice", "p.price >= {}"); !good) return good;
    return filter_price(call, filter, "maxPrice", "p.price <= {}");
}

// A cursor names the last product that was shown: what appears or goes meanwhile moves nothing.
Awaitable<Answer> list_products(App& app, Call& call) {
    const auto page = page_of(call);
    if (!page) co_return unexpected{page.error()};
    Filter filter;
    if (auto good = filter_products(call, filter); !good) co_return unexpected{good.error()};
    const auto order = ordering(call);
    if (!order) co_return unexpected{order.error()};
    if (page->after) filter.where(order->behind(), {page->after->id});
    std::string tail = fmt::format("p {} {} LIMIT {}", filter.sql(), order->sql(), page->limit + 1);
    auto rows = co_await read_rows(app, tables::products, std::move(tail), filter.parameters());
    if (!rows) co_return unexpected{rows.error()};
    const auto render = [&](const model::Row& row) {
        const Offer offer = offer_of(row);
        const bool owner = owns_shop(app, call.caller.user, offer.listing.shop);
        return std::optional{render_product(app, offer, owner)};
    };
    co_return json_response(page_json(*page, *rows, render));
}

}  // namespace

std::vector<BoundRoute> catalogue_routes() {
    return {
        {{.method = "GET",
          .pattern = "/api/v1/products/:id",
          .summary = "One product.",
          .tag = "products",
          .query = {{"asOf", "The state as it was then (RFC 3339)."}},
          .reply = {200, "The product.", told("Product")}},
         get_product},
        {{.method = "GET",
          .pattern = "/api/v1/products",
          .summary = "Products of active shops.",
          .tag = "products",
          .query =
              {{"q", "Words in name or description."},
               {"category", "A category."},
               {"shopId", "A shop."},
               {"minPrice", "Not cheaper than this."},
               {"maxPrice", "Not dearer than this."},
               {"inStock", "true: only what can be bought now."},
               {"sort", "price, -price, name or -createdAt."},
               {"limit", "1 to 200."},
               {"cursor", "From nextCursor."}},
          .reply = {200, "A page of products.", list_of("Product")}},
         list_products},
    };
}

}  // namespace pakashop::api
