#include "api/canonical.hpp"

#include <doctest/doctest.h>

using pakashop::api::canonical_json;

TEST_CASE("equal bodies have one spelling, however they are spaced and ordered") {
    const std::string spelled = R"({"a":{"c":[1,{"x":null,"y":"\n"}],"d":true},"b":"é"})";
    CHECK(canonical_json(spelled) == spelled);
    const std::string turned =
        "{ \"b\" : \"\\u00e9\",\n\"a\":{\"d\":true,\"c\":[1,{\"y\":\"\\n\",\"x\":null}]}}";
    CHECK(canonical_json(turned) == spelled);
}

TEST_CASE("what differs stays different") {
    CHECK(canonical_json("[1,2]") != canonical_json("[2,1]"));
    CHECK(canonical_json(R"({"a":1})") != canonical_json(R"({"a":"1"})"));
    CHECK(canonical_json(R"({"a":{},"b":[]})") == R"({"a":{},"b":[]})");
    CHECK(canonical_json(R"({"a":[]})") != canonical_json(R"({"a":{}})"));
}

TEST_CASE("text that is no JSON stays as it is") {
    CHECK(canonical_json("{ \"a\"") == "{ \"a\"");
    CHECK(canonical_json("") == "");
}
