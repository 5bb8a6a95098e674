#include "tests/kit/memory_cluster.hpp"

namespace pakashop::kit {

Result<ClusterView, ReadFailure> MemoryCluster::beat(const ClusterNode& self, Duration) {
    const std::lock_guard lock{mutex_};
    ++beats_[self.node];
    if (away_ || silenced_.contains(self.node)) return unexpected{ReadFailure::unavailable};
    nodes_[self.node] = self;
    return seen();
}

Result<void, ReadFailure>
MemoryCluster::take(const ClusterNode& self, const std::vector<std::string>& names, Duration) {
    const std::lock_guard lock{mutex_};
    if (away_) return unexpected{ReadFailure::unavailable};
    for (const std::string& name : names) {
        leases_.try_emplace(name, Lease{name, self.node, self.address});
    }
    return {};
}

Result<void, ReadFailure>
MemoryCluster::release(const std::string& node, const std::vector<std::string>& names) {
    const std::lock_guard lock{mutex_};
    if (fails_at_release_) away_ = true;
    if (away_) return unexpected{ReadFailure::unavailable};
    for (const std::string& name : names) {
        const auto found = leases_.find(name);
        if (found != leases_.end() && found->second.node == node) leases_.erase(found);
    }
    return {};
}

void MemoryCluster::leave(const std::string& node) {
    const std::lock_guard lock{mutex_};
    forget(node);
}

Result<ClusterView, ReadFailure> MemoryCluster::view() {
    const std::lock_guard lock{mutex_};
    if (away_) return unexpected{ReadFailure::unavailable};
    return seen();
}

std::size_t MemoryCluster::beats(const std::string& node) {
    const std::lock_guard lock{mutex_};
    return beats_[node];
}

void MemoryCluster::come_back() {
    fails_at_release_ = false;
    away_ = false;
}

void MemoryCluster::silence(const std::string& node, bool silent) {
    const std::lock_guard lock{mutex_};
    if (silent) {
        silenced_.insert(node);
        forget(node);
    } else {
        silenced_.erase(node);
    }
}

void MemoryCluster::forget(const std::string& node) {
    nodes_.erase(node);
    std::erase_if(leases_, [&](const auto& lease) { return lease.second.node == node; });
}

ClusterView MemoryCluster::seen() const {
    ClusterView view;
    for (const auto& [name, node] : nodes_) view.nodes.push_back(node);
    for (const auto& [name, lease] : leases_) view.leases.push_back(lease);
    return view;
}

}  // namespace pakashop::kit
