#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "api/app.hpp"
#include "api/await.hpp"
#include "api/body.hpp"
#include "api/problem.hpp"
#include "api/route.hpp"

namespace pakashop::api {

/// Who is calling, once the gateway knows. Roles are live: read from the user's own stream.
struct Caller {
    UserId user;
    SessionId session;
    std::string login;        ///< The login's stream.
    std::vector<Role> roles;  ///< Empty: nobody logged in.
    std::string principal;    ///< `usr_…`, `client`, `internal` or `anybody`.
    bool internal = false;

    bool has(Role role) const;
    bool person() const { return !user.value.empty(); }
    bool admin() const { return has(Role::platform_admin) || internal; }
    bool finance() const { return admin() || has(Role::finance_admin); }
    /// May see everybody's orders.
    bool staff() const { return finance() || has(Role::support_agent); }
};

/// One request on its way through a route, and what its answer must say beside the body.
struct Call {
    const http::Request& request;
    const Route& route;
    const RouteTable::Match& match;
    Caller caller{};
    CommandId command_id{};
    Fingerprint fingerprint{};
    bool keyed = false;  ///< The client sent an Idempotency-Key of its own.
    Trace trace;
    Instant now;
    Digest cursor_key{};    ///< Seals the cursors of lists (paging.hpp).
    Position position{};    ///< What this call committed, or showed before the read models do.
    bool replayed = false;  ///< Its command had been accepted before.

    /// A `:name` of the path.
    std::string path(std::string_view name) const { return std::string{match.parameter(name)}; }
    std::optional<std::string> query(std::string_view name) const {
        return request.query_parameter(name);
    }
    Actor actor(Role acting) const;
    /// The call's command for `stream` of `key`. A second command of the same call names itself by
    /// `what`, so that each has an id of its own.
    Command command(
        std::string key,
        std::string stream,
        AnyCommand command,
        Role acting,
        std::string_view what = {}
    ) const;
    /// Remembers that the answer shows `key` as the log has it, which the read models may not yet:
    /// whoever saw it must not be shown less afterwards.
    void note_seen(Engine& engine, std::string_view key);
    /// Remembers what was committed, for `Pakashop-Position` and `Idempotent-Replayed`.
    void note(const Outcome& outcome, bool main = true);
};

/// What a route answers: a response, or a problem for the gateway to render.
using Answer = Result<http::Response, Problem>;
using RouteHandler = Awaitable<Answer> (*)(App&, Call&);

/// A declared route and the function behind it.
struct BoundRoute {
    Route route;
    RouteHandler handler;
};

/// The problem a command that was not accepted ends in; `refusal` codes are problem codes. A
/// validation_failed points at the whole body: a route that knows the field says which.
Problem problem_of(const Outcome& outcome);

/// 200 (or another status) with a JSON body.
http::Response json_response(std::string body, int status = 200);
http::Response no_content();

Problem not_found();
Problem illegal_transition(std::string_view from, std::string_view asked);

/// Whether the call's command was accepted before: a repeat is answered as the first call was, even
/// where a check outside the aggregate would now say no. `key` is the command's partition key.
bool accepted_before(App& app, const Call& call, std::string_view key);

/// Submits the call's command and notes its commit. The outcome is always `committed`.
Awaitable<Result<Outcome, Problem>> commit(App& app, Call& call, Command command);

}  // namespace pakashop::api
