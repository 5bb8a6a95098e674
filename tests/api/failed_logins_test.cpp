#include "api/auth/failed_logins.hpp"

#include <doctest/doctest.h>

using namespace pakashop;
using api::FailedLogins;

namespace {

constexpr Instant noon{1'778'580'000'000};

}  // namespace

TEST_CASE("failures at an address nobody registered count until the window has slid over them") {
    FailedLogins failed{{}};
    for (int i = 0; i < 10; ++i) {
        CHECK(failed.recent("login:a", noon) == static_cast<std::size_t>(i));
        failed.remember("login:a", noon + seconds(i));
    }
    CHECK(failed.recent("login:a", noon + seconds(10)) == 10);
    CHECK(failed.recent("login:b", noon + seconds(10)) == 0);
    CHECK(failed.recent("login:a", noon + minutes(15) - milliseconds(1)) == 10);
    CHECK(failed.recent("login:a", noon + minutes(15)) == 9);
}

TEST_CASE("tries under way count as failures that may come") {
    FailedLogins failed{{.failures_max = 3}};
    auto first = failed.begin("login:a", 1);
    const auto second = failed.begin("login:a", 1);
    CHECK(first);
    CHECK(second);
    CHECK_FALSE(failed.begin("login:a", 1));
    CHECK(failed.begin("login:b", 1));
    first.reset();
    CHECK_FALSE(failed.begin("login:a", 2));
    CHECK(failed.begin("login:a", 1));
}

TEST_CASE("a try may outlive the count") {
    auto failed = std::make_unique<FailedLogins>(FailedLogins::Limits{});
    const auto held = failed->begin("login:a", 0);
    failed.reset();
    CHECK(held);
}

TEST_CASE("failures are bounded, and the old ones go first") {
    FailedLogins failed{{.failures_max = 1, .logins_max = 3}};
    failed.remember("login:old", noon);
    failed.remember("login:a", noon + minutes(20));
    failed.remember("login:b", noon + minutes(20));
    failed.remember("login:c", noon + minutes(20));
    CHECK(failed.size() == 3);
    CHECK(failed.recent("login:a", noon + minutes(20)) == 1);
    failed.remember("login:d", noon + minutes(20));
    CHECK(failed.size() == 1);
    CHECK(failed.recent("login:d", noon + minutes(20)) == 1);
}
