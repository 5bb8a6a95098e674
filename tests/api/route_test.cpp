#include "api/route.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/documents.hpp"
#include "api/problem.hpp"
#include "api/vocabulary.hpp"
#include "events/kernel/hash.hpp"

using nlohmann::json;
using namespace pakashop;
using namespace pakashop::api;

namespace {

struct Cancel {
    Text<1, 200> reason;
    static constexpr auto fields() { return std::tuple{field("reason", &Cancel::reason)}; }
};

struct Order {
    OrderId id;
    Money total;
    std::optional<Instant> paid_at;
    static constexpr auto fields() {
        return std::tuple{
            field("id", &Order::id), field("total", &Order::total), field("paidAt", &Order::paid_at)
        };
    }
};

std::vector<Route> sample() {
    return {
        {.method = "GET", .pattern = "/health", .summary = "Is it alive", .access = open_to_all()},
        {.method = "GET",
         .pattern = "/api/v1/orders/:id",
         .summary = "One order",
         .tag = "orders",
         .access = any_person(),
         .query = {{"asOf", "the state as it was then"}},
         .reply = {.description = "The order.", .body = shape_of<Order>()}},
        {.method = "GET", .pattern = "/api/v1/orders", .summary = "Orders"},
        {.method = "POST",
         .pattern = "/api/v1/orders",
         .summary = "Place <an> order",
         .access = any_person(),
         .idempotency = Idempotency::required,
         .problems = {"out_of_stock"}},
        {.method = "PATCH",
         .pattern = "/api/v1/orders/:id/cancel",
         .summary = "Cancel",
         .access = any_of({Role::platform_admin, Role::finance_admin}),
         .idempotency = Idempotency::optional,
         .body = shape_of<Cancel>()},
        {.method = "GET", .pattern = "/api/v1/orders/mine", .summary = "Mine"},
        {.method = "GET", .pattern = "/api/v1/:kind/mine/details", .summary = "Details"},
        {.method = "POST",
         .pattern = "/api/v1/internal/retry/:id",
         .summary = "Again",
         .access = internal_key(),
         .aliases = {"/internal/retry/:id"}},
        {.method = "POST",
         .pattern = "/api/v1/tokens",
         .summary = "Tokens, once",
         .idempotency = Idempotency::unrepeated},
    };
}

}  // namespace

TEST_CASE("a path finds its route, and its parameters their values") {
    const RouteTable table{sample()};
    const auto cancel = table.find("PATCH", "/api/v1/orders/ord_1/cancel");
    REQUIRE(cancel.index.has_value());
    CHECK(table.routes()[*cancel.index].summary == "Cancel");
    CHECK(cancel.parameter("id") == "ord_1");
    CHECK(cancel.parameter("other").empty());
    CHECK(table.routes()[*table.find("GET", "/health").index].summary == "Is it alive");
}

TEST_CASE("a fixed segment wins over a parameter, and the other way is still open") {
    const RouteTable table{sample()};
    CHECK(table.routes()[*table.find("GET", "/api/v1/orders/mine").index].summary == "Mine");
    const auto details = table.find("GET", "/api/v1/orders/mine/details");
    REQUIRE(details.index.has_value());
    CHECK(details.parameter("kind") == "orders");
    CHECK(details.parameters.size() == 1);
}

TEST_CASE("an alias answers like its route") {
    const RouteTable table{sample()};
    const auto direct = table.find("POST", "/api/v1/internal/retry/inv_1");
    const auto alias = table.find("POST", "/internal/retry/inv_1");
    REQUIRE(direct.index.has_value());
    CHECK(alias.index == direct.index);
    CHECK(alias.parameter("id") == "inv_1");
}

TEST_CASE("HEAD is served by GET") {
    const RouteTable table{sample()};
    CHECK(table.find("HEAD", "/health").index == table.find("GET", "/health").index);
}

TEST_CASE("a known path with another method names the methods it allows") {
    const RouteTable table{sample()};
    for (const char* method : {"DELETE", "TRACE", "OPTIONS", "get", "PROPFIND", ""}) {
        const auto match = table.find(method, "/api/v1/orders");
        CHECK_FALSE(match.index.has_value());
        CHECK(match.allow == "GET, POST");
    }
}

TEST_CASE("an unknown path finds nothing") {
    const RouteTable table{sample()};
    for (const char* path :
         {"",
          "/",
          "health",
          "/Health",
          "/health/",
          "//health",
          "/api/v1",
          "/api/v1/orders/",
          "/api/v1/orders//cancel",
          "/api/v1/orders/a/b",
          "/api/v1/orders/a/cancel/",
          "/api/v2/orders"}) {
        CAPTURE(path);
        const auto match = table.find("GET", path);
        CHECK_FALSE(match.index.has_value());
        CHECK(match.allow.empty());
    }
}

TEST_CASE("openapi.json tells every route with its parameters, keys, bodies and problems") {
    const auto routes = sample();
    const auto document = json::parse(openapi_document(routes, "1.2.3"));
    CHECK(document["openapi"] == "3.1.0");
    CHECK(document["info"]["version"] == "1.2.3");
    const auto& paths = document["paths"];
    CHECK(paths.size() == 9);
    CHECK(paths["/api/v1/orders"].size() == 2);
    const auto& order = paths["/api/v1/orders/{id}"]["get"];
    CHECK(order["operationId"] == "get_api_v1_orders__id_");
    CHECK(order["tags"] == json::array({"orders"}));
    CHECK(order["parameters"][0]["in"] == "path");
    CHECK(order["parameters"][1]["name"] == "asOf");
    CHECK(order["security"] == json::parse(R"([{"clientKey":[],"person":[]}])"));
    const auto& reply = order["responses"]["200"]["content"]["application/json"]["schema"];
    CHECK(reply["properties"]["total"]["pattern"] == "^-?[0-9]+\\.[0-9]{2}$");
    CHECK(reply["required"] == json::array({"id", "total"}));
    CHECK(order["responses"]["401"]["description"] == "client_key_invalid, token_invalid");
    CHECK(order["responses"].contains("404"));
    const auto& place = paths["/api/v1/orders"]["post"];
    CHECK(place["parameters"][0]["name"] == "Idempotency-Key");
    CHECK(place["parameters"][0]["required"] == true);
    CHECK(place["responses"]["409"]["description"] == "out_of_stock");
    const auto& cancel = paths["/api/v1/orders/{id}/cancel"]["patch"];
    CHECK(cancel["x-roles"] == json::array({"PLATFORM_ADMIN", "FINANCE_ADMIN"}));
    CHECK(
        cancel["requestBody"]["content"]["application/json"]["schema"]["required"] ==
        json::array({"reason"})
    );
    CHECK(paths["/health"]["get"]["security"] == json::array());
    CHECK(
        paths["/internal/retry/{id}"]["post"]["security"] == json::parse(R"([{"internalKey":[]}])")
    );
    CHECK(
        document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"].size() ==
        problem_kinds().size()
    );
}

TEST_CASE("openapi.json promises no repeat of an answer that is never given again") {
    const auto routes = sample();
    const auto paths = json::parse(openapi_document(routes, "1"))["paths"];
    const auto& tokens = paths["/api/v1/tokens"]["post"];
    CHECK(tokens["parameters"][0]["name"] == "Idempotency-Key");
    CHECK(tokens["parameters"][0]["required"] == false);
    const std::string about = tokens["parameters"][0]["description"];
    CHECK(about.find("never given again") != about.npos);
    const auto& headers = tokens["responses"]["200"]["headers"];
    CHECK(headers.contains("Pakashop-Position"));
    CHECK_FALSE(headers.contains("Idempotent-Replayed"));
}

TEST_CASE("operation ids are unique") {
    const auto routes = sample();
    const auto document = json::parse(openapi_document(routes, "1"));
    std::vector<std::string> ids;
    for (const auto& path : document["paths"]) {
        for (const auto& operation : path) ids.push_back(operation["operationId"]);
    }
    std::ranges::sort(ids);
    CHECK(ids.size() == 10);
    CHECK(std::ranges::adjacent_find(ids) == ids.end());
}

TEST_CASE("the documents page stands alone and its policy allows its own style and no more") {
    const auto routes = sample();
    const auto page = docs_page(routes, "1.2.3");
    CHECK(page.header("content-type") == "text/html; charset=utf-8");
    const auto begin = page.body.find("<style>") + 7;
    const auto style = page.body.substr(begin, page.body.find("</style>") - begin);
    const auto hash = to_base64(sha256(style));
    CHECK(
        page.header("content-security-policy") ==
        fmt::format(
            "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'",
            hash
        )
    );
    for (const char* outside :
         {"<script", "src=", "http://", "https://", "@import", "url(", " style="}) {
        CAPTURE(outside);
        CHECK(page.body.find(outside) == page.body.npos);
    }
    CHECK(page.body.find("Place &lt;an&gt; order") != page.body.npos);
    CHECK(page.body.find("/api/v1/orders/:id/cancel") != page.body.npos);
    for (const auto& kind : problem_kinds()) {
        CHECK(page.body.find(fmt::format("id=\"{}\"", kind.code)) != page.body.npos);
    }
}
