#include "api/forward.hpp"

#include "handlers/membership.hpp"

namespace pakashop::api {
namespace {

/// Says that a node has passed the request on: it is not passed on again.
constexpr std::string_view passed_on = "x-pakashop-forwarded-by";

http::Request from_here(const Call& call, const std::string& node) {
    http::Request request = call.request;
    std::erase_if(request.headers, [](const http::Header& header) {
        return header.name == "x-correlation-id";
    });
    request.headers.push_back({"x-correlation-id", call.trace.correlation});
    request.headers.push_back({std::string{passed_on}, node});
    return request;
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
    // Another may lead by the time this begins.
    auto work = [&app, request = from_here(call, self)] {
        const auto now = app.membership->holder();
        return now ? app.ask_peer(now->address, request) : std::nullopt;
    };
    auto response = co_await on_pool(app.peers, std::move(work));
    if (!response) co_return unexpected{problem_of({.kind = Outcome::Kind::not_leading})};
    co_return *std::move(response);
}

}  // namespace pakashop::api
