#include "api/routes/states.hpp"

namespace pakashop::api {
namespace {

std::string order_word(const Order::State& order) {
    const bool there = Order::placed(order) != nullptr;
    return std::string{name_of(there ? Order::status(order) : OrderStatus::pending)};
}

}  // namespace

Result<Order::Placed, Problem> placed_order(App& app, const OrderId& order) {
    const auto state = state_of<Order>(app, order.value, order.value);
    const Order::Placed* placed = Order::placed(state);
    if (!placed) return unexpected{not_found()};
    return *placed;
}

Result<Order::Placed, Problem> own_order(App& app, const Call& call, const OrderId& order) {
    auto placed = placed_order(app, order);
    if (!placed) return placed;
    if (placed->buyer != call.caller.user && !call.caller.admin()) return unexpected{not_found()};
    return placed;
}

std::string part_status_word(App& app, const OrderId& order, const ShopId& shop) {
    const auto state = state_of<Order>(app, order.value, order.value);
    for (const Order::Part& part : Order::parts(state)) {
        if (part.shop == shop) return std::string{name_of(part.status)};
    }
    return order_word(state);
}

std::string delivery_status_word(App& app, const OrderId& order) {
    const auto delivery = state_of<Delivery>(app, order.value, order.value);
    if (Delivery::trip(delivery)) return std::string{name_of(Delivery::status(delivery))};
    return order_word(state_of<Order>(app, order.value, order.value));
}

Problem explain_transition(Problem problem, std::string_view from, std::string_view asked) {
    if (problem.code != "illegal_transition") return problem;
    return illegal_transition(from, asked);
}

}  // namespace pakashop::api
