#include "api/auth/failed_logins.hpp"

#include <algorithm>

namespace pakashop::api {

std::size_t FailedLogins::recent(const std::string& login, Instant now) const {
    const auto found = failures_.find(login);
    if (found == failures_.end()) return 0;
    const auto counted =
        std::ranges::count_if(found->second, [&](Instant at) { return at > now - limits_.window; });
    return static_cast<std::size_t>(counted);
}

std::shared_ptr<const void> FailedLogins::begin(const std::string& login, std::size_t failures) {
    std::erase_if(under_way_, [](const auto& entry) { return entry.second.expired(); });
    std::weak_ptr<const void>& mine = under_way_[login];
    const auto others = static_cast<std::size_t>(mine.use_count());
    if (failures + others >= limits_.failures_max) return nullptr;
    std::shared_ptr<const void> held = mine.lock();
    if (!held) held = std::make_shared<char>();
    mine = held;
    return held;
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
