#pragma once

#include "events/kernel/time.hpp"

namespace pakashop {

/// The time of day, as everything outside the domain asks it. Outside production it can be moved
/// forward (api.md, "Time in tests").
class Clock {
public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
};

}  // namespace pakashop
