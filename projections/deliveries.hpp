#pragma once

#include "projections/projection.hpp"

/// Deliveries with their stops and the proofs of them. No PIN is in here: there is none to store.
namespace pakashop::model {

/// Tables deliveries, delivery_stops, proofs.
extern const Projection deliveries_projection;

}  // namespace pakashop::model
