#include "api/answers.hpp"

#include <set>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using nlohmann::json;
using namespace pakashop::api;

namespace {

json schema(std::string_view notation) { return json::parse(told(notation).schema); }

void collect_references(const json& schema, std::set<std::string>& names) {
    if (schema.is_object() && schema.contains("$ref")) {
        const std::string reference = schema["$ref"];
        names.insert(reference.substr(reference.rfind('/') + 1));
    }
    for (const auto& each : schema) {
        if (each.is_structured()) collect_references(each, names);
    }
}

}  // namespace

TEST_CASE("a member is a text and in every answer unless the notation says otherwise") {
    CHECK(schema("{id, note?, paid:boolean}") == json::parse(R"({
        "type": "object",
        "properties": {
            "id": {"type": "string"}, "note": {"type": "string"}, "paid": {"type": "boolean"}
        },
        "required": ["id", "paid"]
    })"));
    CHECK(schema("{}") == json::parse(R"({"type":"object","properties":{},"required":[]})"));
}

TEST_CASE("lists, nothing, and members of any name nest") {
    const auto nested = schema("{lines:[[{x:number}]]|null, *:any}");
    const auto& lines = nested["properties"]["lines"]["anyOf"];
    CHECK(lines[0]["items"]["items"]["properties"]["x"]["type"] == "number");
    CHECK(lines[1]["type"] == "null");
    CHECK(nested["additionalProperties"] == json::object());
    CHECK(nested["required"] == json::array({"lines"}));
}

TEST_CASE("a page of a list says what stands in it") {
    const auto page = json::parse(list_of("Order").schema);
    CHECK(page["properties"]["data"]["items"]["$ref"] == "#/components/schemas/Order");
    CHECK(page["required"] == json::array({"data", "nextCursor"}));
}

TEST_CASE("every name that a shape refers to has a shape, and one only") {
    std::set<std::string> named;
    std::set<std::string> used;
    for (const auto& [name, shape] : named_shapes()) {
        CAPTURE(name);
        CHECK(named.emplace(name).second);
        collect_references(json::parse(shape.schema), used);
    }
    for (const auto& name : used) {
        CAPTURE(name);
        CHECK(named.contains(name));
    }
    CHECK(used.contains("OrderStatus"));
}
