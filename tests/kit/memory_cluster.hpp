#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "handlers/ports/cluster.hpp"

namespace pakashop::kit {

/// What nodes tell each other, in memory. Leases do not end by themselves: a node is taken for
/// silent for too long when a test says so.
class MemoryCluster final : public Cluster {
public:
    Result<ClusterView, ReadFailure> beat(const ClusterNode& self, Duration lease) override;
    Result<void, ReadFailure>
    take(const ClusterNode& self, const std::vector<std::string>& names, Duration lease) override;
    Result<void, ReadFailure>
    release(const std::string& node, const std::vector<std::string>& names) override;
    void leave(const std::string& node) override;
    Result<ClusterView, ReadFailure> view() override;

    /// From now on the node hears nothing, and the others take it for dead; or back to life.
    void silence(const std::string& node, bool silent);
    /// It answers nobody any more as soon as somebody has a lease to release.
    void fail_at_release() { fails_at_release_ = true; }
    /// It answers again.
    void come_back();
    bool away() const { return away_; }
    /// How often the node has beaten, heard or not.
    std::size_t beats(const std::string& node);

private:
    void forget(const std::string& node);
    ClusterView seen() const;

    std::mutex mutex_;
    std::map<std::string, ClusterNode> nodes_;
    std::map<std::string, Lease> leases_;
    std::set<std::string> silenced_;
    std::map<std::string, std::size_t> beats_;
    std::atomic<bool> fails_at_release_{false};
    std::atomic<bool> away_{false};
};

}  // namespace pakashop::kit
