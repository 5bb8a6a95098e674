#include "api/routes/sessions.hpp"

#include <openssl/rand.h>

namespace pakashop::api {

std::string login_stream(const App& app, std::string_view email) {
    return "login:" + to_hex(hmac_sha256(app.login_key, email));
}

RefreshToken RefreshToken::make(std::string login, SessionId session) {
    Digest secret;
    const bool good = RAND_bytes(secret.data(), static_cast<int>(secret.size())) == 1;
    require(good, "randomness is available");
    return {std::move(login), std::move(session), to_hex(secret)};
}

std::optional<RefreshToken> RefreshToken::parse(std::string_view text) {
    const auto first = text.find('.');
    const auto last = text.rfind('.');
    if (first == std::string_view::npos || first == last) return std::nullopt;
    RefreshToken token{
        "login:" + std::string{text.substr(0, first)},
        SessionId{std::string{text.substr(first + 1, last - first - 1)}},
        std::string{text.substr(last + 1)}
    };
    const bool shaped = first == 64 && from_hex(text.substr(0, first)) &&
                        token.secret.size() == 64 && from_hex(token.secret);
    return shaped ? std::optional{token} : std::nullopt;
}

std::string RefreshToken::text() const {
    return std::string{id_in(login)} + "." + session.value + "." + secret;
}

Digest RefreshToken::hash() const { return sha256(secret); }

http::Response
token_reply(const App& app, const UserId& user, const RefreshToken& refresh, Instant now) {
    const TokenClaims claims{
        user.value, refresh.session.value, refresh.login, now, now + TokenSigner::lifetime
    };
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("accessToken").text(app.tokens.sign(claims));
    out.key("refreshToken").text(refresh.text());
    out.key("expiresIn").integer(TokenSigner::lifetime.ms / 1000).end_object();
    return json_response(std::move(body));
}

}  // namespace pakashop::api
