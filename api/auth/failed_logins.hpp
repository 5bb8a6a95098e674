#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "events/kernel/time.hpp"

namespace pakashop::api {

/// Failed logins at addresses nobody registered, in memory: they lock like a real login does, so
/// that the lock tells nobody who is registered. A real login's failures are events of its own. The
/// tries under way are counted for every address. For one thread.
class FailedLogins {
public:
    struct Limits {
        std::size_t failures_max = 10;
        Duration window = minutes(15);
        std::size_t logins_max = 100'000;  ///< Beyond it everything is forgotten.
    };
    explicit FailedLogins(Limits limits) : limits_{limits} {}

    /// Failures within the window; `failures_max` lock the login.
    std::size_t recent(const std::string& login, Instant now) const;
    void remember(const std::string& login, Instant now);

    /// Counts a try as under way for as long as the caller keeps what is returned, which may
    /// outlive this. Nothing while the tries under way, should they all fail, lock a login that has
    /// `failures` already: guesses made at once get no further than guesses made one by one.
    std::shared_ptr<const void> begin(const std::string& login, std::size_t failures);

    std::size_t size() const { return failures_.size(); }

private:
    void make_room(Instant now);

    Limits limits_;
    std::unordered_map<std::string, std::vector<Instant>> failures_;  ///< Oldest first.
    /// Each try under way holds its login's entry.
    std::unordered_map<std::string, std::weak_ptr<const void>> under_way_;
};

}  // namespace pakashop::api
