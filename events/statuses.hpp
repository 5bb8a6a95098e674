#pragma once

#include <array>
#include <string_view>

#include "events/codec.hpp"

/// The words api.md has for where things stand. No event carries one: they follow from what
/// happened, and writers, read models and answers all spell them as here.
namespace pakashop {

/// An order, and each shop's part of it (ORD-01..ORD-08, C-35). In the order of advance.
enum class OrderStatus {
    pending,
    confirmed,
    processing,
    shipped,
    out_for_delivery,
    delivered,
    cancelled,
    refunded
};
constexpr auto enum_names(OrderStatus) {
    return std::array<std::string_view, 8>{
        "PENDING",
        "CONFIRMED",
        "PROCESSING",
        "SHIPPED",
        "OUT_FOR_DELIVERY",
        "DELIVERED",
        "CANCELLED",
        "REFUNDED"
    };
}

/// The units of an order: set aside, sold, or free again.
enum class Reservation { held, committed, released };
constexpr auto enum_names(Reservation) {
    return std::array<std::string_view, 3>{"HELD", "COMMITTED", "RELEASED"};
}

/// Whether an order is paid (PAY-01, C-10).
enum class PaymentStatus { pending, paid, failed, partially_refunded, refunded };
constexpr auto enum_names(PaymentStatus) {
    return std::array<std::string_view, 5>{
        "PENDING", "PAID", "FAILED", "PARTIALLY_REFUNDED", "REFUNDED"
    };
}

/// One attempt to pay (C-01). UNKNOWN: money came, but not the amount that was asked for.
enum class AttemptStatus { initiated, pending, captured, failed, expired, unknown };
constexpr auto enum_names(AttemptStatus) {
    return std::array<std::string_view, 6>{
        "INITIATED", "PENDING", "CAPTURED", "FAILED", "EXPIRED", "UNKNOWN"
    };
}

/// One line's money (SET-01, C-11).
enum class SettlementStatus { held, releasable, payout_pending, paid_out, cancelled, reversed };
constexpr auto enum_names(SettlementStatus) {
    return std::array<std::string_view, 6>{
        "HELD", "RELEASABLE", "PAYOUT_PENDING", "PAID_OUT", "CANCELLED", "REVERSED"
    };
}

/// A delivery (C-24). FAILED: nothing was left to deliver.
enum class DeliveryStatus {
    unassigned,
    offered,
    assigned,
    picked_up,
    arriving,
    delivered,
    failed,
    returned
};
constexpr auto enum_names(DeliveryStatus) {
    return std::array<std::string_view, 8>{
        "UNASSIGNED",
        "OFFERED",
        "ASSIGNED",
        "PICKED_UP",
        "ARRIVING",
        "DELIVERED",
        "FAILED",
        "RETURNED"
    };
}

/// One shop on a delivery's way: its part is not packed yet, packed, taken along, or cancelled.
enum class StopStatus { waiting, ready, picked_up, dropped };
constexpr auto enum_names(StopStatus) {
    return std::array<std::string_view, 4>{"WAITING", "READY", "PICKED_UP", "DROPPED"};
}

/// A tax invoice (ZRA-09, C-37).
enum class InvoiceStatus { pending, sent, failed, mock, blocked_tpin };
constexpr auto enum_names(InvoiceStatus) {
    return std::array<std::string_view, 5>{"PENDING", "SENT", "FAILED", "MOCK", "BLOCKED_TPIN"};
}

/// Whether a shop may trade.
enum class ShopStatus { pending, active, rejected, suspended };
constexpr auto enum_names(ShopStatus) {
    return std::array<std::string_view, 4>{"PENDING", "ACTIVE", "REJECTED", "SUSPENDED"};
}

/// What the tax registry said of a shop's TPIN, if it was asked (ZRA-25).
enum class TpinStatus { unchecked, valid, invalid };
constexpr auto enum_names(TpinStatus) {
    return std::array<std::string_view, 3>{"UNCHECKED", "VALID", "INVALID"};
}

/// Whether a delivery partner may deliver (C-25).
enum class AgentStatus { pending, active, rejected, suspended };
constexpr auto enum_names(AgentStatus) {
    return std::array<std::string_view, 4>{"PENDING", "ACTIVE", "REJECTED", "SUSPENDED"};
}

/// A payout (C-11). SENT: the provider took the instruction.
enum class PayoutStatus { pending, sent, completed, failed, reversed };
constexpr auto enum_names(PayoutStatus) {
    return std::array<std::string_view, 5>{"PENDING", "SENT", "COMPLETED", "FAILED", "REVERSED"};
}

}  // namespace pakashop
