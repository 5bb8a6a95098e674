#include <set>

#include "api/answers.hpp"
#include "api/history.hpp"
#include "api/render/product.hpp"
#include "api/routes/order_reply.hpp"
#include "api/routes/routes.hpp"
#include "api/routes/states.hpp"

namespace pakashop::api {
namespace {

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

std::optional<Problem> ambiguous_tiers(const std::optional<Tiers>& tiers) {
    if (!tiers) return std::nullopt;
    std::set<std::int64_t> seen;
    for (std::size_t i = 0; i < tiers->values.size(); ++i) {
        if (seen.insert(tiers->values[i].min_quantity.value).second) continue;
        return Problem{
            .code = "validation_failed",
            .detail = "Each tier begins at a quantity of its own.",
            .errors =
                {{"#/wholesaleTiers/" + std::to_string(i) + "/minQuantity", "an earlier tier has it"
                }}
        };
    }
    return std::nullopt;
}

std::optional<Problem> cannot_offer(App& app, const Call& call, const ShopId& id) {
    const auto shop = app.reference.get<Shop>(id.value, id.value).profile;
    if (!shop || shop->owner != call.caller.user) return not_found();
    if (shop->status == ShopStatus::active) return std::nullopt;
    return illegal_transition(name_of(shop->status), "offer a product");
}

std::string sku_of(const ProductId& product) { return "SKU-" + product.value.substr(4, 10); }

Product::List listing(const Call& call, const NewProduct& body, const ProductId& product) {
    Product::List command;
    command.product = product;
    command.shop = body.shop;
    command.sku = sku_of(product);
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
    if (auto problem = ambiguous_tiers(body->tiers)) co_return unexpected{*problem};
    const ProductId product{derived_id("prd", call.command_id, "product")};
    if (!accepted_before(app, call, product.value)) {
        if (auto problem = cannot_offer(app, call, body->shop)) co_return unexpected{*problem};
    }
    Command envelope = call.command(
        product.value,
        stream_of<Product>(product.value),
        Product::Command{listing(call, *body, product)},
        Role::shop_owner
    );
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (!outcome) co_return unexpected{outcome.error()};
    std::string reply;
    JsonWriter out{reply};
    out.begin_object().key("productId").text(product.value);
    out.key("sku").text(sku_of(product)).end_object();
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
    if (auto problem = ambiguous_tiers(body->tiers)) co_return unexpected{*problem};
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
    const auto after = co_await state_after<Product>(app, *outcome, call.path("id"));
    co_return json_response(render_product(app, {*after.listing, after.available()}, true));
}

Awaitable<Answer> delete_product(App& app, Call& call) {
    auto outcome = co_await change(app, call, Product::Delete{});
    if (!outcome) co_return unexpected{outcome.error()};
    co_return no_content();
}

Problem stock_problem(Problem problem) {
    if (problem.code == "validation_failed") {
        problem.detail = "So many units cannot be in stock.";
        problem.errors = {{"#/delta", "leads beyond " + std::to_string(stock_max) + " units"}};
    }
    return problem;
}

Awaitable<Answer> adjust_stock(App& app, Call& call) {
    auto body = decode_body<StockChange>(call.request);
    if (!body) co_return unexpected{body.error()};
    Product::Command command = Product::AdjustStock{body->delta.value, body->reason.value};
    auto outcome = co_await change(app, call, std::move(command));
    if (!outcome) co_return unexpected{stock_problem(outcome.error())};
    const auto after = co_await state_after<Product>(app, *outcome, call.path("id"));
    std::string reply;
    JsonWriter{reply}.begin_object().key("available").integer(after.available()).end_object();
    co_return json_response(std::move(reply));
}

// Open to any person: to whoever is not the owner the product is not there.
Route owners_route(std::string method, std::string pattern, std::string summary, Shape body) {
    return {
        .method = std::move(method),
        .pattern = std::move(pattern),
        .summary = std::move(summary),
        .tag = "products",
        .access = any_person(),
        .idempotency = Idempotency::optional,
        .body = std::move(body)
    };
}

}  // namespace

std::vector<BoundRoute> product_routes() {
    Route list =
        owners_route("POST", "/api/v1/products", "Offers a product.", shape_of<NewProduct>());
    list.access = any_of({Role::shop_owner});
    list.reply = {201, "It is offered.", told("{productId, sku}")};
    Route remove = owners_route("DELETE", "/api/v1/products/:id", "Takes it off sale.", {});
    remove.reply = {204, "It is no longer offered."};
    Route change = owners_route(
        "PATCH", "/api/v1/products/:id", "Changes what is named.", shape_of<ProductChange>()
    );
    change.reply = {200, "The product.", told("Product")};
    Route stock = owners_route(
        "POST", "/api/v1/products/:id/stock", "Counts units in or out.", shape_of<StockChange>()
    );
    stock.reply = {200, "What can be bought now.", told("{available:integer}")};
    return {
        {std::move(list), list_product},
        {std::move(change), change_product},
        {std::move(remove), delete_product},
        {std::move(stock), adjust_stock},
    };
}

}  // namespace pakashop::api
