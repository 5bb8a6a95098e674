#include "projections/payments.hpp"

#include "events/kernel/match.hpp"
#include "events/statuses.hpp"
#include "projections/cells.hpp"
#include "projections/tables.hpp"

namespace pakashop::model {
namespace {

RowChanges initiated(const PaymentInitiated& e) {
    return {insert(
        tables::payments,
        {{"id", e.payment.value},
         {"order_id", e.order.value},
         {"buyer", e.buyer.value},
         {"provider", word(e.provider)},
         {"network", word(e.network)},
         {"provider_reference", e.provider_reference},
         {"phone", opened(e.phone)},
         {"amount", amount(e.amount)},
         {"status", word(AttemptStatus::initiated)},
         {"late", false},
         {"attempts", std::int64_t{0}},
         {"expires_at", e.expires_at},
         {"created_at", e.at}}
    )};
}

template <class Capture>
RowChanges received(const Capture& e, AttemptStatus status, Money money, bool late) {
    return {patch(
        tables::payments,
        {e.payment.value},
        {{"status", word(status)},
         {"received", amount(money)},
         {"late", late},
         {"provider_transaction", e.provider_transaction},
         {"evidence", word(e.evidence)},
         {"settled_at", e.at}}
    )};
}

RowChanges ended(const PaymentId& payment, AttemptStatus status, Instant at) {
    return {patch(tables::payments, {payment.value}, {{"status", word(status)}, {"settled_at", at}})
    };
}

RowChanges failed(const PaymentFailed& e) {
    return {patch(
        tables::payments,
        {e.payment.value},
        {{"status", word(AttemptStatus::failed)},
         {"failure_code", e.failure.code},
         {"failure_message", e.failure.message},
         {"settled_at", e.at}}
    )};
}

RowChanges owed(const RefundOwed& e) {
    return {insert(
        tables::refunds,
        {{"id", e.refund.value},
         {"order_id", e.order.value},
         {"amount", amount(e.amount)},
         {"items", json_of(e.items)},
         {"reason", e.reason},
         {"status", std::string{"OWED"}},
         {"created_at", e.at}}
    )};
}

RowChanges of_payment(const PaymentEvent& event) {
    return match(
        event,
        [](const PaymentInitiated& e) { return initiated(e); },
        [](const PaymentPending& e) {
            return RowChanges{patch(
                tables::payments, {e.payment.value}, {{"status", word(AttemptStatus::pending)}}
            )};
        },
        [](const PaymentCaptured& e) {
            return received(e, AttemptStatus::captured, e.amount, false);
        },
        [](const LateCapture& e) { return received(e, AttemptStatus::captured, e.amount, true); },
        [](const AmountMismatch& e) {
            return received(e, AttemptStatus::unknown, e.received, false);
        },
        [](const PaymentFailed& e) { return failed(e); },
        [](const PaymentExpired& e) { return ended(e.payment, AttemptStatus::expired, e.at); },
        [](const RefundOwed& e) { return owed(e); },
        [](const OneOf<PaymentOpened, PaymentClosed> auto&) { return RowChanges{}; }
    );
}

// Which attempt a deposit's effect is for stands in its id.
constexpr std::string_view deposit_effect = "eff_deposit_";

RowChanges of_effect(const EffectEvent& event) {
    return match(
        event,
        [](const EffectBegun& e) {
            if (e.kind != EffectKind::deposit || !e.effect.value.starts_with(deposit_effect)) {
                return RowChanges{};
            }
            return RowChanges{patch(
                tables::payments,
                {e.effect.value.substr(deposit_effect.size())},
                {{"attempts", e.attempt}}
            )};
        },
        [](const OneOf<EffectRequested, EffectDeferred, EffectFinished> auto&) {
            return RowChanges{};
        }
    );
}

RowChanges project(const EventMeta&, const AnyEvent& event) {
    if (const auto* payment = std::get_if<PaymentEvent>(&event)) return of_payment(*payment);
    if (const auto* effect = std::get_if<EffectEvent>(&event)) return of_effect(*effect);
    return {};
}

constexpr std::array own_tables{&tables::payments, &tables::refunds};
constexpr std::array<std::string_view, 2> families{"payment", "effect"};

}  // namespace

constinit const Projection payments_projection{"payments", own_tables, families, project};

}  // namespace pakashop::model
