#pragma once

#include "events/any_event.hpp"
#include "events/schema.hpp"

/// What outsiders may read of an event: every field but the sealed ones, and those that are
/// declared `unpublished` (architecture 6). Like the codec, it follows from the declarations alone.
namespace pakashop {

namespace public_view {

template <class T>
constexpr bool is_sealed = codec::IsSealed<T>::value;
template <class T>
constexpr bool is_sealed<std::optional<T>> = is_sealed<T>;

/// Whether outsiders are told a declared field.
template <class F>
constexpr bool is_told = F::published && !is_sealed<typename F::member_type>;

/// Whether something inside a value is told to nobody.
template <class T>
struct Withholds : std::bool_constant<is_sealed<T>> {};
template <class T>
struct Withholds<std::optional<T>> : Withholds<T> {};
template <class T>
struct Withholds<std::vector<T>> : Withholds<T> {};
template <class T>
struct Withholds<std::map<std::string, T>> : Withholds<T> {};
template <class F>
constexpr bool withholds = !is_told<F> || Withholds<typename F::member_type>::value;
template <Declared T>
struct Withholds<T> {
    static constexpr bool value = std::apply(
        [](const auto&... each) { return (withholds<std::decay_t<decltype(each)>> || ...); },
        T::fields()
    );
};

/// Calls `visit(field)` for every declared field that is public. A field with something deeper
/// inside that is not does not compile: leaving out the outermost layer is all that is ever needed.
template <Declared Event, class Visit>
constexpr void for_each_public(Visit&& visit) {
    const auto one = [&]<class F>(const F& each) {
        if constexpr (is_told<F>) {
            static_assert(
                !Withholds<typename F::member_type>::value, "only whole fields are withheld"
            );
            visit(each);
        }
    };
    std::apply([&](const auto&... each) { (one(each), ...); }, Event::fields());
}

template <Declared Event>
void encode(JsonWriter& out, const Event& event) {
    out.begin_object();
    for_each_public<Event>([&]<class Member>(const Field<Event, Member>& each) {
        const Member& member = event.*(each.member);
        if constexpr (codec::IsOptional<Member>::value) {
            if (!member) return;
            out.key(each.name);
            codec::encode(out, *member);
        } else {
            out.key(each.name);
            codec::encode(out, member);
        }
    });
    out.end_object();
}

template <Declared Event>
void describe(JsonWriter& out) {
    out.begin_object().key("type").text("object").key("properties").begin_object();
    for_each_public<Event>([&]<class Member>(const Field<Event, Member>& each) {
        out.key(each.name);
        schema::describe<Member>(out);
    });
    out.end_object().key("required").begin_array();
    for_each_public<Event>([&]<class Member>(const Field<Event, Member>& each) {
        if constexpr (!codec::IsOptional<Member>::value) out.text(each.name);
    });
    out.end_array().end_object();
}

}  // namespace public_view

/// The event's public fields as JSON, in declared order: the same event, the same bytes. Its
/// sealed fields may be in any state; they are not looked at.
std::string encode_public(const AnyEvent& event);

/// Every published event type with the JSON Schema (2020-12) of its public view, in the order of
/// the families.
std::vector<EventSchema> public_schemas();

/// The first word of an event's type: `order` of `order.placed.v1`.
constexpr std::string_view family_of(std::string_view type) {
    return type.substr(0, type.find('.'));
}

/// Whether outsiders hear of the family at all. Not of logins: who tried to get in, when, and
/// with which keyed hash is no fact of trade.
constexpr bool is_published(std::string_view family) { return family != "login"; }

/// Every published family once, in their order.
std::vector<std::string_view> published_families();

}  // namespace pakashop
