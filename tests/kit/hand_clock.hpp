#pragma once

#include <atomic>

#include "handlers/ports/clock.hpp"
#include "tests/aggregates/order_world.hpp"

namespace pakashop::kit {

/// A clock that stands until it is moved. Safe from any thread.
class HandClock final : public Clock {
public:
    Instant now() const override { return {ms_.load()}; }
    void advance(Duration by) { ms_ += by.ms; }

private:
    std::atomic<std::int64_t> ms_{noon.ms};
};

}  // namespace pakashop::kit
