#include "api/http/response_writer.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include <boost/beast/http/status.hpp>
#include <fmt/format.h>

#include "api/http/head_scanner.hpp"

namespace pakashop::http {
namespace {

struct Standing {
    std::string_view name;
    std::string_view value;
};

// On every answer, unless the handler set its own (OWASP ASVS V3.4).
constexpr std::array standing_headers{
    Standing{"X-Content-Type-Options", "nosniff"},
    Standing{"Cache-Control", "no-store"},
    Standing{"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    Standing{"Referrer-Policy", "no-referrer"},
    Standing{"Strict-Transport-Security", "max-age=31536000"},
};

// The server alone says how a message ends and what follows it.
constexpr std::array<std::string_view, 6>
    owned_headers{"content-length", "transfer-encoding", "connection", "date", "server", "upgrade"};

void field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

bool is_sendable(const Response& response) {
    if (response.status < 200 || response.status > 599) return false;
    return std::ranges::all_of(response.headers, [](const Header& each) {
        const bool owned = std::ranges::any_of(owned_headers, [&](std::string_view name) {
            return same_name(each.name, name);
        });
        return !owned && is_token(each.name) && is_field_value(each.value);
    });
}

bool has_body(int status) { return status >= 200 && status != 204 && status != 304; }

void write_head(
    std::string& out,
    const Response& response,
    const Delivery& delivery,
    std::string_view date
) {
    const auto reason =
        boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(response.status)
        );
    fmt::format_to(
        std::back_inserter(out),
        "HTTP/1.1 {} {}\r\n",
        response.status,
        std::string_view{reason.data(), reason.size()}
    );
    field(out, "Server", "pakashop");
    field(out, "Date", date);
    for (const auto& each : response.headers) field(out, each.name, each.value);
    for (const auto& each : standing_headers) {
        if (response.header(each.name).empty()) field(out, each.name, each.value);
    }
    if (has_body(response.status)) {
        if (!response.body.empty() && response.header("Content-Type").empty()) {
            field(out, "Content-Type", "application/octet-stream");
        }
        fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", response.body.size());
    }
    if (delivery.close)
        field(out, "Connection", "close");
    else if (delivery.say_keep_alive)
        field(out, "Connection", "keep-alive");
    out.append("\r\n");
}

std::string http_date(std::time_t seconds) {
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    return fmt::format(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        days.at(static_cast<std::size_t>(utc.tm_wday)),
        utc.tm_mday,
        months.at(static_cast<std::size_t>(utc.tm_mon)),
        utc.tm_year + 1900,
        utc.tm_hour,
        utc.tm_min,
        utc.tm_sec
    );
}

}  // namespace pakashop::http
