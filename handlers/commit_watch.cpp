#include "handlers/commit_watch.hpp"

#include <algorithm>

namespace pakashop {

void CommitWatch::attach() {
    engine_.on_commit([this](const auto& commit) { tell(*commit); });
}

CommitWatch::Ticket CommitWatch::watch(std::string key, std::function<void()> wake) {
    const std::lock_guard lock{mutex_};
    waiters_[std::move(key)].push_back({next_, std::move(wake)});
    return next_++;
}

void CommitWatch::forget(const std::string& key, Ticket ticket) {
    const std::lock_guard lock{mutex_};
    const auto found = waiters_.find(key);
    if (found == waiters_.end()) return;
    std::erase_if(found->second, [&](const Waiter& one) { return one.ticket == ticket; });
    if (found->second.empty()) waiters_.erase(found);
}

void CommitWatch::tell(const Commit& commit) {
    const std::lock_guard lock{mutex_};
    const auto found = waiters_.find(commit.key);
    if (found == waiters_.end()) return;
    for (const Waiter& one : found->second) one.wake();
}

}  // namespace pakashop
