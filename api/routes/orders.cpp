#include "projections/orders.hpp"

#include <algorithm>

#include "api/answers.hpp"
#include "api/history.hpp"
#include "api/render/order.hpp"
#include "api/routes/order_reply.hpp"
#include "api/routes/paging.hpp"
#include "api/routes/routes.hpp"
#include "handlers/stream_loader.hpp"
#include "projections/tables.hpp"

namespace pakashop::api {
namespace {

namespace tables = model::tables;

constexpr Duration placing_patience = seconds(2);

struct NewLocation {
    Micro<-90, 90> lat;
    Micro<-180, 180> lng;
    static constexpr auto fields() {
        return std::tuple{field("lat", &NewLocation::lat), field("lng", &NewLocation::lng)};
    }
};

struct NewAddress {
    Text<1, 80> first_name;
    Text<1, 80> last_name;
    Text<1, 200> line1;
    Text<1, 80> city;
    std::optional<Text<1, 80>> province;
    PhoneNumber phone;
    std::optional<NewLocation> location;
    static constexpr auto fields() {
        return std::tuple{
            field("firstName", &NewAddress::first_name),
            field("lastName", &NewAddress::last_name),
            field("line1", &NewAddress::line1),
            field("city", &NewAddress::city),
            field("province", &NewAddress::province),
            field("phone", &NewAddress::phone),
            field("location", &NewAddress::location)
        };
    }
};

struct NewItem {
    ProductId product;
    Quantity quantity;
    static constexpr auto fields() {
        return std::tuple{
            field("productId", &NewItem::product), field("quantity", &NewItem::quantity)
        };
    }
};

struct NewOrder {
    List<NewItem, 1, 100> items;
    NewAddress address;
    std::optional<Prose<0, 1000>> notes;
    static constexpr auto fields() {
        return std::tuple{
            field("items", &NewOrder::items),
            field("deliveryAddress", &NewOrder::address),
            field("notes", &NewOrder::notes)
        };
    }
};

DeliveryAddress address_of(const NewAddress& in) {
    DeliveryAddress out{
        in.first_name.value,
        in.last_name.value,
        in.line1.value,
        in.city.value,
        {},
        in.phone.value,
        {}
    };
    if (in.province) out.province = in.province->value;
    if (in.location) out.location = Location{in.location->lat.value, in.location->lng.value};
    return out;
}

// Lines of one product are one hold, and so one line (architecture 3.1).
std::vector<Basket::Line> summed_lines(const NewOrder& order) {
    std::vector<Basket::Line> lines;
    for (const NewItem& item : order.items.values) {
        const auto same = std::ranges::find(lines, item.product, &Basket::Line::product);
        if (same == lines.end()) {
            lines.push_back({item.product, item.quantity.value});
        } else {
            same->quantity += item.quantity.value;
        }
    }
    return lines;
}

Basket basket_of(App& app, const Call& call, const NewOrder& order) {
    const Subject buyer{call.caller.user.value};
    const Settings settings = app.settings();
    Basket basket;
    basket.order = OrderId{derived_id("ord", call.command_id, "order")};
    basket.buyer = call.caller.user;
    basket.try_id = TryId{fresh_id("try")};
    basket.lines = summed_lines(order);
    basket.address = {buyer, address_of(order.address)};
    if (order.notes && !order.notes->value.empty()) {
        basket.notes = Sealed<PublicText>{buyer, order.notes->value};
    }
    basket.commission = settings.commission;
    basket.ttl = settings.order_ttl;
    return basket;
}

PlacingRequest placing_request(App& app, const Call& call) {
    PlacingRequest request;
    request.id = call.command_id;
    request.fingerprint = call.fingerprint;
    request.actor = call.actor(Role::customer);
    request.trace = call.trace;
    request.now = call.now;
    request.deadline = call.now + placing_patience;
    request.may_sell = [&app](const ShopId& shop) {
        const auto seller = app.reference.view<Shop>(shop.value, shop.value);
        return seller->profile && seller->profile->status == ShopStatus::active;
    };
    return request;
}

// What is left of the products that did not suffice, as far as the last commit goes.
std::string lacking_json(App& app, const std::vector<ProductId>& lacking, bool with_available) {
    std::string json;
    JsonWriter out{json};
    out.begin_array();
    for (const ProductId& product : lacking) {
        out.begin_object().key("productId").text(product.value);
        if (with_available) {
            const auto state = load_stream(
                app.engine.store(),
                app.engine.partition_of_key(product.value),
                stream_of<Product>(product.value)
            );
            out.key("available").integer(std::get<Product::State>(state.state).available());
        }
        out.end_object();
    }
    out.end_array();
    return json;
}

Problem placing_problem(App& app, const Placed& placed) {
    using Kind = Placed::Kind;
    if (placed.kind == Kind::failed) return problem_of(placed.outcome);
    if (placed.kind == Kind::amount_too_large) {
        return {
            .code = "validation_failed",
            .detail = "The order's total is too large.",
            .errors = {{"#/items", "their total does not fit an amount"}}
        };
    }
    const bool stock = placed.kind == Kind::out_of_stock;
    Problem problem{
        .code = stock ? "out_of_stock" : "product_unavailable",
        .detail = stock ? "Some products have fewer units left." : "Some products are not for sale."
    };
    if (!stock) problem.errors = {{"#/items", "names products that are not for sale"}};
    problem.with_json("items", lacking_json(app, placed.lacking, stock));
    return problem;
}

Awaitable<Answer> place_new_order(App& app, Call& call) {
    auto order = decode_body<NewOrder>(call.request);
    if (!order) co_return unexpected{order.error()};
    Basket basket = basket_of(app, call, *order);
    PlacingRequest request = placing_request(app, call);
    const std::string id = basket.order.value;
    Placed placed = co_await place(app.placing, std::move(basket), std::move(request));
    if (placed.kind != Placed::Kind::placed) co_return unexpected{placing_problem(app, placed)};
    call.note(placed.outcome);
    co_return order_reply(app, call, OrderId{id}, *placed.outcome.commit, 201);
}

Awaitable<Answer> get_order(App& app, Call& call) {
    const auto at = as_of(call);
    if (!at) co_return unexpected{at.error()};
    const std::string id = call.path("id");
    if (*at) {
        const auto rows = co_await rows_of_key_at(app, id, **at, order_projections());
        co_return render_answer(app, call, order_rows(rows, id));
    }
    auto work = [&app, id] { return order_rows(app.read_models, "WHERE id = $1", {id}); };
    auto rows = co_await on_pool(app.pool, std::move(work));
    if (!rows) co_return unexpected{read_problem(rows.error())};
    if (rows->empty()) co_return unexpected{not_found()};
    co_return render_answer(app, call, std::move(rows->front()));
}

// What the request asks of a row of `orders` named `o`; `at` is a column that holds its time.
Result<void, Problem> add_wishes(const Call& call, Filter& filter, const std::string& at) {
    filter.when(
        call,
        "shopId",
        "EXISTS (SELECT 1 FROM fulfilments f WHERE f.order_id = o.id AND f.shop = {})"
    );
    const std::string status_is = std::string{model::order_status_sql} + " = {}";
    const auto good = filter.when_named<OrderStatus>(call, "status", status_is);
    if (!good) return good;
    const auto status = enum_from_name<OrderStatus>(call.query("status").value_or(""));
    if (status) filter.where("o.phase = {}", {std::string{name_of(model::phase_of(*status))}});
    for (const auto& [name, condition] :
         {std::pair{"from", " >= {}::timestamptz"}, std::pair{"to", " < {}::timestamptz"}}) {
        const auto moment = instant_parameter(call, name);
        if (!moment) return unexpected{moment.error()};
        if (*moment) filter.where(at + condition, {**moment});
    }
    return {};
}

/// Which orders a list shows, behind `SELECT … FROM orders`.
struct OrderQuery {
    std::string tail;
    std::vector<model::Value> parameters;
};

Result<OrderQuery, Problem> orders_of_everybody(const Call& call, const Page& page) {
    Filter filter;
    if (auto good = add_wishes(call, filter, "o.created_at"); !good) {
        return unexpected{good.error()};
    }
    std::string tail = "o " + tail_of(page, filter, "o.created_at", "o.id");
    return OrderQuery{std::move(tail), filter.parameters()};
}

// What the caller bought and what the caller's shops sold. Each buyer's and each shop's newest come
// from an index, a page at most; over the two conditions joined by OR all orders would be walked.
Result<OrderQuery, Problem> own_orders(const Call& call, const Page& page) {
    Filter filter;
    filter.where("o.buyer = {}", {call.caller.user.value});  // $1
    if (auto good = add_wishes(call, filter, "o.created_at"); !good) {
        return unexpected{good.error()};
    }
    const std::string bought =
        "SELECT o.id FROM orders o " + tail_of(page, filter, "o.created_at", "o.id");
    filter.begin_anew();
    filter.where("f.shop = s.id");
    if (auto good = add_wishes(call, filter, "f.created_at"); !good) {
        return unexpected{good.error()};
    }
    const std::string sold =
        "SELECT part.order_id FROM shops s CROSS JOIN LATERAL (SELECT f.order_id FROM fulfilments "
        "f JOIN orders o ON o.id = f.order_id " +
        tail_of(page, filter, "f.created_at", "f.order_id") + ") part WHERE s.owner = $1";
    std::string tail = "o WHERE o.id IN ((" + bought + ") UNION ALL (" + sold + "))" +
                       order_and_limit(page, "o.created_at", "o.id");
    return OrderQuery{std::move(tail), filter.parameters()};
}

Awaitable<Answer> list_orders(App& app, Call& call) {
    const auto page = page_of(call);
    if (!page) co_return unexpected{page.error()};
    auto query = call.caller.staff() ? orders_of_everybody(call, *page) : own_orders(call, *page);
    if (!query) co_return unexpected{query.error()};
    auto work = [&app, query = *std::move(query)] {
        return order_rows(app.read_models, query.tail, query.parameters);
    };
    auto rows = co_await on_pool(app.pool, std::move(work));
    if (!rows) co_return unexpected{read_problem(rows.error())};
    std::vector<model::Row> orders;
    for (const OrderRows& each : *rows) orders.push_back(each.order);
    std::size_t next = 0;
    std::string body = page_json(*page, orders, [&](const model::Row&) {
        const OrderRows& each = (*rows)[next++];
        return render_order(each, viewer_of(app, call, each));
    });
    co_return json_response(std::move(body));
}

}  // namespace

std::vector<BoundRoute> order_routes() {
    return {
        {{.method = "POST",
          .pattern = "/api/v1/orders",
          .summary = "Places an order; its units are held until it is paid or expires.",
          .tag = "orders",
          .access = any_person(),
          .idempotency = Idempotency::required,
          .body = shape_of<NewOrder>(),
          .reply = {201, "The order, PENDING.", told("Order")},
          .problems = {"out_of_stock", "product_unavailable", "overloaded"}},
         place_new_order},
        {{.method = "GET",
          .pattern = "/api/v1/orders/:id",
          .summary = "One order, as its viewer may see it.",
          .tag = "orders",
          .access = any_person(),
          .query = {{"asOf", "The state as it was then (RFC 3339)."}},
          .reply = {200, "The order.", told("Order")}},
         get_order},
        {{.method = "GET",
          .pattern = "/api/v1/orders",
          .summary = "Orders, newest first: one's own, one's shops', or all for staff.",
          .tag = "orders",
          .access = any_person(),
          .query =
              {{"status", "An order status."},
               {"shopId", "Orders with a part of this shop."},
               {"from", "Created at this time or later."},
               {"to", "Created before this time."},
               {"limit", "1 to 200, default 50."},
               {"cursor", "From nextCursor."}},
          .reply = {200, "A page of orders.", list_of("Order")}},
         list_orders},
    };
}

}  // namespace pakashop::api
