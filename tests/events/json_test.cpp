#include "events/kernel/json.hpp"

#include <limits>
#include <map>

#include <doctest/doctest.h>

#include "events/codec.hpp"
#include "events/kernel/hash.hpp"
#include "events/kernel/money.hpp"
#include "events/kernel/time.hpp"

namespace pakashop {
namespace {

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
    CHECK(root->member("b")->integer() == std::numeric_limits<std::int64_t>::min());
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
          "{\"\\udc00\":\"a\\udfffb\"}",
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

TEST_CASE("a map's keys are data, and escaped like any text") {
    const std::map<std::string, std::int64_t> odd{{"a\"b\\c\nd", 1}, {"plain-key_1", 2}};
    const std::string json = to_json(odd);
    CHECK(json == R"({"a\"b\\c\nd":1,"plain-key_1":2})");
    using Map = std::map<std::string, std::int64_t>;
    CHECK(from_json<Map>(std::string_view{json}) == odd);
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

}  // namespace
}  // namespace pakashop
