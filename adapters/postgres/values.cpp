#include "adapters/postgres/values.hpp"

#include <array>
#include <charconv>
#include <stdexcept>

namespace pakashop::postgres {
namespace {

using model::ColumnType;
using model::Value;

[[noreturn]] void unreadable(std::string_view text) {
    throw std::invalid_argument{"a field cannot be read: " + std::string{text.substr(0, 64)}};
}

std::int64_t integer_in(std::string_view text) {
    std::int64_t number = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
    if (end.ec != std::errc{} || end.ptr != text.data() + text.size()) unreadable(text);
    return number;
}

void append_number(std::string& out, std::int64_t number) {
    std::array<char, 24> digits;
    out.append(digits.data(), std::to_chars(digits.data(), digits.data() + 24, number).ptr);
}

// Every character of `special` gets a backslash and what `letter` has for it.
template <class Letter>
void append_escaped(
    std::string& out,
    std::string_view text,
    std::string_view special,
    Letter letter
) {
    for (std::size_t from = 0; from < text.size();) {
        const std::size_t found = text.find_first_of(special, from);
        out += text.substr(from, found - from);
        if (found == std::string_view::npos) return;
        out += '\\';
        out += letter(text[found]);
        from = found + 1;
    }
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    append_escaped(out, text, "\"\\", [](char c) { return c; });
    out += '"';
}

void append_copied(std::string& out, std::string_view text) {
    append_escaped(out, text, "\\\n\r\t", [](char c) {
        if (c == '\n') return 'n';
        if (c == '\r') return 'r';
        return c == '\t' ? 't' : c;
    });
}

// Both text formats differ in how text is escaped and how NULL is written.
template <class AppendText>
void append_value(
    std::string& out,
    const Value& value,
    std::string_view null,
    AppendText append_text
) {
    if (const auto* flag = std::get_if<bool>(&value)) {
        out += *flag ? 't' : 'f';
    } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
        append_number(out, *number);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
        append_text(out, *text);
    } else if (const auto* at = std::get_if<Instant>(&value)) {
        append_rfc3339(out, *at);
    } else if (const auto* json = std::get_if<model::Json>(&value)) {
        append_text(out, json->text);
    } else {
        out += null;
    }
}

// `2026-05-12 10:00:00.123+00`, as PostgreSQL writes it with TimeZone UTC and DateStyle ISO.
Instant instant_in(std::string_view text) {
    if (text.size() < 5 || text[4] != '-') return Instant{integer_in(text)};
    std::string rfc{text};
    if (rfc.size() > 10 && rfc[10] == ' ') rfc[10] = 'T';
    if (rfc.ends_with("+00")) rfc += ":00";
    const auto at = parse_rfc3339(rfc);
    if (!at) unreadable(text);
    return *at;
}

}  // namespace

std::string_view sql_type(ColumnType type) {
    switch (type) {
        case ColumnType::text:
            return "text";
        case ColumnType::integer:
            return "bigint";
        case ColumnType::boolean:
            return "boolean";
        case ColumnType::instant:
            return "timestamptz";
        case ColumnType::json:
            return "json";
    }
    return "text";
}

std::optional<std::string> to_text(const Value& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "t" : "f";
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* at = std::get_if<Instant>(&value)) return to_rfc3339(*at);
    if (const auto* json = std::get_if<model::Json>(&value)) return json->text;
    return std::nullopt;
}

void append_element(std::string& array, const Value& value) {
    append_value(array, value, "NULL", append_quoted);
}

void append_field(std::string& line, const Value& value) {
    append_value(line, value, "\\N", append_copied);
}

Value from_text(ColumnType type, std::string_view text) {
    switch (type) {
        case ColumnType::text:
            return std::string{text};
        case ColumnType::integer:
            return integer_in(text);
        case ColumnType::boolean:
            return text == "t";
        case ColumnType::instant:
            return instant_in(text);
        case ColumnType::json:
            return model::Json{std::string{text}};
    }
    unreadable(text);
}

}  // namespace pakashop::postgres
