#pragma once

#include <optional>
#include <string>
#include <vector>

#include "events/codec.hpp"
#include "projections/rows.hpp"

/// How the read models turn what events carry into cells.
namespace pakashop::model {

/// The stored word of an enum.
template <NamedEnum E>
Value word(E value) {
    return std::string{name_of(value)};
}

/// A personal text; nothing once it was erased.
inline Value opened(const Sealed<PublicText>& text) {
    return text.value() ? Value{*text.value()} : Value{};
}
inline Value opened(const std::optional<Sealed<PublicText>>& text) {
    return text ? opened(*text) : Value{};
}

inline Value or_nothing(const std::optional<PublicText>& text) {
    return text ? Value{*text} : Value{};
}
inline Value or_nothing(const std::optional<Instant>& at) { return at ? Value{*at} : Value{}; }

/// A declared value, or a list of them, as the codec writes it.
template <class T>
Value json_of(const T& value) {
    return Json{to_json(value)};
}

}  // namespace pakashop::model
