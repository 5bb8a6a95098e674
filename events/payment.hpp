#pragma once

#include <optional>
#include <variant>

#include "events/words.hpp"

/// The buyer's money for one order: attempts, captures, what is owed back. Key: the order.
namespace pakashop {

/// Who moves the money (CFG-05, C-14).
enum class Provider { mock, pawapay, flutterwave };
constexpr auto enum_names(Provider) {
    return std::array<std::string_view, 3>{"MOCK", "PAWAPAY", "FLUTTERWAVE"};
}

/// What proved a provider's word: nothing else moves money (C-16).
enum class Evidence { signed_callback, status_query, settlement_file, mock };
constexpr auto enum_names(Evidence) {
    return std::array<std::string_view, 4>{
        "SIGNED_CALLBACK", "STATUS_QUERY", "SETTLEMENT_FILE", "MOCK"
    };
}

/// The order exists, so it may be paid: how much, and by whom.
struct PaymentOpened {
    static constexpr std::string_view type = "payment.opened.v1";  // Stored for ever.
    OrderId order;
    UserId buyer;
    Money amount;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("order", &PaymentOpened::order),
            field("buyer", &PaymentOpened::buyer),
            field("amount", &PaymentOpened::amount),
            field("at", &PaymentOpened::at)
        };
    }
    friend bool operator==(const PaymentOpened&, const PaymentOpened&) = default;
};
static_assert(lists_every_member<PaymentOpened>);

/// The intent to collect money; the call to the provider follows from it (PAY-05).
struct PaymentInitiated {
    static constexpr std::string_view type = "payment.initiated.v1";  // Stored for ever.
    PaymentId payment;
    OrderId order;
    UserId buyer;
    Provider provider{};
    Operator network{};
    PublicText provider_reference;
    Sealed<PublicText> phone;
    Money amount;
    Instant expires_at;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("payment", &PaymentInitiated::payment),
            field("order", &PaymentInitiated::order),
            field("buyer", &PaymentInitiated::buyer),
            field("provider", &PaymentInitiated::provider),
            field("operator", &PaymentInitiated::network),
            field("providerReference", &PaymentInitiated::provider_reference),
            field("phone", &PaymentInitiated::phone),
            field("amount", &PaymentInitiated::amount),
            field("expiresAt", &PaymentInitiated::expires_at),
            field("at", &PaymentInitiated::at)
        };
    }
    friend bool operator==(const PaymentInitiated&, const PaymentInitiated&) = default;
};
static_assert(lists_every_member<PaymentInitiated>);

/// The provider took the request; the payer has to approve it on the phone.
struct PaymentPending {
    static constexpr std::string_view type = "payment.pending.v1";  // Stored for ever.
    PaymentId payment;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("payment", &PaymentPending::payment), field("at", &PaymentPending::at)
        };
    }
    friend bool operator==(const PaymentPending&, const PaymentPending&) = default;
};
static_assert(lists_every_member<PaymentPending>);

/// The provider has the money, and amount, currency and order match (PAY-17, C-45).
struct PaymentCaptured {
    static constexpr std::string_view type = "payment.captured.v1";  // Stored for ever.
    PaymentId payment;
    OrderId order;
    Money amount;
    PublicText provider_transaction;
    Evidence evidence{};
    Invoicing invoicing{};
    Instant at;
    /// What an earlier word on this payment had booked as suspense; absent when there was none.
    std::optional<Money> corrects{};
    static constexpr auto fields() {
        return std::tuple{
            field("payment", &PaymentCaptured::payment),
            field("order", &PaymentCaptured::order),
            field("amount", &PaymentCaptured::amount),
            field("providerTransaction", &PaymentCaptured::provider_transaction),
            field("evidence", &PaymentCaptured::evidence),
            field("invoicing", &PaymentCaptured::invoicing),
            field("at", &PaymentCaptured::at),
            field("corrects", &PaymentCaptured::corrects)
        };
    }
    friend bool operator==(const PaymentCaptured&, const PaymentCaptured&) = default;
};
static_assert(lists_every_member<PaymentCaptured>);

/// Money arrived for an order that can no longer take it; all of it is owed back (C-15).
struct LateCapture {
    static constexpr std::string_view type = "payment.late_capture.v1";  // Stored for ever.
    PaymentId payment;
    OrderId order;
    Money amount;
    PublicText provider_transaction;
    Evidence evidence{};
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("payment", &LateCapture::payment),
            field("order", &LateCapture::order),
            field("amount", &LateCapture::amount),
            field("providerTransaction", &LateCapture::provider_transaction),
            field("evidence", &LateCapture::evidence),
            field("at", &LateCapture::at)
        };
    }
    friend bool operator==(const LateCapture&, const LateCapture&) = default;
};
static_assert(lists_every_member<LateCapture>);

/// The provider reports another amount than was asked for: kept in suspense for people to look
/// at; the order is not confirmed (C-45).
struct AmountMismatch {
    static constexpr std::string_view type = "payment.amount_mismatch.v1";  // Stored for ever.
    PaymentId payment;
    OrderId order;
    Money expected;
    Money received;
    PublicText provider_transaction;
    Evidence evidence{};
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("payment", &AmountMismatch::payment),
            field("order", &AmountMismatch::order),
            field("expected", &AmountMismatch::expected),
            field("received", &AmountMismatch::received),
            field("providerTransaction", &AmountMismatch::provider_transaction),
            field("evidence", &AmountMismatch::evidence),
            field("at", &AmountMismatch::at)
        };
    }
    friend bool operator==(const AmountMismatch&, const AmountMismatch&) = default;
};
static_assert(lists_every_member<AmountMismatch>);

/// The provider refused or the payer declined; the order may be paid by another attempt (PAY-03).
struct PaymentFailed {
    static constexpr std::string_view type = "payment.failed.v1";  // Stored for ever.
    PaymentId payment;
    OrderId order;
    ProviderFailure failure;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("payment", &PaymentFailed::payment),
            field("order", &PaymentFailed::order),
            field("failure", &PaymentFailed::failure),
            field("at", &PaymentFailed::at)
        };
    }
    friend bool operator==(const PaymentFailed&, const PaymentFailed&) = default;
};
static_assert(lists_every_member<PaymentFailed>);

/// No final word came in time; a late success still counts (C-15).
struct PaymentExpired {
    static constexpr std::string_view type = "payment.expired.v1";  // Stored for ever.
    PaymentId payment;
    OrderId order;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("payment", &PaymentExpired::payment),
            field("order", &PaymentExpired::order),
            field("at", &PaymentExpired::at)
        };
    }
    friend bool operator==(const PaymentExpired&, const PaymentExpired&) = default;
};
static_assert(lists_every_member<PaymentExpired>);

/// The order was cancelled or expired: money that arrives from now on is owed back (C-15).
struct PaymentClosed {
    static constexpr std::string_view type = "payment.closed.v1";  // Stored for ever.
    OrderId order;
    PublicText reason;
    static constexpr auto fields() {
        return std::tuple{
            field("order", &PaymentClosed::order), field("reason", &PaymentClosed::reason)
        };
    }
    friend bool operator==(const PaymentClosed&, const PaymentClosed&) = default;
};
static_assert(lists_every_member<PaymentClosed>);

/// Captured money that is no longer ours to keep: it waits to be sent back (C-47). `payment` names
/// the late capture that goes back as a whole; without it, it is part of what paid the order.
struct RefundOwed {
    static constexpr std::string_view type = "payment.refund_owed.v1";  // Stored for ever.
    OrderId order;
    RefundId refund;
    Money amount;
    std::vector<ItemId> items;
    PublicText reason;
    Instant at;
    std::optional<PaymentId> payment{};
    static constexpr auto fields() {
        return std::tuple{
            field("order", &RefundOwed::order),
            field("refund", &RefundOwed::refund),
            field("amount", &RefundOwed::amount),
            field("items", &RefundOwed::items),
            field("reason", &RefundOwed::reason),
            field("at", &RefundOwed::at),
            field("payment", &RefundOwed::payment)
        };
    }
    friend bool operator==(const RefundOwed&, const RefundOwed&) = default;
};
static_assert(lists_every_member<RefundOwed>);

/// Every event of this family; the variant is the registry.
using PaymentEvent = std::variant<
    PaymentOpened,
    PaymentInitiated,
    PaymentPending,
    PaymentCaptured,
    LateCapture,
    AmountMismatch,
    PaymentFailed,
    PaymentExpired,
    PaymentClosed,
    RefundOwed>;

}  // namespace pakashop
