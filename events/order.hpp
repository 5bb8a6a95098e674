#pragma once

#include <variant>

#include "events/words.hpp"

/// One order, from basket to the doorstep. Key: the order.
namespace pakashop {

/// A buyer committed to a basket; prices, tiers, tax and commission are frozen from here on
/// (architecture 3.1, ORD-09). Nothing is paid yet.
struct OrderPlaced {
    static constexpr std::string_view type = "order.placed.v1";  // Stored for ever.
    OrderId order;
    UserId buyer;
    TryId try_id;
    std::vector<OrderLine> lines;
    Money total;
    Money vat;
    Sealed<DeliveryAddress> address;
    std::optional<Sealed<PublicText>> notes;
    Instant expires_at;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("order", &OrderPlaced::order),
            field("buyer", &OrderPlaced::buyer),
            field("try", &OrderPlaced::try_id),
            field("lines", &OrderPlaced::lines),
            field("total", &OrderPlaced::total),
            field("vat", &OrderPlaced::vat),
            field("address", &OrderPlaced::address),
            field("notes", &OrderPlaced::notes),
            field("expiresAt", &OrderPlaced::expires_at),
            field("at", &OrderPlaced::at)
        };
    }
    friend bool operator==(const OrderPlaced&, const OrderPlaced&) = default;
};
static_assert(lists_every_member<OrderPlaced>);

/// A try to place this order was given up; it can never place it any more, and what it held is
/// let go.
struct TryClosed {
    static constexpr std::string_view type = "order.try_closed.v1";  // Stored for ever.
    TryId try_id;
    std::vector<HeldUnits> held;
    static constexpr auto fields() {
        return std::tuple{field("try", &TryClosed::try_id), field("held", &TryClosed::held)};
    }
    friend bool operator==(const TryClosed&, const TryClosed&) = default;
};
static_assert(lists_every_member<TryClosed>);

/// The money has arrived in full (ORD-12). Carries the lines, because stock, settlement, delivery
/// and invoices all follow from this one fact.
struct OrderConfirmed {
    static constexpr std::string_view type = "order.confirmed.v1";  // Stored for ever.
    OrderId order;
    UserId buyer;
    PaymentId payment;
    TryId try_id;
    std::vector<OrderLine> lines;
    Money total;
    Invoicing invoicing{};
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("order", &OrderConfirmed::order),
            field("buyer", &OrderConfirmed::buyer),
            field("payment", &OrderConfirmed::payment),
            field("try", &OrderConfirmed::try_id),
            field("lines", &OrderConfirmed::lines),
            field("total", &OrderConfirmed::total),
            field("invoicing", &OrderConfirmed::invoicing),
            field("at", &OrderConfirmed::at)
        };
    }
    friend bool operator==(const OrderConfirmed&, const OrderConfirmed&) = default;
};
static_assert(lists_every_member<OrderConfirmed>);

/// A shop accepted its part and prepares it (ORD-13).
struct FulfilmentAccepted {
    static constexpr std::string_view type = "order.fulfilment_accepted.v1";  // Stored for ever.
    ShopId shop;
    static constexpr auto fields() { return std::tuple{field("shop", &FulfilmentAccepted::shop)}; }
    friend bool operator==(const FulfilmentAccepted&, const FulfilmentAccepted&) = default;
};
static_assert(lists_every_member<FulfilmentAccepted>);

/// A shop's part is packed and ready for pickup (ORD-14).
struct FulfilmentReady {
    static constexpr std::string_view type = "order.fulfilment_ready.v1";  // Stored for ever.
    ShopId shop;
    static constexpr auto fields() { return std::tuple{field("shop", &FulfilmentReady::shop)}; }
    friend bool operator==(const FulfilmentReady&, const FulfilmentReady&) = default;
};
static_assert(lists_every_member<FulfilmentReady>);

/// The delivery agent took a shop's part along (ORD-15).
struct FulfilmentPickedUp {
    static constexpr std::string_view type = "order.fulfilment_picked_up.v1";  // Stored for ever.
    ShopId shop;
    AgentId agent;
    static constexpr auto fields() {
        return std::tuple{
            field("shop", &FulfilmentPickedUp::shop), field("agent", &FulfilmentPickedUp::agent)
        };
    }
    friend bool operator==(const FulfilmentPickedUp&, const FulfilmentPickedUp&) = default;
};
static_assert(lists_every_member<FulfilmentPickedUp>);

/// The buyer has the goods: PIN and signature are complete (ORD-06, ORD-16).
struct OrderDelivered {
    static constexpr std::string_view type = "order.delivered.v1";  // Stored for ever.
    OrderId order;
    std::vector<ShopId> shops;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("order", &OrderDelivered::order),
            field("shops", &OrderDelivered::shops),
            field("at", &OrderDelivered::at)
        };
    }
    friend bool operator==(const OrderDelivered&, const OrderDelivered&) = default;
};
static_assert(lists_every_member<OrderDelivered>);

/// A shop's part was cancelled while the others go on (C-08). `paid` says whether its money had
/// been captured.
struct FulfilmentCancelled {
    static constexpr std::string_view type = "order.fulfilment_cancelled.v1";  // Stored for ever.
    OrderId order;
    ShopId shop;
    TryId try_id;
    std::vector<OrderLine> lines;
    bool paid = false;
    PublicText reason;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("order", &FulfilmentCancelled::order),
            field("shop", &FulfilmentCancelled::shop),
            field("try", &FulfilmentCancelled::try_id),
            field("lines", &FulfilmentCancelled::lines),
            field("paid", &FulfilmentCancelled::paid),
            field("reason", &FulfilmentCancelled::reason),
            field("at", &FulfilmentCancelled::at)
        };
    }
    friend bool operator==(const FulfilmentCancelled&, const FulfilmentCancelled&) = default;
};
static_assert(lists_every_member<FulfilmentCancelled>);

/// The whole order was cancelled (ORD-07, C-06). `lines` are those that were still live.
struct OrderCancelled {
    static constexpr std::string_view type = "order.cancelled.v1";  // Stored for ever.
    OrderId order;
    TryId try_id;
    std::vector<OrderLine> lines;
    bool paid = false;
    PublicText reason;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("order", &OrderCancelled::order),
            field("try", &OrderCancelled::try_id),
            field("lines", &OrderCancelled::lines),
            field("paid", &OrderCancelled::paid),
            field("reason", &OrderCancelled::reason),
            field("at", &OrderCancelled::at)
        };
    }
    friend bool operator==(const OrderCancelled&, const OrderCancelled&) = default;
};
static_assert(lists_every_member<OrderCancelled>);

/// Nobody paid in time (C-15): the order is cancelled and its units are free again.
struct OrderExpired {
    static constexpr std::string_view type = "order.expired.v1";  // Stored for ever.
    OrderId order;
    TryId try_id;
    std::vector<OrderLine> lines;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("order", &OrderExpired::order),
            field("try", &OrderExpired::try_id),
            field("lines", &OrderExpired::lines),
            field("at", &OrderExpired::at)
        };
    }
    friend bool operator==(const OrderExpired&, const OrderExpired&) = default;
};
static_assert(lists_every_member<OrderExpired>);

/// Every event of this family; the variant is the registry.
using OrderEvent = std::variant<
    OrderPlaced,
    TryClosed,
    OrderConfirmed,
    FulfilmentAccepted,
    FulfilmentReady,
    FulfilmentPickedUp,
    OrderDelivered,
    FulfilmentCancelled,
    OrderCancelled,
    OrderExpired>;

}  // namespace pakashop
