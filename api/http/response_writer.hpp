#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "api/http/message.hpp"

namespace pakashop::http {

/// How one answer goes out.
struct Delivery {
    bool without_body = false;    ///< The request was HEAD: length is told, no bytes follow.
    bool close = false;           ///< The connection ends after this answer.
    bool say_keep_alive = false;  ///< HTTP/1.0 client that asked to keep the connection.
};

/// True when every header of the response can be sent as it is: token names, values without control
/// characters, and none of the framing headers, which belong to the server.
bool is_sendable(const Response& response);

/// True when this status may carry a body (not 1xx, 204, 304).
bool has_body(int status);

/// Appends status line and header to `out`, with the security headers, Date and Content-Length that
/// every answer carries. `date` is an IMF-fixdate.
void write_head(
    std::string& out,
    const Response& response,
    const Delivery& delivery,
    std::string_view date
);

/// The IMF-fixdate of an instant (RFC 9110 section 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date(std::time_t seconds);

}  // namespace pakashop::http
