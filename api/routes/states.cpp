#include "api/routes/states.hpp"

namespace pakashop::api {

Result<Order::Placed, Problem> placed_order(App& app, const OrderId& order) {
    const auto state = state_of<Order>(app, order.value, order.value);
    const Order::Placed* placed = Order::placed(state);
    if (!placed) return unexpected{not_found()};
    return *placed;
}

Result<Order::Placed, Problem> own_order(App& app, const Call& call, const OrderId& order) {
    auto placed = placed_order(app, order);
    if (!placed) return placed;
    if (placed->buyer != call.caller.user && !call.caller.staff()) return unexpected{not_found()};
    return placed;
}

Problem explain_transition(Problem problem, std::string_view from, std::string_view asked) {
    if (problem.code != "illegal_transition") return problem;
    return illegal_transition(from, asked);
}

}  // namespace pakashop::api
