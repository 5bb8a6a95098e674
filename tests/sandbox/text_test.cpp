#include "ops/sandbox/text.hpp"

#include <string_view>

#include <doctest/doctest.h>

#include "ops/sandbox/amount.hpp"
#include "ops/sandbox/clock.hpp"

using namespace pakashop::sandbox;

TEST_CASE("an amount is read to the ngwee and written with two places") {
    struct Row {
        std::string_view text;
        Ngwee ngwee;
        std::string_view written;
    };
    for (const auto& row :
         {Row{"5", 500, "5.00"},
          Row{"5.0", 500, "5.00"},
          Row{"5.00", 500, "5.00"},
          Row{"0.5", 50, "0.50"},
          Row{"0.01", 1, "0.01"},
          Row{"0", 0, "0.00"},
          Row{"123456789012345.99", 12'345'678'901'234'599, "123456789012345.99"}}) {
        CAPTURE(row.text);
        CHECK_EQ(parse_amount(row.text), row.ngwee);
        CHECK_EQ(format_amount(row.ngwee), row.written);
    }
}

TEST_CASE("a text that is no amount is refused for its reason") {
    for (const auto text :
         {"",
          "5.",
          ".5",
          "00.5",
          "05",
          "-5",
          "+5",
          "1e3",
          " 5",
          "5 ",
          "1,000",
          "five",
          "1.2.3",
          "111111111111111111111111"}) {
        CAPTURE(text);
        CHECK_EQ(parse_amount(text).error(), AmountFault::malformed);
    }
    CHECK_EQ(parse_amount("5.555").error(), AmountFault::too_precise);
    CHECK_EQ(parse_amount("1234567890123456").error(), AmountFault::too_large);
}

TEST_CASE("only UUIDs of version 4 are ids") {
    CHECK(is_uuid_v4("8917c345-4791-4285-a416-62f24b6982db"));
    CHECK(is_uuid_v4("8917C345-4791-4285-A416-62F24B6982DB"));
    for (const auto text :
         {"8917c345-4791-1285-a416-62f24b6982db",  // version 1
          "8917c345-4791-4285-c416-62f24b6982db",  // another variant
          "8917c345-4791-4285-a416-62f24b6982d",   // short
          "8917c345447914285-a416-62f24b6982db-",  // dashes elsewhere
          "8917c345-4791-4285-a416-62f24b6982dg",
          "",
          "pay_1"}) {
        CAPTURE(text);
        CHECK_FALSE(is_uuid_v4(text));
    }
}

TEST_CASE("base64 comes back and nothing but base64 is read") {
    for (const std::string_view text : {"", "f", "fo", "foo", "foob", "\x00\xff\x80"}) {
        CHECK_EQ(from_base64(base64(text)), std::string{text});
    }
    for (const auto text : {"Zg=", "Zg", "Z===", "Zm9v\n", "Zm9$", " Zg=", "Zh==="}) {
        CAPTURE(text);
        CHECK_FALSE(from_base64(text));
    }
}

TEST_CASE("instants are written in UTC and read in any zone") {
    CHECK_EQ(rfc3339(1'778'580'000'123), "2026-05-12T10:00:00.123Z");
    CHECK_EQ(rfc3339(0), "1970-01-01T00:00:00.000Z");
    CHECK_EQ(parse_instant("2026-05-12T10:00:00.123Z"), 1'778'580'000'123);
    CHECK_EQ(parse_instant("2026-05-12T12:00:00.1239999+02:00"), 1'778'580'000'123);
    CHECK_EQ(parse_instant("2026-05-12T10:00:00Z"), 1'778'580'000'000);
    CHECK_EQ(parse_instant("1778580000123"), 1'778'580'000'123);
    for (const auto text :
         {"",
          "2026-05-12",
          "2026-13-12T10:00:00Z",
          "2026-05-12T10:00:00",
          "2026-02-30T10:00:00Z",
          "2026-05-12T10:00:00.Z",
          "yesterday"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_instant(text));
    }
}

TEST_CASE("a URL gives the authority and path that a signature covers") {
    CHECK_EQ(split_url("http://LocalHost:80/a/b?c=d")->authority, "localhost");
    CHECK_EQ(split_url("http://127.0.0.1:8000/a/b?c=d")->authority, "127.0.0.1:8000");
    CHECK_EQ(split_url("http://127.0.0.1:8000/a/b?c=d")->path, "/a/b");
    CHECK_EQ(split_url("https://shop.test:443")->authority, "shop.test");
    CHECK_EQ(split_url("https://shop.test")->path, "/");
    CHECK_FALSE(split_url("ftp://shop.test/"));
    CHECK_FALSE(split_url("http:///path"));
}
