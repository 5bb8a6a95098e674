#pragma once

#include "projections/projection.hpp"

/// Delivery partners and their applications.
namespace pakashop::model {

/// Table agents.
extern const Projection agents_projection;

}  // namespace pakashop::model
