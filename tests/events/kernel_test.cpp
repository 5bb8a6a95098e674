#include <doctest/doctest.h>

#include "events/kernel/cipher.hpp"
#include "events/kernel/hash.hpp"
#include "events/kernel/ids.hpp"
#include "events/kernel/match.hpp"
#include "events/kernel/time.hpp"

namespace pakashop {
namespace {

TEST_CASE("an instant is written in UTC with milliseconds and read back") {
    const std::pair<std::int64_t, const char*> rows[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {1'778'580'000'123, "2026-05-12T10:00:00.123Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {951'782'400'000, "2000-02-29T00:00:00.000Z"},
        {4'107'542'399'999, "2100-02-28T23:59:59.999Z"},
        {-62'135'596'800'000, "0001-01-01T00:00:00.000Z"},
        {253'402'300'799'999, "9999-12-31T23:59:59.999Z"}
    };
    for (const auto& [ms, text] : rows) {
        CHECK(to_rfc3339({ms}) == text);
        CHECK(parse_rfc3339(text) == Instant{ms});
    }
}

TEST_CASE("an instant is read from any zone and with any fraction") {
    const Instant ten{1'778'580'000'000};
    CHECK(parse_rfc3339("2026-05-12T10:00:00Z") == ten);
    CHECK(parse_rfc3339("2026-05-12t10:00:00z") == ten);
    CHECK(parse_rfc3339("2026-05-12T12:00:00+02:00") == ten);
    CHECK(parse_rfc3339("2026-05-12T04:30:00.000-05:30") == ten);
    CHECK(parse_rfc3339("2026-05-12T10:00:00.5Z") == ten + milliseconds(500));
    CHECK(parse_rfc3339("2026-05-12T10:00:00.123999Z") == ten + milliseconds(123));
}

TEST_CASE("what is no instant is refused") {
    for (const char* text :
         {"",
          "2026-05-12",
          "2026-13-01T00:00:00Z",
          "2026-00-01T00:00:00Z",
          "2026-02-29T00:00:00Z",
          "2026-04-31T00:00:00Z",
          "2026-05-12T24:00:00Z",
          "2026-05-12T10:60:00Z",
          "2026-05-12T10:00:00",
          "2026-05-12T10:00:00.Z",
          "2026-05-12T10:00:00+2:00",
          "2026\r05\r12T10:00:00Z",
          "2026-05-12T10\x1a"
          "00:00Z",
          "2026-05-12 10:00:00Z\n",
          "2026-05-12T10:00:00Zx",
          "12026-05-12T10:00:00Z"}) {
        CAPTURE(text);
        CHECK(parse_rfc3339(text) == std::nullopt);
    }
}

TEST_CASE("an instant outside the years 1 to 9999 of UTC is refused, whatever its zone makes of it"
) {
    CHECK(parse_rfc3339("0000-01-01T00:00:00Z") == std::nullopt);
    CHECK(parse_rfc3339("0000-01-01T00:00:00+01:00") == std::nullopt);
    CHECK(parse_rfc3339("0000-12-31T23:59:59.999Z") == std::nullopt);
    CHECK(parse_rfc3339("0001-01-01T00:30:00+01:00") == std::nullopt);
    CHECK(parse_rfc3339("9999-12-31T23:30:00-01:00") == std::nullopt);
    CHECK(parse_rfc3339("0000-12-31T23:30:00-00:30") == parse_rfc3339("0001-01-01T00:00:00Z"));
    CHECK(parse_rfc3339("9999-12-31T23:59:59.999999Z") == Instant{253'402'300'799'999});
}

TEST_CASE("the business day begins at midnight in Lusaka") {
    CHECK(lusaka_day(*parse_rfc3339("2026-05-12T21:59:59.999Z")) == "20260512");
    CHECK(lusaka_day(*parse_rfc3339("2026-05-12T22:00:00Z")) == "20260513");
    CHECK(lusaka_day(*parse_rfc3339("2026-12-31T22:00:00Z")) == "20270101");
    CHECK(lusaka_day(*parse_rfc3339("1969-12-31T22:00:00Z")) == "19700101");
}

TEST_CASE("hashes match the published vectors") {
    CHECK(
        to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(Sha256{}.add("a").add("").add("bc").finish() == sha256("abc"));
    // RFC 4231, test case 2.
    CHECK(
        to_hex(hmac_sha256(bytes_of("Jefe"), "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
}

TEST_CASE("hex and base64 read back what they wrote, and nothing else") {
    Bytes bytes;
    for (int size = 0; size < 70; ++size) {
        CHECK(from_hex(to_hex(bytes)) == bytes);
        CHECK(from_base64(to_base64(bytes)) == bytes);
        bytes.push_back(static_cast<std::uint8_t>(size * 37));
    }
    CHECK(from_hex("0aF9") == Bytes{0x0a, 0xf9});
    CHECK(to_base64(bytes_of("any carnal pleas")) == "YW55IGNhcm5hbCBwbGVhcw==");
    for (const char* text : {"a", "0g", "0x00", " 00", "00 "}) {
        CAPTURE(text);
        CHECK(from_hex(text) == std::nullopt);
    }
    for (const char* text : {"A", "AA", "AAA", "A===", "====", "AA=A", "A A=", "AAA-", "AAAA\n"}) {
        CAPTURE(text);
        CHECK(from_base64(text) == std::nullopt);
    }
    CHECK(equal_in_constant_time("secret", "secret"));
    CHECK_FALSE(equal_in_constant_time("secret", "secreT"));
    CHECK_FALSE(equal_in_constant_time("secret", "secret "));
    CHECK(equal_in_constant_time("", ""));
}

TEST_CASE("ids derived from a command are the same each time and name their parents") {
    const CommandId one{1};
    const CommandId two{2};
    CHECK(derived_id("ord", one, "order") == derived_id("ord", one, "order"));
    CHECK(derived_id("ord", one, "order") != derived_id("ord", two, "order"));
    CHECK(derived_id("ord", one, "order") != derived_id("ord", one, "try"));
    CHECK(derived_id("ord", one, "order").size() == 4 + 26);
    CHECK(child_id("pay", "ord_x", 3) == "pay_ord_x_3");
    CHECK(parent_of("pay", "pay_ord_x_3") == "ord_x");
    for (const char* id : {"", "pay", "pay_", "pay_x", "ord_x_3", "payx_ord_1"}) {
        CAPTURE(id);
        CHECK(parent_of("pay", id).empty());
    }
}

TEST_CASE("match runs the arm of the alternative that is there") {
    using Either = std::variant<int, std::string>;
    const auto name = [](const Either& value) {
        return match(
            value, [](int n) { return std::to_string(n); }, [](const std::string& s) { return s; }
        );
    };
    CHECK(name(7) == "7");
    CHECK(name("x") == "x");
}

TEST_CASE("HKDF yields the RFC's construction, and two keys that differ") {
    std::array<std::uint8_t, 32> key{};
    key.fill(7);
    const SealingKeys keys{key};
    // RFC 5869 with an empty salt: extract, then one round of expand for 32 bytes.
    const std::array<std::uint8_t, 32> salt{};
    const Digest extracted = hmac_sha256(salt, text_of(key));
    const Digest expanded = hmac_sha256(extracted, "pakashop.sealed.v1.nonce\x01");
    CHECK(keys.nonce == expanded);
    CHECK(keys.nonce != keys.encryption);
}

TEST_CASE("the split between context and text is part of what is sealed") {
    std::array<std::uint8_t, 32> key{};
    const SealingKeys keys{key};
    const std::string one = seal_box(keys, "ab", "c");
    const std::string other = seal_box(keys, "a", "bc");
    CHECK(one.substr(0, 16) != other.substr(0, 16));
    CHECK(open_box(keys, "a", one) == std::nullopt);
    CHECK(open_box(keys, "ab", one) == "c");
}

}  // namespace
}  // namespace pakashop
