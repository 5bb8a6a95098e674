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

/// The compiler names the alternative in its message.
template <class Alternative, bool has_arm>
constexpr bool arm_for() {
    static_assert(has_arm, "match: this alternative has no arm");
    return has_arm;
}

/// Stands in for the result when an arm is missing, so that this is the only error.
struct Anything {
    template <class T>
    operator T() const;
};

}  // namespace match_detail

/// Names the alternatives an arm deliberately passes over: `[](const OneOf<A, B> auto&) { ... }`.
template <class T, class... Candidates>
concept OneOf = (std::same_as<std::remove_cvref_t<T>, Candidates> || ...);

/// Runs the arm written for the alternative that `value` holds. Forgetting one does not compile.
template <class... Alternatives, class... Arms>
decltype(auto) match(const std::variant<Alternatives...>& value, Arms&&... arms) {
    using Table = decltype(match_detail::Table{std::forward<Arms>(arms)...});
    using match_detail::arm_for;
    if constexpr ((arm_for<Alternatives, std::is_invocable_v<const Table&, const Alternatives&>>(
                   ) &&
                   ...)) {
        return std::visit(Table{std::forward<Arms>(arms)...}, value);
    } else {
        return match_detail::Anything{};
    }
}

/// The same over a value the arms may change in place or move from.
template <class... Alternatives, class... Arms>
decltype(auto) match(std::variant<Alternatives...>& value, Arms&&... arms) {
    using Table = decltype(match_detail::Table{std::forward<Arms>(arms)...});
    using match_detail::arm_for;
    if constexpr ((arm_for<Alternatives, std::is_invocable_v<const Table&, Alternatives&>>() && ...
                  )) {
        return std::visit(Table{std::forward<Arms>(arms)...}, value);
    } else {
        return match_detail::Anything{};
    }
}

}  // namespace pakashop
