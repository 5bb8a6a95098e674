#include "api/http/head_scanner.hpp"

#include <algorithm>
#include <array>

namespace pakashop::http {
namespace {

constexpr std::size_t method_bytes_max = 32;
constexpr std::size_t version_bytes = 8;  // "HTTP/1.1"

constexpr auto token_bytes = [] {
    std::array<bool, 256> table{};
    for (unsigned char c : std::string_view{"!#$%&'*+-.^_`|~0123456789"}) table[c] = true;
    for (unsigned char c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = true;
    return table;
}();

bool token_byte(char c) { return token_bytes[static_cast<unsigned char>(c)]; }

bool value_byte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

bool target_byte(char c) { return c > 0x20 && c < 0x7f; }

std::optional<Refusal> check_request_line(std::string_view line, const Limits& limits) {
    const auto method_end = line.find(' ');
    if (method_end == line.npos || method_end > method_bytes_max ||
        !is_token(line.substr(0, method_end))) {
        return malformed("The request line does not begin with a method.");
    }
    const auto target_end = line.rfind(' ');
    if (target_end == method_end) return malformed("The request line has no HTTP version.");
    const auto version = line.substr(target_end + 1);
    if (version.size() != version_bytes || (version != "HTTP/1.1" && version != "HTTP/1.0")) {
        return malformed("Only HTTP/1.1 and HTTP/1.0 are spoken here.");
    }
    const auto target = line.substr(method_end + 1, target_end - method_end - 1);
    if (target.size() > limits.target_bytes_max) {
        return Refusal{414, "target_too_long", "The request target is too long."};
    }
    if (target.empty() || !std::ranges::all_of(target, target_byte)) {
        return malformed("The request target holds a byte that may not stand there.");
    }
    return std::nullopt;
}

std::optional<Refusal> check_field_line(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == line.npos || !is_token(line.substr(0, colon))) {
        return malformed("A header line is not a name followed by a colon.");
    }
    if (!is_field_value(line.substr(colon + 1))) {
        return malformed("A header value holds a control character.");
    }
    return std::nullopt;
}

}  // namespace

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, token_byte);
}

bool is_field_value(std::string_view text) { return std::ranges::all_of(text, value_byte); }

HeadScanner::Outcome HeadScanner::scan(std::string_view bytes) {
    while (true) {
        const auto end = bytes.find('\n', line_begin_);
        if (end == bytes.npos) return {0, check_growth(bytes)};
        if (end >= limits_.head_bytes_max) return {0, check_growth(bytes.substr(0, end + 1))};
        if (end == line_begin_ || bytes[end - 1] != '\r') {
            return {0, malformed("A line of the header does not end with CR LF.")};
        }
        const auto line = bytes.substr(line_begin_, end - 1 - line_begin_);
        line_begin_ = end + 1;
        if (line.empty() && lines_ > 0) return {line_begin_, std::nullopt};
        if (auto refusal = check_line(line)) return {0, refusal};
    }
}

std::optional<Refusal> HeadScanner::check_growth(std::string_view bytes) const {
    const auto request_line_max = limits_.target_bytes_max + method_bytes_max + version_bytes + 4;
    if (lines_ == 0 && bytes.size() > request_line_max) {
        return Refusal{414, "target_too_long", "The request target is too long."};
    }
    if (bytes.size() > limits_.head_bytes_max) {
        return Refusal{431, "headers_too_large", "The request header is too large."};
    }
    return std::nullopt;
}

std::optional<Refusal> HeadScanner::check_line(std::string_view line) {
    if (lines_++ == 0) return check_request_line(line, limits_);
    if (lines_ - 1 > limits_.fields_max) {
        return Refusal{431, "headers_too_large", "The request has too many header fields."};
    }
    return check_field_line(line);
}

}  // namespace pakashop::http
