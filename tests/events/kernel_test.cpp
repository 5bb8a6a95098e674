#include <limits>
#include <map>

#include <doctest/doctest.h>

#include "events/codec.hpp"
#include "events/kernel/cipher.hpp"
#include "events/kernel/hash.hpp"
#include "events/kernel/ids.hpp"
#include "events/kernel/json.hpp"
#include "events/kernel/match.hpp"
#include "events/kernel/money.hpp"
#include "events/kernel/time.hpp"

namespace pakashop {
namespace {

constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

TEST_CASE("a proportion rounds once, half away from zero") {
    struct Row {
        std::int64_t amount, numerator, denominator, expected;
    };
    const Row rows[] = {
        {100, 1, 2, 50},
        {101, 1, 2, 51},
        {-101, 1, 2, -51},
        {99, 1, 2, 50},
        {1, 1, 3, 0},
        {2, 1, 3, 1},
        {-2, 1, 3, -1},
        {5, 1, 10, 1},
        {4, 1, 10, 0},
        {-5, 1, 10, -1},
        {-4, 1, 10, 0},
        {0, 7, 9, 0},
        {500'000, 16, 116, 68'966},
        {most, 1, 1, most},
        {least, 1, 1, least},
        {most, 999'999, 1'000'000, 9'223'362'813'482'738'952},
    };
    for (const Row& row : rows) {
        CAPTURE(row.amount);
        CHECK(proportion({row.amount}, row.numerator, row.denominator) == Money{row.expected});
    }
}

TEST_CASE("rates and the VAT inside a price round half up") {
    CHECK(Money{10'000} * Rate{50'000} == Money{500});
    CHECK(Money{1} * Rate{500'000} == Money{1});
    CHECK(Money{1} * Rate{499'999} == Money{0});
    CHECK(vat_inside({500'000}, {160'000}) == Money{68'966});
    CHECK(vat_inside({116}, {160'000}) == Money{16});
    CHECK(vat_inside({0}, {160'000}) == Money{0});
    CHECK(vat_inside({500'000}, {0}) == Money{0});
}

TEST_CASE("an allocation adds up to the ngwee, the largest remainders first") {
    using Weights = std::vector<std::int64_t>;
    const auto parts = [](std::int64_t whole, const Weights& weights) {
        std::vector<std::int64_t> out;
        for (const Money part : allocate({whole}, weights)) out.push_back(part.ngwee);
        return out;
    };
    CHECK(parts(100, {1, 1, 1}) == Weights{34, 33, 33});
    CHECK(parts(101, {1, 1, 1}) == Weights{34, 34, 33});
    CHECK(parts(0, {3, 5}) == Weights{0, 0});
    CHECK(parts(7, {0, 1, 0}) == Weights{0, 7, 0});
    CHECK(parts(10, {1, 2, 4}) == Weights{1, 3, 6});
    CHECK(parts(most, {most, most}) == Weights{most / 2 + 1, most / 2});
    for (std::int64_t whole = 0; whole < 500; ++whole) {
        const Weights weights{whole % 7, 3, whole % 11 + 1, 0, 1'000'003};
        std::int64_t total = 0;
        for (const std::int64_t part : parts(whole, weights)) {
            CHECK(part >= 0);
            total += part;
        }
        CHECK(total == whole);
    }
}

TEST_CASE("checked money says when it does not fit") {
    CHECK(checked_add({most}, {1}) == std::nullopt);
    CHECK(checked_add({least}, {-1}) == std::nullopt);
    CHECK(checked_add({most}, {least}) == Money{-1});
    CHECK(checked_times({most}, 2) == std::nullopt);
    CHECK(checked_times({least}, -1) == std::nullopt);
    CHECK(checked_times({-3}, 4) == Money{-12});
    const std::vector<Money> parts{{1}, {-5}, {10}};
    CHECK(sum(parts) == Money{6});
}

TEST_CASE("money is written with two decimals and read back") {
    const std::pair<std::int64_t, const char*> rows[] = {
        {0, "0.00"},
        {1, "0.01"},
        {-1, "-0.01"},
        {100, "1.00"},
        {500'000, "5000.00"},
        {-12'345, "-123.45"},
        {most, "92233720368547758.07"}
    };
    for (const auto& [ngwee, text] : rows) {
        CHECK(to_decimal(Money{ngwee}) == text);
        CHECK(parse_decimal(text) == Money{ngwee});
    }
    CHECK(to_decimal(Money{least}) == "-92233720368547758.08");
    CHECK(parse_decimal("5") == Money{500});
    CHECK(parse_decimal("5.5") == Money{550});
}

TEST_CASE("what is not money is refused") {
    for (const char* text :
         {"",
          "-",
          ".",
          ".5",
          "5.",
          "00.5",
          "01",
          "1e3",
          "1,00",
          "1.000",
          " 1",
          "1 ",
          "+1",
          "--1",
          "0x1",
          "1.-1",
          "92233720368547758.08",
          "1.0.0",
          "1_0",
          "\u0661"}) {
        CAPTURE(text);
        CHECK(parse_decimal(text) == std::nullopt);
    }
}

TEST_CASE("a rate is written with as few decimals as it needs") {
    const std::pair<std::int64_t, const char*> rows[] = {
        {0, "0"}, {50'000, "0.05"}, {160'000, "0.16"}, {1, "0.000001"}, {1'000'000, "1"}
    };
    for (const auto& [ppm, text] : rows) {
        CHECK(to_decimal(Rate{ppm}) == text);
        CHECK(parse_rate(text) == Rate{ppm});
    }
    for (const char* text : {"", "1.000001", "2", "-0.1", "0.0000001", "16%", ".5"}) {
        CAPTURE(text);
        CHECK(parse_rate(text) == std::nullopt);
    }
}

TEST_CASE("an instant is written in UTC with milliseconds and read back") {
    const std::pair<std::int64_t, const char*> rows[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {1'778'580'000'123, "2026-05-12T10:00:00.123Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {951'782'400'000, "2000-02-29T00:00:00.000Z"},
        {4'107'542'399'999, "2100-02-28T23:59:59.999Z"},
        {-62'167'219'200'000, "0000-01-01T00:00:00.000Z"},
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

TEST_CASE("a JSON text is escaped where it must be, and read back as it was") {
    std::string all;
    for (char c = 1; c < 127; ++c) all += c;
    all += '\0';
    all += "\u20ac\U0001F600";
    std::string json;
    JsonWriter{json}.text(all);
    JsonParser parser;
    CHECK(parser.parse(json)->text() == all);
    CHECK(json.find('\n') == std::string::npos);
}

TEST_CASE("a JSON document is read by kind") {
    JsonParser parser;
    const auto root =
        parser.parse(R"({"a":1,"b":-9223372036854775808,"c":18446744073709551615,"d":1.5,"e":true,)"
                     R"("f":null,"g":"x","h":[1,2,3],"i":{"j":[]},"a":2})");
    REQUIRE(root.has_value());
    CHECK(root->member("a")->integer() == 1);
    CHECK(root->member("b")->integer() == least);
    CHECK(root->member("c")->integer() == std::nullopt);
    CHECK(root->member("d")->integer() == std::nullopt);
    CHECK(root->member("d")->kind() == JsonValue::Kind::number);
    CHECK(root->member("e")->boolean() == true);
    CHECK(root->member("e")->integer() == std::nullopt);
    CHECK(root->member("f")->kind() == JsonValue::Kind::null);
    CHECK(root->member("g")->text() == "x");
    CHECK(root->member("h")->size() == 3);
    CHECK(root->member("i")->dump() == R"({"j":[]})");
    CHECK_FALSE(root->member("z").has_value());
    CHECK_FALSE(root->member("a")->member("b").has_value());
}

TEST_CASE("what is not JSON is refused") {
    JsonParser parser;
    const std::string deep = std::string(2000, '[') + std::string(2000, ']');
    for (const std::string text :
         {"",
          " ",
          "{",
          "[1,]",
          "{\"a\":1,}",
          "{a:1}",
          "'a'",
          "01",
          "1 2",
          "NaN",
          "\"\x01\"",
          "\"\xff\"",
          "\"\\ud800\"",
          "nul",
          "[1]]",
          deep.c_str()}) {
        CAPTURE(text);
        CHECK_FALSE(parser.parse(text).has_value());
    }
    CHECK(parser.parse("[1]").has_value());
}

enum class Colour { red, green };
constexpr auto enum_names(Colour) { return std::array<std::string_view, 2>{"RED", "GREEN"}; }

struct Inner {
    std::string name;
    static constexpr auto fields() { return std::tuple{field("name", &Inner::name)}; }
    friend bool operator==(const Inner&, const Inner&) = default;
};
struct Everything {
    std::uint8_t small = 0;
    bool flag = false;
    Money money;
    Rate rate;
    Instant at;
    Digest digest{};
    Colour colour = Colour::red;
    std::optional<Inner> inner;
    std::vector<Inner> list;
    std::map<std::string, std::int64_t> map;
    static constexpr auto fields() {
        return std::tuple{
            field("small", &Everything::small),
            field("flag", &Everything::flag),
            field("money", &Everything::money),
            field("rate", &Everything::rate),
            field("at", &Everything::at),
            field("digest", &Everything::digest),
            field("colour", &Everything::colour),
            field("inner", &Everything::inner),
            field("list", &Everything::list),
            field("map", &Everything::map)
        };
    }
    friend bool operator==(const Everything&, const Everything&) = default;
};

const Everything example{
    255,
    true,
    {-5},
    {50'000},
    {1000},
    sha256("x"),
    Colour::green,
    Inner{"n"},
    {{"a"}, {"b"}},
    {{"k", -1}}
};

TEST_CASE("a declared struct survives JSON, with and without what is optional") {
    CHECK(from_json<Everything>(std::string_view{to_json(example)}) == example);
    Everything bare = example;
    bare.inner.reset();
    const std::string json = to_json(bare);
    CHECK(json.find("inner") == std::string::npos);
    CHECK(from_json<Everything>(std::string_view{json}) == bare);
}

TEST_CASE("a member of another shape refuses the whole, and a strange one is passed over") {
    const std::string good = to_json(example);
    const auto with = [&](std::string_view from, std::string_view to) {
        std::string text = good;
        text.replace(text.find(from), from.size(), to);
        return from_json<Everything>(std::string_view{text}).has_value();
    };
    CHECK(with(R"("flag":true)", R"("flag":true,"new":[1])"));
    CHECK_FALSE(with(R"("small":255)", R"("small":256)"));
    CHECK_FALSE(with(R"("small":255)", R"("small":-1)"));
    CHECK_FALSE(with(R"("small":255)", R"("small":"255")"));
    CHECK_FALSE(with(R"("small":255)", R"("small":2.0)"));
    CHECK_FALSE(with(R"("flag":true)", R"("flag":1)"));
    CHECK_FALSE(with(R"("money":"-0.05")", R"("money":-0.05)"));
    CHECK_FALSE(with(R"("rate":"0.05")", R"("rate":"1.05")"));
    CHECK_FALSE(with("1970-", "197O-"));
    CHECK_FALSE(with(R"("colour":"GREEN")", R"("colour":"green")"));
    CHECK_FALSE(with(R"({"name":"n"})", R"({"name":1})"));
    CHECK_FALSE(with(R"({"name":"n"})", "null"));
    CHECK_FALSE(with(R"("digest":")", R"("digest":"00)"));
    CHECK_FALSE(with(R"([{"name":"a"})", R"([{})"));
    CHECK_FALSE(with(R"({"k":-1})", R"({"k":"-1"})"));
    CHECK_FALSE(with(R"("map")", R"("mop")"));
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
