#pragma once

#include <tuple>

namespace pakashop {

/// Every retired shape. None yet: each stored event still has the shape it was first written in.
using RetiredEvents = std::tuple<>;

}  // namespace pakashop
