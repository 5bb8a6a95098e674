#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "api/call.hpp"
#include "api/keys_under_way.hpp"

namespace pakashop::api {

/// The single entry (GW rows): looks a request's route up, lets the right ones in, and gives every
/// answer its conventions: problem documents, correlation, position, replay (api.md).
class Gateway {
public:
    Gateway(App& app, std::vector<BoundRoute> routes);

    /// Answers one request; the server's handler.
    Awaitable<http::Response> handle(http::Request request);
    /// Answers what the server itself refuses, in the same shape.
    static http::Response refuse(int status, std::string_view code, std::string_view detail);

    const RouteTable& routes() const { return table_; }

    struct Figures {
        std::uint64_t requests = 0;
        std::uint64_t refused = 0;  ///< 4xx.
        std::uint64_t failed = 0;   ///< 5xx.
    };
    Figures figures() const { return figures_; }

private:
    /// A request as it came in.
    struct Arrival {
        const http::Request& request;
        std::string correlation;
        std::chrono::steady_clock::time_point at = std::chrono::steady_clock::now();
    };

    Awaitable<Answer> answer_or_fail(Call& call, RouteHandler handler);
    Awaitable<bool> knows_of_the_others(const Call& call);
    Awaitable<Answer> answer(Call& call, RouteHandler handler);
    Result<RouteTable::Match, Problem> find(const http::Request& request) const;
    Result<Caller, Problem> identify(const http::Request& request, const Route& route);
    Result<Caller, Problem> person(const http::Request& request, const Route& route);
    Result<void, Problem> identify_command(Call& call) const;
    bool used_for_another_body(const Call& call) const;
    Awaitable<Result<void, Problem>> await_position(Call& call);
    void finish(const Arrival& arrival, const Call* call, http::Response& response);
    void log(const Arrival& arrival, const Call* call, int status);
    bool may_warn(std::chrono::steady_clock::time_point now);

    App& app_;
    RouteTable table_;
    std::vector<RouteHandler> handlers_;
    KeysUnderWay keys_;
    Figures figures_;
    std::chrono::steady_clock::time_point warnings_since_{};
    int warnings_ = 0;
};

}  // namespace pakashop::api
