#pragma once

#include <span>
#include <string_view>

#include "events/statuses.hpp"
#include "projections/projection.hpp"

/// Orders with their items and each shop's part of them: what GET /orders shows.
namespace pakashop::model {

/// Tables orders, order_items, fulfilments.
extern const Projection orders_projection;

/// The status of a row of `orders`, given its rows of `fulfilments` (C-35): in phase CONFIRMED that
/// of the least advanced live part, else the phase.
OrderStatus order_status(const Row& order, std::span<const Row> fulfilments);

/// The phase of every order that has this status (order_status): a condition that an index answers.
OrderStatus phase_of(OrderStatus status);

/// PAID once an attempt was captured, else how the last attempt went.
PaymentStatus order_payment_status(const Row& order);

/// order_status as an SQL expression over a row of `orders` named `o`, for filters on it.
inline constexpr std::string_view order_status_sql = R"sql(
    (CASE WHEN o.phase <> 'CONFIRMED' THEN o.phase ELSE (
        SELECT f.status FROM fulfilments f
        WHERE f.order_id = o.id AND f.status <> 'CANCELLED'
        ORDER BY array_position(ARRAY['PENDING', 'CONFIRMED', 'PROCESSING', 'SHIPPED',
                                      'OUT_FOR_DELIVERY', 'DELIVERED'], f.status)
        LIMIT 1) END))sql";

}  // namespace pakashop::model
