#pragma once

#include <span>

#include "projections/projection.hpp"

/// The read models of group `core`: what the money path needs, kept by one runner.
namespace pakashop::model {

/// Every projection of the group.
std::span<const Projection* const> core_projections();

/// The projection of that name; null when there is none.
const Projection* find_projection(std::string_view name);

/// What renders an order from the events of its key alone: orders, payments, deliveries,
/// settlement lines and invoices.
std::span<const Projection* const> order_projections();

}  // namespace pakashop::model
