#pragma once

#include <optional>

#include "events/kernel/require.hpp"

namespace pakashop {

/// The part of a state that an event needs to be there; `expect` for states that are one struct.
/// A stream that says otherwise is corrupt.
template <class T>
T& present(std::optional<T>& part) {
    if (part) return *part;
    throw CorruptStream{"an event speaks of something its stream never began"};
}

}  // namespace pakashop
