#include <set>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "api/documents.hpp"
#include "api/yaml.hpp"
#include "events/public_view.hpp"

namespace pakashop::api {
namespace {

using nlohmann::json;

TEST_CASE("JSON becomes YAML for people to read, and nothing in it changes its meaning") {
    const std::string text =
        yaml_of(R"({"name":"a \"b\"\n","$ref":"#/x","no":false,"1a":1,)"
                R"("list":[{"a":1,"b":{"c":[]}},"x",[2,3]],"none":{},"v.1":null})");
    CHECK(text == R"(name: "a \"b\"\n"
"$ref": "#/x"
"no": false
"1a": 1
list:
  - a: 1
    b:
      c: []
  - "x"
  -
    - 2
    - 3
none: {}
v.1: null
)");
    CHECK(yaml_of("[]") == "[]\n");
}

std::size_t count(const std::string& text, const std::string& line) {
    std::size_t out = 0;
    for (auto at = text.find(line); at != text.npos; at = text.find(line, at + 1)) ++out;
    return out;
}

TEST_CASE("asyncapi.yaml has every family's topic and every event, and no field that is withheld") {
    const std::string text = asyncapi_document("1.2.3");
    CHECK(text.starts_with("asyncapi: \"3.0.0\"\n"));
    for (const auto family : published_families()) {
        CAPTURE(family);
        CHECK(count(text, "address: \"pakashop.events." + std::string{family} + "\"\n") == 1);
        CHECK(count(text, "\n  publish_" + std::string{family} + ":\n    action: \"send\"\n") == 1);
    }
    std::size_t events = 0;
    for (const EventSchema& each : public_schemas()) {
        const std::string type{each.type};
        CAPTURE(type);
        CHECK(count(text, "\"#/components/messages/" + type + "\"\n") == 1);
        CHECK(count(text, "\"#/components/schemas/" + type + "\"\n") == 1);
        CHECK(count(text, "\n    " + type + ":\n") == 2);  // As a message, and as a schema.
        CHECK(count(text, "const: \"" + type + "\"\n") == 1);
        ++events;
    }
    CHECK(events > 90);
    for (const char* withheld :
         {"passwordHash",
          "signatoryName",
          "fullName",
          "nrc",
          "totpSecret",
          "registration",
          "documents",
          "login"}) {
        CAPTURE(withheld);
        CHECK(count(text, " " + std::string{withheld} + ":") == 0);
    }
}

TEST_CASE("each event has a schema of its own, and nothing else has one") {
    for (const EventSchema& each : public_schemas()) {
        CAPTURE(each.type);
        const auto document = json::parse(event_schema_document(each.type).value());
        CHECK(document["$schema"] == "https://json-schema.org/draft/2020-12/schema");
        CHECK(document["title"] == each.type);
        CHECK(document["properties"] == json::parse(each.schema)["properties"]);
    }
    const auto placed = json::parse(event_schema_document("order.placed.v1").value());
    CHECK(placed["properties"].contains("total"));
    CHECK_FALSE(placed["properties"].contains("address"));
    CHECK_FALSE(event_schema_document("order.placed.v2"));
    CHECK_FALSE(event_schema_document(""));
}

}  // namespace
}  // namespace pakashop::api
