#pragma once

#include "projections/projection.hpp"

/// Tax invoices and how their transmission went: /admin/zra/transmissions.
namespace pakashop::model {

/// Table invoices.
extern const Projection invoices_projection;

}  // namespace pakashop::model
