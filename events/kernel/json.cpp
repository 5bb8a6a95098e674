#include "events/kernel/json.hpp"

#include <charconv>
#include <cstring>

#include <simdjson.h>

#include "events/kernel/require.hpp"

namespace pakashop {

namespace dom = simdjson::dom;
using Element = dom::element;
static_assert(sizeof(Element) == 16 && std::is_trivially_copyable_v<Element>);

namespace {

Element element_in(const std::byte (&storage)[16]) {
    Element element;
    std::memcpy(static_cast<void*>(&element), storage, sizeof element);
    return element;
}

bool needs_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

void append_escaped(std::string& out, char c) {
    static constexpr std::string_view hex = "0123456789abcdef";
    switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            out += "\\u00";
            out += hex[static_cast<unsigned char>(c) >> 4];
            out += hex[c & 15];
    }
}

}  // namespace

void JsonWriter::separate() {
    if (comma_due_) out_ += ',';
}

JsonWriter& JsonWriter::open(char bracket) {
    separate();
    out_ += bracket;
    comma_due_ = false;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    out_ += bracket;
    comma_due_ = true;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    out_ += '"';
    out_ += name;
    out_ += "\":";
    comma_due_ = false;
    return *this;
}

JsonWriter& JsonWriter::data_key(std::string_view name) {
    separate();
    quote(name);
    out_ += ':';
    comma_due_ = false;
    return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
    separate();
    quote(value);
    comma_due_ = true;
    return *this;
}

void JsonWriter::quote(std::string_view text) {
    out_ += '"';
    std::size_t plain = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!needs_escape(text[i])) continue;
        out_.append(text, plain, i - plain);
        append_escaped(out_, text[i]);
        plain = i + 1;
    }
    out_.append(text, plain, text.size() - plain);
    out_ += '"';
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    return raw({digits, static_cast<std::size_t>(end - digits)});
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    out_ += json;
    comma_due_ = true;
    return *this;
}

JsonValue::Kind JsonValue::kind() const {
    switch (element_in(element_).type()) {
        case dom::element_type::ARRAY:
            return Kind::array;
        case dom::element_type::OBJECT:
            return Kind::object;
        case dom::element_type::INT64:
        case dom::element_type::UINT64:
            return Kind::integer;
        case dom::element_type::DOUBLE:
            return Kind::number;
        case dom::element_type::STRING:
            return Kind::text;
        case dom::element_type::BOOL:
            return Kind::boolean;
        case dom::element_type::NULL_VALUE:
            return Kind::null;
    }
    return Kind::null;
}

std::optional<bool> JsonValue::boolean() const {
    bool value = false;
    if (element_in(element_).get(value) != simdjson::SUCCESS) return std::nullopt;
    return value;
}

std::optional<std::int64_t> JsonValue::integer() const {
    std::int64_t value = 0;
    if (element_in(element_).get(value) != simdjson::SUCCESS) return std::nullopt;
    return value;
}

std::optional<std::string_view> JsonValue::text() const {
    std::string_view value;
    if (element_in(element_).get(value) != simdjson::SUCCESS) return std::nullopt;
    return value;
}

std::optional<JsonValue> JsonValue::member(std::string_view name) const {
    dom::object object;
    if (element_in(element_).get(object) != simdjson::SUCCESS) return std::nullopt;
    Element found;
    if (object.at_key(name).get(found) != simdjson::SUCCESS) return std::nullopt;
    JsonValue value;
    std::memcpy(value.element_, &found, sizeof found);
    return value;
}

void JsonValue::for_each_member(const std::function<void(std::string_view, JsonValue)>& visit
) const {
    dom::object object;
    if (element_in(element_).get(object) != simdjson::SUCCESS) return;
    for (const dom::key_value_pair member : object) {
        JsonValue value;
        std::memcpy(value.element_, &member.value, sizeof member.value);
        visit(member.key, value);
    }
}

void JsonValue::for_each_element(const std::function<void(JsonValue)>& visit) const {
    dom::array array;
    if (element_in(element_).get(array) != simdjson::SUCCESS) return;
    for (const Element element : array) {
        JsonValue value;
        std::memcpy(value.element_, &element, sizeof element);
        visit(value);
    }
}

std::size_t JsonValue::size() const {
    const Element element = element_in(element_);
    dom::array array;
    if (element.get(array) == simdjson::SUCCESS) return array.size();
    dom::object object;
    if (element.get(object) == simdjson::SUCCESS) return object.size();
    return 0;
}

std::string JsonValue::dump() const { return simdjson::minify(element_in(element_)); }

JsonMembers::JsonMembers(JsonValue object) : object_{object} {
    static_assert(sizeof(dom::object::iterator) == sizeof next_);
    static_assert(std::is_trivially_copyable_v<dom::object::iterator>);
    dom::object members;
    const auto error = element_in(object.element_).get(members);
    require(error == simdjson::SUCCESS, "members are looked up in an object");
    const auto begin = members.begin();
    const auto end = members.end();
    std::memcpy(next_, &begin, sizeof begin);
    std::memcpy(end_, &end, sizeof end);
}

std::optional<JsonValue> JsonMembers::find(std::string_view name) {
    dom::object::iterator next;
    dom::object::iterator end;
    std::memcpy(&next, next_, sizeof next);
    std::memcpy(&end, end_, sizeof end);
    if (!(next != end) || !next.key_equals(name)) return object_.member(name);
    const Element found = next.value();
    ++next;
    std::memcpy(next_, &next, sizeof next);
    JsonValue value;
    std::memcpy(value.element_, &found, sizeof found);
    return value;
}

struct JsonParser::Impl {
    dom::parser parser;
};

JsonParser::JsonParser() : impl_{std::make_unique<Impl>()} {}
JsonParser::~JsonParser() = default;
JsonParser::JsonParser(JsonParser&&) noexcept = default;
JsonParser& JsonParser::operator=(JsonParser&&) noexcept = default;

Result<JsonValue, std::string> JsonParser::parse(std::string_view text) {
    Element root;
    const auto error = impl_->parser.parse(text.data(), text.size(), true).get(root);
    if (error != simdjson::SUCCESS) return unexpected{std::string{simdjson::error_message(error)}};
    JsonValue value;
    std::memcpy(value.element_, &root, sizeof root);
    return value;
}

}  // namespace pakashop
