#include "events/any_event.hpp"

#include <unordered_map>

#include "events/retired/retired.hpp"
#include "events/schema.hpp"

namespace pakashop {
namespace {

using Decoder = std::optional<AnyEvent> (*)(JsonValue);
using Decoders = std::unordered_map<std::string_view, Decoder>;

template <class Event>
void add_decoder(Decoders& out) {
    out[Event::type] = [](JsonValue json) -> std::optional<AnyEvent> {
        auto event = from_json<Event>(json);
        if (!event) return std::nullopt;
        return AnyEvent{*std::move(event)};
    };
}

template <class Retired>
void add_upcast(Decoders& out) {
    out[Retired::type] = [](JsonValue json) -> std::optional<AnyEvent> {
        auto event = from_json<Retired>(json);
        if (!event) return std::nullopt;
        return AnyEvent{Retired::upcast(*std::move(event))};
    };
}

template <class... Events>
void add_family(Decoders& out, std::type_identity<std::variant<Events...>>) {
    (add_decoder<Events>(out), ...);
}

template <class... Families>
void add_families(Decoders& out, std::type_identity<std::variant<Families...>>) {
    (add_family(out, std::type_identity<Families>{}), ...);
}

template <class... Retired>
void add_retired(Decoders& out, std::type_identity<std::tuple<Retired...>>) {
    (add_upcast<Retired>(out), ...);
}

const Decoders& decoders() {
    static const Decoders all = [] {
        Decoders out;
        add_families(out, std::type_identity<AnyEvent>{});
        add_retired(out, std::type_identity<RetiredEvents>{});
        return out;
    }();
    return all;
}

// Calls `visit` with the event itself, whatever its family.
template <class Event, class Visit>
decltype(auto) visit_event(Event& event, Visit visit) {
    return std::visit([&](auto& family) { return std::visit(visit, family); }, event);
}

template <class... Events>
void describe_family(std::vector<EventSchema>& out, std::type_identity<std::variant<Events...>>) {
    const auto one = [&]<class Event>(std::type_identity<Event>) {
        std::string schema;
        JsonWriter writer{schema};
        schema::describe<Event>(writer);
        out.push_back({Event::type, std::move(schema)});
    };
    (one(std::type_identity<Events>{}), ...);
}

template <class... Families>
void describe_all(std::vector<EventSchema>& out, std::type_identity<std::variant<Families...>>) {
    (describe_family(out, std::type_identity<Families>{}), ...);
}

}  // namespace

std::string_view type_of(const AnyEvent& event) {
    return visit_event(event, [](const auto& one) -> std::string_view { return one.type; });
}

std::string encode_event(const AnyEvent& event) {
    return visit_event(event, [](const auto& one) { return to_json(one); });
}

bool knows_event(std::string_view type) { return decoders().contains(type); }

Result<AnyEvent, DecodeError> decode_event(std::string_view type, std::string_view payload) {
    const auto decoder = decoders().find(type);
    if (decoder == decoders().end()) return unexpected{DecodeError::unknown_type};
    static thread_local JsonParser parser;
    const auto json = parser.parse(payload);
    if (!json) return unexpected{DecodeError::malformed};
    auto event = decoder->second(*json);
    if (!event) return unexpected{DecodeError::malformed};
    return *std::move(event);
}

std::string sealing_place(std::string_view stream, std::int64_t version) {
    return std::string{stream} + "@" + std::to_string(version);
}

void seal(AnyEvent& event, Vault& vault, std::string_view place) {
    visit_event(event, [&](auto& one) { seal_fields(one, vault, place); });
}

void open(AnyEvent& event, Vault& vault, std::string_view place) {
    visit_event(event, [&](auto& one) { open_fields(one, vault, place); });
}

std::vector<EventSchema> event_schemas() {
    std::vector<EventSchema> out;
    describe_all(out, std::type_identity<AnyEvent>{});
    return out;
}

}  // namespace pakashop
