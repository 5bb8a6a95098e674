#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "events/kernel/time.hpp"

namespace pakashop::api {

/// Failed logins at addresses nobody registered, in memory: they lock like a real login does, so
/// that the lock tells nobody who is registered. A real login's failures are events of its own. For
/// one thread.
class FailedLogins {
public:
    struct Limits {
        std::size_t failures_max = 10;
        Duration window = minutes(15);
        std::size_t logins_max = 100'000;  ///< Beyond it everything is forgotten.
    };
    explicit FailedLogins(Limits limits) : limits_{limits} {}

    /// Whether another try is allowed: fewer than `failures_max` within the window.
    bool open(const std::string& login, Instant now) const;
    void remember(const std::string& login, Instant now);
    std::size_t size() const { return failures_.size(); }

private:
    void make_room(Instant now);

    Limits limits_;
    std::unordered_map<std::string, std::vector<Instant>> failures_;  ///< Oldest first.
};

}  // namespace pakashop::api
