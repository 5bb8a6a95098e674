#include "api/render/event.hpp"

#include <algorithm>
#include <array>

#include "api/routes/paging.hpp"

namespace pakashop::api {
namespace {

constexpr std::array<std::string_view, 3> shares{"vendorAmount", "platformFee", "commission"};

bool hidden(std::string_view name, const EventReader& reader) {
    return !reader.admin && std::ranges::find(shares, name) != shares.end();
}

// Like the codec, but personal fields in the clear (null once erased) or not at all, and without
// what the reader may not see, however deep it lies.
template <class T>
void write_value(JsonWriter& out, const T& value, const EventReader&) {
    codec::encode(out, value);
}
template <Declared T>
void write_value(JsonWriter& out, const T& value, const EventReader& reader);

template <class T>
void write_value(JsonWriter& out, const std::vector<T>& values, const EventReader& reader) {
    out.begin_array();
    for (const T& value : values) write_value(out, value, reader);
    out.end_array();
}

template <class T>
void write_member(
    JsonWriter& out,
    std::string_view name,
    const T& value,
    const EventReader& reader
) {
    if (hidden(name, reader)) return;
    out.key(name);
    write_value(out, value, reader);
}

template <class T>
void write_member(
    JsonWriter& out,
    std::string_view name,
    const Sealed<T>& value,
    const EventReader& reader
) {
    if (!reader.admin) return;
    out.key(name);
    if (const T* clear = value.value()) {
        codec::encode(out, *clear);
    } else {
        out.null();
    }
}

template <class T>
void write_member(
    JsonWriter& out,
    std::string_view name,
    const std::optional<T>& value,
    const EventReader& reader
) {
    if (value) write_member(out, name, *value, reader);
}

template <Declared T>
void write_value(JsonWriter& out, const T& value, const EventReader& reader) {
    out.begin_object();
    for_each_field<T>(value, [&](std::string_view name, const auto& member) {
        write_member(out, name, member, reader);
    });
    out.end_object();
}

void write_actor(JsonWriter& out, const Commit& commit, const EventReader& reader) {
    const Actor& actor = commit.actor;
    const bool known =
        reader.admin || actor.principal == reader.principal || actor.role == name_of(Role::system);
    out.key("actor").begin_object().key("id").text(known ? actor.principal : "");
    out.key("role").text(actor.role).end_object();
}

std::string event_data(App& app, const CommittedEvent& event, const EventReader& reader) {
    AnyEvent copy = event.event;
    if (reader.admin) open(copy, app.vault, sealing_place(event.stream, event.version));
    std::string body;
    JsonWriter out{body};
    const auto write = [&](const auto& one) { write_value(out, one, reader); };
    std::visit([&](const auto& family) { std::visit(write, family); }, copy);
    return body;
}

void write_event(
    JsonWriter& out,
    App& app,
    const Commit& commit,
    const CommittedEvent& event,
    const EventReader& reader
) {
    out.begin_object().key("id").text("evt_" + to_hex(event.id));
    out.key("type").text(type_of(event.event)).key("stream").text(event.stream);
    out.key("version").integer(event.version);
    out.key("position").text(std::to_string(commit.partition) + "-" + std::to_string(commit.seq));
    out.key("at").text(to_rfc3339(commit.at));
    write_actor(out, commit, reader);
    out.key("commandId").text(to_hex(commit.command));
    out.key("causationId");
    if (commit.trace.causation.empty()) {
        out.null();
    } else {
        out.text(commit.trace.causation);
    }
    out.key("hash").text(to_hex(commit.hash)).key("data").raw(event_data(app, event, reader));
    out.end_object();
}

}  // namespace

std::string render_events(
    App& app,
    const std::vector<std::shared_ptr<const Commit>>& history,
    std::size_t first,
    const Page& page,
    const EventReader& reader
) {
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("data").begin_array();
    std::size_t number = 0;
    const std::size_t end = first + page.limit;
    for (const auto& commit : history) {
        for (const CommittedEvent& event : commit->events) {
            const bool shown = number >= first && number < end;
            if (shown) write_event(out, app, *commit, event, reader);
            ++number;
        }
    }
    out.end_array().key("nextCursor");
    if (number > end) {
        out.text(cursor_after(page, Instant{static_cast<std::int64_t>(end)}, "events"));
    } else {
        out.null();
    }
    out.end_object();
    return body;
}

}  // namespace pakashop::api
