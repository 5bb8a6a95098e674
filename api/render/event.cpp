#include "api/render/event.hpp"

#include "api/routes/paging.hpp"

namespace pakashop::api {
namespace {

template <class T>
void write_field(JsonWriter& out, std::string_view name, const T& value, bool) {
    out.key(name);
    codec::encode(out, value);
}

template <class T>
void write_field(JsonWriter& out, std::string_view name, const Sealed<T>& value, bool opened) {
    if (!opened) return;
    out.key(name);
    if (const T* clear = value.value()) {
        codec::encode(out, *clear);
    } else {
        out.null();
    }
}

template <class T>
void write_field(
    JsonWriter& out,
    std::string_view name,
    const std::optional<T>& value,
    bool opened
) {
    if (value) write_field(out, name, *value, opened);
}

void write_actor(JsonWriter& out, const Commit& commit, bool opened) {
    out.key("actor").begin_object();
    // A buyer learns in which role somebody acted, staff also who it was.
    out.key("id").text(opened ? commit.actor.principal : "");
    out.key("role").text(commit.actor.role).end_object();
}

void write_event(
    JsonWriter& out,
    App& app,
    const Commit& commit,
    const CommittedEvent& event,
    bool opened
) {
    out.begin_object().key("id").text("evt_" + to_hex(event.id));
    out.key("type").text(type_of(event.event)).key("stream").text(event.stream);
    out.key("version").integer(event.version);
    out.key("position").text(std::to_string(commit.partition) + "-" + std::to_string(commit.seq));
    out.key("at").text(to_rfc3339(commit.at));
    write_actor(out, commit, opened);
    out.key("commandId").text(to_hex(commit.command));
    out.key("causationId");
    if (commit.trace.causation.empty()) {
        out.null();
    } else {
        out.text(commit.trace.causation);
    }
    out.key("hash").text(to_hex(commit.hash)).key("data").raw(event_data(app, event, opened));
    out.end_object();
}

}  // namespace

std::string event_data(App& app, const CommittedEvent& event, bool opened) {
    AnyEvent copy = event.event;
    if (opened) open(copy, app.vault, sealing_place(event.stream, event.version));
    std::string body;
    JsonWriter out{body};
    out.begin_object();
    const auto write = [&]<class E>(const E& one) {
        for_each_field<E>(one, [&](std::string_view name, const auto& value) {
            write_field(out, name, value, opened);
        });
    };
    std::visit([&](const auto& family) { std::visit(write, family); }, copy);
    out.end_object();
    return body;
}

std::string render_events(
    App& app,
    const std::vector<std::shared_ptr<const Commit>>& history,
    std::size_t first,
    const Page& page,
    bool opened
) {
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("data").begin_array();
    std::size_t number = 0;
    const std::size_t end = first + page.limit;
    for (const auto& commit : history) {
        for (const CommittedEvent& event : commit->events) {
            const bool shown = number >= first && number < end;
            if (shown) write_event(out, app, *commit, event, opened);
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
