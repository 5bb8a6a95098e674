#include "api/auth/totp.hpp"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace pakashop;
using namespace pakashop::api;

namespace {

const Bytes secret = [] {
    const auto bytes = bytes_of("12345678901234567890");
    return Bytes{bytes.begin(), bytes.end()};
}();

Instant at_step(std::int64_t step) { return Instant{step * 30'000 + 12'345}; }

}  // namespace

TEST_CASE("the codes are those of RFC 6238, appendix B") {
    const std::vector<std::pair<std::int64_t, std::string>> vectors{
        {59, "287082"},
        {1'111'111'109, "081804"},
        {1'111'111'111, "050471"},
        {1'234'567'890, "005924"},
        {2'000'000'000, "279037"},
        {20'000'000'000, "353130"},
    };
    for (const auto& [second, code] : vectors) {
        CHECK(totp_code(secret, totp_step(Instant{second * 1'000})) == code);
    }
    MESSAGE("RFC 6238 vectors: " << vectors.size());
}

TEST_CASE("a code counts in its step and the neighbouring ones") {
    const std::int64_t step = 1'000;
    const auto code = totp_code(secret, step);
    CHECK(accept_totp(secret, code, at_step(step), std::nullopt) == step);
    CHECK(accept_totp(secret, code, at_step(step - 1), std::nullopt) == step);
    CHECK(accept_totp(secret, code, at_step(step + 1), std::nullopt) == step);
    CHECK_FALSE(accept_totp(secret, code, at_step(step - 2), std::nullopt).has_value());
    CHECK_FALSE(accept_totp(secret, code, at_step(step + 2), std::nullopt).has_value());
}

TEST_CASE("a step counts once, and no earlier step after it") {
    const std::int64_t step = 1'000;
    const auto now = at_step(step);
    CHECK_FALSE(accept_totp(secret, totp_code(secret, step), now, step).has_value());
    CHECK_FALSE(accept_totp(secret, totp_code(secret, step - 1), now, step).has_value());
    CHECK(accept_totp(secret, totp_code(secret, step + 1), now, step) == step + 1);
    CHECK(accept_totp(secret, totp_code(secret, step), now, step - 1) == step);
}

TEST_CASE("a code that is not six right digits is refused") {
    const auto now = at_step(1'000);
    const auto code = totp_code(secret, 1'000);
    for (const std::string& bad :
         {std::string{},
          code.substr(1),
          code + "0",
          " " + code,
          "0" + code,
          std::string(6, '\0'),
          std::string{"abcdef"}}) {
        CHECK_FALSE(accept_totp(secret, bad, now, std::nullopt).has_value());
    }
    const Bytes other = make_totp_secret();
    CHECK(totp_code(other, 1'000) + totp_code(other, 1'001) != code + totp_code(secret, 1'001));
}

TEST_CASE("base 32 goes both ways, in any spelling people type") {
    CHECK(to_base32(bytes_of("foobar")) == "MZXW6YTBOI");
    CHECK(to_base32(bytes_of("f")) == "MY");
    CHECK(to_base32(secret) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    CHECK(from_base32("gezd gnbv-GY3TQOJQGEZDGNBVGY3TQOJQ==") == secret);
    CHECK(
        from_base32("MZXW6YTBOI======") ==
        Bytes{bytes_of("foobar").begin(), bytes_of("foobar").end()}
    );
    for (const char* bad : {"MZXW1", "MZXW8", "MZ!W", "é"}) {
        CHECK_FALSE(from_base32(bad).has_value());
    }
    for (int i = 0; i < 50; ++i) {
        const auto made = make_totp_secret();
        CHECK(made.size() == 20);
        CHECK(from_base32(to_base32(made)) == made);
    }
}

TEST_CASE("the otpauth address names issuer and account") {
    CHECK(
        otpauth_uri("GEZDGNBV", "ann+x@shop.zm") ==
        "otpauth://totp/Pakashop:ann%2Bx%40shop.zm?secret=GEZDGNBV&issuer=Pakashop"
        "&algorithm=SHA1&digits=6&period=30"
    );
}
