#include "api/auth/jwt.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "events/kernel/hash.hpp"

using namespace pakashop;
using namespace pakashop::api;

namespace {

const std::string secret = "a secret of at least thirty-two bytes!";
const Instant now{1'750'000'000'000};
const TokenClaims claims{"usr_1", "ses_1", "login:abc", now, now + TokenSigner::lifetime, "tok_1"};
const std::string header_json = R"({"alg":"HS256","typ":"at+jwt"})";

std::string base64url(std::string_view text) {
    std::string coded = to_base64(bytes_of(text));
    std::ranges::replace(coded, '+', '-');
    std::ranges::replace(coded, '/', '_');
    coded.resize(std::min(coded.find('='), coded.size()));
    return coded;
}

/// A token with any header and claims, correctly signed with `key`.
std::string forge(std::string_view header, std::string_view body, const std::string& key = secret) {
    const std::string message = base64url(header) + "." + base64url(body);
    return message + "." + base64url(text_of(hmac_sha256(bytes_of(key), message)));
}

std::string body(std::string_view changed_from = {}, std::string_view changed_to = {}) {
    std::string text = R"({"iss":"pakashop","aud":"pakashop-api","sub":"usr_1","sid":"ses_1",)"
                       R"("login":"login:abc","jti":"tok_1","iat":1750000000,"exp":1750000900})";
    if (!changed_from.empty()) {
        text.replace(text.find(changed_from), changed_from.size(), changed_to);
    }
    return text;
}

bool refused(std::string_view token) { return !TokenSigner{secret}.verify(token, now).has_value(); }

}  // namespace

TEST_CASE("a signed token verifies to the same claims") {
    const TokenSigner signer{secret};
    const auto token = signer.sign(claims);
    const auto verified = signer.verify(token, now);
    REQUIRE(verified.has_value());
    CHECK(*verified == claims);
    CHECK(token == forge(header_json, body()));
}

TEST_CASE("a token counts to its expiry exactly, and half a minute before its issue") {
    const TokenSigner signer{secret};
    const auto token = signer.sign(claims);
    CHECK(signer.verify(token, claims.expires_at - seconds(1)).has_value());
    CHECK(signer.verify(token, claims.expires_at).error() == TokenRefusal::expired);
    CHECK(signer.verify(token, now - seconds(30)).has_value());
    CHECK(signer.verify(token, now - seconds(31)).error() == TokenRefusal::not_yet);
}

TEST_CASE("while a secret is replaced the previous one still verifies") {
    const std::string fresh = "another secret of thirty-two bytes or more";
    const auto old_token = TokenSigner{secret}.sign(claims);
    CHECK(TokenSigner{fresh, secret}.verify(old_token, now).has_value());
    CHECK(TokenSigner{fresh}.verify(old_token, now).error() == TokenRefusal::wrong_signature);
}

TEST_CASE("no header but ours is taken, however well it is signed") {
    const std::vector<std::string> headers{
        R"({"alg":"none","typ":"at+jwt"})",
        R"({"alg":"None","typ":"at+jwt"})",
        R"({"alg":"","typ":"at+jwt"})",
        R"({"typ":"at+jwt"})",
        R"({"alg":"HS384","typ":"at+jwt"})",
        R"({"alg":"HS512","typ":"at+jwt"})",
        R"({"alg":"RS256","typ":"at+jwt"})",
        R"({"alg":"ES256","typ":"at+jwt"})",
        R"({"alg":"EdDSA","typ":"at+jwt"})",
        R"({"alg":"hs256","typ":"at+jwt"})",
        R"({"alg":"HS256","typ":"JWT"})",
        R"({"alg":"HS256","typ":"id+jwt"})",
        R"({"alg":"HS256"})",
        R"({"typ":"at+jwt","alg":"HS256"})",
        R"({"alg":"HS256","typ":"at+jwt","kid":"../../dev/null"})",
        R"({"alg":"HS256","typ":"at+jwt","jku":"http://evil/keys"})",
        R"({"alg":"HS256","typ":"at+jwt","jwk":{"kty":"oct","k":"AA"}})",
        R"({"alg":"HS256","typ":"at+jwt","x5u":"http://evil/cert"})",
        R"({"alg":"HS256","typ":"at+jwt","crit":["exp"]})",
        R"({"alg":"HS256","alg":"none","typ":"at+jwt"})",
        R"({"alg":"HS256","typ":"at+jwt","zip":"DEF"})",
        R"({"alg":"HS256","typ":"at+jwt"} )",
        "{}",
        "",
    };
    for (const auto& each : headers) {
        CAPTURE(each);
        CHECK(refused(forge(each, body())));
    }
    MESSAGE("header mutations refused: " << headers.size());
}

TEST_CASE("claims that are missing, of another kind or somebody else's are refused") {
    const std::vector<std::pair<std::string, std::string>> changes{
        {R"("iss":"pakashop")", R"("iss":"other")"},
        {R"("iss":"pakashop",)", ""},
        {R"("iss":"pakashop")", R"("iss":["pakashop"])"},
        {R"("aud":"pakashop-api")", R"("aud":"other")"},
        {R"("aud":"pakashop-api")", R"("aud":["pakashop-api"])"},
        {R"("aud":"pakashop-api",)", ""},
        {R"("sub":"usr_1",)", ""},
        {R"("sub":"usr_1")", R"("sub":"")"},
        {R"("sub":"usr_1")", R"("sub":1)"},
        {R"("sid":"ses_1",)", ""},
        {R"("sid":"ses_1")", R"("sid":null)"},
        {R"("login":"login:abc",)", ""},
        {R"("iat":1750000000)", R"("iat":1750000100)"},
        {R"("iat":1750000000)", R"("iat":"1750000000")"},
        {R"("iat":1750000000,)", ""},
        {R"(,"exp":1750000900)", ""},
        {R"("exp":1750000900)", R"("exp":1749999000)"},
        {R"("exp":1750000900)", R"("exp":"1750000900")"},
        {R"("exp":1750000900)", R"("exp":1750000900.5)"},
        {R"("exp":1750000900)", R"("exp":-1)"},
        {R"("exp":1750000900)", R"("exp":99999999999999)"},
        {R"("exp":1750000900)", R"("exp":null)"},
        {R"("exp":1750000900})", R"("exp":1750000900)"},
    };
    for (const auto& [from, to] : changes) {
        CAPTURE(from + " -> " + to);
        CHECK(refused(forge(header_json, body(from, to))));
    }
    for (const char* other : {"[]", "null", "\"text\"", "", "not json"}) {
        CHECK(refused(forge(header_json, other)));
    }
    MESSAGE("claim mutations refused: " << changes.size() + 5);
}

TEST_CASE("a token that is cut, joined, padded or signed by another is refused") {
    const auto token = TokenSigner{secret}.sign(claims);
    const auto last = token.rfind('.');
    const auto message = token.substr(0, last);
    const auto signature = token.substr(last + 1);
    const std::vector<std::string> mutations{
        "",
        ".",
        "..",
        "...",
        message,
        message + ".",
        message + ".." + signature,
        token + ".",
        "." + token,
        token + "=",
        token + " ",
        " " + token,
        token + "\n",
        token.substr(1),
        message + "." + signature.substr(0, signature.size() - 1),
        message + "." + signature + "A",
        message + "." + signature + signature,
        message + "." + std::string(signature.size(), 'A'),
        forge(header_json, body(), "another secret of thirty-two bytes or more"),
        forge(header_json, body(), ""),
        forge(header_json, body(), secret.substr(1)),
        std::string(5'000, 'a'),
        token + std::string(5'000, 'a'),
    };
    for (const auto& each : mutations) {
        CAPTURE(each.substr(0, 200));
        CHECK(refused(each));
    }
    MESSAGE("shape mutations refused: " << mutations.size());
}

TEST_CASE("a token with any one bit flipped is refused") {
    const auto token = TokenSigner{secret}.sign(claims);
    int flipped = 0;
    for (std::size_t i = 0; i < token.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit, ++flipped) {
            std::string changed = token;
            changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
            CHECK(refused(changed));
        }
    }
    MESSAGE("bits flipped: " << flipped);
    CHECK(flipped > 1'000);
}

TEST_CASE("the token is read from a Bearer header only") {
    CHECK(bearer_token("Bearer abc.def.ghi") == "abc.def.ghi");
    CHECK(bearer_token("bearer abc") == "abc");
    for (const char* other :
         {"",
          "Bearer",
          "Bearer ",
          "Basic abc",
          "Bearerabc",
          "Bearer a b",
          "Bearer a,b",
          " Bearer abc"}) {
        CAPTURE(other);
        CHECK(bearer_token(other).empty());
    }
}
