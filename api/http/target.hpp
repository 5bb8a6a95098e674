#pragma once

#include <string>
#include <string_view>

#include "api/http/limits.hpp"
#include "events/kernel/result.hpp"

namespace pakashop::http {

/// A request target taken apart and checked.
struct Target {
    std::string path;       ///< Percent-decoded UTF-8 without control characters or dot segments.
    std::string query;      ///< Still encoded, every pair checked.
    std::string origin;     ///< Path and query as sent: the origin form.
    std::string authority;  ///< Of an absolute form ("host:port"), else empty.
};

/// Takes origin form and absolute form (http, https). Refuses with 400 what two readers could
/// understand differently: encoded slashes, backslashes and NUL, dot segments (also encoded),
/// control characters, bad percent signs, a query parameter given twice.
Result<Target, Refusal> parse_target(std::string_view raw);

/// True for a usable Host header: host name, IPv4 or bracketed IPv6, and perhaps a port.
bool is_host(std::string_view text);

}  // namespace pakashop::http
