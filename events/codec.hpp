#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "events/kernel/fields.hpp"
#include "events/kernel/hash.hpp"
#include "events/kernel/ids.hpp"
#include "events/kernel/json.hpp"
#include "events/kernel/money.hpp"
#include "events/kernel/sealed.hpp"
#include "events/kernel/time.hpp"

/// How declared structs become JSON and back. Everything walks `fields()`; nothing is listed twice.
///
/// | C++                 | JSON                                                    |
/// |---------------------|---------------------------------------------------------|
/// | PublicText, Id      | string                                                  |
/// | integers, bool      | number, true/false                                      |
/// | Money, Rate         | decimal string, "5000.00", "0.05"                       |
/// | Instant             | RFC 3339 string in UTC with milliseconds                |
/// | Digest              | lower-case hex                                          |
/// | enum (enum_names)   | string                                                  |
/// | optional            | absent when empty                                       |
/// | vector, map<string> | array, object                                           |
/// | Sealed              | {"k": key, "s": base64}                                 |
/// | declared struct     | object                                                  |
namespace pakashop {

/// An enum that names its values for storage: `constexpr auto enum_names(E) { return
/// std::array<std::string_view, N>{...}; }`, in the order of the values. Names are for ever.
template <class E>
concept NamedEnum = std::is_enum_v<E> && requires { enum_names(E{}); };

template <NamedEnum E>
constexpr std::string_view name_of(E value) {
    return enum_names(E{})[static_cast<std::size_t>(value)];
}

template <NamedEnum E>
constexpr std::optional<E> enum_from_name(std::string_view name) {
    constexpr auto names = enum_names(E{});
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == name) return static_cast<E>(i);
    }
    return std::nullopt;
}

namespace codec {

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsSealed : std::false_type {};
template <class T>
struct IsSealed<Sealed<T>> : std::true_type {};

// Every encode before any that calls it, so that nested containers resolve without ADL.
inline void encode(JsonWriter& out, const std::string& value) { out.text(value); }
inline void encode(JsonWriter& out, bool value) { out.boolean(value); }
template <std::integral T>
void encode(JsonWriter& out, T value) {
    out.integer(static_cast<std::int64_t>(value));
}
inline void encode(JsonWriter& out, Money value) { out.text(to_decimal(value)); }
inline void encode(JsonWriter& out, Rate value) { out.text(to_decimal(value)); }
inline void encode(JsonWriter& out, Instant value) {
    std::string text;
    append_rfc3339(text, value);
    out.text(text);
}
inline void encode(JsonWriter& out, const Digest& value) { out.text(to_hex(value)); }
template <class Tag>
void encode(JsonWriter& out, const Id<Tag>& id) {
    out.text(id.value);
}
template <NamedEnum E>
void encode(JsonWriter& out, E value) {
    out.text(name_of(value));
}
template <class T>
void encode(JsonWriter& out, const Sealed<T>& value) {
    const Ciphertext* sealed = value.ciphertext();
    require(sealed != nullptr, "a personal field is sealed before it is encoded");
    out.begin_object().key("k").text(sealed->key).key("s").text(sealed->box).end_object();
}
template <Declared T>
void encode(JsonWriter& out, const T& value);
template <class T>
void encode(JsonWriter& out, const std::vector<T>& values);
template <class T>
void encode(JsonWriter& out, const std::map<std::string, T>& values) {
    out.begin_object();
    for (const auto& [name, value] : values) {
        out.data_key(name);
        encode(out, value);
    }
    out.end_object();
}
template <class T>
void encode(JsonWriter& out, const std::vector<T>& values) {
    out.begin_array();
    for (const T& value : values) encode(out, value);
    out.end_array();
}
template <Declared T>
void encode(JsonWriter& out, const T& value) {
    out.begin_object();
    for_each_field<T>(value, [&]<class M>(std::string_view name, const M& member) {
        if constexpr (IsOptional<M>::value) {
            if (!member) return;
            out.key(name);
            encode(out, *member);
        } else {
            out.key(name);
            encode(out, member);
        }
    });
    out.end_object();
}

inline bool decode(JsonValue in, std::string& out) {
    const auto text = in.text();
    if (text) out = *text;
    return text.has_value();
}
inline bool decode(JsonValue in, bool& out) {
    const auto value = in.boolean();
    if (value) out = *value;
    return value.has_value();
}
template <std::integral T>
bool decode(JsonValue in, T& out) {
    const auto value = in.integer();
    if (!value || !std::in_range<T>(*value)) return false;
    out = static_cast<T>(*value);
    return true;
}
// For the types whose text form has a parser of its own.
template <class T, class Parse>
bool decode_text(JsonValue in, T& out, Parse parse) {
    const auto text = in.text();
    if (!text) return false;
    const auto value = parse(*text);
    if (value) out = *value;
    return value.has_value();
}
inline bool decode(JsonValue in, Money& out) { return decode_text(in, out, parse_decimal); }
inline bool decode(JsonValue in, Rate& out) { return decode_text(in, out, parse_rate); }
inline bool decode(JsonValue in, Instant& out) { return decode_text(in, out, parse_rfc3339); }
inline bool decode(JsonValue in, Digest& out) {
    const auto text = in.text();
    const auto bytes = text ? from_hex(*text) : std::nullopt;
    if (!bytes || bytes->size() != out.size()) return false;
    std::copy(bytes->begin(), bytes->end(), out.begin());
    return true;
}
template <class Tag>
bool decode(JsonValue in, Id<Tag>& out) {
    return decode(in, out.value);
}
template <NamedEnum E>
bool decode(JsonValue in, E& out) {
    return decode_text(in, out, enum_from_name<E>);
}
template <class T>
bool decode(JsonValue in, Sealed<T>& out) {
    const auto key = in.member("k");
    const auto box = in.member("s");
    Ciphertext sealed;
    if (!key || !box || !decode(*key, sealed.key) || !decode(*box, sealed.box)) return false;
    out = Sealed<T>{std::move(sealed)};
    return true;
}
template <Declared T>
bool decode(JsonValue in, T& out);
template <class T>
bool decode(JsonValue in, std::vector<T>& out);
template <class T>
bool decode(JsonValue in, std::map<std::string, T>& out) {
    if (in.kind() != JsonValue::Kind::object) return false;
    bool good = true;
    in.for_each_member([&](std::string_view name, JsonValue value) {
        good = good && decode(value, out[std::string{name}]);
    });
    return good;
}
template <class T>
bool decode(JsonValue in, std::vector<T>& out) {
    if (in.kind() != JsonValue::Kind::array) return false;
    bool good = true;
    out.reserve(in.size());
    in.for_each_element([&](JsonValue value) { good = good && decode(value, out.emplace_back()); });
    return good;
}
// Members that this program does not know are passed over: a newer writer may add optional ones.
template <Declared T>
bool decode(JsonValue in, T& out) {
    if (in.kind() != JsonValue::Kind::object) return false;
    bool good = true;
    JsonMembers members{in};
    for_each_field<T>(out, [&]<class M>(std::string_view name, M& member) {
        if (!good) return;
        const auto found = members.find(name);
        if constexpr (IsOptional<M>::value) {
            if (!found) return;
            // Not emplace(): clang refuses it for structs nested in a class that is not whole yet.
            typename M::value_type value{};
            good = decode(*found, value);
            member = std::move(value);
        } else {
            good = found && decode(*found, member);
        }
    });
    return good;
}

}  // namespace codec

/// A declared struct (or any value of the table above) as JSON.
template <class T>
std::string to_json(const T& value) {
    std::string out;
    JsonWriter writer{out};
    codec::encode(writer, value);
    return out;
}

/// Reads one from parsed JSON; nothing when a field is missing or of another shape.
template <class T>
std::optional<T> from_json(JsonValue json) {
    T value{};
    if (!codec::decode(json, value)) return std::nullopt;
    return value;
}

/// Reads one from JSON text; nothing when the text is not JSON or not of that shape.
template <class T>
std::optional<T> from_json(std::string_view text) {
    static thread_local JsonParser parser;
    const auto root = parser.parse(text);
    return root ? from_json<T>(*root) : std::nullopt;
}

/// Seals every personal field of `event` that is still in the clear. `context` names its stream
/// and version; the field's name is added, so a value cannot be moved to another place.
template <Declared Event>
void seal_fields(Event& event, Vault& vault, std::string_view context) {
    for_each_field<Event>(event, [&]<class M>(std::string_view name, M& member) {
        const auto seal = [&]<class T>(Sealed<T>& field) {
            const auto* clear = field.clear();
            if (!clear) return;
            const std::string place = std::string{context} + "/" + std::string{name};
            field = Sealed<T>{vault.seal(clear->subject, place, to_json(clear->value))};
        };
        if constexpr (codec::IsSealed<M>::value) {
            seal(member);
        } else if constexpr (codec::IsOptional<M>::value) {
            if constexpr (codec::IsSealed<typename M::value_type>::value) {
                if (member) seal(*member);
            }
        }
    });
}

/// Opens every sealed field of `event`, or marks it Erased when its key is gone. A value that does
/// not open under its own place throws CorruptStream.
template <Declared Event>
void open_fields(Event& event, Vault& vault, std::string_view context) {
    for_each_field<Event>(event, [&]<class M>(std::string_view name, M& member) {
        const auto open = [&]<class T>(Sealed<T>& field) {
            const auto* sealed = field.ciphertext();
            if (!sealed) return;
            const std::string place = std::string{context} + "/" + std::string{name};
            const auto text = vault.open(*sealed, place);
            if (!text) {
                field = Sealed<T>{Erased{}};
                return;
            }
            auto value = from_json<T>(std::string_view{*text});
            if (!value) throw CorruptStream{"a sealed field holds something else: " + place};
            Subject subject{sealed->key.substr(0, sealed->key.find('/'))};
            if (sealed->key.find("/tax#") != std::string::npos) subject.kind = SubjectClass::tax;
            field = Sealed<T>{std::move(subject), *std::move(value)};
        };
        if constexpr (codec::IsSealed<M>::value) {
            open(member);
        } else if constexpr (codec::IsOptional<M>::value) {
            if constexpr (codec::IsSealed<typename M::value_type>::value) {
                if (member) open(*member);
            }
        }
    });
}

}  // namespace pakashop
