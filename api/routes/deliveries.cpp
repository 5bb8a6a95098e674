#include <algorithm>

#include "api/answers.hpp"
#include "api/history.hpp"
#include "api/render/delivery.hpp"
#include "api/routes/events_of.hpp"
#include "api/routes/order_reply.hpp"
#include "api/routes/paging.hpp"
#include "api/routes/routes.hpp"
#include "api/routes/states.hpp"
#include "projections/tables.hpp"

namespace pakashop::api {
namespace {

namespace tables = model::tables;

struct AssignDelivery {
    OrderId order;
    AgentId agent;
    std::optional<DeliveryId> delivery;
    static constexpr auto fields() {
        return std::tuple{
            field("orderId", &AssignDelivery::order),
            field("agentId", &AssignDelivery::agent),
            field("deliveryId", &AssignDelivery::delivery)
        };
    }
};

struct WhichOrder {
    OrderId order;
    static constexpr auto fields() { return std::tuple{field("orderId", &WhichOrder::order)}; }
};

struct GiveBack {
    OrderId order;
    Text<1, 300> reason;
    static constexpr auto fields() {
        return std::tuple{field("orderId", &GiveBack::order), field("reason", &GiveBack::reason)};
    }
};

struct Pickup {
    OrderId order;
    std::optional<ShopId> shop;
    static constexpr auto fields() {
        return std::tuple{field("orderId", &Pickup::order), field("shopId", &Pickup::shop)};
    }
};

struct Confirm {
    OrderId order;
    Digits<6, 6> pin;
    static constexpr auto fields() {
        return std::tuple{field("orderId", &Confirm::order), field("pin", &Confirm::pin)};
    }
};

AgentId my_agent(const Call& call) { return agent_id_of(call.caller.user); }

Awaitable<Result<Outcome, Problem>> send(
    App& app,
    Call& call,
    OrderId order,
    Delivery::Command command,
    Role acting,
    std::string asked
) {
    Command envelope = call.command(
        order.value, stream_of<Delivery>(order.value), AnyCommand{std::move(command)}, acting
    );
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (outcome) co_return outcome;
    const std::string from = delivery_status_word(app, order);
    co_return unexpected{explain_transition(outcome.error(), from, asked)};
}

// As the key's own events have it at this commit; the phone is the assigned agent's to see.
Answer delivery_reply(App& app, const OrderId& order, const Outcome& outcome, bool with_phone) {
    const auto rows = rows_of_key(app, order.value, outcome.commit->seq, order_projections());
    const auto found = order_rows(rows, order.value);
    if (!found || found->deliveries.empty()) return unexpected{not_found()};
    return json_response(render_delivery(app, *found, found->deliveries.front(), with_phone));
}

// An order has one delivery so far (C-48), and its id follows from the order's.
bool is_delivery_of(const AssignDelivery& body) {
    return !body.delivery || body.delivery->value == child_id("dlv", body.order.value, 1);
}

Problem companies_send_somebody() {
    return {
        .code = "validation_failed",
        .detail = "A company delivers through its own people.",
        .errors = {{"#/agentId", "must be an individual agent, not a company"}}
    };
}

AgentStatus status_of(App& app, const AgentId& agent) {
    const auto profile = app.reference.get<Agent>(agent.value, agent.value).profile;
    return profile ? profile->status : AgentStatus::rejected;
}

/// Who has the order's delivery and may not bring it any more; nothing when nobody has it, or an
/// active agent.
std::optional<AgentId> inactive_agent_of(App& app, const OrderId& order) {
    const auto state = state_of<Delivery>(app, order.value, order.value);
    const AgentId* agent = Delivery::agent(state);
    if (!agent || status_of(app, *agent) == AgentStatus::active) return std::nullopt;
    return *agent;
}

Awaitable<Answer> assign(App& app, Call& call) {
    auto body = decode_body<AssignDelivery>(call.request);
    if (!body) co_return unexpected{body.error()};
    const auto agent = app.reference.get<Agent>(body->agent.value, body->agent.value).profile;
    const auto placed = placed_order(app, body->order);
    if (!agent || !placed || !is_delivery_of(*body)) co_return unexpected{not_found()};
    if (agent->type == AgentType::company) co_return unexpected{companies_send_somebody()};
    const bool active = agent->status == AgentStatus::active;
    Delivery::Command command =
        Delivery::Assign{body->agent, active, call.now, inactive_agent_of(app, body->order)};
    auto outcome =
        co_await send(app, call, body->order, std::move(command), Role::platform_admin, "ASSIGNED");
    if (!outcome && outcome.error().code == "agent_unavailable") {
        co_return unexpected{illegal_transition(name_of(agent->status), "ASSIGNED")};
    }
    if (!outcome) co_return unexpected{outcome.error()};
    co_return delivery_reply(app, body->order, *outcome, true);
}

Awaitable<Answer> claim(App& app, Call& call) {
    auto body = decode_body<WhichOrder>(call.request);
    if (!body) co_return unexpected{body.error()};
    const auto placed = placed_order(app, body->order);
    if (!placed) co_return unexpected{placed.error()};
    const AgentId agent = my_agent(call);
    const bool available = app.reference.get<Agent>(agent.value, agent.value).takes_deliveries();
    Delivery::Command command = Delivery::Claim{agent, available, call.now};
    auto outcome =
        co_await send(app, call, body->order, std::move(command), Role::delivery_agent, "ASSIGNED");
    if (!outcome && outcome.error().code == "agent_unavailable") {
        co_return unexpected{illegal_transition("UNAVAILABLE", "ASSIGNED")};
    }
    if (!outcome) co_return unexpected{outcome.error()};
    co_return delivery_reply(app, body->order, *outcome, true);
}

Awaitable<Answer> release(App& app, Call& call) {
    auto body = decode_body<GiveBack>(call.request);
    if (!body) co_return unexpected{body.error()};
    Delivery::Command command = Delivery::Release{my_agent(call), body->reason.value};
    auto outcome = co_await send(
        app, call, body->order, std::move(command), Role::delivery_agent, "UNASSIGNED"
    );
    if (!outcome) co_return unexpected{outcome.error()};
    co_return delivery_reply(app, body->order, *outcome, false);
}

Awaitable<Answer> pick_up(App& app, Call& call) {
    auto body = decode_body<Pickup>(call.request);
    if (!body) co_return unexpected{body.error()};
    const AgentStatus status = status_of(app, my_agent(call));
    if (status != AgentStatus::active) {
        co_return unexpected{illegal_transition(name_of(status), "PICKED_UP")};
    }
    const Duration ttl = app.settings().delivery_pin_ttl;
    Delivery::Command command = Delivery::PickUp{my_agent(call), body->shop, ttl, call.now};
    auto outcome = co_await send(
        app, call, body->order, std::move(command), Role::delivery_agent, "PICKED_UP"
    );
    if (!outcome && body->shop) {
        const std::string from = part_status_word(app, body->order, *body->shop);
        co_return unexpected{explain_transition(outcome.error(), from, "PICKED_UP")};
    }
    if (!outcome) co_return unexpected{outcome.error()};
    co_return delivery_reply(app, body->order, *outcome, true);
}

Problem locked(App& app, const OrderId& order) {
    const auto state = state_of<Delivery>(app, order.value, order.value);
    const Delivery::Trip* trip = Delivery::trip(state);
    Problem problem{.code = "pin_locked", .detail = "Too many wrong PINs."};
    if (trip) problem.with("retryAt", to_rfc3339(trip->pin.locked_until));
    return problem;
}

// The agent may have missed the answer that names the signature.
Problem used(App& app, const OrderId& order, const AgentId& agent) {
    Problem problem{.code = "pin_used"};
    const auto state = state_of<Delivery>(app, order.value, order.value);
    const auto* confirmed = std::get_if<Delivery::Confirmed>(&state);
    if (confirmed && confirmed->agent == agent) {
        problem.with("signatureId", confirmed->signature.value);
    }
    return problem;
}

// A wrong PIN is a fact of its own, so the command succeeds and its event says no.
Answer confirm_reply(const Commit& commit) {
    if (const auto* refused = event_of<PinRefused>(commit)) {
        Problem problem{
            .code = "pin_wrong",
            .detail = "That is not the PIN.",
            .errors = {{"#/pin", "is not the PIN"}}
        };
        problem.with("attemptsLeft", refused->attempts_left);
        return unexpected{std::move(problem)};
    }
    const auto* accepted = event_of<PinAccepted>(commit);
    if (!accepted) return unexpected{Problem{.code = "pin_used"}};
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("signatureRequired").boolean(true);
    out.key("signatureId").text(accepted->signature.value).end_object();
    return json_response(std::move(body));
}

Awaitable<Answer> confirm_pin(App& app, Call& call) {
    auto body = decode_body<Confirm>(call.request);
    if (!body) co_return unexpected{body.error()};
    Delivery::Command command =
        Delivery::ConfirmPin{my_agent(call), body->pin.value, app.config.pin_key, call.now};
    auto outcome = co_await send(
        app, call, body->order, std::move(command), Role::delivery_agent, "DELIVERED"
    );
    if (outcome) co_return confirm_reply(*outcome->commit);
    if (outcome.error().code == "pin_locked") co_return unexpected{locked(app, body->order)};
    if (outcome.error().code == "pin_used") {
        co_return unexpected{used(app, body->order, my_agent(call))};
    }
    co_return unexpected{outcome.error()};
}

using Rows = std::vector<model::Row>;
using Orders = std::map<std::string, OrderRows>;

Awaitable<Result<Orders, Problem>> orders_behind(App& app, const Rows& deliveries) {
    auto work = [&app, &deliveries] { return orders_of(app.read_models, deliveries); };
    auto orders = co_await on_pool(app.pool, std::move(work));
    if (!orders) co_return unexpected{read_problem(orders.error())};
    co_return *std::move(orders);
}

std::optional<std::string>
rendered(App& app, const Orders& orders, const model::Row& delivery, bool with_phone) {
    const auto found = orders.find(delivery.text("order_id"));
    if (found == orders.end()) return std::nullopt;
    return render_delivery(app, found->second, delivery, with_phone);
}

constexpr std::string_view active_rank =
    "CASE WHEN status IN ('ASSIGNED', 'PICKED_UP', 'ARRIVING') THEN 1 ELSE 0 END";

bool is_active(const model::Row& delivery) {
    const std::string& status = delivery.text("status");
    return status == "ASSIGNED" || status == "PICKED_UP" || status == "ARRIVING";
}

// The cursor's id says in which half of the list it stands: "1 dlv_…" among the active ones. One
// that is done in between moves behind the cursor and may come twice; none is left out.
std::string active_first_cursor(const Page& page, const model::Row& last) {
    const std::string mark = is_active(last) ? "1 " : "0 ";
    const Instant at = last.instant("created_at").value_or(Instant{});
    return cursor_after(page, at, mark + last.text("id"));
}

Result<std::string, Problem> active_first_tail(const Page& page, Filter& filter) {
    const std::string columns = "(" + std::string{active_rank} + ", created_at, id)";
    if (page.after) {
        const std::string& mark = page.after->id;
        if (!mark.starts_with("1 ") && !mark.starts_with("0 ")) {
            return unexpected{Problem{.code = "cursor_invalid"}};
        }
        const std::string behind = " < (" + mark.substr(0, 1) + ", {}::timestamptz, {})";
        filter.where(columns + behind, {page.after->at, mark.substr(2)});
    }
    return filter.sql() + " ORDER BY " + std::string{active_rank} +
           " DESC, created_at DESC, id DESC LIMIT " + std::to_string(page.limit + 1);
}

std::string active_first_json(App& app, const Page& page, const Rows& rows, const Orders& orders) {
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("data").begin_array();
    const std::size_t shown = std::min(rows.size(), page.limit);
    for (std::size_t i = 0; i < shown; ++i) {
        if (const auto json = rendered(app, orders, rows[i], true)) out.raw(*json);
    }
    out.end_array().key("nextCursor");
    const bool more = rows.size() > page.limit;
    more ? out.text(active_first_cursor(page, rows[page.limit - 1])) : out.null();
    out.end_object();
    return body;
}

Awaitable<Answer> my_deliveries(App& app, Call& call) {
    const auto page = page_of(call);
    if (!page) co_return unexpected{page.error()};
    Filter filter;
    filter.where("agent = {}", {my_agent(call).value});
    const auto good = filter.when_named<DeliveryStatus>(call, "status", "status = {}");
    if (!good) co_return unexpected{good.error()};
    auto tail = active_first_tail(*page, filter);
    if (!tail) co_return unexpected{tail.error()};
    auto rows = co_await read_rows(app, tables::deliveries, *std::move(tail), filter.parameters());
    if (!rows) co_return unexpected{rows.error()};
    const auto orders = co_await orders_behind(app, *rows);
    if (!orders) co_return unexpected{orders.error()};
    co_return json_response(active_first_json(app, *page, *rows, *orders));
}

Awaitable<Answer> available_deliveries(App& app, Call& call) {
    const auto page = page_of(call);
    if (!page) co_return unexpected{page.error()};
    Filter filter;
    filter.where("status = 'UNASSIGNED'");
    std::string tail = tail_of(*page, filter);
    auto rows = co_await read_rows(app, tables::deliveries, std::move(tail), filter.parameters());
    if (!rows) co_return unexpected{rows.error()};
    const auto orders = co_await orders_behind(app, *rows);
    if (!orders) co_return unexpected{orders.error()};
    co_return json_response(page_json(*page, *rows, [&](const model::Row& delivery) {
        return rendered(app, *orders, delivery, false);
    }));
}

Route agents_route(std::string method, std::string path, std::string summary, Shape body) {
    return {
        .method = std::move(method),
        .pattern = "/api/v1/delivery/" + path,
        .summary = std::move(summary),
        .tag = "delivery",
        .access = any_of({Role::delivery_agent}),
        .idempotency = body.empty() ? Idempotency::none : Idempotency::optional,
        .key_in_body = !body.empty(),
        .body = std::move(body),
        .reply = {200, "The delivery.", told("Delivery")},
        .problems = {"illegal_transition"}
    };
}

}  // namespace

std::vector<BoundRoute> delivery_routes() {
    Route assigning = agents_route(
        "POST", "admin/assign", "Chooses the agent of an order.", shape_of<AssignDelivery>()
    );
    assigning.access = any_of({Role::platform_admin});
    assigning.problems.push_back("already_assigned");
    Route claiming = agents_route(
        "POST", "agent/claim", "Takes a delivery; first wins.", shape_of<WhichOrder>()
    );
    claiming.problems.push_back("already_assigned");
    Route picking = agents_route(
        "POST", "agent/pickup", "Takes one stop, or all that are ready.", shape_of<Pickup>()
    );
    picking.problems.push_back("not_ready");
    Route confirming = agents_route(
        "POST", "agent/confirm", "Presents the buyer's PIN (tier 1).", shape_of<Confirm>()
    );
    confirming.problems = {"pin_wrong", "pin_locked", "pin_expired", "pin_used"};
    confirming.reply = {
        200, "The signature comes next.", told("{signatureRequired:boolean, signatureId}")
    };
    Route mine = agents_route("GET", "agent/deliveries", "My deliveries, active ones first.", {});
    mine.reply = {200, "A page of deliveries.", list_of("Delivery")};
    mine.query = {{"status", "A delivery status."}, {"limit", "1 to 200."}, {"cursor", "…"}};
    Route open = agents_route("GET", "agent/available", "Deliveries to claim.", {});
    open.reply = mine.reply;
    open.query = {{"limit", "1 to 200."}, {"cursor", "From nextCursor."}};
    return {
        {std::move(assigning), assign},
        {std::move(claiming), claim},
        {agents_route("POST", "agent/release", "Gives a delivery back.", shape_of<GiveBack>()),
         release},
        {std::move(picking), pick_up},
        {std::move(confirming), confirm_pin},
        {std::move(mine), my_deliveries},
        {std::move(open), available_deliveries},
    };
}

}  // namespace pakashop::api
