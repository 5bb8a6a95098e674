#include "projections/deliveries.hpp"

#include "events/kernel/match.hpp"
#include "events/statuses.hpp"
#include "projections/cells.hpp"
#include "projections/tables.hpp"

namespace pakashop::model {
namespace {

RowChanges opened_delivery(const DeliveryOpened& e) {
    RowChanges out{insert(
        tables::deliveries,
        {{"id", e.delivery.value},
         {"order_id", e.order.value},
         {"buyer", e.buyer.value},
         {"status", word(DeliveryStatus::unassigned)},
         {"claimed", false},
         {"created_at", e.at}}
    )};
    std::int64_t position = 0;
    for (const ShopId& shop : e.stops) {
        out.push_back(insert(
            tables::delivery_stops,
            {{"delivery", e.delivery.value},
             {"shop", shop.value},
             {"order_id", e.order.value},
             {"position", position++},
             {"status", word(StopStatus::waiting)}}
        ));
    }
    return out;
}

RowChange on_delivery(const DeliveryId& delivery, Cells cells) {
    return patch(tables::deliveries, {delivery.value}, cells);
}

RowChanges stop_moved(const DeliveryId& delivery, const ShopId& shop, StopStatus status) {
    return {patch(tables::delivery_stops, {delivery.value, shop.value}, {{"status", word(status)}})
    };
}

// A new PIN forgives wrong tries against the old one.
RowChanges pin_issued(const PinIssued& e) {
    return {on_delivery(
        e.delivery,
        {{"pin_issue", e.issue},
         {"pin_issued_at", e.at},
         {"pin_expires_at", e.expires_at},
         {"pin_attempts_left", Value{}},
         {"pin_locked_until", Value{}}}
    )};
}

RowChanges pin_refused(const PinRefused& e) {
    return {on_delivery(
        e.delivery,
        {{"pin_attempts_left", e.attempts_left}, {"pin_locked_until", or_nothing(e.locked_until)}}
    )};
}

RowChanges pin_accepted(const PinAccepted& e) {
    return {
        on_delivery(e.delivery, {{"signature", e.signature.value}, {"pin_accepted_at", e.at}}),
        insert(
            tables::proofs,
            {{"signature", e.signature.value},
             {"delivery", e.delivery.value},
             {"order_id", e.order.value},
             {"agent", e.agent.value},
             {"pin_accepted_at", e.at}}
        )
    };
}

RowChanges assigned(const AgentAssigned& e) {
    return {on_delivery(
        e.delivery,
        {{"status", word(DeliveryStatus::assigned)},
         {"agent", e.agent.value},
         {"claimed", e.claimed},
         {"release_reason", Value{}},
         {"assigned_at", e.at}}
    )};
}

RowChanges released(const AgentReleased& e) {
    return {on_delivery(
        e.delivery,
        {{"status", word(DeliveryStatus::unassigned)},
         {"agent", Value{}},
         {"claimed", false},
         {"release_reason", e.reason},
         {"assigned_at", Value{}}}
    )};
}

RowChanges picked_up(const StopPickedUp& e) {
    return {patch(
        tables::delivery_stops,
        {e.delivery.value, e.shop.value},
        {{"status", word(StopStatus::picked_up)}, {"picked_up_at", e.at}}
    )};
}

RowChanges proven(const ProofCaptured& e) {
    const Location* where = e.location ? e.location->value() : nullptr;
    return {patch(
        tables::proofs,
        {e.signature.value},
        {{"image", opened(e.image)},
         {"strokes", opened(e.strokes)},
         {"signatory_name", opened(e.signatory_name)},
         {"signatory_phone", opened(e.signatory_phone)},
         {"lat_e6", where ? Value{where->lat_e6} : Value{}},
         {"lng_e6", where ? Value{where->lng_e6} : Value{}},
         {"legacy_hash", to_hex(e.legacy_hash)},
         {"proof_hash", to_hex(e.proof_hash)},
         {"proof_signature", e.proof_signature},
         {"captured_at", e.captured_at}}
    )};
}

RowChanges of_delivery(const DeliveryEvent& event) {
    return match(
        event,
        [](const DeliveryOpened& e) { return opened_delivery(e); },
        [](const PinIssued& e) { return pin_issued(e); },
        [](const AgentAssigned& e) { return assigned(e); },
        [](const AgentReleased& e) { return released(e); },
        [](const StopReady& e) { return stop_moved(e.delivery, e.shop, StopStatus::ready); },
        [](const StopPickedUp& e) { return picked_up(e); },
        [](const StopDropped& e) { return stop_moved(e.delivery, e.shop, StopStatus::dropped); },
        [](const DeliveryDeparted& e) {
            return RowChanges{on_delivery(
                e.delivery, {{"status", word(DeliveryStatus::picked_up)}, {"departed_at", e.at}}
            )};
        },
        [](const PinRefused& e) { return pin_refused(e); },
        [](const PinAccepted& e) { return pin_accepted(e); },
        [](const ProofCaptured& e) { return proven(e); },
        [](const DeliveryCompleted& e) {
            return RowChanges{on_delivery(
                e.delivery, {{"status", word(DeliveryStatus::delivered)}, {"delivered_at", e.at}}
            )};
        },
        [](const DeliveryAbandoned& e) {
            return RowChanges{on_delivery(e.delivery, {{"status", word(DeliveryStatus::failed)}})};
        }
    );
}

RowChanges project(const EventMeta&, const AnyEvent& event) {
    if (const auto* delivery = std::get_if<DeliveryEvent>(&event)) return of_delivery(*delivery);
    return {};
}

constexpr std::array own_tables{&tables::deliveries, &tables::delivery_stops, &tables::proofs};
constexpr std::array<std::string_view, 1> families{"delivery"};

}  // namespace

constinit const Projection deliveries_projection{"deliveries", own_tables, families, project};

}  // namespace pakashop::model
