#include "api/headers.hpp"

#include <string>

#include <doctest/doctest.h>

#include "api/auth/keys.hpp"

using namespace pakashop::api;

TEST_CASE("an idempotency key may be quoted or bare and is the same key") {
    CHECK(parse_idempotency_key("abc-123") == "abc-123");
    CHECK(parse_idempotency_key("\"abc-123\"") == "abc-123");
    CHECK(parse_idempotency_key("\"a\\\"b\\\\c\"") == "a\"b\\c");
    CHECK(parse_idempotency_key("a\"b") == "a\"b");
    CHECK(parse_idempotency_key(std::string(255, 'k')) == std::string(255, 'k'));
    CHECK(parse_idempotency_key("\"" + std::string(255, 'k') + "\"") == std::string(255, 'k'));
}

TEST_CASE("what is not an idempotency key is refused") {
    for (const std::string& bad :
         {std::string{},
          std::string{"\""},
          std::string{"\"\""},
          std::string{"\"abc"},
          std::string{"\"a\"b\""},
          std::string{"\"a\\b\""},
          std::string{"\"a\\\""},
          std::string{"a b"},
          std::string{"\"a b\""},
          std::string{"a\tb"},
          std::string{"caf\xC3\xA9"},
          std::string{"\"a\"; x=1"},
          std::string(256, 'k')}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_idempotency_key(bad).has_value());
    }
}

TEST_CASE("a usable correlation id is kept, any other replaced by a new one") {
    CHECK(correlation_id("req-7.A_b") == "req-7.A_b");
    for (const std::string& bad :
         {std::string{},
          std::string{"a b"},
          std::string{"a\nb"},
          std::string{"{}"},
          std::string(65, 'a'),
          std::string{"caf\xC3\xA9"}}) {
        const auto made = correlation_id(bad);
        CHECK(made.size() == 32);
        CHECK(made != correlation_id(bad));
    }
}

TEST_CASE("a traceparent is honoured to the letter and passed on") {
    const std::string sent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const auto context = parse_traceparent(sent);
    REQUIRE(context.has_value());
    CHECK(context->trace_id == "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(context->parent_id == "00f067aa0ba902b7");
    CHECK(context->sampled);
    CHECK(to_traceparent(*context) == sent);
    const auto child = make_child(*context);
    CHECK(child.trace_id == context->trace_id);
    CHECK(child.parent_id != context->parent_id);
    CHECK(parse_traceparent(to_traceparent(child)) == child);
    const auto fresh = make_trace();
    CHECK(parse_traceparent(to_traceparent(fresh)) == fresh);
    CHECK(fresh != make_trace());
}

TEST_CASE("flags are bits, and a later version is read as this one") {
    const std::string ids = "-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-";
    CHECK_FALSE(parse_traceparent("00" + ids + "00")->sampled);
    CHECK_FALSE(parse_traceparent("00" + ids + "02")->sampled);
    CHECK(parse_traceparent("00" + ids + "03")->sampled);
    CHECK(parse_traceparent("01" + ids + "01-more")->sampled);
}

TEST_CASE("a traceparent that is not valid is ignored") {
    const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    const std::string span = "00f067aa0ba902b7";
    for (const std::string& bad :
         {std::string{},
          "ff-" + trace + "-" + span + "-01",
          "00-" + std::string(32, '0') + "-" + span + "-01",
          "00-" + trace + "-" + std::string(16, '0') + "-01",
          "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + span + "-01",
          "00-" + trace + "-" + span + "-0",
          "00-" + trace + "-" + span + "-01-x",
          "00-" + trace + "-" + span + "-0g",
          "00_" + trace + "-" + span + "-01",
          "01-" + trace + "-" + span + "-01x",
          "0-" + trace + "-" + span + "-01",
          "00-" + trace + span + "-01-00000000000000000"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_traceparent(bad).has_value());
    }
}

TEST_CASE("a key ring opens to its keys and to nothing else") {
    const KeyRing ring{{"client-key-1", "", "client-key-2"}};
    CHECK(ring.opens("client-key-1"));
    CHECK(ring.opens("client-key-2"));
    for (const char* other : {"", "client-key", "client-key-11", "CLIENT-KEY-1", " client-key-1"}) {
        CAPTURE(other);
        CHECK_FALSE(ring.opens(other));
    }
    CHECK_FALSE(KeyRing{{""}}.opens(""));
    CHECK_FALSE(KeyRing{{}}.opens(""));
}
