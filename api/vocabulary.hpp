#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "events/codec.hpp"
#include "events/schema.hpp"

/// The words request structs are made of. Each knows how to read itself from JSON strictly and how
/// to describe itself in JSON Schema, so a request is declared once. Besides these a request may
/// use bool, kernel ids, Instant, enums with `enum_names`, std::optional (absent or null) and
/// nested structs with `fields()`.
namespace pakashop::api {

/// A type with `static std::string read(JsonValue, T&)` (what is wrong with it; empty when nothing)
/// and `static void schema(JsonWriter&)`.
template <class T>
concept Word = requires(T& word, JsonValue value, JsonWriter& out) {
    { T::read(value, word) } -> std::same_as<std::string>;
    T::schema(out);
};

namespace words {

enum class Lines { one, many, secret };

std::string read_text(JsonValue, std::size_t min, std::size_t max, Lines, std::string& out);
std::string read_digits(JsonValue, std::size_t min, std::size_t max, std::string& out);
std::string read_whole(JsonValue, std::int64_t min, std::int64_t max, std::int64_t& out);
std::string read_micro(JsonValue, std::int64_t min, std::int64_t max, std::int64_t& out);
std::string read_money(JsonValue, Money min, Money& out);
std::string read_phone(JsonValue, std::string& out);
std::string read_email(JsonValue, std::string& out);
std::string read_web_address(JsonValue, std::size_t max, std::string& out);
std::string read_base64(JsonValue, std::size_t bytes_max, Bytes& out);
std::string read_choice(JsonValue, std::span<const std::string_view> names, std::size_t& out);
std::string read_id(JsonValue, std::string& out);

void text_schema(JsonWriter&, std::size_t min, std::size_t max, std::string_view format = {});
void pattern_schema(JsonWriter&, std::string_view pattern, std::string_view example);
void number_schema(JsonWriter&, std::string_view type, std::int64_t min, std::int64_t max);
void choice_schema(JsonWriter&, std::span<const std::string_view> names);

/// A string literal as a template argument.
template <std::size_t N>
struct Literal {
    char text[N];
    constexpr Literal(const char (&from)[N]) {
        for (std::size_t i = 0; i < N; ++i) text[i] = from[i];
    }
    constexpr std::string_view view() const { return {text, N - 1}; }
};

}  // namespace words

/// One line of Min to Max characters (code points): no control, zero-width or
/// bidirectional-override characters; not blank when Min is at least 1.
template <std::size_t Min, std::size_t Max>
struct Text {
    std::string value{};
    static std::string read(JsonValue from, Text& to) {
        return words::read_text(from, Min, Max, words::Lines::one, to.value);
    }
    static void schema(JsonWriter& out) { words::text_schema(out, Min, Max); }
};

/// Text that may hold line breaks and tabs.
template <std::size_t Min, std::size_t Max>
struct Prose {
    std::string value{};
    static std::string read(JsonValue from, Prose& to) {
        return words::read_text(from, Min, Max, words::Lines::many, to.value);
    }
    static void schema(JsonWriter& out) { words::text_schema(out, Min, Max); }
};

/// A password or token: any characters, taken exactly as they are, never printed.
template <std::size_t Min, std::size_t Max>
struct Secret {
    std::string value{};
    static std::string read(JsonValue from, Secret& to) {
        return words::read_text(from, Min, Max, words::Lines::secret, to.value);
    }
    static void schema(JsonWriter& out) { words::text_schema(out, Min, Max, "password"); }
};

/// Min to Max digits in a string: a PIN, a one-time code, a TPIN.
template <std::size_t Min, std::size_t Max>
struct Digits {
    std::string value{};
    static std::string read(JsonValue from, Digits& to) {
        return words::read_digits(from, Min, Max, to.value);
    }
    static void schema(JsonWriter& out) {
        words::pattern_schema(
            out,
            "^[0-9]{" + std::to_string(Min) + "," + std::to_string(Max) + "}$",
            std::string_view{"0123456789012345678901234567890123456789"}.substr(0, Max)
        );
    }
};

/// A whole number from Min to Max; 1.0 is not one.
template <std::int64_t Min, std::int64_t Max>
struct Whole {
    std::int64_t value = 0;
    static std::string read(JsonValue from, Whole& to) {
        return words::read_whole(from, Min, Max, to.value);
    }
    static void schema(JsonWriter& out) { words::number_schema(out, "integer", Min, Max); }
};

/// How many of a product one order line may hold.
using Quantity = Whole<1, 100'000>;

/// A JSON number from Min to Max, kept in whole millionths: latitude, longitude, a pen's path.
template <std::int64_t Min, std::int64_t Max>
struct Micro {
    std::int64_t value = 0;
    static std::string read(JsonValue from, Micro& to) {
        return words::read_micro(from, Min, Max, to.value);
    }
    static void schema(JsonWriter& out) { words::number_schema(out, "number", Min, Max); }
};

/// An amount as a decimal string with exactly two places, from MinNgwee to `amount_max` (M12).
template <std::int64_t MinNgwee>
struct Amount {
    Money value{};
    static std::string read(JsonValue from, Amount& to) {
        return words::read_money(from, Money{MinNgwee}, to.value);
    }
    static void schema(JsonWriter& out) {
        words::pattern_schema(out, "^(0|[1-9][0-9]{0,10})\\.[0-9]{2}$", "5000.00");
    }
};

/// A price or another amount that is at least 0.01.
using Price = Amount<1>;

/// A Zambian phone number in E.164: +260 and nine digits.
struct PhoneNumber {
    std::string value{};
    static std::string read(JsonValue from, PhoneNumber& to) {
        return words::read_phone(from, to.value);
    }
    static void schema(JsonWriter& out) {
        words::pattern_schema(out, "^\\+260[1-9][0-9]{8}$", "+260971234567");
    }
};

/// An e-mail address of at most 254 ASCII characters, kept in lower case: it is an identity here.
struct EmailAddress {
    std::string value{};
    static std::string read(JsonValue from, EmailAddress& to) {
        return words::read_email(from, to.value);
    }
    static void schema(JsonWriter& out) { words::text_schema(out, 3, 254, "email"); }
};

/// An https or http address of at most Max bytes, without user or fragment.
template <std::size_t Max>
struct WebAddress {
    std::string value{};
    static std::string read(JsonValue from, WebAddress& to) {
        return words::read_web_address(from, Max, to.value);
    }
    static void schema(JsonWriter& out) { words::text_schema(out, 10, Max, "uri"); }
};

/// Raw base64 (no data URI) of at most MaxBytes decoded bytes.
template <std::size_t MaxBytes>
struct Base64 {
    Bytes value{};
    static std::string read(JsonValue from, Base64& to) {
        return words::read_base64(from, MaxBytes, to.value);
    }
    static void schema(JsonWriter& out) {
        out.begin_object().key("type").text("string").key("contentEncoding").text("base64");
        out.key("maxLength").integer((MaxBytes + 2) / 3 * 4).end_object();
    }
};

/// One of a few words that have no enum of their own: Choice<"ussd", "redirect">.
template <words::Literal... Names>
struct Choice {
    static constexpr std::array<std::string_view, sizeof...(Names)> names{Names.view()...};
    std::size_t index = 0;
    constexpr std::string_view value() const { return names[index]; }
    static std::string read(JsonValue from, Choice& to) {
        return words::read_choice(from, names, to.index);
    }
    static void schema(JsonWriter& out) { words::choice_schema(out, names); }
};

/// Min to Max elements of one kind.
template <class T, std::size_t Min, std::size_t Max>
struct List {
    std::vector<T> values{};
    static constexpr std::size_t min = Min;
    static constexpr std::size_t max = Max;
};

/// True for List<...>, whose elements the body reader walks.
template <class T>
constexpr bool is_list = false;
template <class T, std::size_t Min, std::size_t Max>
constexpr bool is_list<List<T, Min, Max>> = true;

}  // namespace pakashop::api

namespace pakashop::schema {

template <api::Word T>
struct Describe<T> {
    static void to(JsonWriter& out) { T::schema(out); }
};
template <class T, std::size_t Min, std::size_t Max>
struct Describe<api::List<T, Min, Max>> {
    static void to(JsonWriter& out) {
        out.begin_object().key("type").text("array").key("items");
        describe<T>(out);
        out.key("minItems").integer(Min).key("maxItems").integer(Max).end_object();
    }
};

}  // namespace pakashop::schema
