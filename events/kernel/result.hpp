#pragma once

#include <expected>

namespace pakashop {

/// Either a value or the reason there is none: a refusal of the domain or a failure of the world.
template <class T, class E>
using Result = std::expected<T, E>;

/// Wraps the reason: `return unexpected{Refusal::already_paid};`.
template <class E>
using unexpected = std::unexpected<E>;

}  // namespace pakashop
