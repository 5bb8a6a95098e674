#include "api/keys_under_way.hpp"

#include <doctest/doctest.h>

#include "events/kernel/hash.hpp"

using namespace pakashop;
using api::KeysUnderWay;

TEST_CASE("a key that is under way is not taken for another body, and is free again after it") {
    KeysUnderWay keys;
    const CommandId id{1};
    const CommandId other{2};
    const Fingerprint body = sha256("one");
    {
        const auto first = keys.take(id, body);
        REQUIRE(first.has_value());
        CHECK_FALSE(keys.take(id, sha256("two")).has_value());
        CHECK(keys.take(other, sha256("two")).has_value());
        const auto again = keys.take(id, body);
        CHECK(again.has_value());
    }
    CHECK(keys.take(id, sha256("two")).has_value());
}

TEST_CASE("a hold may be moved, and may outlive the keys") {
    std::optional<KeysUnderWay::Hold> hold;
    {
        KeysUnderWay keys;
        hold = keys.take(CommandId{1}, sha256("one"));
        CHECK_FALSE(keys.take(CommandId{1}, sha256("two")).has_value());
    }
    hold.reset();
    CHECK_FALSE(hold.has_value());
}
