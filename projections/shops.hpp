#pragma once

#include "projections/projection.hpp"

/// Sellers: who they are, whether they may trade, how they are paid and taxed.
namespace pakashop::model {

/// Table shops.
extern const Projection shops_projection;

}  // namespace pakashop::model
