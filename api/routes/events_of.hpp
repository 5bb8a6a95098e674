#pragma once

#include "api/call.hpp"

namespace pakashop::api {

/// The commit's first event of type E; null when it has none.
template <class E>
const CommittedEvent* committed_event(const Commit& commit) {
    for (const CommittedEvent& each : commit.events) {
        if (type_of(each.event) == E::type) return &each;
    }
    return nullptr;
}

/// The event itself, as it was committed.
template <class E>
const E* event_of(const Commit& commit) {
    const CommittedEvent* found = committed_event<E>(commit);
    if (!found) return nullptr;
    const auto same = []<class One>(const One& one) -> const E* {
        if constexpr (std::same_as<One, E>) return &one;
        return nullptr;
    };
    return std::visit([&](const auto& family) { return std::visit(same, family); }, found->event);
}

/// A copy of it with its personal fields opened.
template <class E>
std::optional<E> opened_event(App& app, const Commit& commit) {
    const CommittedEvent* found = committed_event<E>(commit);
    if (!found) return std::nullopt;
    E event = *event_of<E>(commit);
    open_fields(event, app.vault, sealing_place(found->stream, found->version));
    return event;
}

}  // namespace pakashop::api
