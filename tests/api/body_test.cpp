#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "api/route.hpp"
#include "tests/api/sample_body.hpp"

using namespace pakashop;
using namespace pakashop::kit;

TEST_CASE("a body that fits becomes the struct") {
    const auto made = decode(
        with(R"("price":"5000.50","phone":"+260971234567","email":"Ann@Shop.ZM","gift":true,)"
             R"("provider":"MTN_MOMO_ZMB","kind":"redirect","place":{"lat":-15.4167,"lng":28},)"
             R"("notes":"a\nb","password":" \u0000 ","pin":"012345","image":"AAEC",)"
             R"("url":"https://a.zm/b.png?c=d","at":"2026-05-12T12:00:00+02:00")")
    );
    REQUIRE(made.has_value());
    CHECK(made->name.value == "Fish");
    REQUIRE(made->items.values.size() == 1);
    CHECK(made->items.values[0].product.value == "prd_1");
    CHECK(made->items.values[0].quantity.value == 2);
    CHECK(made->price->value == Money{500'050});
    CHECK(made->email->value == "ann@shop.zm");
    CHECK(*made->provider == Operator::mtn);
    CHECK(made->kind->value() == "redirect");
    CHECK(*made->gift);
    CHECK(made->place->lat.value == -15'416'700);
    CHECK(made->place->lng.value == 28'000'000);
    CHECK(made->password->value == std::string{" \0 ", 3});
    CHECK(made->pin->value == "012345");
    CHECK(made->image->value == Bytes{0, 1, 2});
    CHECK(to_rfc3339(*made->at) == "2026-05-12T10:00:00.000Z");
}

TEST_CASE("an optional member may be absent or null") {
    const auto made = decode(with(R"("price":null)"));
    REQUIRE(made.has_value());
    CHECK_FALSE(made->price.has_value());
}

TEST_CASE("everything wrong is told at once, each with its pointer") {
    const auto decoded = decode(
        R"({"name":"","items":[{"productId":"x/y","quantity":0},{"quantity":1.5,"a/b~c é":1}],)"
        R"("price":"1.001","extra":null})"
    );
    REQUIRE_FALSE(decoded.has_value());
    CHECK(decoded.error().code == "validation_failed");
    std::vector<std::string> pointers;
    for (const auto& each : decoded.error().errors) pointers.push_back(each.pointer);
    const std::vector<std::string> expected{
        "#/name",
        "#/items/0/productId",
        "#/items/0/quantity",
        "#/items/1/productId",
        "#/items/1/quantity",
        "#/items/1/a~1b~0c%20%C3%A9",
        "#/price",
        "#/extra",
    };
    CHECK(pointers == expected);
}

TEST_CASE("a body of the wrong shape is refused at its root") {
    for (const char* body : {"[]", "1", "\"a\"", "null", "true"}) {
        const auto decoded = decode(body);
        REQUIRE_FALSE(decoded.has_value());
        CHECK(decoded.error().errors == std::vector<FieldError>{{"#", "must be an object"}});
    }
}

TEST_CASE("JSON that parsers disagree about is malformed_json") {
    using namespace std::string_literals;
    const std::vector<std::string> bodies{
        "",
        "{",
        "{}}",
        "{} {}",
        "{'a':1}",
        "{\"a\":1,}",
        "[1,]",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":.5}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":1e400}",
        "{\"a\":-1e400}",
        "{\"a\":0x10}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\udc00\"}",
        "{\"a\":\"\\ud800\\u0041\"}",
        "{\"\\udfff\":1}",
        "{\"a\":\"\xC3\x28\"}",
        "{\"a\":\"\xC0\xAF\"}",
        "{\"a\":\"\xED\xA0\x80\"}",
        "{\"a\":\"\xF5\x80\x80\x80\"}",
        "\xEF\xBB\xBF{}",
        "{\"a\":1,\"a\":1}",
        "{\"a\":1,\"\\u0061\":2}",
        "{\"b\":[{\"a\":1,\"c\":2,\"a\":3}]}",
        "{\"a\":1}\0"s,
        "// comment\n{}",
        std::string(33, '[') + std::string(33, ']'),
        std::string(100'000, '['),
        with("\"a\":099999999999999999999999999"),
        with("\"a\":9999999999999999999999x"),
    };
    int checked = 0;
    for (const auto& body : bodies) {
        CAPTURE(body.substr(0, 60));
        CHECK(code_of(body) == "malformed_json");
        ++checked;
    }
    std::string many = "{\"k\":0";
    for (int i = 0; i < 1'000; ++i) many += ",\"k" + std::to_string(i) + "\":0";
    CHECK(code_of(many + "}") == "malformed_json");
    MESSAGE("malformed bodies refused: " << checked + 1);
}

TEST_CASE("an integer of any length is JSON, and the field that holds it is named") {
    for (const std::string& digits : {std::string(20, '9'), std::string(400, '7')}) {
        for (const std::string sign : {"", "-"}) {
            CAPTURE(sign + digits);
            const auto decoded = decode(
                R"({"name":"99999","items":[{"productId":"prd_1","quantity":)" + sign + digits +
                "}]}"
            );
            REQUIRE_FALSE(decoded.has_value());
            const FieldError expected{
                "#/items/0/quantity", "must be a whole number from 1 to 100000"
            };
            CHECK(decoded.error().errors == std::vector<FieldError>{expected});
        }
    }
    const std::string text = R"("notes":"\"9999999999999999999")";
    CHECK(refused_at(text + R"(,"phone":88888888888888888888888)") == "#/phone");
    CHECK(refused_at(R"("place":{"lat":99999999999999999999999,"lng":0})") == "#/place/lat");
}

TEST_CASE("32 levels of nesting are read, and white space does not matter") {
    CHECK(code_of(" \t\r\n" + with("") + "\n ") == "fits");
    CHECK(
        code_of(with("\"x\":" + std::string(31, '[') + std::string(31, ']'))) == "validation_failed"
    );
    CHECK(
        code_of(with("\"x\":" + std::string(32, '[') + std::string(32, ']'))) == "malformed_json"
    );
}

TEST_CASE("the media type is application/json in UTF-8") {
    const auto code = [](std::string type) {
        const auto decoded = decode_body<Sample>(request(with(""), std::move(type)));
        return decoded ? std::string_view{"fits"} : decoded.error().code;
    };
    for (const char* fine :
         {"application/json",
          "Application/JSON",
          "application/json; charset=utf-8",
          "application/json;charset=\"UTF-8\""}) {
        CAPTURE(fine);
        CHECK(code(fine) == "fits");
    }
    for (const char* other :
         {"",
          "text/plain",
          "application/x-www-form-urlencoded",
          "application/jsonp",
          "application/json; charset=latin1",
          "application/json, text/plain"}) {
        CAPTURE(other);
        CHECK(code(other) == "media_type");
    }
    auto packed = request(with(""));
    packed.headers.push_back({"content-encoding", "gzip"});
    CHECK(decode_body<Sample>(packed).error().code == "media_type");
}

TEST_CASE("no body counts as an empty object where nothing is required") {
    CHECK(decode_body<Optional>(http::Request{}).has_value());
    CHECK(decode_body<Sample>(http::Request{}).error().code == "malformed_json");
}

TEST_CASE("a list has its bounds, and a flood of errors is cut") {
    const std::string line = R"({"productId":"prd_1","quantity":1})";
    CHECK(code_of(R"({"name":"a","items":[]})") == "validation_failed");
    CHECK(code_of(R"({"name":"a","items":[)" + line + "," + line + "," + line + "]}") == "fits");
    CHECK(
        code_of(R"({"name":"a","items":[)" + line + "," + line + "," + line + "," + line + "]}") ==
        "validation_failed"
    );
    std::string flood;
    for (int i = 0; i < 200; ++i) flood += ",\"x" + std::to_string(i) + "\":1";
    const auto decoded = decode(with(flood.substr(1)));
    REQUIRE_FALSE(decoded.has_value());
    CHECK(decoded.error().errors.size() == BodyReader::errors_max);
}

TEST_CASE("the same declaration gives the JSON Schema") {
    const auto schema = nlohmann::json::parse(shape_of<Sample>().schema);
    CHECK(schema["type"] == "object");
    CHECK(schema["required"] == nlohmann::json::parse(R"(["name","items"])"));
    const auto& properties = schema["properties"];
    CHECK(properties.size() == 15);
    CHECK(properties["name"]["maxLength"] == 10);
    CHECK(properties["items"]["maxItems"] == 3);
    CHECK(properties["items"]["items"]["properties"]["quantity"]["minimum"] == 1);
    CHECK(properties["price"]["pattern"] == "^(0|[1-9][0-9]{0,10})\\.[0-9]{2}$");
    CHECK(properties["provider"]["enum"].size() == 3);
    CHECK(properties["kind"]["enum"] == nlohmann::json::parse(R"(["ussd","redirect"])"));
    CHECK(properties["at"]["format"] == "date-time");
}
