#include "api/auth/failed_logins.hpp"

#include <doctest/doctest.h>

using namespace pakashop;
using api::FailedLogins;

namespace {

constexpr Instant noon{1'778'580'000'000};

}  // namespace

TEST_CASE("an address nobody registered locks after ten failures, until the window has slid") {
    FailedLogins failed{{}};
    for (int i = 0; i < 10; ++i) {
        CHECK(failed.open("login:a", noon));
        failed.remember("login:a", noon + seconds(i));
    }
    CHECK_FALSE(failed.open("login:a", noon + seconds(10)));
    CHECK(failed.open("login:b", noon + seconds(10)));
    CHECK_FALSE(failed.open("login:a", noon + minutes(15) - milliseconds(1)));
    CHECK(failed.open("login:a", noon + minutes(15)));
}

TEST_CASE("failures are bounded, and the old ones go first") {
    FailedLogins failed{{.failures_max = 1, .logins_max = 3}};
    failed.remember("login:old", noon);
    failed.remember("login:a", noon + minutes(20));
    failed.remember("login:b", noon + minutes(20));
    failed.remember("login:c", noon + minutes(20));
    CHECK(failed.size() == 3);
    CHECK_FALSE(failed.open("login:a", noon + minutes(20)));
    failed.remember("login:d", noon + minutes(20));
    CHECK(failed.size() == 1);
    CHECK_FALSE(failed.open("login:d", noon + minutes(20)));
}
