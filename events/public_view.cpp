#include "events/public_view.hpp"

namespace pakashop {
namespace {

template <class... Events>
void describe_family(std::vector<EventSchema>& out, std::type_identity<std::variant<Events...>>) {
    const auto one = [&]<class Event>(std::type_identity<Event>) {
        if (!is_published(family_of(Event::type))) return;
        std::string schema;
        JsonWriter writer{schema};
        public_view::describe<Event>(writer);
        out.push_back({Event::type, std::move(schema)});
    };
    (one(std::type_identity<Events>{}), ...);
}

template <class... Families>
void describe_all(std::vector<EventSchema>& out, std::type_identity<std::variant<Families...>>) {
    (describe_family(out, std::type_identity<Families>{}), ...);
}

}  // namespace

std::string encode_public(const AnyEvent& event) {
    std::string out;
    JsonWriter writer{out};
    std::visit(
        [&](const auto& family) {
            std::visit([&](const auto& one) { public_view::encode(writer, one); }, family);
        },
        event
    );
    return out;
}

std::vector<EventSchema> public_schemas() {
    std::vector<EventSchema> out;
    describe_all(out, std::type_identity<AnyEvent>{});
    return out;
}

std::vector<std::string_view> published_families() {
    std::vector<std::string_view> out;
    for (const EventSchema& each : public_schemas()) {
        const auto family = family_of(each.type);
        if (out.empty() || out.back() != family) out.push_back(family);
    }
    return out;
}

}  // namespace pakashop
