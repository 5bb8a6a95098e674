#pragma once

#include <vector>

#include "tests/simulation/writer.hpp"

namespace pakashop::simulation {

/// What must hold once a schedule is over and every reader has read to the end: all tell one
/// history, and whoever was told of a success finds it there. Reports what does not to the scene's
/// world. `went_on`: on a harmed log somebody led and wrote more.
void compare_histories(Scene& scene, const std::vector<const Reader*>& all, bool went_on);

}  // namespace pakashop::simulation
