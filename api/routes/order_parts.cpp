#include <algorithm>

#include "api/answers.hpp"
#include "api/history.hpp"
#include "api/render/event.hpp"
#include "api/routes/order_reply.hpp"
#include "api/routes/paging.hpp"
#include "api/routes/routes.hpp"
#include "api/routes/states.hpp"

namespace pakashop::api {
namespace {

struct CancelOrder {
    Text<1, 300> reason;
    std::optional<ShopId> shop;
    static constexpr auto fields() {
        return std::tuple{
            field("reason", &CancelOrder::reason), field("shopId", &CancelOrder::shop)
        };
    }
};

struct WhichPart {
    std::optional<ShopId> shop;
    static constexpr auto fields() { return std::tuple{field("shopId", &WhichPart::shop)}; }
};

/// The caller in relation to one order.
struct Standing {
    Order::Placed placed;
    bool buyer = false;
    std::vector<ShopId> shops;  ///< The order's shops that are the caller's.
};

Result<Standing, Problem> standing(App& app, const Call& call, const OrderId& order) {
    auto placed = placed_order(app, order);
    if (!placed) return unexpected{placed.error()};
    Standing out{*std::move(placed), false, {}};
    out.buyer = out.placed.buyer == call.caller.user;
    for (const OrderLine& line : out.placed.lines) {
        const bool known = std::ranges::find(out.shops, line.shop) != out.shops.end();
        if (!known && owns_shop(app, call.caller.user, line.shop)) out.shops.push_back(line.shop);
    }
    if (out.buyer || !out.shops.empty() || call.caller.staff()) return out;
    return unexpected{not_found()};
}

std::optional<ShopId> part_in(const Order::Command& command) {
    return match(
        command,
        [](const OneOf<Order::Accept, Order::MarkReady, Order::CancelPart> auto& c) {
            return std::optional{c.shop};
        },
        [](const OneOf<
            Order::Place,
            Order::CloseTry,
            Order::Confirm,
            Order::PickUp,
            Order::Deliver,
            Order::Cancel,
            Order::Expire> auto&) { return std::optional<ShopId>{}; }
    );
}

// Where a refused step started from: its own part, or for the whole order the part that is in the
// way, which is the furthest one.
std::string standing_word(App& app, const OrderId& order, const std::optional<ShopId>& shop) {
    if (shop) return part_status_word(app, order, *shop);
    const auto state = state_of<Order>(app, order.value, order.value);
    OrderStatus furthest = Order::status(state);
    for (const Order::Part& part : Order::parts(state)) {
        const bool live = part.status != OrderStatus::cancelled;
        if (live) furthest = std::max(furthest, part.status);
    }
    return std::string{name_of(furthest)};
}

Awaitable<Answer> send_to_order(
    App& app,
    Call& call,
    OrderId order,
    Order::Command command,
    Role acting,
    std::string asked
) {
    const auto part = part_in(command);
    Command envelope = call.command(
        order.value, stream_of<Order>(order.value), AnyCommand{std::move(command)}, acting
    );
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (!outcome) {
        const std::string from = standing_word(app, order, part);
        co_return unexpected{explain_transition(outcome.error(), from, asked)};
    }
    co_return order_reply(app, call, order, *outcome->commit);
}

bool has_part(const Order::Placed& placed, const ShopId& shop) {
    return std::ranges::find(placed.lines, shop, &OrderLine::shop) != placed.lines.end();
}

Problem shop_needed() {
    return {
        .code = "validation_failed",
        .detail = "The order has parts of several shops.",
        .errors = {{"#/shopId", "is required: the order has parts of several shops"}}
    };
}

// Who asks decides from which states it may be done (C-06): the office, the buyer, or a shop its
// own part.
Result<std::pair<Order::Command, Role>, Problem>
cancellation(const Call& call, const Standing& standing, const CancelOrder& body) {
    using Out = std::pair<Order::Command, Role>;
    const std::string& reason = body.reason.value;
    if (body.shop && !has_part(standing.placed, *body.shop)) return unexpected{not_found()};
    if (call.caller.admin() || standing.buyer) {
        const bool admin = call.caller.admin();
        const Canceller who = admin ? Canceller::admin : Canceller::buyer;
        const Role role = admin ? Role::platform_admin : Role::customer;
        if (!body.shop) return Out{Order::Cancel{who, reason, call.now}, role};
        return Out{Order::CancelPart{who, *body.shop, reason, call.now}, role};
    }
    if (standing.shops.empty()) return unexpected{Problem{.code = "role_required"}};
    if (!body.shop && standing.shops.size() > 1) return unexpected{shop_needed()};
    const ShopId shop = body.shop.value_or(standing.shops.front());
    if (std::ranges::find(standing.shops, shop) == standing.shops.end()) {
        return unexpected{not_found()};
    }
    return Out{Order::CancelPart{Canceller::shop, shop, reason, call.now}, Role::shop_owner};
}

Awaitable<Answer> cancel_order(App& app, Call& call) {
    auto body = decode_body<CancelOrder>(call.request);
    if (!body) co_return unexpected{body.error()};
    const OrderId order{call.path("id")};
    const auto mine = standing(app, call, order);
    if (!mine) co_return unexpected{mine.error()};
    auto what = cancellation(call, *mine, *body);
    if (!what) co_return unexpected{what.error()};
    co_return co_await send_to_order(
        app, call, order, std::move(what->first), what->second, "CANCELLED"
    );
}

// The caller's part: named, or the only one they may mean.
Result<ShopId, Problem> part_of(const Call& call, const Standing& standing, const WhichPart& body) {
    const bool admin = call.caller.admin();
    if (standing.shops.empty() && !admin) return unexpected{Problem{.code = "role_required"}};
    std::vector<ShopId> mine = standing.shops;
    if (admin) {
        mine.clear();
        for (const OrderLine& line : standing.placed.lines) {
            if (std::ranges::find(mine, line.shop) == mine.end()) mine.push_back(line.shop);
        }
    }
    if (!body.shop) {
        if (mine.size() == 1) return mine.front();
        return unexpected{shop_needed()};
    }
    if (std::ranges::find(mine, *body.shop) == mine.end()) return unexpected{not_found()};
    return *body.shop;
}

template <class Make>
Awaitable<Answer> move_part(App& app, Call& call, std::string asked, Make make) {
    auto body = decode_body<WhichPart>(call.request);
    if (!body) co_return unexpected{body.error()};
    const OrderId order{call.path("id")};
    const auto mine = standing(app, call, order);
    if (!mine) co_return unexpected{mine.error()};
    const auto shop = part_of(call, *mine, *body);
    if (!shop) co_return unexpected{shop.error()};
    const Role acting = call.caller.admin() ? Role::platform_admin : Role::shop_owner;
    Order::Command command = make(*shop);
    co_return co_await send_to_order(app, call, order, std::move(command), acting, asked);
}

Awaitable<Answer> accept_part(App& app, Call& call) {
    co_return co_await move_part(app, call, "PROCESSING", [](const ShopId& shop) {
        return Order::Command{Order::Accept{shop}};
    });
}

Awaitable<Answer> ready_part(App& app, Call& call) {
    co_return co_await move_part(app, call, "SHIPPED", [](const ShopId& shop) {
        return Order::Command{Order::MarkReady{shop}};
    });
}

Awaitable<Answer> reissue_pin(App& app, Call& call) {
    const OrderId order{call.path("id")};
    const auto placed = own_order(app, call, order);
    if (!placed) co_return unexpected{placed.error()};
    const Role acting = placed->buyer == call.caller.user ? Role::customer : Role::platform_admin;
    Delivery::ReissuePin command{app.settings().delivery_pin_ttl, call.now};
    Command envelope = call.command(
        order.value, stream_of<Delivery>(order.value), Delivery::Command{command}, acting
    );
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (!outcome) {
        const std::string from = delivery_status_word(app, order);
        co_return unexpected{explain_transition(outcome.error(), from, "a new PIN")};
    }
    co_return json_response("{}", 202);
}

// The page's cursor is the number of events already shown: a key's history only grows at its end.
Awaitable<Answer> order_events(App& app, Call& call) {
    const OrderId order{call.path("id")};
    const auto placed = placed_order(app, order);
    const bool admin = call.caller.admin();
    if (!placed || (!admin && placed->buyer != call.caller.user)) {
        co_return unexpected{not_found()};
    }
    const auto page = page_of(call);
    if (!page) co_return unexpected{page.error()};
    const auto first = page->after ? static_cast<std::size_t>(page->after->at.ms) : 0;
    const PartitionId partition = app.engine.partition_of_key(order.value);
    const auto history = load_history(app.engine.store(), partition, order.value, UINT64_MAX);
    const EventReader reader{admin, call.caller.principal};
    co_return json_response(render_events(app, history, first, *page, reader));
}

}  // namespace

std::vector<BoundRoute> order_part_routes() {
    return {
        {{.method = "PATCH",
          .pattern = "/api/v1/orders/:id/cancel",
          .summary = "Cancels an order, or one shop's part of it (C-06, C-08).",
          .tag = "orders",
          .access = any_person(),
          .idempotency = Idempotency::optional,
          .body = shape_of<CancelOrder>(),
          .reply = {200, "The order.", told("Order")},
          .problems = {"illegal_transition"}},
         cancel_order},
        {{.method = "PATCH",
          .pattern = "/api/v1/orders/:id/accept",
          .summary = "The shop accepts its part and prepares it.",
          .tag = "orders",
          .access = any_of({Role::shop_owner, Role::platform_admin}),
          .idempotency = Idempotency::optional,
          .body = shape_of<WhichPart>(),
          .reply = {200, "The order.", told("Order")},
          .problems = {"illegal_transition"}},
         accept_part},
        {{.method = "PATCH",
          .pattern = "/api/v1/orders/:id/ready",
          .summary = "The part is packed and ready for pickup.",
          .tag = "orders",
          .access = any_of({Role::shop_owner, Role::platform_admin}),
          .idempotency = Idempotency::optional,
          .body = shape_of<WhichPart>(),
          .reply = {200, "The order.", told("Order")},
          .problems = {"illegal_transition"}},
         ready_part},
        {{.method = "POST",
          .pattern = "/api/v1/orders/:id/pin",
          .summary = "Sends a new delivery PIN; the old one dies.",
          .tag = "orders",
          .access = any_person(),
          .idempotency = Idempotency::optional,
          .reply = {202, "A new PIN is on its way.", told("{}")},
          .problems = {"illegal_transition"}},
         reissue_pin},
        {{.method = "GET",
          .pattern = "/api/v1/orders/:id/events",
          .summary = "What happened to an order, from the log itself.",
          .tag = "orders",
          .access = any_person(),
          .query = {{"limit", "1 to 200."}, {"cursor", "From nextCursor."}},
          .reply = {200, "A page of events, oldest first.", list_of("Event")}},
         order_events},
    };
}

}  // namespace pakashop::api
