#include "handlers/policies/rules.hpp"

/// What follows from money that comes, stays and goes.
namespace pakashop::policies {
namespace {

/// A success counts whenever it comes (C-15), and its callback may get lost. So after an attempt
/// has expired the provider is asked for as long as an order waits to be paid, and a day more.
constexpr Duration asked_after_expiry = hours(48);

StreamCommand initiated_payment_is_collected(const PaymentInitiated& e) {
    const Instant end = e.expires_at + asked_after_expiry;
    return request(
        {deposit_effect(e.payment), EffectKind::deposit, e.payment.value, e.at, end, e.at}
    );
}

StreamCommand captured_payment_confirms_its_order(const PaymentCaptured& e) {
    return to<Order>(e.order.value, Order::Confirm{e.payment, e.invoicing, e.at});
}

StreamCommand settled_payment_needs_no_call(const PaymentId& payment, std::string_view outcome) {
    return finish(deposit_effect(payment), outcome);
}

StreamCommand late_money_is_owed_back(const LateCapture& e) {
    return to<Payment>(
        e.order.value, Payment::OweRefund{e.amount, {}, "late_capture", e.at, e.payment}
    );
}

/// Held money of a cancelled part goes back to the buyer in full (C-47).
StreamCommand cancelled_lines_are_owed_back(const LinesCancelled& e) {
    Money amount;
    std::vector<ItemId> items;
    for (const SettlementShare& line : e.lines) {
        amount = amount + line.gross;
        items.push_back(line.item);
    }
    return to<Payment>(
        e.order.value, Payment::OweRefund{amount, std::move(items), "cancelled", e.at}
    );
}

StreamCommand requested_payout_is_sent(const PayoutRequested& e) {
    return request(
        {payout_effect(e.payout), EffectKind::payout, e.payout.value, e.at, std::nullopt, e.at}
    );
}

StreamCommand settled_payout_needs_no_call(const PayoutId& payout, std::string_view outcome) {
    return finish(payout_effect(payout), outcome);
}

}  // namespace

Commands after(const PaymentEvent& event) {
    return match(
        event,
        [](const PaymentInitiated& e) { return Commands{initiated_payment_is_collected(e)}; },
        [](const PaymentCaptured& e) {
            return Commands{
                captured_payment_confirms_its_order(e),
                settled_payment_needs_no_call(e.payment, "captured")
            };
        },
        [](const LateCapture& e) {
            return Commands{
                late_money_is_owed_back(e), settled_payment_needs_no_call(e.payment, "late_capture")
            };
        },
        [](const AmountMismatch& e) {
            return Commands{settled_payment_needs_no_call(e.payment, "amount_mismatch")};
        },
        [](const PaymentFailed& e) {
            return Commands{settled_payment_needs_no_call(e.payment, "failed")};
        },
        [](const OneOf<
            PaymentOpened,
            PaymentPending,
            PaymentExpired,
            PaymentClosed,
            RefundOwed> auto&) { return Commands{}; }
    );
}

Commands after(const SettlementEvent& event) {
    return match(
        event,
        [](const LinesCancelled& e) { return Commands{cancelled_lines_are_owed_back(e)}; },
        [](const OneOf<
            LinesHeld,
            LinesReleased,
            LinesInPayout,
            LinesPaidOut,
            LinesReturned,
            LinesReversed> auto&) { return Commands{}; }
    );
}

Commands after(const AccountEvent& event) {
    return match(
        event,
        [](const PayoutRequested& e) { return Commands{requested_payout_is_sent(e)}; },
        [](const PayoutCompleted& e) {
            return Commands{settled_payout_needs_no_call(e.payout, "completed")};
        },
        [](const PayoutFailed& e) {
            return Commands{settled_payout_needs_no_call(e.payout, "failed")};
        },
        [](const OneOf<
            FundsHeld,
            FundsReleased,
            FundsCancelled,
            PayoutAccepted,
            PayoutReversed,
            PayoutMismatched> auto&) { return Commands{}; }
    );
}

}  // namespace pakashop::policies
