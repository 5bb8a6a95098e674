#pragma once

#include "projections/projection.hpp"

/// Products with their stock, and the units set aside for tries of orders.
namespace pakashop::model {

/// Tables products, stock_holds.
extern const Projection products_projection;

}  // namespace pakashop::model
