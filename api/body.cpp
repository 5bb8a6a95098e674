#include "api/body.hpp"

#include <algorithm>

namespace pakashop::api {
namespace {

constexpr int nesting_max = 32;
constexpr std::size_t members_max = 1'000;
constexpr std::size_t wide_digits = 19;

Problem malformed(std::string detail) {
    return {.code = "malformed_json", .detail = std::move(detail)};
}

bool is_json(std::string_view media_type) {
    const auto end = std::min(media_type.find(';'), media_type.size());
    std::string_view type = media_type.substr(0, end);
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
    if (!http::same_name(type, "application/json")) return false;
    std::string parameters;
    for (const char c : media_type.substr(end)) {
        if (c != ' ' && c != '\t' && c != '"') parameters += c;
    }
    return parameters.empty() || http::same_name(parameters, ";charset=utf-8");
}

/// A surrogate that came through as an escape: UTF-8 has no such code point.
bool holds_surrogate(std::string_view text) {
    for (auto at = text.find('\xED'); at != text.npos; at = text.find('\xED', at + 1)) {
        if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) return true;
    }
    return false;
}

bool is_number_part(char c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/// An integer with so many digits that it may not fit 64 bits. Leading zeros are no JSON.
bool is_wide_integer(std::string_view token) {
    if (token.starts_with('-')) token.remove_prefix(1);
    return token.size() >= wide_digits && token.front() != '0' &&
           token.find_first_not_of("0123456789") == token.npos;
}

/// The JSON with each wide integer replaced by a number that no field takes. Such integers are
/// valid, but simdjson refuses the whole text for them; a field that holds one is to be named.
std::string without_wide_integers(std::string_view json) {
    std::string out;
    bool in_text = false;
    for (std::size_t i = 0; i < json.size();) {
        std::size_t end = i + 1;
        if (in_text) {
            if (json[i] == '\\' && end < json.size()) ++end;
            if (json[i] == '"') in_text = false;
        } else if (json[i] == '"') {
            in_text = true;
        } else if (is_number_part(json[i])) {
            while (end < json.size() && is_number_part(json[end])) ++end;
        }
        const auto token = json.substr(i, end - i);
        if (!in_text && is_wide_integer(token)) {
            out += token.starts_with('-') ? "-1e308" : "1e308";
        } else {
            out += token;
        }
        i = end;
    }
    return out;
}

/// What a lenient parser lets through: the first thing found, or nothing.
std::string_view find_flaw(JsonValue value, int depth);

std::string_view find_object_flaw(JsonValue object, int depth) {
    if (object.size() > members_max) return "An object has too many members.";
    std::vector<std::string_view> names;
    names.reserve(object.size());
    std::string_view flaw;
    object.for_each_member([&](std::string_view name, JsonValue value) {
        names.push_back(name);
        if (flaw.empty() && holds_surrogate(name)) flaw = "A name holds a lone surrogate.";
        if (flaw.empty()) flaw = find_flaw(value, depth);
    });
    std::ranges::sort(names);
    if (std::ranges::adjacent_find(names) != names.end()) return "A name is given twice.";
    return flaw;
}

std::string_view find_flaw(JsonValue value, int depth) {
    std::string_view flaw;
    switch (value.kind()) {
        case JsonValue::Kind::object:
            if (depth >= nesting_max) return "The nesting is too deep.";
            return find_object_flaw(value, depth + 1);
        case JsonValue::Kind::array:
            if (depth >= nesting_max) return "The nesting is too deep.";
            value.for_each_element([&](JsonValue each) {
                if (flaw.empty()) flaw = find_flaw(each, depth + 1);
            });
            return flaw;
        case JsonValue::Kind::text:
            return holds_surrogate(*value.text()) ? "A text holds a lone surrogate." : flaw;
        default:
            return flaw;
    }
}

/// As a URI fragment (RFC 6901, sections 3 and 6).
void append_token(std::string& pointer, std::string_view name) {
    static constexpr std::string_view hex = "0123456789ABCDEF";
    pointer += '/';
    for (const char c : name.substr(0, 64)) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        if (plain) {
            pointer += c;
        } else if (c == '~') {
            pointer += "~0";
        } else if (c == '/') {
            pointer += "~1";
        } else {
            pointer += {'%', hex[byte >> 4], hex[byte & 15]};
        }
    }
}

}  // namespace

BodyReader::Step::Step(BodyReader& reader, std::string_view name)
    : pointer_{reader.pointer_}, length_{reader.pointer_.size()} {
    append_token(pointer_, name);
}

BodyReader::Step::Step(BodyReader& reader, std::size_t index)
    : Step{reader, std::to_string(index)} {}

void BodyReader::note(std::string detail) {
    if (errors_.size() < errors_max) errors_.push_back({pointer_, std::move(detail)});
}

void BodyReader::read_bool(JsonValue from, bool& to) {
    const auto value = from.boolean();
    if (!value) return note("must be true or false");
    to = *value;
}

void BodyReader::read_instant(JsonValue from, Instant& to) {
    const auto text = from.text();
    const auto instant = text ? parse_rfc3339(*text) : std::nullopt;
    if (!instant) return note("must be a time such as 2026-05-12T10:00:00.000Z");
    to = *instant;
}

void BodyReader::note_unknown(JsonValue object, std::span<const std::string_view> known) {
    object.for_each_member([&](std::string_view name, JsonValue) {
        if (std::ranges::find(known, name) != known.end()) return;
        const Step step{*this, name};
        note("is not known here");
    });
}

Result<JsonValue, Problem> parse_body(const http::Request& request, bool may_be_empty) {
    thread_local JsonParser parser;
    std::string_view text = request.body;
    if (text.empty()) {
        if (!may_be_empty) return unexpected{malformed("The body is empty.")};
        text = "{}";
    } else if (!is_json(request.header("content-type"))) {
        return unexpected{
            Problem{.code = "media_type", .detail = "Send the body as application/json."}
        };
    } else if (const auto coding = request.header("content-encoding");
               !coding.empty() && !http::same_name(coding, "identity")) {
        return unexpected{Problem{.code = "media_type", .detail = "Send the body uncompressed."}};
    }
    if (text.starts_with("\xEF\xBB\xBF")) {
        return unexpected{malformed("The body begins with a byte order mark.")};
    }
    auto root = parser.parse(text);
    if (!root) root = parser.parse(without_wide_integers(text));
    if (!root) return unexpected{malformed("The body is not JSON in UTF-8.")};
    if (const auto flaw = find_flaw(*root, 0); !flaw.empty()) {
        return unexpected{malformed(std::string{flaw})};
    }
    return *root;
}

}  // namespace pakashop::api
