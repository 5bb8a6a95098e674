#include "handlers/breaker.hpp"

#include <doctest/doctest.h>

using namespace pakashop;

namespace {
constexpr Instant noon{1'000'000};
}

TEST_CASE("a run of failures opens it, and one answer in between does not let it run") {
    Breaker breaker{{.failures_to_open = 3}};
    CHECK(!breaker.failed(noon));
    CHECK(!breaker.failed(noon));
    breaker.answered();
    CHECK(!breaker.failed(noon));
    CHECK(!breaker.failed(noon));
    CHECK(breaker.closed());
    CHECK(breaker.failed(noon));
    CHECK(!breaker.closed());
    CHECK(!breaker.failed(noon));
}

TEST_CASE("a missing connection opens it at once") {
    Breaker breaker{{}};
    CHECK(breaker.away(noon));
    CHECK(!breaker.closed());
    CHECK(!breaker.away(noon));
}

TEST_CASE("one caller probes, later and later, until somebody answers") {
    Breaker breaker{{.pause = seconds(1), .pause_max = seconds(4)}};
    CHECK(!breaker.take_probe(noon));
    breaker.away(noon);
    CHECK(!breaker.take_probe(noon + milliseconds(999)));
    Instant at = noon + seconds(1);
    for (const Duration pause : {seconds(2), seconds(4), seconds(4)}) {
        CHECK(breaker.take_probe(at));
        CHECK(!breaker.take_probe(at));
        CHECK(!breaker.probed(false, at));
        CHECK(!breaker.take_probe(at + pause - milliseconds(1)));
        at = at + pause;
    }
    CHECK(breaker.take_probe(at));
    CHECK(breaker.probed(true, at));
    CHECK(breaker.closed());
    CHECK(breaker.away(at));
    CHECK(breaker.take_probe(at + seconds(1)));
}

TEST_CASE("one that starts open probes before the first call") {
    Breaker breaker{{.starts_open = true}};
    CHECK(!breaker.closed());
    CHECK(breaker.take_probe(noon));
    CHECK(breaker.probed(true, noon));
    CHECK(breaker.closed());
}
