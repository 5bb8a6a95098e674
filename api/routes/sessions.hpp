#pragma once

#include <optional>
#include <string>

#include "api/call.hpp"

namespace pakashop::api {

/// The stream (and key) of an address's login: the address itself stays out of the log's keys.
std::string login_stream(const App& app, std::string_view email);

/// A refresh token names its login and session, carries a secret that only its hash knows, and
/// proves by a MAC that we gave it out: one that is genuine and not the session's current one was
/// used before, however long ago. Never rendered a second time (architecture 2.7).
struct RefreshToken {
    std::string login;
    SessionId session;
    std::string secret;

    static RefreshToken make(std::string login, SessionId session);
    /// Nothing for a text that is no refresh token of ours.
    static std::optional<RefreshToken> parse(const App& app, std::string_view text);
    std::string text(const App& app) const;
    Digest hash() const;

private:
    std::string unproven() const;
};

/// What a login or registration answers while too many wait to have a password hashed.
Problem passwords_busy();

/// How long a refresh token lives (api.md, "Repeats and limits").
constexpr Duration session_ttl = hours(24 * 30);

/// `{accessToken, refreshToken, expiresIn}` for a session.
http::Response
token_reply(const App& app, const UserId& user, const RefreshToken& refresh, Instant now);

}  // namespace pakashop::api
