#pragma once

#include <cstdint>
#include <mutex>

#include "events/kernel/time.hpp"

namespace pakashop {

struct BreakerOptions {
    int failures_to_open = 5;     ///< In a row; one missing connection opens at once.
    Duration pause = seconds(1);  ///< Before the first probe; doubled by each failed one.
    Duration pause_max = seconds(30);
    bool starts_open = false;  ///< Probe before the first call.
};

/// Keeps work away from a provider that is away, so that an outage writes nothing to the log. While
/// it is open nothing is begun; from time to time one caller may probe. Safe from any thread; time
/// comes from the caller.
class Breaker {
public:
    explicit Breaker(BreakerOptions options);

    /// True when work may begin.
    bool closed() const;
    /// True for one caller, when it is time to probe: that caller must say `probed`.
    bool take_probe(Instant now);
    /// What the probe found. True when this closed it.
    bool probed(bool answered, Instant now);

    /// An answer, whatever it said.
    void answered();
    /// No usable answer. True when this opened it.
    bool failed(Instant now);
    /// No connection. True when this opened it.
    bool away(Instant now);

private:
    bool open(Instant now);

    const BreakerOptions options_;
    mutable std::mutex mutex_;
    bool open_ = false;
    bool probing_ = false;
    int failures_ = 0;
    Duration pause_;
    Instant probe_at_;
};

}  // namespace pakashop
