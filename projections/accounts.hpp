#pragma once

#include "projections/projection.hpp"

/// The shops' balances and payouts, from the shops' own account streams.
namespace pakashop::model {

/// Tables accounts, payouts, payout_lines.
extern const Projection accounts_projection;

}  // namespace pakashop::model
