#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "events/kernel/hash.hpp"

namespace pakashop {

/// A subject's newest data key, wrapped by the master key, as it goes from one store to another:
/// the bytes are the same in all of them.
struct WrappedKey {
    std::string subject;       ///< `usr_1/person`.
    std::uint32_t number = 0;  ///< The `#2` of `usr_1/person#2`.
    std::string wrapped;       ///< Empty: it was destroyed, and with it all of lower numbers.
    friend bool operator==(const WrappedKey&, const WrappedKey&) = default;
};

/// One hash over all of them, in their order: two stores that hold the same give the same.
Digest digest_of(std::span<const WrappedKey> keys);

}  // namespace pakashop
