#include "api/forward.hpp"

#include <algorithm>
#include <array>

#include "adapters/http/client.hpp"
#include "handlers/membership.hpp"

namespace pakashop::api {
namespace {

/// Says that a node has passed the request on: it is not passed on again.
constexpr std::string_view passed_on = "x-pakashop-forwarded-by";
constexpr int answer_patience_ms = 30'000;
/// What belongs to one connection, or is written anew for the next (RFC 9110, 7.6.1).
constexpr std::array<std::string_view, 8> not_passed_on{
    "connection", "content-length", "date", "expect", "keep-alive", "te", "transfer-encoding",
    "upgrade"
};

bool goes_along(std::string_view header) {
    return std::ranges::find(not_passed_on, header) == not_passed_on.end();
}

HttpCall same_request(const Call& call, const LeaseHolder& leader, const std::string& self) {
    HttpCall out{
        .method = call.request.method,
        .url = "http://" + leader.address + call.request.target,
        .body = call.request.body,
        .timeout_ms = answer_patience_ms
    };
    for (const http::Header& header : call.request.headers) {
        const bool correlation = header.name == "x-correlation-id";
        if (goes_along(header.name) && !correlation) out.headers.push_back({header.name, header.value});
    }
    out.headers.push_back({"x-correlation-id", call.trace.correlation});
    out.headers.push_back({std::string{passed_on}, self});
    return out;
}

http::Response same_response(HttpReply reply) {
    http::Response out{.status = reply.status, .body = std::move(reply.body)};
    for (HttpHeader& header : reply.headers) {
        if (goes_along(header.name)) out.set(header.name, std::move(header.value));
    }
    return out;
}

}  // namespace

bool led_elsewhere(const App& app, const Route& route) {
    return app.membership && !app.engine.leading() && !route.anywhere;
}

Awaitable<Answer> forward(App& app, const Call& call) {
    const auto leader = app.membership->holder();
    const std::string self = app.membership->options().node;
    const bool nobody = !leader || leader->node == self;
    if (nobody || !call.request.header(passed_on).empty()) {
        co_return unexpected{problem_of({.kind = Outcome::Kind::not_leading})};
    }
    auto work = [request = same_request(call, *leader, self)] { return send(request); };
    auto reply = co_await on_pool(app.pool, std::move(work));
    if (!reply) co_return unexpected{problem_of({.kind = Outcome::Kind::not_leading})};
    co_return same_response(*std::move(reply));
}

}  // namespace pakashop::api
