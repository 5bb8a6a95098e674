#pragma once

#include <atomic>

#include "handlers/ports/clock.hpp"

namespace pakashop {

/// The machine's clock, plus what it was moved forward by (never in production).
class MovableClock : public Clock {
public:
    Instant now() const override;
    /// Moves it forward; backwards is a caller's bug.
    void advance(Duration by);
    /// Moves it forward to that time, unless it is past it already.
    void advance_to(Instant at);

private:
    std::atomic<std::int64_t> offset_ms_{0};
};

}  // namespace pakashop
