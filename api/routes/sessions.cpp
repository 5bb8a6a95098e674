#include "api/routes/sessions.hpp"

#include <openssl/rand.h>

namespace pakashop::api {
namespace {

std::string proof_of(const App& app, std::string_view unproven) {
    return to_hex(hmac_sha256(app.refresh_key, unproven));
}

}  // namespace

std::string login_stream(const App& app, std::string_view email) {
    return "login:" + to_hex(hmac_sha256(app.login_key, email));
}

RefreshToken RefreshToken::make(std::string login, SessionId session) {
    Digest secret;
    const bool good = RAND_bytes(secret.data(), static_cast<int>(secret.size())) == 1;
    require(good, "randomness is available");
    return {std::move(login), std::move(session), to_hex(secret)};
}

// `<login>.<session>.<secret>.<mac>`: behind a right MAC stands a text of ours, part by part.
std::optional<RefreshToken> RefreshToken::parse(const App& app, std::string_view text) {
    const auto seam = text.rfind('.');
    if (seam == std::string_view::npos) return std::nullopt;
    const std::string_view unproven = text.substr(0, seam);
    if (!equal_in_constant_time(proof_of(app, unproven), text.substr(seam + 1))) {
        return std::nullopt;
    }
    const auto first = unproven.find('.');
    const auto last = unproven.rfind('.');
    return RefreshToken{
        "login:" + std::string{unproven.substr(0, first)},
        SessionId{std::string{unproven.substr(first + 1, last - first - 1)}},
        std::string{unproven.substr(last + 1)}
    };
}

std::string RefreshToken::unproven() const {
    return std::string{id_in(login)} + "." + session.value + "." + secret;
}

std::string RefreshToken::text(const App& app) const {
    const std::string text = unproven();
    return text + "." + proof_of(app, text);
}

Digest RefreshToken::hash() const { return sha256(secret); }

Problem passwords_busy() {
    return {
        .code = "overloaded",
        .detail = "Too many people log in or register at this moment.",
        .retry_after_s = 2
    };
}

http::Response
token_reply(const App& app, const UserId& user, const RefreshToken& refresh, Instant now) {
    const TokenClaims claims{
        user.value,
        refresh.session.value,
        refresh.login,
        now,
        now + TokenSigner::lifetime,
        to_hex(sha256("jti." + refresh.secret)).substr(0, 32)
    };
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("accessToken").text(app.tokens.sign(claims));
    out.key("refreshToken").text(refresh.text(app));
    out.key("expiresIn").integer(TokenSigner::lifetime.ms / 1000).end_object();
    return json_response(std::move(body));
}

}  // namespace pakashop::api
