#include "handlers/breaker.hpp"

#include <algorithm>
#include <utility>

namespace pakashop {

Breaker::Breaker(BreakerOptions options)
    : options_{options}, open_{options.starts_open}, pause_{options.pause} {}

bool Breaker::closed() const {
    const std::lock_guard lock{mutex_};
    return !open_;
}

bool Breaker::take_probe(Instant now) {
    const std::lock_guard lock{mutex_};
    if (!open_ || probing_ || now < probe_at_) return false;
    probing_ = true;
    return true;
}

bool Breaker::probed(bool answered, Instant now) {
    const std::lock_guard lock{mutex_};
    probing_ = false;
    if (answered) {
        failures_ = 0;
        pause_ = options_.pause;
        return std::exchange(open_, false);
    }
    probe_at_ = now + pause_;
    pause_ = std::min(Duration{2 * pause_.ms}, options_.pause_max);
    return false;
}

void Breaker::answered() {
    const std::lock_guard lock{mutex_};
    failures_ = 0;
}

bool Breaker::failed(Instant now) {
    const std::lock_guard lock{mutex_};
    return ++failures_ >= options_.failures_to_open && open(now);
}

bool Breaker::away(Instant now) {
    const std::lock_guard lock{mutex_};
    return open(now);
}

// Calls that began before it opened may still fail; they change nothing.
bool Breaker::open(Instant now) {
    if (open_) return false;
    open_ = true;
    failures_ = 0;
    probe_at_ = now + pause_;
    pause_ = std::min(Duration{2 * pause_.ms}, options_.pause_max);
    return true;
}

}  // namespace pakashop
