/// One HTTP exchange as the pure parts of the sandbox see it: no socket, no thread, no clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pakashop::sandbox {

/// A header or query field: name and value, in the order received.
using Field = std::pair<std::string, std::string>;
using Fields = std::vector<Field>;

/// Milliseconds since the Unix epoch, on whichever clock the caller names.
using Instant = std::int64_t;

/// A request that has arrived, with its path as it stood on the wire.
struct Call {
    std::string method;
    std::string path;       ///< Without the query, not decoded: signatures cover these bytes.
    std::string authority;  ///< The Host header.
    Fields headers;
    Fields query;  ///< Decoded.
    std::string body;
};

/// The answer to a call.
struct Reply {
    int status = 200;
    std::string body;
    std::string content_type = "application/json";
    Fields headers = {};
    std::int64_t hold_ms = 0;  ///< Keep the caller waiting this long before answering.
};

/// All values of a header, names compared without case, joined by ", " (RFC 9421, 2.1).
/// Empty when it is absent.
[[nodiscard]] std::string header_of(const Fields& headers, std::string_view name);

/// Whether a header of this name is there at all.
[[nodiscard]] bool has_header(const Fields& headers, std::string_view name);

/// The first query value of that name, or an empty text.
[[nodiscard]] std::string query_of(const Call& call, std::string_view name);

/// The token of `Authorization: Bearer <token>`; empty when there is none.
[[nodiscard]] std::string bearer_of(const Call& call);

/// The parts of a path between its slashes: "/a/b" gives {"a", "b"}.
[[nodiscard]] std::vector<std::string_view> segments_of(std::string_view path);

}  // namespace pakashop::sandbox
