#pragma once

#include <optional>
#include <string>

#include "api/call.hpp"

namespace pakashop::api {

/// The stream (and key) of an address's login: the address itself stays out of the log's keys.
std::string login_stream(const App& app, std::string_view email);

/// What a login or refresh answers; never rendered a second time (architecture 2.7).
struct TokenPair {
    std::string access;
    std::string refresh;
};

/// A refresh token names its login and session and carries a secret that only its hash knows.
struct RefreshToken {
    std::string login;
    SessionId session;
    std::string secret;

    static RefreshToken make(std::string login, SessionId session);
    /// Nothing for a text that is no refresh token of ours.
    static std::optional<RefreshToken> parse(std::string_view text);
    std::string text() const;
    Digest hash() const;
};

/// How long a refresh token lives (api.md, "Repeats and limits").
constexpr Duration session_ttl = hours(24 * 30);

/// `{accessToken, refreshToken, expiresIn}` for a session.
http::Response
token_reply(const App& app, const UserId& user, const RefreshToken& refresh, Instant now);

}  // namespace pakashop::api
