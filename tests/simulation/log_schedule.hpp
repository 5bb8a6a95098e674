#pragma once

#include <cstdint>

#include "tests/simulation/log_world.hpp"

namespace pakashop::simulation {

/// What became of one schedule.
struct Outcome {
    std::uint32_t violations = 0;  ///< One bit per Violation.
    LogFault fault = LogFault::none;
    Tally tally;
};

/// Plays one schedule: three writers, two readers, a network that loses, delays, repeats, cuts and
/// reorders, crashes, and at most one fault of the log itself. Afterwards the network is whole, one
/// writer leads and every command must finish; then what was held back lands as well, and all
/// histories are compared. The same numbers always play the same schedule.
Outcome play_log_schedule(const Rules& rules, std::uint64_t seed, std::uint64_t number);

}  // namespace pakashop::simulation
