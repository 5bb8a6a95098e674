#pragma once

#include "projections/projection.hpp"

/// What each order line is worth to its shop, and where that money is (SET-01).
namespace pakashop::model {

/// Table settlement_lines.
extern const Projection settlement_lines_projection;

}  // namespace pakashop::model
