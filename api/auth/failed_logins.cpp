#include "api/auth/failed_logins.hpp"

#include <algorithm>

namespace pakashop::api {

bool FailedLogins::open(const std::string& login, Instant now) const {
    const auto found = failures_.find(login);
    if (found == failures_.end()) return true;
    const auto recent =
        std::ranges::count_if(found->second, [&](Instant at) { return at > now - limits_.window; });
    return static_cast<std::size_t>(recent) < limits_.failures_max;
}

void FailedLogins::remember(const std::string& login, Instant now) {
    if (failures_.size() >= limits_.logins_max) make_room(now);
    auto& mine = failures_[login];
    if (mine.size() >= limits_.failures_max) mine.erase(mine.begin());
    mine.push_back(now);
}

// Every failure costs the caller a password hash, so a window never holds so many logins; should it
// all the same, memory comes first.
void FailedLogins::make_room(Instant now) {
    std::erase_if(failures_, [&](const auto& entry) {
        return entry.second.back() <= now - limits_.window;
    });
    if (failures_.size() >= limits_.logins_max) failures_.clear();
}

}  // namespace pakashop::api
