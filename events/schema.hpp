#pragma once

#include "events/codec.hpp"

/// JSON Schema (2020-12) of everything the codec writes, from the same declarations.
namespace pakashop::schema {

template <class T>
void describe(JsonWriter& out);

inline void describe_text(JsonWriter& out, std::string_view pattern = {}) {
    out.begin_object().key("type").text("string");
    if (!pattern.empty()) out.key("pattern").text(pattern);
    out.end_object();
}

template <class T>
struct Describe;

template <>
struct Describe<std::string> {
    static void to(JsonWriter& out) { describe_text(out); }
};
template <>
struct Describe<bool> {
    static void to(JsonWriter& out) { out.begin_object().key("type").text("boolean").end_object(); }
};
template <std::integral T>
struct Describe<T> {
    static void to(JsonWriter& out) { out.begin_object().key("type").text("integer").end_object(); }
};
template <>
struct Describe<Money> {
    static void to(JsonWriter& out) { describe_text(out, "^-?[0-9]+\\.[0-9]{2}$"); }
};
template <>
struct Describe<Rate> {
    static void to(JsonWriter& out) { describe_text(out, "^[01](\\.[0-9]{1,6})?$"); }
};
template <>
struct Describe<Instant> {
    static void to(JsonWriter& out) {
        out.begin_object().key("type").text("string").key("format").text("date-time").end_object();
    }
};
template <>
struct Describe<Digest> {
    static void to(JsonWriter& out) { describe_text(out, "^[0-9a-f]{64}$"); }
};
template <class Tag>
struct Describe<Id<Tag>> {
    static void to(JsonWriter& out) { describe_text(out); }
};
template <NamedEnum E>
struct Describe<E> {
    static void to(JsonWriter& out) {
        out.begin_object().key("type").text("string").key("enum").begin_array();
        for (const std::string_view name : enum_names(E{})) out.text(name);
        out.end_array().end_object();
    }
};
template <class T>
struct Describe<std::optional<T>> {
    static void to(JsonWriter& out) { describe<T>(out); }
};
template <class T>
struct Describe<std::vector<T>> {
    static void to(JsonWriter& out) {
        out.begin_object().key("type").text("array").key("items");
        describe<T>(out);
        out.end_object();
    }
};
template <class T>
struct Describe<std::map<std::string, T>> {
    static void to(JsonWriter& out) {
        out.begin_object().key("type").text("object").key("additionalProperties");
        describe<T>(out);
        out.end_object();
    }
};
template <class T>
struct Describe<Sealed<T>> {
    static void to(JsonWriter& out) {
        out.begin_object().key("type").text("object").key("description").text("sealed");
        out.key("properties").begin_object().key("k");
        describe_text(out);
        out.key("s");
        describe_text(out);
        out.end_object().key("required").begin_array().text("k").text("s").end_array();
        out.end_object();
    }
};
template <Declared T>
struct Describe<T> {
    static void to(JsonWriter& out) {
        out.begin_object().key("type").text("object").key("properties").begin_object();
        std::apply([&](const auto&... each) { (property(out, each), ...); }, T::fields());
        out.end_object().key("required").begin_array();
        std::apply([&](const auto&... each) { (required(out, each), ...); }, T::fields());
        out.end_array().end_object();
    }

private:
    template <class Class, class Member>
    static void property(JsonWriter& out, const Field<Class, Member>& each) {
        out.key(each.name);
        describe<Member>(out);
    }
    template <class Class, class Member>
    static void required(JsonWriter& out, const Field<Class, Member>& each) {
        if constexpr (!codec::IsOptional<Member>::value) out.text(each.name);
    }
};

template <class T>
void describe(JsonWriter& out) {
    Describe<T>::to(out);
}

}  // namespace pakashop::schema
