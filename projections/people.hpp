#pragma once

#include "projections/projection.hpp"

/// Who people are and what they may do.
namespace pakashop::model {

/// Tables people, user_roles.
extern const Projection people_projection;

}  // namespace pakashop::model
