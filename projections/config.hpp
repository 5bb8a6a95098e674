#pragma once

#include "projections/projection.hpp"

/// Flags and settings as they are now, and who changed them last.
namespace pakashop::model {

/// Table config.
extern const Projection config_projection;

}  // namespace pakashop::model
