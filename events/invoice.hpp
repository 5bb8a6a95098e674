#pragma once

#include <optional>
#include <variant>

#include "events/words.hpp"

/// The tax invoice of one shop's part of one order. Key: the order (C-07).
namespace pakashop {

/// The shop's part must be invoiced; its seller and number are still to be settled (ZRA-01).
struct InvoiceRequested {
    static constexpr std::string_view type = "invoice.requested.v1";  // Stored for ever.
    InvoiceId invoice;
    OrderId order;
    ShopId shop;
    std::vector<OrderLine> lines;
    Money total;
    Money vat;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("invoice", &InvoiceRequested::invoice),
            field("order", &InvoiceRequested::order),
            field("shop", &InvoiceRequested::shop),
            field("lines", &InvoiceRequested::lines),
            field("total", &InvoiceRequested::total),
            field("vat", &InvoiceRequested::vat),
            field("at", &InvoiceRequested::at)
        };
    }
    friend bool operator==(const InvoiceRequested&, const InvoiceRequested&) = default;
};
static_assert(lists_every_member<InvoiceRequested>);

/// The seller has no valid TPIN: nothing is transmitted until it has (C-37).
struct InvoiceBlocked {
    static constexpr std::string_view type = "invoice.blocked.v1";  // Stored for ever.
    InvoiceId invoice;
    OrderId order;
    ShopId shop;
    PublicText tpin;
    static constexpr auto fields() {
        return std::tuple{
            field("invoice", &InvoiceBlocked::invoice),
            field("order", &InvoiceBlocked::order),
            field("shop", &InvoiceBlocked::shop),
            field("tpin", &InvoiceBlocked::tpin)
        };
    }
    friend bool operator==(const InvoiceBlocked&, const InvoiceBlocked&) = default;
};
static_assert(lists_every_member<InvoiceBlocked>);

/// The invoice has its number in the seller's series of that business day (C-05).
struct InvoiceNumbered {
    static constexpr std::string_view type = "invoice.numbered.v1";  // Stored for ever.
    InvoiceId invoice;
    OrderId order;
    ShopId shop;
    PublicText tpin;
    PublicText number;
    Instant dated;
    static constexpr auto fields() {
        return std::tuple{
            field("invoice", &InvoiceNumbered::invoice),
            field("order", &InvoiceNumbered::order),
            field("shop", &InvoiceNumbered::shop),
            field("tpin", &InvoiceNumbered::tpin),
            field("number", &InvoiceNumbered::number),
            field("dated", &InvoiceNumbered::dated)
        };
    }
    friend bool operator==(const InvoiceNumbered&, const InvoiceNumbered&) = default;
};
static_assert(lists_every_member<InvoiceNumbered>);

/// The document as it will be sent, byte for byte, on every attempt (T2).
struct InvoiceComposed {
    static constexpr std::string_view type = "invoice.composed.v1";  // Stored for ever.
    InvoiceId invoice;
    Sealed<PublicText> payload;
    static constexpr auto fields() {
        return std::tuple{
            field("invoice", &InvoiceComposed::invoice), field("payload", &InvoiceComposed::payload)
        };
    }
    friend bool operator==(const InvoiceComposed&, const InvoiceComposed&) = default;
};
static_assert(lists_every_member<InvoiceComposed>);

/// The tax authority accepted it; the receipt never changes (ZRA-12, T5).
struct InvoiceSent {
    static constexpr std::string_view type = "invoice.sent.v1";  // Stored for ever.
    InvoiceId invoice;
    OrderId order;
    ShopId shop;
    PublicText vsdc_number;
    PublicText receipt;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("invoice", &InvoiceSent::invoice),
            field("order", &InvoiceSent::order),
            field("shop", &InvoiceSent::shop),
            field("vsdcNumber", &InvoiceSent::vsdc_number),
            field("receipt", &InvoiceSent::receipt),
            field("at", &InvoiceSent::at)
        };
    }
    friend bool operator==(const InvoiceSent&, const InvoiceSent&) = default;
};
static_assert(lists_every_member<InvoiceSent>);

/// Mock mode: a simulated receipt, and no network call (ZRA-10).
struct InvoiceMocked {
    static constexpr std::string_view type = "invoice.mocked.v1";  // Stored for ever.
    InvoiceId invoice;
    OrderId order;
    ShopId shop;
    PublicText receipt;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("invoice", &InvoiceMocked::invoice),
            field("order", &InvoiceMocked::order),
            field("shop", &InvoiceMocked::shop),
            field("receipt", &InvoiceMocked::receipt),
            field("at", &InvoiceMocked::at)
        };
    }
    friend bool operator==(const InvoiceMocked&, const InvoiceMocked&) = default;
};
static_assert(lists_every_member<InvoiceMocked>);

/// A transmission failed; the next is due at `retry_at` (C-02: 5, 15, 60 minutes).
struct InvoiceAttemptFailed {
    static constexpr std::string_view type = "invoice.attempt_failed.v1";  // Stored for ever.
    InvoiceId invoice;
    std::int64_t retry_count = 0;
    ProviderFailure failure;
    Instant retry_at;
    Instant at;
    /// What was answered, as it came: it may repeat the document.
    std::optional<Sealed<PublicText>> response{};
    static constexpr auto fields() {
        return std::tuple{
            field("invoice", &InvoiceAttemptFailed::invoice),
            field("retryCount", &InvoiceAttemptFailed::retry_count),
            field("failure", &InvoiceAttemptFailed::failure),
            field("retryAt", &InvoiceAttemptFailed::retry_at),
            field("at", &InvoiceAttemptFailed::at),
            field("response", &InvoiceAttemptFailed::response)
        };
    }
    friend bool operator==(const InvoiceAttemptFailed&, const InvoiceAttemptFailed&) = default;
};
static_assert(lists_every_member<InvoiceAttemptFailed>);

/// The last transmission failed, or the authority refused for good (ZRA-07).
struct InvoiceFailed {
    static constexpr std::string_view type = "invoice.failed.v1";  // Stored for ever.
    InvoiceId invoice;
    OrderId order;
    ShopId shop;
    std::int64_t retry_count = 0;
    ProviderFailure failure;
    Instant at;
    /// What was answered, as it came: it may repeat the document.
    std::optional<Sealed<PublicText>> response{};
    static constexpr auto fields() {
        return std::tuple{
            field("invoice", &InvoiceFailed::invoice),
            field("order", &InvoiceFailed::order),
            field("shop", &InvoiceFailed::shop),
            field("retryCount", &InvoiceFailed::retry_count),
            field("failure", &InvoiceFailed::failure),
            field("at", &InvoiceFailed::at),
            field("response", &InvoiceFailed::response)
        };
    }
    friend bool operator==(const InvoiceFailed&, const InvoiceFailed&) = default;
};
static_assert(lists_every_member<InvoiceFailed>);

/// A person or the recovery probe sends a failed invoice again (ZRA-20, ZRA-23, C-46).
struct InvoiceRetried {
    static constexpr std::string_view type = "invoice.retried.v1";  // Stored for ever.
    InvoiceId invoice;
    OrderId order;
    ShopId shop;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("invoice", &InvoiceRetried::invoice),
            field("order", &InvoiceRetried::order),
            field("shop", &InvoiceRetried::shop),
            field("at", &InvoiceRetried::at)
        };
    }
    friend bool operator==(const InvoiceRetried&, const InvoiceRetried&) = default;
};
static_assert(lists_every_member<InvoiceRetried>);

/// Every event of this family; the variant is the registry.
using InvoiceEvent = std::variant<
    InvoiceRequested,
    InvoiceBlocked,
    InvoiceNumbered,
    InvoiceComposed,
    InvoiceSent,
    InvoiceMocked,
    InvoiceAttemptFailed,
    InvoiceFailed,
    InvoiceRetried>;

}  // namespace pakashop
