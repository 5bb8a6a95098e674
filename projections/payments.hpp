#pragma once

#include "projections/projection.hpp"

/// Attempts to pay orders, and what is owed back to buyers.
namespace pakashop::model {

/// Tables payments, refunds.
extern const Projection payments_projection;

}  // namespace pakashop::model
