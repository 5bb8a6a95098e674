#pragma once

#include "projections/projection.hpp"

/// Acts upon the outside world that are not finished; a hint for workers, the log grants the act.
namespace pakashop::model {

/// Table effects_due.
extern const Projection effects_due_projection;

}  // namespace pakashop::model
