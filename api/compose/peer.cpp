#include "api/compose/peer.hpp"

#include <algorithm>
#include <array>

#include "adapters/http/client.hpp"

namespace pakashop::api {
namespace {

constexpr int patience_ms = 30'000;
constexpr std::array<std::string_view, 10> of_one_connection{
    "connection",
    "content-length",
    "date",
    "expect",
    "keep-alive",
    "server",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent"
};

bool goes_along(std::string_view header) {
    return std::ranges::find(of_one_connection, header) == of_one_connection.end();
}

}  // namespace

std::optional<http::Response> ask_peer(const std::string& address, const http::Request& request) {
    HttpCall call;
    call.method = request.method;
    call.url = "http://" + address + request.target;
    call.body = request.body;
    call.timeout_ms = patience_ms;
    for (const http::Header& header : request.headers) {
        if (goes_along(header.name)) call.headers.push_back({header.name, header.value});
    }
    auto reply = send(call);
    if (!reply) return std::nullopt;
    http::Response response{.status = reply->status, .body = std::move(reply->body)};
    for (HttpHeader& header : reply->headers) {
        if (goes_along(header.name)) response.set(header.name, std::move(header.value));
    }
    return response;
}

}  // namespace pakashop::api
