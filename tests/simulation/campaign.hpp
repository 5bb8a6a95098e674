#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "tests/simulation/log_schedule.hpp"

namespace pakashop::simulation {

/// How many schedules to play, and where to stop.
struct Extent {
    std::uint64_t count = 0;
    bool until_first = false;  ///< No further than the first that shows a violation.
    unsigned jobs = 1;         ///< Threads; each plays whole schedules.
};

/// What many schedules came to.
struct Campaign {
    std::uint64_t schedules = 0;
    std::uint64_t violating = 0;
    std::optional<std::uint64_t> first;  ///< The lowest number that showed a violation.
    std::array<std::uint64_t, enum_names(Violation{}).size()> kinds{};
    std::uint64_t replays = 0;    ///< Played twice.
    std::uint64_t different = 0;  ///< Of those, not the same the second time.
    Tally tally;
    Campaign& operator+=(const Campaign& more);
};

/// Plays schedules from several threads; one in 50 is played twice.
Campaign run_campaign(const Rules& rules, std::uint64_t seed, const Extent& extent);

/// `2 x lost answer, 1 x starved`.
std::string kinds_text(const Campaign& done);

}  // namespace pakashop::simulation
