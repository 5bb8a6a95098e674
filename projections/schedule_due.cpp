#include "projections/schedule_due.hpp"

#include "events/kernel/match.hpp"
#include "projections/cells.hpp"
#include "projections/tables.hpp"

namespace pakashop::model {
namespace {

RowChanges
due(std::string_view kind, const std::string& subject, const EventMeta& meta, Instant at) {
    return {insert(
        tables::schedule_due,
        {{"kind", std::string{kind}},
         {"subject", subject},
         {"key", std::string{meta.key}},
         {"due_at", at}}
    )};
}

RowChanges moot(std::string_view kind, const std::string& subject) {
    return {remove(tables::schedule_due, {std::string{kind}, subject})};
}

RowChanges of_order(const EventMeta& meta, const OrderEvent& event) {
    return match(
        event,
        [&](const OrderPlaced& e) { return due(order_expiry, e.order.value, meta, e.expires_at); },
        [](const OneOf<OrderConfirmed, OrderCancelled, OrderExpired> auto& e) {
            return moot(order_expiry, e.order.value);
        },
        [](const OneOf<
            TryClosed,
            FulfilmentAccepted,
            FulfilmentReady,
            FulfilmentPickedUp,
            OrderDelivered,
            FulfilmentCancelled> auto&) { return RowChanges{}; }
    );
}

RowChanges of_payment(const EventMeta& meta, const PaymentEvent& event) {
    return match(
        event,
        [&](const PaymentInitiated& e) {
            return due(payment_expiry, e.payment.value, meta, e.expires_at);
        },
        [](const OneOf<
            PaymentCaptured,
            LateCapture,
            AmountMismatch,
            PaymentFailed,
            PaymentExpired> auto& e) { return moot(payment_expiry, e.payment.value); },
        [](const OneOf<PaymentOpened, PaymentPending, PaymentClosed, RefundOwed> auto&) {
            return RowChanges{};
        }
    );
}

RowChanges project(const EventMeta& meta, const AnyEvent& event) {
    if (const auto* order = std::get_if<OrderEvent>(&event)) return of_order(meta, *order);
    if (const auto* payment = std::get_if<PaymentEvent>(&event)) return of_payment(meta, *payment);
    return {};
}

constexpr std::array own_tables{&tables::schedule_due};
constexpr std::array<std::string_view, 2> families{"order", "payment"};

}  // namespace

constinit const Projection schedule_due_projection{"schedule_due", own_tables, families, project};

}  // namespace pakashop::model
