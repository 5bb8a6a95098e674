#include "projections/products.hpp"

#include <charconv>

#include "api/history.hpp"
#include "api/routes/events_of.hpp"
#include "api/routes/order_reply.hpp"
#include "api/routes/paging.hpp"
#include "api/routes/routes.hpp"
#include "api/routes/states.hpp"
#include "projections/tables.hpp"

namespace pakashop::api {
namespace {

namespace tables = model::tables;

struct NewTier {
    Whole<2, 1'000'000> min_quantity;
    Price price;
    static constexpr auto fields() {
        return std::tuple{
            field("minQuantity", &NewTier::min_quantity), field("price", &NewTier::price)
        };
    }
};

using Categories = List<Text<1, 60>, 0, 20>;
using Tiers = List<NewTier, 0, 20>;
using Images = List<WebAddress<500>, 0, 20>;

struct NewProduct {
    ShopId shop;
    Text<1, 200> name;
    Prose<0, 5000> description;
    Price price;
    Whole<0, stock_max> stock;
    Categories categories;
    Text<1, 60> item_code;
    std::optional<TaxCode> tax_code;
    std::optional<Tiers> tiers;
    std::optional<Images> images;
    static constexpr auto fields() {
        return std::tuple{
            field("shopId", &NewProduct::shop),
            field("name", &NewProduct::name),
            field("description", &NewProduct::description),
            field("price", &NewProduct::price),
            field("stock", &NewProduct::stock),
            field("categories", &NewProduct::categories),
            field("zraItemCode", &NewProduct::item_code),
            field("zraTaxCode", &NewProduct::tax_code),
            field("wholesaleTiers", &NewProduct::tiers),
            field("images", &NewProduct::images)
        };
    }
};

struct ProductChange {
    std::optional<Text<1, 200>> name;
    std::optional<Prose<0, 5000>> description;
    std::optional<Price> price;
    std::optional<Categories> categories;
    std::optional<Text<1, 60>> item_code;
    std::optional<TaxCode> tax_code;
    std::optional<Tiers> tiers;
    std::optional<Images> images;
    static constexpr auto fields() {
        return std::tuple{
            field("name", &ProductChange::name),
            field("description", &ProductChange::description),
            field("price", &ProductChange::price),
            field("categories", &ProductChange::categories),
            field("zraItemCode", &ProductChange::item_code),
            field("zraTaxCode", &ProductChange::tax_code),
            field("wholesaleTiers", &ProductChange::tiers),
            field("images", &ProductChange::images)
        };
    }
};

struct StockChange {
    Whole<-stock_max, stock_max> delta;
    Text<1, 200> reason;
    static constexpr auto fields() {
        return std::tuple{
            field("delta", &StockChange::delta), field("reason", &StockChange::reason)
        };
    }
};

template <class List>
std::vector<PublicText> texts_of(const List& list) {
    std::vector<PublicText> out;
    for (const auto& each : list.values) out.push_back(each.value);
    return out;
}

std::vector<WholesaleTier> tiers_of(const Tiers& list) {
    std::vector<WholesaleTier> out;
    for (const NewTier& tier : list.values) {
        out.push_back({tier.min_quantity.value, tier.price.value});
    }
    return out;
}

/// What a product's page shows, from its state or from its row.
struct Offer {
    Product::Listing listing;
    std::int64_t available = 0;
};

std::string render_product(App& app, const Offer& offer, bool owner) {
    const Product::Listing& it = offer.listing;
    const auto shop = app.reference.get<Shop>(it.shop.value, it.shop.value).profile;
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("id").text(it.product.value).key("shopId").text(it.shop.value);
    out.key("shopName").text(shop ? shop->name : "").key("sku").text(it.sku);
    out.key("name").text(it.name).key("description").text(it.description);
    out.key("price").text(to_decimal(it.price)).key("currency").text("ZMW");
    out.key("categories").raw(to_json(it.categories));
    out.key("wholesaleTiers").raw(to_json(it.tiers)).key("zraItemCode").text(it.item_code);
    out.key("zraTaxCode").text(name_of(it.tax_code)).key("available").integer(offer.available);
    out.key("status").text(it.deleted ? "DELETED" : "ACTIVE").key("images").begin_array();
    // Nobody has looked at them yet, so the public does not get to see them (C-18).
    for (const PublicText& url : it.images) {
        if (!owner) break;
        out.begin_object().key("url").text(url);
        out.key("status").text("PENDING_MODERATION").end_object();
    }
    out.end_array().end_object();
    return body;
}

template <class T>
T read_json(std::string_view json) {
    return from_json<T>(json).value_or(T{});
}

Offer offer_of(const model::Row& row) {
    Offer offer;
    Product::Listing& it = offer.listing;
    it.product = ProductId{row.text("id")};
    it.shop = ShopId{row.text("shop")};
    it.sku = row.text("sku");
    it.name = row.text("name");
    it.description = row.text("description");
    it.price = row.money("price");
    it.categories = read_json<std::vector<PublicText>>(row.json("categories"));
    it.item_code = row.text("item_code");
    it.tax_code = enum_from_name<TaxCode>(row.text("tax_code")).value_or(TaxCode::vat16);
    it.tiers = read_json<std::vector<WholesaleTier>>(row.json("tiers"));
    it.images = read_json<std::vector<PublicText>>(row.json("images"));
    it.deleted = row.text("status") == "DELETED";
    offer.available = it.deleted ? 0 : row.integer("on_hand") - row.integer("held");
    return offer;
}

Answer product_reply(App& app, const std::string& id, bool owner) {
    const auto state = state_of<Product>(app, id, id);
    if (!state.listing) return unexpected{not_found()};
    return json_response(render_product(app, {*state.listing, state.available()}, owner));
}

Problem shop_not_active(ShopStatus status) {
    return illegal_transition(name_of(status), "offer a product");
}

Product::List listing(const Call& call, const NewProduct& body, const ProductId& product) {
    Product::List command;
    command.product = product;
    command.shop = body.shop;
    command.sku = "SKU-" + product.value.substr(4, 10);
    command.name = body.name.value;
    command.description = body.description.value;
    command.price = body.price.value;
    command.stock = body.stock.value;
    command.categories = texts_of(body.categories);
    command.item_code = body.item_code.value;
    command.tax_code = body.tax_code.value_or(TaxCode::vat16);
    if (body.tiers) command.tiers = tiers_of(*body.tiers);
    if (body.images) command.images = texts_of(*body.images);
    command.now = call.now;
    return command;
}

Awaitable<Answer> list_product(App& app, Call& call) {
    auto body = decode_body<NewProduct>(call.request);
    if (!body) co_return unexpected{body.error()};
    const auto shop = app.reference.get<Shop>(body->shop.value, body->shop.value).profile;
    if (!shop || shop->owner != call.caller.user) co_return unexpected{not_found()};
    if (shop->status != ShopStatus::active) co_return unexpected{shop_not_active(shop->status)};
    const ProductId product{derived_id("prd", call.command_id, "product")};
    Command envelope = call.command(
        product.value,
        stream_of<Product>(product.value),
        Product::Command{listing(call, *body, product)},
        Role::shop_owner
    );
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (!outcome) co_return unexpected{outcome.error()};
    const auto* event = event_of<ProductListed>(*outcome->commit);
    std::string reply;
    JsonWriter out{reply};
    out.begin_object().key("productId").text(product.value);
    out.key("sku").text(event ? event->sku : "").end_object();
    co_return json_response(std::move(reply), 201);
}

bool owns_product(App& app, const Call& call, const std::string& id) {
    const auto state = state_of<Product>(app, id, id);
    return state.listing && owns_shop(app, call.caller.user, state.listing->shop);
}

Awaitable<Result<Outcome, Problem>> change(App& app, Call& call, Product::Command command) {
    const std::string id = call.path("id");
    if (!owns_product(app, call, id)) co_return unexpected{not_found()};
    Command envelope =
        call.command(id, stream_of<Product>(id), AnyCommand{std::move(command)}, Role::shop_owner);
    co_return co_await commit(app, call, std::move(envelope));
}

Awaitable<Answer> change_product(App& app, Call& call) {
    auto body = decode_body<ProductChange>(call.request);
    if (!body) co_return unexpected{body.error()};
    Product::Change command;
    if (body->name) command.name = body->name->value;
    if (body->description) command.description = body->description->value;
    if (body->price) command.price = body->price->value;
    if (body->categories) command.categories = texts_of(*body->categories);
    if (body->item_code) command.item_code = body->item_code->value;
    command.tax_code = body->tax_code;
    if (body->tiers) command.tiers = tiers_of(*body->tiers);
    if (body->images) command.images = texts_of(*body->images);
    auto outcome = co_await change(app, call, std::move(command));
    if (!outcome) co_return unexpected{outcome.error()};
    co_return product_reply(app, call.path("id"), true);
}

Awaitable<Answer> delete_product(App& app, Call& call) {
    auto outcome = co_await change(app, call, Product::Delete{});
    if (!outcome) co_return unexpected{outcome.error()};
    co_return no_content();
}

Awaitable<Answer> adjust_stock(App& app, Call& call) {
    auto body = decode_body<StockChange>(call.request);
    if (!body) co_return unexpected{body.error()};
    Product::Command command = Product::AdjustStock{body->delta.value, body->reason.value};
    auto outcome = co_await change(app, call, std::move(command));
    if (!outcome) co_return unexpected{outcome.error()};
    const std::string id = call.path("id");
    std::string reply;
    JsonWriter out{reply};
    out.begin_object().key("available");
    out.integer(state_of<Product>(app, id, id).available()).end_object();
    co_return json_response(std::move(reply));
}

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
    if (!text) return {};
    const auto price = parse_decimal(*text);
    if (!price) {
        return unexpected{Problem{
            .code = "validation_failed",
            .detail = std::string{name} + " must be an amount.",
            .errors = {{"#/" + std::string{name}, "must be an amount such as 10.00"}}
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

Result<std::string, Problem> ordering(const Call& call) {
    const std::string sort = call.query("sort").value_or("-createdAt");
    if (sort == "price") return "p.price, p.id";
    if (sort == "-price") return "p.price DESC, p.id DESC";
    if (sort == "name") return "lower(p.name), p.id";
    if (sort == "-createdAt") return "p.created_at DESC, p.id DESC";
    return unexpected{Problem{
        .code = "validation_failed",
        .detail = "sort is price, -price, name or -createdAt.",
        .errors = {{"#/sort", "is price, -price, name or -createdAt"}}
    }};
}

Result<void, Problem> filter_products(const Call& call, Filter& filter) {
    filter.where(
        "p.status = 'ACTIVE' AND EXISTS (SELECT 1 FROM shops s WHERE s.id = p.shop "
        "AND s.status = 'ACTIVE')"
    );
    if (const auto q = call.query("q")) {
        const std::string pattern = escaped_pattern(*q);
        filter.where("(p.name ILIKE {} OR p.description ILIKE {})", {pattern, pattern});
    }
    filter.when(call, "category", "p.categories ? {}");
    filter.when(call, "shopId", "p.shop = {}");
    if (call.query("inStock") == "true") filter.where("p.on_hand > p.held");
    if (auto good = filter_price(call, filter, "minPrice", "p.price >= {}"); !good) return good;
    return filter_price(call, filter, "maxPrice", "p.price <= {}");
}

// Sorted by anything, so the cursor counts rows: a product that appears meanwhile may show twice.
Awaitable<Answer> list_products(App& app, Call& call) {
    const auto page = page_of(call);
    if (!page) co_return unexpected{page.error()};
    Filter filter;
    if (auto good = filter_products(call, filter); !good) co_return unexpected{good.error()};
    const auto order = ordering(call);
    if (!order) co_return unexpected{order.error()};
    const std::int64_t offset = page->after ? page->after->at.ms : 0;
    std::string tail = "p " + filter.sql() + " ORDER BY " + *order + " LIMIT " +
                       std::to_string(page->limit + 1) + " OFFSET " + std::to_string(offset);
    auto rows = co_await read_rows(app, tables::products, std::move(tail), filter.parameters());
    if (!rows) co_return unexpected{rows.error()};
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("data").begin_array();
    const std::size_t shown = std::min(rows->size(), page->limit);
    for (std::size_t i = 0; i < shown; ++i) {
        const Offer offer = offer_of((*rows)[i]);
        const bool owner = owns_shop(app, call.caller.user, offer.listing.shop);
        out.raw(render_product(app, offer, owner));
    }
    out.end_array().key("nextCursor");
    if (rows->size() > page->limit) {
        out.text(cursor_after({offset + static_cast<std::int64_t>(page->limit)}, "rows"));
    } else {
        out.null();
    }
    out.end_object();
    co_return json_response(std::move(body));
}

Route owners_route(std::string method, std::string pattern, std::string summary, Shape body) {
    return {
        .method = std::move(method),
        .pattern = std::move(pattern),
        .summary = std::move(summary),
        .tag = "products",
        .access = any_of({Role::shop_owner}),
        .idempotency = Idempotency::optional,
        .body = std::move(body)
    };
}

}  // namespace

std::vector<BoundRoute> product_routes() {
    Route list =
        owners_route("POST", "/api/v1/products", "Offers a product.", shape_of<NewProduct>());
    list.reply = {201, "{productId, sku}"};
    Route remove = owners_route("DELETE", "/api/v1/products/:id", "Takes it off sale.", {});
    remove.reply = {204, "It is no longer offered."};
    return {
        {std::move(list), list_product},
        {owners_route(
             "PATCH", "/api/v1/products/:id", "Changes what is named.", shape_of<ProductChange>()
         ),
         change_product},
        {std::move(remove), delete_product},
        {owners_route(
             "POST",
             "/api/v1/products/:id/stock",
             "Counts units in or out.",
             shape_of<StockChange>()
         ),
         adjust_stock},
        {{.method = "GET",
          .pattern = "/api/v1/products/:id",
          .summary = "One product.",
          .tag = "products",
          .query = {{"asOf", "The state as it was then (RFC 3339)."}},
          .reply = {200, "The product."}},
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
          .reply = {200, "A page of products."}},
         list_products},
    };
}

}  // namespace pakashop::api
