#pragma once

#include <memory>
#include <vector>

#include "tests/simulation/node.hpp"

namespace pakashop::simulation {

/// All who read the log of a schedule.
struct Cast {
    std::vector<std::unique_ptr<Node>> nodes;
    std::vector<Reader> readers;
};

/// What must hold once a schedule is over and everybody has read to the end: all tell one history,
/// whoever was told of a success finds it there, and nobody is owed an answer. Reports what does
/// not to the scene's world. `went_on`: on a harmed log somebody led and wrote more.
void compare_histories(Scene& scene, const Cast& cast, bool went_on);

}  // namespace pakashop::simulation
