#include "handlers/policies/rules.hpp"

/// What follows from a delivery's way to the door.
namespace pakashop::policies {
namespace {

StreamCommand issued_pin_is_sent(const PinIssued& e) {
    return request(
        {pin_effect(e.delivery, e.issue),
         EffectKind::pin_message,
         e.delivery.value + "#" + std::to_string(e.issue),
         e.at,
         e.expires_at,
         e.at}
    );
}

/// A message still waiting to go out would tell a PIN that is dead by now.
StreamCommand replaced_pin_is_not_sent(const PinIssued& e) {
    return finish(pin_effect(e.delivery, e.issue - 1), "replaced");
}

Commands after_pin(const PinIssued& e) {
    if (e.issue == 1) return {issued_pin_is_sent(e)};
    return {replaced_pin_is_not_sent(e), issued_pin_is_sent(e)};
}

StreamCommand part_taken_along_is_on_its_way(const StopPickedUp& e) {
    return to<Order>(e.order.value, Order::PickUp{e.shop, e.agent});
}

StreamCommand proven_delivery_delivers_the_order(const DeliveryCompleted& e) {
    return to<Order>(e.order.value, Order::Deliver{e.shops, e.at});
}

}  // namespace

Commands after(const DeliveryEvent& event) {
    return match(
        event,
        [](const PinIssued& e) { return after_pin(e); },
        [](const StopPickedUp& e) { return Commands{part_taken_along_is_on_its_way(e)}; },
        [](const DeliveryCompleted& e) { return Commands{proven_delivery_delivers_the_order(e)}; },
        [](const OneOf<
            DeliveryOpened,
            AgentAssigned,
            AgentReleased,
            StopReady,
            StopDropped,
            DeliveryDeparted,
            PinRefused,
            PinAccepted,
            ProofCaptured,
            DeliveryAbandoned> auto&) { return Commands{}; }
    );
}

}  // namespace pakashop::policies
