#pragma once

#include "tests/simulation/scene.hpp"

namespace pakashop::simulation {

/// Copies the sealed log of a schedule that is over: its admitted records make the same history
/// elsewhere, those who read the source find their place in it, a real shard leads there, and
/// answers what was done before as before.
void check_copy(Scene& scene);

}  // namespace pakashop::simulation
