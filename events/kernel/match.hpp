#pragma once

#include <concepts>
#include <type_traits>
#include <utility>
#include <variant>

namespace pakashop {

namespace match_detail {

template <class... Arms>
struct Table : Arms... {
    using Arms::operator()...;
};
template <class... Arms>
Table(Arms...) -> Table<Arms...>;

template <class Arms, class Alternative>
constexpr bool require_arm() {
    constexpr bool found = std::is_invocable_v<const Arms&, Alternative>;
    static_assert(found, "match: this alternative has no arm");
    return found;
}

}  // namespace match_detail

/// Names the alternatives an arm deliberately passes over: `[](const OneOf<A, B> auto&) { ... }`.
template <class T, class... Candidates>
concept OneOf = (std::same_as<std::remove_cvref_t<T>, Candidates> || ...);

/// Runs the arm written for the alternative that `value` holds. Forgetting one does not compile.
template <class... Alternatives, class... Arms>
decltype(auto) match(const std::variant<Alternatives...>& value, Arms&&... arms) {
    const match_detail::Table table{std::forward<Arms>(arms)...};
    if constexpr ((match_detail::require_arm<decltype(table), const Alternatives&>() && ...)) {
        return std::visit(table, value);
    }
}

/// The same over a value the arms may change in place or move from.
template <class... Alternatives, class... Arms>
decltype(auto) match(std::variant<Alternatives...>& value, Arms&&... arms) {
    const match_detail::Table table{std::forward<Arms>(arms)...};
    if constexpr ((match_detail::require_arm<decltype(table), Alternatives&>() && ...)) {
        return std::visit(table, value);
    }
}

}  // namespace pakashop
