#pragma once

#include <cstdint>

#include "events/kernel/sealed.hpp"

namespace pakashop {

/// A sealed field that a state keeps, with the version of the event it came in: whoever opens it
/// needs `sealing_place(stream, version)` and the field's stored name.
template <class T>
struct SealedAt {
    Sealed<T> field;
    std::int64_t version = 0;
    friend bool operator==(const SealedAt&, const SealedAt&) = default;
};

}  // namespace pakashop
