#include "handlers/command_codec.hpp"

#include <mutex>
#include <set>
#include <utility>

#include <boost/pfr.hpp>

#include "events/codec.hpp"

namespace pakashop {
namespace {

template <class T, template <class...> class Template>
constexpr bool is_a = false;
template <class... Args, template <class...> class Template>
constexpr bool is_a<Template<Args...>, Template> = true;

template <class T>
constexpr bool is_bytes = false;
template <std::size_t N>
constexpr bool is_bytes<std::array<std::uint8_t, N>> = true;

template <class T>
constexpr bool is_map = is_a<T, std::map>;

/// What the codec of events writes as one value.
template <class T>
concept Plain = std::integral<T> || NamedEnum<T> || OneOf<T, std::string, Money, Rate> ||
                requires(T id) { []<class Tag>(const Id<Tag>&) {}(id); };

// ---------------------------------------------------------------- to text

template <class T>
void put(JsonWriter& out, const T& value);

template <class T>
void put_sealed(JsonWriter& out, const Sealed<T>& value) {
    out.begin_array();
    if (const auto* clear = value.clear()) {
        put(out, clear->subject.id);
        put(out, static_cast<int>(clear->subject.kind));
        put(out, clear->value);
    } else if (const auto* sealed = value.ciphertext()) {
        put(out, sealed->key);
        put(out, sealed->box);
    }
    out.end_array();
}

template <class Container>
void put_all(JsonWriter& out, const Container& values) {
    out.begin_array();
    for (const auto& value : values) put(out, value);
    out.end_array();
}

template <class T>
void put(JsonWriter& out, const T& value) {
    if constexpr (Plain<T>) {
        codec::encode(out, value);
    } else if constexpr (is_bytes<T>) {
        out.text(to_hex(value));
    } else if constexpr (std::is_enum_v<T>) {
        out.integer(static_cast<std::int64_t>(value));
    } else if constexpr (is_a<T, std::variant>) {
        out.begin_array().integer(static_cast<std::int64_t>(value.index()));
        std::visit([&](const auto& held) { put(out, held); }, value);
        out.end_array();
    } else if constexpr (is_a<T, std::optional>) {
        out.begin_array();
        if (value) put(out, *value);
        out.end_array();
    } else if constexpr (is_a<T, Sealed>) {
        put_sealed(out, value);
    } else if constexpr (is_a<T, std::vector> || is_a<T, std::set> || is_map<T>) {
        put_all(out, value);
    } else if constexpr (is_a<T, std::pair>) {
        out.begin_array();
        put(out, value.first);
        put(out, value.second);
        out.end_array();
    } else {
        out.begin_array();
        boost::pfr::for_each_field(value, [&](const auto& member) { put(out, member); });
        out.end_array();
    }
}

// ---------------------------------------------------------------- and back

using Elements = std::vector<JsonValue>;

Elements elements_of(JsonValue array) {
    Elements out;
    array.for_each_element([&](JsonValue value) { out.push_back(value); });
    return out;
}

template <class T>
bool take(JsonValue in, T& out);

template <class T>
bool take_sealed(const Elements& in, Sealed<T>& out) {
    if (in.empty()) return true;
    if (in.size() == 2) {
        Ciphertext sealed;
        if (!take(in[0], sealed.key) || !take(in[1], sealed.box)) return false;
        out = Sealed<T>{std::move(sealed)};
        return true;
    }
    Subject subject;
    int kind = 0;
    T value{};
    if (in.size() != 3 || !take(in[0], subject.id) || !take(in[1], kind) || !take(in[2], value)) {
        return false;
    }
    if (kind < 0 || kind > static_cast<int>(SubjectClass::tax)) return false;
    subject.kind = static_cast<SubjectClass>(kind);
    out = Sealed<T>{std::move(subject), std::move(value)};
    return true;
}

template <class Variant, std::size_t I = 0>
bool take_alternative(std::size_t index, JsonValue in, Variant& out) {
    if constexpr (I == std::variant_size_v<Variant>) {
        return false;
    } else {
        if (index != I) return take_alternative<Variant, I + 1>(index, in, out);
        std::variant_alternative_t<I, Variant> held{};
        if (!take(in, held)) return false;
        out.template emplace<I>(std::move(held));
        return true;
    }
}

template <class Variant>
bool take_variant(const Elements& in, Variant& out) {
    std::uint32_t index = 0;
    return in.size() == 2 && take(in[0], index) && take_alternative(index, in[1], out);
}

template <class Container, class Value>
bool take_all(const Elements& in, Container& out) {
    for (const JsonValue each : in) {
        Value value{};
        if (!take(each, value)) return false;
        out.insert(out.end(), std::move(value));
    }
    return true;
}

template <class T>
bool take_members(const Elements& in, T& out) {
    if (in.size() != boost::pfr::tuple_size_v<T>) return false;
    std::size_t next = 0;
    bool good = true;
    boost::pfr::for_each_field(out, [&](auto& member) { good = good && take(in[next++], member); });
    return good;
}

bool take_bytes(JsonValue in, std::span<std::uint8_t> out) {
    const auto text = in.text();
    const auto bytes = text ? from_hex(*text) : std::nullopt;
    if (!bytes || bytes->size() != out.size()) return false;
    std::ranges::copy(*bytes, out.begin());
    return true;
}

template <class T>
bool take_optional(const Elements& in, std::optional<T>& out) {
    if (in.empty()) return true;
    T value{};
    if (in.size() != 1 || !take(in[0], value)) return false;
    out = std::move(value);
    return true;
}

template <class T>
bool take(JsonValue in, T& out) {
    if constexpr (Plain<T>) {
        return codec::decode(in, out);
    } else if constexpr (is_bytes<T>) {
        return take_bytes(in, out);
    } else if constexpr (std::is_enum_v<T>) {
        const auto value = in.integer();
        if (value) out = static_cast<T>(*value);
        return value.has_value();
    } else if (in.kind() != JsonValue::Kind::array) {
        return false;
    } else if constexpr (is_a<T, std::variant>) {
        return take_variant(elements_of(in), out);
    } else if constexpr (is_a<T, std::optional>) {
        return take_optional(elements_of(in), out);
    } else if constexpr (is_a<T, Sealed>) {
        return take_sealed(elements_of(in), out);
    } else if constexpr (is_map<T>) {
        using Pair = std::pair<typename T::key_type, typename T::mapped_type>;
        return take_all<T, Pair>(elements_of(in), out);
    } else if constexpr (is_a<T, std::vector> || is_a<T, std::set>) {
        return take_all<T, typename T::value_type>(elements_of(in), out);
    } else if constexpr (is_a<T, std::pair>) {
        const Elements both = elements_of(in);
        return both.size() == 2 && take(both[0], out.first) && take(both[1], out.second);
    } else {
        return take_members(elements_of(in), out);
    }
}

// ---------------------------------------------------------------- the whole

// Refusals are named by static text in a decider; here too they outlive every outcome. There are
// only so many of them.
std::string_view as_static(std::string refusal) {
    static std::mutex mutex;
    static std::set<std::string> known;
    const std::lock_guard lock{mutex};
    return *known.insert(std::move(refusal)).first;
}

struct Envelope {
    CommandId id{};
    Fingerprint fingerprint{};
    std::string key;
    StreamCommand to;
    Actor actor;
    Trace trace;
    Instant now;
    Instant deadline;
};

std::optional<Command> unpack(JsonValue in) {
    Envelope envelope;
    if (!take(in, envelope)) return std::nullopt;
    Command command;
    command.id = envelope.id;
    command.fingerprint = envelope.fingerprint;
    command.key = std::move(envelope.key);
    command.to = std::move(envelope.to);
    command.actor = std::move(envelope.actor);
    command.trace = std::move(envelope.trace);
    command.now = envelope.now;
    command.deadline = envelope.deadline;
    command.forwarded = true;
    return command;
}

struct OutcomeParts {
    Outcome::Kind kind{};
    bool replayed = false;
    std::string refusal;
    std::string record;  ///< In base64; empty where there is none.
};

std::optional<Outcome> unpack_outcome(JsonValue in) {
    OutcomeParts parts;
    if (!take(in, parts)) return std::nullopt;
    Outcome out{.kind = parts.kind, .replayed = parts.replayed};
    if (!parts.refusal.empty()) out.refusal = as_static(std::move(parts.refusal));
    if (parts.record.empty()) return out;
    const auto bytes = from_base64(parts.record);
    if (!bytes) return std::nullopt;
    const auto record =
        decode_record({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
    if (!record) return std::nullopt;
    try {
        out.commit = to_commit(record->record, record->hash);
    } catch (const CorruptStream&) {
        return std::nullopt;
    }
    return out;
}

template <class T>
std::optional<std::vector<T>>
unpack_all(std::string_view text, std::optional<T> (*unpack_one)(JsonValue)) {
    JsonParser parser;
    const auto root = parser.parse(text);
    if (!root) return std::nullopt;
    const Elements parts = elements_of(*root);
    int format = 0;
    if (parts.empty() || !take(parts[0], format) || format != command_format) return std::nullopt;
    std::vector<T> out;
    for (std::size_t i = 1; i < parts.size(); ++i) {
        auto one = unpack_one(parts[i]);
        if (!one) return std::nullopt;
        out.push_back(*std::move(one));
    }
    return out;
}

}  // namespace

std::string encode_commands(const std::vector<Command>& commands) {
    std::string text;
    JsonWriter out{text};
    out.begin_array().integer(command_format);
    for (const Command& command : commands) {
        out.begin_array();
        put(out, command.id);
        put(out, command.fingerprint);
        put(out, command.key);
        put(out, command.to);
        put(out, command.actor);
        put(out, command.trace);
        put(out, command.now);
        put(out, command.deadline);
        out.end_array();
    }
    out.end_array();
    return text;
}

std::optional<std::vector<Command>> decode_commands(std::string_view text) {
    return unpack_all<Command>(text, unpack);
}

std::string encode_outcomes(const std::vector<TravellingOutcome>& outcomes) {
    std::string text;
    JsonWriter out{text};
    out.begin_array().integer(command_format);
    for (const TravellingOutcome& each : outcomes) {
        const std::string_view record = each.record;
        put(out,
            OutcomeParts{
                each.outcome.kind,
                each.outcome.replayed,
                std::string{each.outcome.refusal},
                to_base64({reinterpret_cast<const std::uint8_t*>(record.data()), record.size()})
            });
    }
    out.end_array();
    return text;
}

std::optional<std::vector<Outcome>> decode_outcomes(std::string_view text) {
    return unpack_all<Outcome>(text, unpack_outcome);
}

}  // namespace pakashop
