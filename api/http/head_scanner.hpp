#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "api/http/limits.hpp"

namespace pakashop::http {

/// Walks the bytes of a request head line by line as they arrive and refuses at the first byte that
/// two parsers could read differently: bare LF or CR, folded lines, control characters, a space
/// before the colon, anything but HTTP/1.0 and 1.1 (RFC 9112, sections 2.2, 3, 5.1 and 5.2).
/// It stands before Beast's parser, which is lenient about some of these.
class HeadScanner {
public:
    explicit HeadScanner(const Limits& limits) : limits_{limits} {}

    struct Outcome {
        std::size_t head_bytes = 0;  ///< Size of the whole head once it is complete, else 0.
        std::optional<Refusal> refusal;
    };

    /// `bytes` is everything received since the head began; call again with more while neither
    /// outcome is there. Earlier bytes must not change between calls.
    Outcome scan(std::string_view bytes);

private:
    std::optional<Refusal> check_growth(std::string_view bytes) const;
    std::optional<Refusal> check_line(std::string_view line);

    const Limits& limits_;
    std::size_t line_begin_ = 0;
    std::size_t lines_ = 0;
};

/// True for a token of RFC 9110 section 5.6.2: a method or a header name.
bool is_token(std::string_view text);

/// True when a header value holds no control character but tab.
bool is_field_value(std::string_view text);

}  // namespace pakashop::http
