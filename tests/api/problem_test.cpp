#include "api/problem.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using nlohmann::json;
using namespace pakashop::api;

namespace {

const std::filesystem::path pages = std::filesystem::path{PAKASHOP_SOURCE_DIR} / "ops/errors";

int lines_of(const std::filesystem::path& file) {
    std::ifstream in{file};
    int lines = 0;
    for (std::string line; std::getline(in, line);) lines += line.empty() ? 0 : 1;
    return lines;
}

}  // namespace

TEST_CASE("a problem is an RFC 9457 document with our code in it") {
    Problem problem{.code = "illegal_transition", .detail = "A paid order cannot be paid again."};
    problem.with("from", "PAID").with("asked", "PENDING").with("attemptsLeft", 3);
    const auto response = to_response(problem, "urn:pakashop:c1");
    CHECK(response.status == 409);
    CHECK(response.header("content-type") == "application/problem+json");
    CHECK(response.header("retry-after").empty());
    const auto document = json::parse(response.body);
    CHECK(document == json::parse(R"({
        "type": "/docs#illegal_transition",
        "title": "The state does not allow this",
        "status": 409,
        "detail": "A paid order cannot be paid again.",
        "instance": "urn:pakashop:c1",
        "code": "illegal_transition",
        "from": "PAID", "asked": "PENDING", "attemptsLeft": 3
    })"));
}

TEST_CASE("field errors stand in the document with their pointers") {
    const Problem problem{.code = "validation_failed", .errors = {{"#/items/0", "is \"odd\""}}};
    const auto document = json::parse(to_response(problem, "i").body);
    CHECK(document["errors"] == json::parse(R"([{"pointer":"#/items/0","detail":"is \"odd\""}])"));
}

TEST_CASE("who may try again is told when") {
    CHECK(to_response({.code = "rate_limited"}, "i").header("Retry-After") == "1");
    CHECK(to_response({.code = "read_model_behind"}, "i").header("Retry-After") == "1");
    CHECK(
        to_response({.code = "overloaded", .retry_after_s = 7}, "i").header("Retry-After") == "7"
    );
    CHECK(
        to_response({.code = "pin_locked", .retry_after_s = 9}, "i").header("Retry-After") == "9"
    );
    CHECK(to_response({.code = "token_invalid"}, "i").header("WWW-Authenticate") == "Bearer");
}

TEST_CASE("a limit that is used up is told with its quota and its window") {
    Problem problem{.code = "rate_limited", .retry_after_s = 40};
    CHECK(to_response(problem, "i").header("RateLimit").empty());
    problem.limit = RateLimit{"tries", 10, 900};
    const auto response = to_response(problem, "i");
    CHECK(response.header("RateLimit-Policy") == R"("tries";q=10;w=900)");
    CHECK(response.header("RateLimit") == R"("tries";r=0;t=40)");
}

TEST_CASE("a 405 says which methods there are") {
    CHECK(
        to_response({.code = "method_not_allowed", .allow = "GET, PUT"}, "i").header("Allow") ==
        "GET, PUT"
    );
    CHECK(to_response({.code = "not_found"}, "i").header("Allow").empty());
}

TEST_CASE("every code stands once, under an error status, and has its page; every page its code") {
    std::set<std::string> codes;
    for (const auto& kind : problem_kinds()) {
        CAPTURE(kind.code);
        CHECK(codes.emplace(kind.code).second);
        CHECK(kind.status >= 400);
        CHECK(kind.status < 600);
        CHECK_FALSE(kind.title.empty());
        CHECK(find_problem_kind(kind.code) == &kind);
        const auto page = pages / (std::string{kind.code} + ".md");
        CHECK(std::filesystem::exists(page));
        CHECK(lines_of(page) >= 3);
        CHECK(lines_of(page) <= 6);
    }
    int seen = 0;
    for (const auto& page : std::filesystem::directory_iterator{pages}) {
        CAPTURE(page.path().string());
        if (page.path().filename() == "README.md") continue;
        CHECK(codes.contains(page.path().stem().string()));
        ++seen;
    }
    MESSAGE("problem codes with a page: " << seen);
    CHECK(seen >= 50);
    CHECK(find_problem_kind("no_such_code") == nullptr);
}
