#include "projections/external_ids.hpp"

#include "events/kernel/match.hpp"
#include "projections/tables.hpp"

namespace pakashop::model {
namespace {

RowChanges known_as(
    const EventMeta& meta,
    const PublicText& reference,
    std::string_view kind,
    const std::string& subject,
    Instant at
) {
    return {insert(
        tables::external_ids,
        {{"reference", reference},
         {"kind", std::string{kind}},
         {"subject", subject},
         {"key", std::string{meta.key}},
         {"created_at", at}}
    )};
}

RowChanges of_payment(const EventMeta& meta, const PaymentEvent& event) {
    return match(
        event,
        [&](const PaymentInitiated& e) {
            return known_as(meta, e.provider_reference, "deposit", e.payment.value, e.at);
        },
        [](const OneOf<
            PaymentOpened,
            PaymentPending,
            PaymentCaptured,
            LateCapture,
            AmountMismatch,
            PaymentFailed,
            PaymentExpired,
            PaymentClosed,
            RefundOwed> auto&) { return RowChanges{}; }
    );
}

RowChanges of_account(const EventMeta& meta, const AccountEvent& event) {
    return match(
        event,
        [&](const PayoutRequested& e) {
            return known_as(meta, e.provider_reference, "payout", e.payout.value, e.at);
        },
        [](const OneOf<
            FundsHeld,
            FundsReleased,
            FundsCancelled,
            PayoutAccepted,
            PayoutCompleted,
            PayoutFailed,
            PayoutReversed,
            PayoutMismatched> auto&) { return RowChanges{}; }
    );
}

RowChanges project(const EventMeta& meta, const AnyEvent& event) {
    if (const auto* payment = std::get_if<PaymentEvent>(&event)) return of_payment(meta, *payment);
    if (const auto* account = std::get_if<AccountEvent>(&event)) return of_account(meta, *account);
    return {};
}

constexpr std::array own_tables{&tables::external_ids};
constexpr std::array<std::string_view, 2> families{"payment", "account"};

}  // namespace

constinit const Projection external_ids_projection{"external_ids", own_tables, families, project};

}  // namespace pakashop::model
