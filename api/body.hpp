#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/http/message.hpp"
#include "api/problem.hpp"
#include "api/vocabulary.hpp"
#include "events/kernel/result.hpp"

namespace pakashop::api {

/// Walks one parsed body into a declared struct and notes EVERY thing that does not fit, so a
/// caller can mend all of them at once. Errors beyond `errors_max` are counted out.
class BodyReader {
public:
    static constexpr std::size_t errors_max = 50;

    /// Reads `from` into `to`; what is wrong ends up in errors().
    template <class T>
    void read(JsonValue from, T& to);

    std::vector<FieldError>& errors() { return errors_; }
    void note(std::string detail);

private:
    template <Declared T>
    void read_object(JsonValue from, T& to);
    template <class List>
    void read_list(JsonValue from, List& to);
    template <class T, class Class, class Member>
    void read_member(JsonValue from, T& to, const Field<Class, Member>& each);
    template <NamedEnum E>
    void read_enum(JsonValue from, E& to);
    void read_bool(JsonValue from, bool& to);
    void read_instant(JsonValue from, Instant& to);
    void note_unknown(JsonValue object, std::span<const std::string_view> known);

    /// Descends into a member or element while it lives.
    class Step {
    public:
        Step(BodyReader& reader, std::string_view name);
        Step(BodyReader& reader, std::size_t index);
        ~Step() { pointer_.resize(length_); }
        Step(const Step&) = delete;
        Step& operator=(const Step&) = delete;

    private:
        std::string& pointer_;
        std::size_t length_;
    };

    std::string pointer_ = "#";
    std::vector<FieldError> errors_;
};

/// The body as JSON, strictly: media_type (415) unless it is application/json; malformed_json (400)
/// for broken or non-UTF-8 text, a byte order mark, trailing data, a name given twice, nesting over
/// 32, objects of more than 1,000 members, lone surrogates, numbers beyond a double. An integer of
/// any length is JSON: beyond 64 bits it reads as a number that is no integer. An empty body is
/// `{}` when `may_be_empty`. The value lives until this thread parses the next body.
Result<JsonValue, Problem> parse_body(const http::Request& request, bool may_be_empty);

/// True when a body without any member can be a T.
template <Declared T>
constexpr bool may_be_empty() {
    return std::apply(
        []<class... F>(const F&...) {
            return (codec::IsOptional<typename F::member_type>::value && ...);
        },
        T::fields()
    );
}

/// The body of `request` as a T; else what parse_body refuses, or validation_failed (422) with a
/// pointer for every unknown field, missing field, wrong type and bad value.
template <Declared T>
Result<T, Problem> decode_body(const http::Request& request) {
    const auto root = parse_body(request, may_be_empty<T>());
    if (!root) return unexpected{root.error()};
    T value{};
    BodyReader reader;
    reader.read(*root, value);
    if (reader.errors().empty()) return value;
    return unexpected{Problem{
        .code = "validation_failed",
        .detail = "Some of the fields do not fit; see errors.",
        .errors = std::move(reader.errors())
    }};
}

template <class T>
void BodyReader::read(JsonValue from, T& to) {
    if constexpr (codec::IsOptional<T>::value) {
        if (from.kind() == JsonValue::Kind::null) return;
        read(from, to.emplace());
    } else if constexpr (Word<T>) {
        if (auto wrong = T::read(from, to); !wrong.empty()) note(std::move(wrong));
    } else if constexpr (is_list<T>) {
        read_list(from, to);
    } else if constexpr (NamedEnum<T>) {
        read_enum(from, to);
    } else if constexpr (std::same_as<T, bool>) {
        read_bool(from, to);
    } else if constexpr (std::same_as<T, Instant>) {
        read_instant(from, to);
    } else if constexpr (Declared<T>) {
        read_object(from, to);
    } else {
        if (auto wrong = words::read_id(from, to.value); !wrong.empty()) note(std::move(wrong));
    }
}

template <Declared T>
void BodyReader::read_object(JsonValue from, T& to) {
    if (from.kind() != JsonValue::Kind::object) return note("must be an object");
    std::apply(
        [&](const auto&... each) {
            (read_member(from, to, each), ...);
            const std::array<std::string_view, sizeof...(each)> known{each.name...};
            note_unknown(from, known);
        },
        T::fields()
    );
}

template <class T, class Class, class Member>
void BodyReader::read_member(JsonValue from, T& to, const Field<Class, Member>& each) {
    const Step step{*this, each.name};
    if (const auto value = from.member(each.name)) return read(*value, to.*(each.member));
    if constexpr (!codec::IsOptional<Member>::value) note("is required");
}

template <class List>
void BodyReader::read_list(JsonValue from, List& to) {
    if (from.kind() != JsonValue::Kind::array) return note("must be an array");
    if (from.size() < List::min || from.size() > List::max) {
        return note(
            "must have " + std::to_string(List::min) + " to " + std::to_string(List::max) +
            " elements"
        );
    }
    to.values.reserve(from.size());
    from.for_each_element([&](JsonValue each) {
        const Step step{*this, to.values.size()};
        read(each, to.values.emplace_back());
    });
}

template <NamedEnum E>
void BodyReader::read_enum(JsonValue from, E& to) {
    static constexpr auto names = enum_names(E{});
    std::size_t index = 0;
    if (auto wrong = words::read_choice(from, names, index); !wrong.empty()) {
        return note(std::move(wrong));
    }
    to = static_cast<E>(index);
}

}  // namespace pakashop::api
