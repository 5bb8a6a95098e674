#pragma once

#include <optional>
#include <string>
#include <variant>

#include "events/words.hpp"

/// How a call to a provider can end. Five ends that must never be confused, because what may be
/// done next differs: only the first two settle anything, and only after the first four is it
/// certain what the provider did.
namespace pakashop {

/// The provider looked at the request and says no; the same request will never be taken.
struct Refused {
    ProviderFailure failure;
    std::string response{};  ///< The answer itself as JSON, where somebody keeps it; bounded.
};

/// The provider answered that it did nothing now and may be asked again (429, a documented error
/// of its own): after `after`, if it named a time.
struct TryLater {
    ProviderFailure failure;
    std::optional<Duration> after;
    std::string response{};  ///< As of Refused.
};

/// Nothing reached the provider: no connection stood, or a gateway before it says that it is away.
struct NotSent {
    std::string text;
};

/// Everything else: the request left us and no usable answer came. It may have been carried out.
struct Unknown {
    std::string text;
};

/// What came of a call. `T` is the provider's positive answer.
template <class T>
using CallResult = std::variant<T, Refused, TryLater, NotSent, Unknown>;

}  // namespace pakashop
