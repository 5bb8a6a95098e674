#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tests/simulation/log_world.hpp"

namespace pakashop::simulation {

/// What became of one schedule.
struct Played {
    std::uint32_t violations = 0;  ///< One bit per Violation.
    std::uint64_t print = 0;       ///< Tells two runs apart that were not the same.
    LogFault fault = LogFault::none;
    Tally tally;
};

/// Plays one schedule: three nodes with real shards, two readers, clients that ask again under the
/// same ids, a network that loses, delays, repeats, cuts and reorders, crashes, and at most one
/// fault of the log itself. Afterwards the network is whole, one node leads and every errand must
/// finish; then what was held back lands as well, and all histories are compared. The same numbers
/// always play the same schedule. `tell` is told each step, for people; it may be empty.
Played play_log_schedule(
    const Rules& rules,
    std::uint64_t seed,
    std::uint64_t number,
    std::function<void(const std::string&)> tell = {}
);

}  // namespace pakashop::simulation
