#pragma once

#include "projections/projection.hpp"

/// Which of our payments and payouts a provider's reference means.
namespace pakashop::model {

/// Table external_ids.
extern const Projection external_ids_projection;

}  // namespace pakashop::model
