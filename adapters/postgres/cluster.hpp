#pragma once

#include <memory>
#include <string>

#include "handlers/ports/cluster.hpp"

namespace pakashop::postgres {

/// The nodes and the leases in the tables `cluster_nodes` and `leases`; PostgreSQL's clock counts.
class Cluster final : public pakashop::Cluster {
public:
    explicit Cluster(std::string url);
    ~Cluster() override;

    Result<ClusterView, ReadFailure> beat(const ClusterNode& self, Duration lease) override;
    Result<void, ReadFailure>
    take(const ClusterNode& self, const std::vector<std::string>& names, Duration lease) override;
    Result<void, ReadFailure>
    release(const std::string& node, const std::vector<std::string>& names) override;
    void leave(const std::string& node) override;
    Result<ClusterView, ReadFailure> view() override;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace pakashop::postgres
