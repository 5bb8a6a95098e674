#pragma once

#include "aggregates/decider.hpp"
#include "aggregates/sealed_at.hpp"
#include "events/payment.hpp"
#include "events/statuses.hpp"

namespace pakashop {

/// The buyer's money for one order: attempts one after the other, at most one of them captured.
/// Stream: payment:<order>; key: the order.
struct Payment {
    /// One try to collect the money; its phone was sealed as PaymentInitiated's `phone`.
    struct Attempt {
        PaymentId payment;
        Provider provider;
        Operator network;
        PublicText provider_reference;
        SealedAt<PublicText> phone;
        Money amount;
        Instant expires_at;
        AttemptStatus status = AttemptStatus::initiated;
        std::optional<ProviderFailure> failure;
        std::optional<Money> mismatched{};  ///< Only when UNKNOWN: what is said to have come.
    };
    /// Captured money that has to go back, and for which lines; or all of a late capture.
    struct Refund {
        RefundId refund;
        Money amount;
        std::vector<ItemId> items;
        std::optional<PaymentId> late;
    };
    struct Unopened {};
    /// The order may be paid, or it no longer may: `captured` names the attempt that paid it,
    /// `closed` says that the order is cancelled or expired.
    struct Opened {
        OrderId order;
        UserId buyer;
        Money amount;
        std::vector<Attempt> attempts;
        std::optional<PaymentId> captured;
        bool closed = false;
        PaymentStatus last_word = PaymentStatus::pending;  ///< PENDING or FAILED, as heard last.
        std::vector<Refund> refunds;
        std::int64_t version = 0;
    };
    using State = std::variant<Unopened, Opened>;

    /// From the policy on OrderPlaced; total.
    struct Open {
        OrderId order;
        UserId buyer;
        Money amount;
        Instant now;
    };
    /// Starts an attempt; it is numbered here: pay_<order>_<n>, and its provider reference is a
    /// UUIDv4 stamped from SHA-256.
    struct Initiate {
        Provider provider;
        Operator network;
        Sealed<PublicText> phone;
        Duration ttl;
        Instant now;
    };
    /// The provider took the request.
    struct RecordPending {
        PaymentId payment;
        Instant now;
    };
    /// Evidence of a capture; total. Another amount than asked is a mismatch, which evidence of the
    /// right one corrects while the order may be paid; a capture too many, or after closing, is
    /// late.
    struct RecordCapture {
        PaymentId payment;
        Money amount;
        PublicText provider_transaction;
        Evidence evidence;
        Invoicing invoicing;
        Instant now;
    };
    /// Evidence of a failure; total. Nothing after a capture.
    struct RecordFailure {
        PaymentId payment;
        ProviderFailure failure;
        Instant now;
    };
    /// From the schedule; before its time it is refused.
    struct Expire {
        PaymentId payment;
        Instant now;
    };
    /// From the policies on OrderCancelled and OrderExpired; total.
    struct Close {
        PublicText reason;
        Instant now;
    };
    /// From the policies on LinesCancelled and LateCapture; total. With `late`, all of that capture
    /// is owed, whatever else is said.
    struct OweRefund {
        Money amount;
        std::vector<ItemId> items;
        PublicText reason;
        Instant now;
        std::optional<PaymentId> late{};
    };
    using Command = std::variant<
        Open,
        Initiate,
        RecordPending,
        RecordCapture,
        RecordFailure,
        Expire,
        Close,
        OweRefund>;

    using Event = PaymentEvent;
    using Events = std::vector<Event>;

    /// Why not; named like the api's problem codes.
    enum class Refusal { payment_in_progress, already_paid, stock_not_held, not_found, not_due };
    friend constexpr auto enum_names(Refusal) {
        return std::array<std::string_view, 5>{
            "payment_in_progress", "already_paid", "stock_not_held", "not_found", "not_due"
        };
    }

    static constexpr std::string_view category = "payment";
    static Result<Events, Refusal> decide(const State& state, const Command& command);
    static State evolve(State state, const Event& event);

    /// The newest attempt; null when there is none.
    static const Attempt* latest(const State& state);
    /// The attempt that says how the payment stands: the one that paid, else a late one whose money
    /// came, else the newest; null when there is none.
    static const Attempt* telling(const State& state);
    /// That attempt; null when it is not one of this order's.
    static const Attempt* find(const State& state, const PaymentId& payment);
    /// The order's payment status: PAID if and only if an attempt is captured (PAY-02), else as
    /// heard last. The read model of orders says the same.
    static PaymentStatus status(const State& state);
    /// True once the order is cancelled or expired: nobody should be asked for money any more.
    static bool closed(const State& state);
};
static_assert(Decider<Payment>);

}  // namespace pakashop
