#include "api/gateway.hpp"

#include <algorithm>

#include <openssl/rand.h>
#include <spdlog/spdlog.h>

#include "adapters/system/movable_clock.hpp"
#include "api/canonical.hpp"
#include "api/headers.hpp"
#include "handlers/sealing.hpp"

namespace pakashop::api {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds position_patience{2000};
// Somebody else's write is shown if it can be shown soon; nobody is held up for it.
constexpr milliseconds fresh_patience{250};
constexpr milliseconds fresh_patience_for_people{1000};
// Longer than one waits here for the read models.
constexpr milliseconds slow_request{3000};
// A crowd that is turned away must not fill the disk.
constexpr int warnings_per_second_max = 50;

std::vector<Route> declarations(const std::vector<BoundRoute>& bound) {
    std::vector<Route> routes;
    for (const BoundRoute& one : bound) routes.push_back(one.route);
    return routes;
}

std::string fresh_key() {
    std::array<std::uint8_t, 16> bytes;
    require(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "randomness");
    return to_hex(bytes);
}

bool reads(const http::Request& request) {
    return request.method == "GET" || request.method == "HEAD";
}

/// The body of a route that declares none.
struct NoMembers {
    static constexpr auto fields() { return std::tuple{}; }
};

// Such a body may still be sent, as `{}`; anything else in it is a mistake worth telling. What
// providers send to the open routes is read, and judged, there.
Result<void, Problem> check_undeclared_body(const Call& call) {
    const bool open = call.route.access.door == Access::Door::open;
    if (!call.route.body.empty() || open || reads(call.request)) return {};
    auto body = decode_body<NoMembers>(call.request);
    if (!body) return unexpected{std::move(body.error())};
    return {};
}

// Two values would mean two requests, and which of them counts is not for us to choose.
Result<void, Problem> check_repeated_headers(const http::Request& request) {
    constexpr std::array once{
        "x-pakashop-key",
        "x-internal-key",
        "idempotency-key",
        "pakashop-position",
        "x-signature",
        "verif-hash"
    };
    for (const char* name : once) {
        if (!request.repeats(name)) continue;
        return unexpected{Problem{
            .code = "malformed_request",
            .detail = std::string{"A header that may stand once is repeated: "} + name + "."
        }};
    }
    return {};
}

/// The client's Idempotency-Key; nothing when it sent none, or the route takes none.
Result<std::optional<std::string>, Problem> idempotency_key_of(const Call& call) {
    if (call.route.idempotency == Idempotency::none) return std::nullopt;
    const std::string_view header = call.request.header("idempotency-key");
    if (header.empty() && call.route.idempotency != Idempotency::required) return std::nullopt;
    if (header.empty()) {
        return unexpected{Problem{
            .code = "idempotency_key_required",
            .detail = "This request moves money: send an Idempotency-Key."
        }};
    }
    auto key = parse_idempotency_key(header);
    if (key) return key;
    return unexpected{Problem{
        .code = "idempotency_key_invalid",
        .detail = "An Idempotency-Key has 1 to 255 visible ASCII characters."
    }};
}

Problem key_reused() { return problem_of({.kind = Outcome::Kind::key_reused}); }

bool is_enrolment(const Route& route) {
    return route.pattern.find("/auth/mfa/") != std::string::npos ||
           route.pattern.ends_with("/auth/logout") || route.pattern.ends_with("/auth/me");
}

}  // namespace

Gateway::Gateway(App& app, std::vector<BoundRoute> routes)
    : app_{app}, table_{declarations(routes)} {
    for (const BoundRoute& one : routes) handlers_.push_back(one.handler);
}

Awaitable<http::Response> Gateway::handle(http::Request request) {
    const Arrival arrival{request, correlation_id(request.header("x-correlation-id"))};
    const std::string instance = "urn:pakashop:request:" + arrival.correlation;
    const auto trace = parse_traceparent(request.header("traceparent"));
    const TraceContext span = trace ? make_child(*trace) : make_trace();
    auto match = find(request);
    if (!match) {
        http::Response response = to_response(match.error(), instance);
        finish(arrival, nullptr, response);
        co_return response;
    }
    Call call{
        .request = request,
        .route = table_.routes()[*match->index],
        .match = *match,
        .trace = {{}, arrival.correlation, to_traceparent(span)},
        .now = app_.clock.now(),
        .cursor_key = app_.cursor_key
    };
    auto answered = co_await answer_or_fail(call, handlers_[*match->index]);
    http::Response response =
        answered ? *std::move(answered) : to_response(answered.error(), instance);
    finish(arrival, &call, response);
    co_return response;
}

Result<RouteTable::Match, Problem> Gateway::find(const http::Request& request) const {
    auto match = table_.find(request.method, request.path);
    if (match.index) return match;
    // Whether a path exists is told to holders of the key only.
    const bool behind_key = request.path.starts_with("/api/");
    if (behind_key && !app_.client_keys.opens(request.header("x-pakashop-key"))) {
        return unexpected{Problem{.code = "client_key_invalid"}};
    }
    if (match.allow.empty()) return unexpected{not_found()};
    Problem problem{
        .code = "method_not_allowed",
        .detail = "Allowed: " + match.allow + ".",
        .allow = match.allow
    };
    return unexpected{std::move(problem)};
}

// What a handler throws is answered here, where the caller's correlation id is known.
Awaitable<Answer> Gateway::answer_or_fail(Call& call, RouteHandler handler) {
    Problem problem;
    try {
        if (co_await knows_of_the_others(call)) {
            Answer answered = co_await answer(call, handler);
            co_return answered;
        }
        problem = problem_of({.kind = Outcome::Kind::log_unavailable});
    } catch (const KeysUnavailable&) {
        problem = problem_of({.kind = Outcome::Kind::log_unavailable});
    } catch (const std::exception& error) {
        SPDLOG_ERROR(
            "{} {} failed: {} correlation={}",
            call.route.method,
            call.route.pattern,
            error.what(),
            call.trace.correlation
        );
        problem = {.code = "internal_error"};
    }
    co_return unexpected{std::move(problem)};
}

// What another node acknowledged before this request came is known here as well. While no node can
// read all of the log, what is here must do.
Awaitable<bool> Gateway::knows_of_the_others(const Call& call) {
    if (!app_.when_fresh || call.route.anywhere) co_return true;
    auto start = [this](auto done) { app_.when_fresh(std::move(done)); };
    co_return co_await from_callback<bool>(std::move(start));
}

Awaitable<Answer> Gateway::answer(Call& call, RouteHandler handler) {
    if (auto clear = check_repeated_headers(call.request); !clear) {
        co_return unexpected{clear.error()};
    }
    auto caller = identify(call.request, call.route);
    if (!caller) co_return unexpected{caller.error()};
    call.caller = *std::move(caller);
    if (auto known = identify_command(call); !known) co_return unexpected{known.error()};
    if (auto fits = check_undeclared_body(call); !fits) co_return unexpected{fits.error()};
    std::optional<KeysUnderWay::Hold> hold;
    if (call.keyed && call.route.key_in_body) {
        hold = keys_.take(call.command_id, call.fingerprint);
        if (!hold || used_for_another_body(call)) co_return unexpected{key_reused()};
    }
    // What any node tells of itself is in no read model, and a node that stands by follows none.
    const bool of_read_models =
        call.route.access.door != Access::Door::open && !call.route.anywhere;
    if (reads(call.request) && of_read_models) {
        auto visible = co_await await_position(call);
        if (!visible) co_return unexpected{visible.error()};
    }
    co_return co_await handler(app_, call);
}

Result<Caller, Problem> Gateway::identify(const http::Request& request, const Route& route) {
    using Door = Access::Door;
    Caller caller;
    switch (route.access.door) {
        case Door::open:
            caller.principal = "anybody";
            return caller;
        case Door::internal:
            if (!app_.internal_keys.opens(request.header("x-internal-key"))) {
                return unexpected{Problem{.code = "internal_key_invalid"}};
            }
            caller.principal = "internal";
            caller.internal = true;
            return caller;
        case Door::client:
        case Door::person:
        case Door::roles:
            break;
    }
    if (!app_.client_keys.opens(request.header("x-pakashop-key"))) {
        return unexpected{Problem{.code = "client_key_invalid"}};
    }
    if (route.access.door != Door::client) return person(request, route);
    // A public route still knows its caller when a good token comes along: an owner sees more. Not
    // where the body says who calls: a token that ends must not make another command of a repeat.
    if (!route.key_in_body) {
        if (auto known = person(request, route)) return known;
    }
    caller.principal = "client";
    return caller;
}

Result<Caller, Problem> Gateway::person(const http::Request& request, const Route& route) {
    const Instant now = app_.clock.now();
    const auto claims = app_.tokens.verify(bearer_token(request.header("authorization")), now);
    if (!claims) return unexpected{Problem{.code = "token_invalid"}};
    Caller caller;
    caller.user = UserId{claims->user};
    caller.session = SessionId{claims->session};
    caller.login = claims->login;
    caller.principal = claims->user;
    const auto login = app_.reference.view<Login>(claims->login, id_in(claims->login));
    if (!session_live(*login, caller.session, now)) {
        return unexpected{Problem{.code = "token_invalid", .detail = "The session has ended."}};
    }
    caller.roles = app_.reference.view<User>(claims->user, claims->user)->roles;
    if (caller.roles.empty()) {
        // The user's own stream is not there yet: the registration names all roles but everybody's.
        caller.roles = login->credentials->roles;
        if (!caller.has(Role::customer)) caller.roles.insert(caller.roles.begin(), Role::customer);
    }
    const bool must_enrol =
        !login->totp_secret && std::ranges::any_of(caller.roles, needs_second_factor);
    if (must_enrol && !is_enrolment(route)) {
        return unexpected{Problem{.code = "second_factor_enrolment_required"}};
    }
    const auto& any_of = route.access.any_of;
    const bool allowed =
        any_of.empty() || std::ranges::any_of(any_of, [&](Role role) { return caller.has(role); });
    if (!allowed) return unexpected{Problem{.code = "role_required"}};
    return caller;
}

Result<void, Problem> Gateway::identify_command(Call& call) const {
    const http::Request& request = call.request;
    if (reads(request)) return {};
    auto key = idempotency_key_of(call);
    if (!key) return unexpected{std::move(key.error())};
    call.keyed = key->has_value();
    call.command_id = command_id(
        call.caller.principal, request.method, request.path, call.keyed ? **key : fresh_key()
    );
    if (!call.keyed) {
        // Nobody can send this id again, with whatever body.
        call.fingerprint = sha256(to_hex(call.command_id));
        return {};
    }
    const std::string target = request.method + "\n" + request.path + "\n";
    const std::string text = target + canonical_json(request.body);
    call.fingerprint = hmac_sha256(app_.fingerprint_key, text);
    return {};
}

// The shard knows the keys of its own partition only.
bool Gateway::used_for_another_body(const Call& call) const {
    for (std::uint32_t i = 0; i < app_.engine.partitions(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        const auto seen = app_.engine.store().find_command(partition, call.command_id);
        if (seen) return seen->fingerprint != call.fingerprint;
    }
    return false;
}

// A token is a promise; one's own last minute and other people's news are kept if that is quick.
// The end of the log is looked at once, so that the waits are one: what is written during them is
// nobody's to know.
Awaitable<Result<void, Problem>> Gateway::await_position(Call& call) {
    const Position all = end_of_log(app_.engine);
    const std::string_view token = call.request.header("pakashop-position");
    if (!token.empty()) {
        const auto position = app_.positions.from_token(token);
        if (!position) co_return unexpected{Problem{.code = "position_invalid"}};
        const bool there = co_await visible(app_.progress, *position, position_patience);
        if (!there) {
            const bool away = !app_.progress.available();
            co_return unexpected{Problem{
                .code = away ? "read_model_unavailable" : "read_model_behind",
                .detail = "What you ask for is not visible yet.",
                .retry_after_s = 1
            }};
        }
    }
    if (!app_.progress.available()) co_return Result<void, Problem>{};
    if (call.caller.person()) {
        const Position own = app_.positions.recent(call.caller.principal, call.now);
        co_await visible(app_.progress, own, position_patience);
    }
    // While the rows are still being filled they show a past that nobody asked for.
    const bool filling = !app_.progress.caught_up();
    auto patience = call.caller.person() ? fresh_patience_for_people : fresh_patience;
    if (filling) patience = position_patience;
    co_await visible(app_.progress, all, patience);
    if (!filling || app_.progress.caught_up() || !app_.progress.available()) {
        co_return Result<void, Problem>{};
    }
    co_return unexpected{Problem{
        .code = "read_model_unavailable",
        .detail = "The read models are being filled from the log.",
        .retry_after_s = 2
    }};
}

void Gateway::finish(const Arrival& arrival, const Call* call, http::Response& response) {
    response.set("X-Correlation-Id", arrival.correlation);
    ++figures_.requests;
    if (response.status >= 500) ++figures_.failed;
    if (response.status >= 400 && response.status < 500) ++figures_.refused;
    log(arrival, call, response.status);
    if (!call || call->position.empty()) return;
    response.set("Pakashop-Position", app_.positions.to_token(call->position));
    if (call->replayed) response.set("Idempotent-Replayed", "true");
    // Whoever holds a key only is many: their writes are not each other's.
    if (!call->caller.person()) return;
    app_.positions.remember(call->caller.principal, call->position, call->now);
}

// Every request is a line at debug; one that broke or took long is worth one at any time. Of what a
// caller wrote it holds nothing but the method, which is a token.
void Gateway::log(const Arrival& arrival, const Call* call, int status) {
    const auto now = std::chrono::steady_clock::now();
    const auto took = now - arrival.at;
    const bool notable = (status >= 500 || took >= slow_request) && may_warn(now);
    const auto level = notable ? spdlog::level::warn : spdlog::level::debug;
    if (!spdlog::should_log(level)) return;
    const std::string_view caller = call ? std::string_view{call->caller.principal} : "";
    spdlog::log(
        level,
        "request method={} route={} status={} us={} caller={} correlation={}",
        arrival.request.method,
        call ? std::string_view{call->route.pattern} : "-",
        status,
        std::chrono::duration_cast<std::chrono::microseconds>(took).count(),
        caller.empty() ? "-" : caller,
        arrival.correlation
    );
}

bool Gateway::may_warn(std::chrono::steady_clock::time_point now) {
    if (now - warnings_since_ >= std::chrono::seconds{1}) {
        warnings_since_ = now;
        warnings_ = 0;
    }
    return ++warnings_ <= warnings_per_second_max;
}

http::Response Gateway::refuse(int status, std::string_view code, std::string_view detail) {
    const Problem problem{.code = code, .detail = std::string{detail}};
    const std::string correlation = correlation_id({});
    http::Response response = to_response(problem, "urn:pakashop:request:" + correlation);
    response.set("X-Correlation-Id", correlation);
    response.status = status;
    spdlog::debug("request refused: status={} code={} correlation={}", status, code, correlation);
    return response;
}

}  // namespace pakashop::api
