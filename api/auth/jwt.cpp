#include "api/auth/jwt.hpp"

#include <algorithm>
#include <optional>

#include "api/http/message.hpp"
#include "events/kernel/hash.hpp"
#include "events/kernel/json.hpp"
#include "events/kernel/require.hpp"

namespace pakashop::api {
namespace {

constexpr std::string_view issuer = "pakashop";
constexpr std::string_view audience = "pakashop-api";
constexpr std::size_t token_bytes_max = 2'048;
constexpr std::size_t secret_bytes_min = 32;
constexpr Duration leeway = seconds(30);

std::string to_base64url(std::span<const std::uint8_t> bytes) {
    std::string text = to_base64(bytes);
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    text.resize(std::min(text.find('='), text.size()));
    return text;
}

/// Strict: no padding, and only the one spelling that encoding would give.
std::optional<Bytes> from_base64url(std::string_view text) {
    if (text.find_first_of("+/=") != text.npos) return std::nullopt;
    std::string padded{text};
    std::ranges::replace(padded, '-', '+');
    std::ranges::replace(padded, '_', '/');
    padded.append((4 - padded.size() % 4) % 4, '=');
    auto bytes = from_base64(padded);
    if (!bytes || to_base64url(*bytes) != text) return std::nullopt;
    return bytes;
}

const std::string& header() {
    static const std::string text = to_base64url(bytes_of(R"({"alg":"HS256","typ":"at+jwt"})"));
    return text;
}

Digest signature_of(const std::string& secret, std::string_view message) {
    return hmac_sha256(bytes_of(secret), message);
}

std::optional<std::string> text_claim(const JsonValue& claims, std::string_view name) {
    const auto value = claims.member(name);
    const auto text = value ? value->text() : std::nullopt;
    if (!text || text->empty()) return std::nullopt;
    return std::string{*text};
}

std::optional<Instant> time_claim(const JsonValue& claims, std::string_view name) {
    constexpr std::int64_t seconds_max = 253'402'300'799;  // The year 9999.
    const auto value = claims.member(name);
    const auto seconds = value ? value->integer() : std::nullopt;
    if (!seconds || *seconds < 0 || *seconds > seconds_max) return std::nullopt;
    return Instant{*seconds * 1000};
}

Result<TokenClaims, TokenRefusal> read_claims(std::string_view json, Instant now) {
    static thread_local JsonParser parser;
    const auto root = parser.parse(json);
    if (!root) return unexpected{TokenRefusal::malformed};
    const auto user = text_claim(*root, "sub");
    const auto session = text_claim(*root, "sid");
    const auto login = text_claim(*root, "login");
    const auto issued_at = time_claim(*root, "iat");
    const auto expires_at = time_claim(*root, "exp");
    const auto id = text_claim(*root, "jti");
    if (!user || !session || !login || !issued_at || !expires_at || !id) {
        return unexpected{TokenRefusal::malformed};
    }
    if (text_claim(*root, "iss") != issuer || text_claim(*root, "aud") != audience) {
        return unexpected{TokenRefusal::wrong_issuer_or_audience};
    }
    if (*issued_at > now + leeway) return unexpected{TokenRefusal::not_yet};
    // No leeway here: this very node issued it, and a token lives as long as it says (api.md).
    if (*expires_at <= now) return unexpected{TokenRefusal::expired};
    return TokenClaims{*user, *session, *login, *issued_at, *expires_at, *id};
}

std::string claims_json(const TokenClaims& claims) {
    std::string json;
    JsonWriter out{json};
    out.begin_object().key("iss").text(issuer).key("aud").text(audience);
    out.key("sub").text(claims.user).key("sid").text(claims.session);
    out.key("login").text(claims.login).key("jti").text(claims.id);
    out.key("iat").integer(claims.issued_at.ms / 1000);
    out.key("exp").integer(claims.expires_at.ms / 1000).end_object();
    return json;
}

}  // namespace

TokenSigner::TokenSigner(std::string secret, std::string previous) {
    require(secret.size() >= secret_bytes_min, "a token secret has at least 32 bytes");
    secrets_.push_back(std::move(secret));
    if (!previous.empty()) secrets_.push_back(std::move(previous));
}

std::string TokenSigner::sign(const TokenClaims& claims) const {
    std::string token = header() + "." + to_base64url(bytes_of(claims_json(claims)));
    const Digest signature = signature_of(secrets_.front(), token);
    return token + "." + to_base64url(signature);
}

Result<TokenClaims, TokenRefusal> TokenSigner::verify(std::string_view token, Instant now) const {
    if (token.size() > token_bytes_max) return unexpected{TokenRefusal::malformed};
    const auto first = token.find('.');
    const auto last = token.rfind('.');
    if (first == token.npos || first == last || token.substr(0, first) != header()) {
        return unexpected{TokenRefusal::malformed};
    }
    const auto claims = from_base64url(token.substr(first + 1, last - first - 1));
    const auto signature = from_base64url(token.substr(last + 1));
    if (!claims || !signature) return unexpected{TokenRefusal::malformed};
    const bool genuine = std::ranges::any_of(secrets_, [&](const std::string& secret) {
        const Digest ours = signature_of(secret, token.substr(0, last));
        return equal_in_constant_time(text_of(ours), text_of(*signature));
    });
    if (!genuine) return unexpected{TokenRefusal::wrong_signature};
    return read_claims(text_of(*claims), now);
}

std::string_view bearer_token(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    if (!http::same_name(authorization.substr(0, scheme.size()), scheme)) return {};
    const auto token = authorization.substr(scheme.size());
    return token.find_first_of(" ,\t") == token.npos ? token : std::string_view{};
}

}  // namespace pakashop::api
