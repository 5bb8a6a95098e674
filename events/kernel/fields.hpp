#pragma once

#include <cstddef>
#include <string_view>
#include <tuple>
#include <utility>

namespace pakashop {

/// One member of a declared struct: its stored (or sent) name, and where it lives in the struct.
/// The name is a literal of its own, so renaming the C++ member changes nothing on disk.
template <class Class, class Member>
struct Field {
    using member_type = Member;
    static constexpr bool published = true;
    std::string_view name;
    Member Class::* member;
};

template <class Class, class Member>
constexpr Field<Class, Member> field(std::string_view name, Member Class::* member) {
    return {name, member};
}

/// A member of an event that is stored like any other, and told to no outsider: it is not sealed,
/// and yet about a person, or of no use to anybody but the log's own readers.
template <class Class, class Member>
struct UnpublishedField : Field<Class, Member> {
    static constexpr bool published = false;
};

template <class Class, class Member>
constexpr UnpublishedField<Class, Member>
unpublished(std::string_view name, Member Class::* member) {
    return {{name, member}};
}

namespace fields_detail {

struct Anything {
    template <class T>
    operator T() const;
};

template <class T, std::size_t... I>
consteval bool takes(std::index_sequence<I...>) {
    return requires { T{((void)I, Anything{})...}; };
}

template <class T, std::size_t N = 0>
consteval std::size_t member_count() {
    if constexpr (takes<T>(std::make_index_sequence<N + 1>{})) {
        return member_count<T, N + 1>();
    } else {
        return N;
    }
}

}  // namespace fields_detail

/// A struct that lists its members once, in `static constexpr auto fields()`.
template <class T>
concept Declared = requires { T::fields(); };

/// True when every data member of T appears in T::fields(), so none can be left out of storage.
template <class T>
constexpr bool lists_every_member =
    std::tuple_size_v<decltype(T::fields())> == fields_detail::member_count<T>();

/// Calls `visit(name, value.member)` for every declared field, in declared order.
template <Declared T, class Value, class Visit>
constexpr void for_each_field(Value& value, Visit&& visit) {
    std::apply(
        [&](const auto&... each) { (visit(each.name, value.*(each.member)), ...); }, T::fields()
    );
}

}  // namespace pakashop
