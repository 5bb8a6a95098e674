#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "events/kernel/result.hpp"
#include "events/kernel/time.hpp"

namespace pakashop::api {

/// What an access token says. It names a session, so a token dies with its session whatever its
/// expiry; roles are not in it, they are read from live state.
struct TokenClaims {
    std::string user;     ///< `sub`
    std::string session;  ///< `sid`
    std::string login;    ///< `login`: the login stream that holds the session.
    Instant issued_at;    ///< `iat`, whole seconds.
    Instant expires_at;   ///< `exp`, whole seconds.
    std::string id{};     ///< `jti`: no two tokens are the same text, however soon one follows.
    friend bool operator==(const TokenClaims&, const TokenClaims&) = default;
};

/// Why a token does not count. A caller is told token_invalid in every case.
enum class TokenRefusal { malformed, wrong_signature, wrong_issuer_or_audience, not_yet, expired };

/// Signs and checks access tokens (RFC 7519, RFC 8725): HS256 alone, pinned by comparing the whole
/// header with ours, so no `alg`, `kid`, `jku` or `typ` of a token is ever interpreted. Not thread
/// bound. The secrets have at least 32 bytes.
class TokenSigner {
public:
    static constexpr Duration lifetime = minutes(15);

    /// `previous` still verifies while a secret is being replaced; empty when there is none.
    explicit TokenSigner(std::string secret, std::string previous = {});

    /// A token for these claims; instants are cut to whole seconds.
    std::string sign(const TokenClaims& claims) const;

    /// The claims of a token that is sound at `now`: until its expiry to the second, and from 30 s
    /// before its issue, for clocks that differ.
    Result<TokenClaims, TokenRefusal> verify(std::string_view token, Instant now) const;

private:
    std::vector<std::string> secrets_;
};

/// The token inside `Authorization: Bearer <token>`; empty when the header is anything else.
std::string_view bearer_token(std::string_view authorization);

}  // namespace pakashop::api
