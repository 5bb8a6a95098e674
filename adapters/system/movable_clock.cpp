#include "adapters/system/movable_clock.hpp"

#include <chrono>

#include "events/kernel/require.hpp"

namespace pakashop {

Instant MovableClock::now() const {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
    return {ms + offset_ms_.load(std::memory_order_relaxed)};
}

void MovableClock::advance(Duration by) {
    require(by.ms >= 0, "the clock is only moved forward");
    offset_ms_.fetch_add(by.ms, std::memory_order_relaxed);
}

void MovableClock::advance_to(Instant at) {
    if (const Instant here = now(); here < at) advance(at - here);
}

}  // namespace pakashop
