#include "api/canonical.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "events/kernel/json.hpp"

namespace pakashop::api {
namespace {

void write(std::string& out, const JsonValue& value);

void write_object(std::string& out, const JsonValue& object) {
    std::vector<std::pair<std::string_view, JsonValue>> members;
    members.reserve(object.size());
    object.for_each_member([&](std::string_view name, JsonValue value) {
        members.emplace_back(name, value);
    });
    std::ranges::stable_sort(members, {}, [](const auto& member) { return member.first; });
    std::string_view between = "{";
    for (const auto& [name, value] : members) {
        out += std::exchange(between, ",");
        JsonWriter{out}.text(name);
        out += ':';
        write(out, value);
    }
    out += members.empty() ? "{}" : "}";
}

void write_array(std::string& out, const JsonValue& array) {
    std::string_view between = "[";
    array.for_each_element([&](JsonValue value) {
        out += std::exchange(between, ",");
        write(out, value);
    });
    out += array.size() == 0 ? "[]" : "]";
}

void write(std::string& out, const JsonValue& value) {
    switch (value.kind()) {
        case JsonValue::Kind::object:
            return write_object(out, value);
        case JsonValue::Kind::array:
            return write_array(out, value);
        default:
            out += value.dump();
    }
}

}  // namespace

std::string canonical_json(std::string_view body) {
    static thread_local JsonParser parser;
    const auto root = parser.parse(body);
    if (!root) return std::string{body};
    std::string out;
    out.reserve(body.size());
    write(out, *root);
    return out;
}

}  // namespace pakashop::api
