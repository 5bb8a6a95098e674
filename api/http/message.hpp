#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pakashop::http {

/// One header field. In a Request the name is lower-case; in a Response it goes out as written.
struct Header {
    std::string name;
    std::string value;
};

/// One complete, checked request: framing, header syntax, target and query are already valid, so a
/// handler never meets a control character, an encoded slash or a dot segment in them.
struct Request {
    std::string method;  ///< As sent, upper-case by convention; any token, the router decides.
    std::string target;  ///< Origin form as sent: path and query, still percent-encoded.
    std::string path;    ///< Percent-decoded UTF-8 without control characters; begins with '/'.
    std::string query;   ///< Without '?', still percent-encoded; no parameter appears twice.
    std::vector<Header> headers;
    std::string body;
    std::string remote_address;  ///< The peer's IP address, without port.

    /// The value of a header (name in lower-case); empty when absent.
    std::string_view header(std::string_view name) const;

    /// True when a header (name in lower-case) stands more than once.
    bool repeats(std::string_view name) const;

    /// The decoded value of a query parameter ('+' means space); nullopt when absent.
    std::optional<std::string> query_parameter(std::string_view name) const;
};

/// What goes back. The server adds length, date and security headers where these are not set.
struct Response {
    int status = 200;
    std::vector<Header> headers{};
    std::string body{};

    /// Sets a header, replacing one of the same name in any spelling.
    void set(std::string_view name, std::string value);

    /// The value of a header, its name in any spelling; empty when absent.
    std::string_view header(std::string_view name) const;
};

/// True when two header names are the same, whatever their case (ASCII).
bool same_name(std::string_view left, std::string_view right);

}  // namespace pakashop::http
