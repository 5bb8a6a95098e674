#pragma once

#include <memory>
#include <string>

#include "handlers/ports/cluster.hpp"

namespace pakashop::postgres {

/// The nodes and the lease in the tables `cluster_nodes` and `leases`; PostgreSQL's clock counts.
class Cluster final : public pakashop::Cluster {
public:
    explicit Cluster(std::string url);
    ~Cluster() override;

    Result<std::optional<LeaseHolder>, ReadFailure>
    beat(const ClusterNode& self, bool wanted, Duration for_how_long) override;
    void leave(const std::string& node) override;
    Result<std::vector<ClusterNode>, ReadFailure> nodes() override;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace pakashop::postgres
