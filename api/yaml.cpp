#include "api/yaml.hpp"

#include <algorithm>
#include <utility>

#include "events/kernel/json.hpp"
#include "events/kernel/require.hpp"

namespace pakashop::api {
namespace {

using Kind = JsonValue::Kind;

// A name that is nothing but one; `$ref` and the like are quoted.
bool is_plain(std::string_view name) {
    static constexpr std::string_view inner =
        "abcdefghijklmnopqrstuvwxyz"
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    static constexpr std::string_view letters = inner.substr(0, 52);
    static constexpr std::string_view words[] = {"true", "false", "null", "yes", "no", "on", "off"};
    return !name.empty() && letters.find(name.front()) != letters.npos &&
           name.find_first_not_of(inner) == name.npos &&
           std::ranges::find(words, name) == std::end(words);
}

std::string quoted(std::string_view text) {
    std::string out;
    JsonWriter{out}.text(text);
    return out;
}

bool is_block(JsonValue value) {
    return (value.kind() == Kind::object || value.kind() == Kind::array) && value.size() > 0;
}

void write_block(std::string& out, JsonValue value, std::size_t depth, bool on_the_line);

// Behind a name or a dash: on the same line if it fits there.
void write_value(std::string& out, JsonValue value, std::size_t depth, bool in_list) {
    if (!is_block(value)) {
        out += " " + value.dump() + "\n";
    } else if (in_list && value.kind() == Kind::object) {
        out += ' ';
        write_block(out, value, depth, true);
    } else {
        out += '\n';
        write_block(out, value, depth, false);
    }
}

// `on_the_line`: the first member stands behind its list's dash.
void write_block(std::string& out, JsonValue value, std::size_t depth, bool on_the_line) {
    bool indented = on_the_line;
    const auto indent = [&] {
        if (!std::exchange(indented, false)) out.append(depth * 2, ' ');
    };
    value.for_each_member([&](std::string_view name, JsonValue member) {
        indent();
        out += (is_plain(name) ? std::string{name} : quoted(name)) + ":";
        write_value(out, member, depth + 1, false);
    });
    value.for_each_element([&](JsonValue element) {
        indent();
        out += '-';
        write_value(out, element, depth + 1, true);
    });
}

}  // namespace

std::string yaml_of(std::string_view json) {
    JsonParser parser;
    const auto root = parser.parse(json);
    require(root.has_value(), "what becomes YAML is JSON");
    if (!is_block(*root)) return root->dump() + "\n";
    std::string out;
    write_block(out, *root, 0, false);
    return out;
}

}  // namespace pakashop::api
