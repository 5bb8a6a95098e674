#pragma once

#include "projections/projection.hpp"

/// What falls due by itself: unpaid orders and unanswered payment attempts.
namespace pakashop::model {

/// The kinds of rows: an order nobody paid (C-15), an attempt to pay without an answer.
inline constexpr std::string_view order_expiry = "order_expiry";
inline constexpr std::string_view payment_expiry = "payment_expiry";

/// Table schedule_due.
extern const Projection schedule_due_projection;

}  // namespace pakashop::model
