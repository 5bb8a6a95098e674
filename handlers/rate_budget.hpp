#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>

#include "events/kernel/time.hpp"

namespace pakashop {

/// So many calls in each second. Safe from any thread.
class RateBudget {
public:
    explicit RateBudget(std::size_t per_second) : per_second_{per_second} {}

    /// Up to `wanted` calls; fewer, or none, when this second has no more.
    std::size_t take(Instant now, std::size_t wanted) {
        const std::lock_guard lock{mutex_};
        if (now.ms / 1000 != second_) taken_ = 0;
        second_ = now.ms / 1000;
        const std::size_t granted = std::min(wanted, per_second_ - taken_);
        taken_ += granted;
        return granted;
    }
    /// Calls that were taken and not made.
    void give_back(std::size_t count) {
        const std::lock_guard lock{mutex_};
        taken_ -= std::min(count, taken_);
    }

private:
    std::mutex mutex_;
    const std::size_t per_second_;
    std::int64_t second_ = 0;
    std::size_t taken_ = 0;
};

}  // namespace pakashop
