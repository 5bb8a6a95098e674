#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/api/sample_body.hpp"

using namespace pakashop::kit;

TEST_CASE("amounts at and beside their bounds") {
    for (const char* fine : {"0.01", "1.00", "5000.00", "99999999999.99", "0.10"}) {
        CAPTURE(fine);
        CHECK(refused_at("\"price\":\"" + std::string{fine} + "\"").empty());
    }
    for (const char* bad :
         {"\"0.00\"",
          "\"-1.00\"",
          "\"-0.01\"",
          "\"1\"",
          "\"1.5\"",
          "\"01.00\"",
          "\"1.00.00\"",
          "\"1.001\"",
          "\"1e3\"",
          "\"1,00\"",
          "\".5\"",
          "\"5.\"",
          "\"+1\"",
          "\" 1\"",
          "\"1 \"",
          "\"\"",
          "\"100000000000.00\"",
          "\"0x10\"",
          "\"92233720368547758.08\"",
          "\"9223372036854775808\"",
          "\"99999999999999999999\"",
          "5000",
          "5000.00",
          "true",
          "[]",
          "\"١\"",
          "\"1.0.0\"",
          "\"NaN\""}) {
        CAPTURE(bad);
        CHECK(refused_at("\"price\":" + std::string{bad}) == "#/price");
    }
}

TEST_CASE("whole numbers at and beside their bounds") {
    const auto quantity = [](const std::string& number) {
        return code_of(
            R"({"name":"Fish","items":[{"productId":"prd_1","quantity":)" + number + "}]}"
        );
    };
    CHECK(quantity("1") == "fits");
    CHECK(quantity("100000") == "fits");
    for (const char* bad :
         {"0",
          "-1",
          "-0",
          "100001",
          "9223372036854775807",
          "9223372036854775808",
          "18446744073709551615",
          "-9223372036854775808",
          "1.0",
          "1e0",
          "1.5",
          "\"1\"",
          "null",
          "true",
          "[1]",
          "{}"}) {
        CAPTURE(bad);
        CHECK(quantity(bad) == "validation_failed");
    }
}

TEST_CASE("texts: length in characters, nothing invisible, nothing that reorders") {
    const auto name = [](const std::string& text) {
        return code_of(
            R"({"name":")" + text + R"(","items":[{"productId":"prd_1","quantity":1}]})"
        );
    };
    for (const char* fine : {"a", "abcdefghij", "éééééééééé", "O'Brien", "魚", "a b"}) {
        CAPTURE(fine);
        CHECK(name(fine) == "fits");
    }
    for (const char* bad :
         {"",
          "abcdefghijk",
          "ééééééééééé",
          "   ",
          "a\\nb",
          "a\\u0000",
          "a\\u001b[0m",
          "a\\u007f",
          "a\\u202eb",
          "a\\u200bb",
          "a\\ufeff",
          "\\u2066a"}) {
        CAPTURE(bad);
        CHECK(name(bad) == "validation_failed");
    }
    CHECK(refused_at(R"("notes":"line\nline\tand \u200d")").empty());
    CHECK(refused_at(R"("notes":"\u202e")") == "#/notes");
    CHECK(refused_at(R"("notes":"\u0007")") == "#/notes");
}

namespace {

/// What a field of that name must refuse.
const std::vector<std::pair<std::string, std::vector<std::string>>> bad_values{
    {"phone",
     {"\"0971234567\"",
      "\"+26097123456\"",
      "\"+2609712345678\"",
      "\"+254971234567\"",
      "\"+260 971234567\"",
      "\"+260071234567\"",
      "\"+26097123456a\"",
      "260971234567"}},
    {"email",
     {"\"a\"",
      "\"a@b\"",
      "\"@b.zm\"",
      "\"a@.zm\"",
      "\"a@b..zm\"",
      "\"a b@c.zm\"",
      "\"a@b.zm\\r\\nBcc: c@d.zm\"",
      "\".a@b.zm\"",
      "\"a..b@c.zm\"",
      "\"a@-b.zm\"",
      "\"a@b_c.zm\"",
      "\"a@b.zm.\"",
      "\"a@@b.zm\"",
      "\"<a@b.zm>\"",
      "\"é@b.zm\""}},
    {"provider", {"\"MTN\"", "\"mtn_momo_zmb\"", "\"\"", "0"}},
    {"kind", {"\"USSD\"", "1"}},
    {"gift", {"\"true\"", "1", "0"}},
    {"pin", {"\"12345\"", "\"1234567\"", "\"12345a\"", "\"１２３４５６\"", "123456", "\" 12345\""}},
    {"image",
     {"\"\"",
      "\"AAE\"",
      "\"AAEC=\"",
      "\"data:image/png;base64,AAEC\"",
      "\"AAECAwQFBgcICQ==\"",
      "\"AA EC\"",
      "\"AAE-\""}},
    {"url",
     {"\"ftp://a.zm/\"",
      "\"javascript:alert(1)\"",
      "\"//a.zm/b\"",
      "\"/b.png\"",
      "\"https://\"",
      "\"https://u:p@a.zm/\"",
      "\"https://a.zm/#b\"",
      "\"https://a.zm/ b\"",
      "\"https://a.zm/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""}},
    {"at", {"\"2026-05-12\"", "\"yesterday\"", "1", "\"2026-13-12T10:00:00Z\""}},
};

}  // namespace

TEST_CASE("phones, addresses, digits, words, pictures and places are checked to the letter") {
    int checked = 0;
    for (const auto& [name, values] : bad_values) {
        for (const auto& value : values) {
            CAPTURE(name);
            CAPTURE(value);
            CHECK(refused_at("\"" + name + "\":" + value) == "#/" + name);
            ++checked;
        }
    }
    CHECK(refused_at(R"("place":{"lat":90,"lng":-180})").empty());
    CHECK(refused_at(R"("place":{"lat":90.0001,"lng":0})") == "#/place/lat");
    CHECK(refused_at(R"("place":{"lat":"1","lng":0})") == "#/place/lat");
    CHECK(refused_at(R"("place":{"lat":1})") == "#/place/lng");
    CHECK(refused_at(R"("place":[])") == "#/place");
    MESSAGE("bad values refused: " << checked);
}
