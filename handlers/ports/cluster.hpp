#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "events/kernel/result.hpp"
#include "events/kernel/time.hpp"
#include "handlers/ports/read_failure.hpp"

/// What the nodes of a cluster tell each other (architecture 2.6). All of it only hints: who leads
/// a partition is what its log says.
namespace pakashop {

/// A node as others see it.
struct ClusterNode {
    std::string node;      ///< Its name, chosen by whoever runs it; unique in the cluster.
    std::string address;   ///< host:port where other nodes reach its API.
    bool decides = false;  ///< Whether it can lead partitions now: it may, and has followed them.
    std::vector<std::uint64_t> places;  ///< By partition: behind the last record it has.
    Duration silent;                    ///< Since it last said so.
};

/// Who should do something now that one node does at a time.
struct Lease {
    std::string name;  ///< `partition-3`, or a duty: `projections`.
    std::string node;
    std::string address;
};

/// The cluster as it was seen at one moment.
struct ClusterView {
    std::vector<ClusterNode> nodes;  ///< Every node that ever beat and did not leave, by name.
    std::vector<Lease> leases;       ///< Those that are held, by name.
};

/// Safe from any thread.
class Cluster {
public:
    virtual ~Cluster() = default;

    /// Says that `self` is there, keeps the leases that are still its own for `lease` from now, and
    /// tells what there is.
    virtual Result<ClusterView, ReadFailure> beat(const ClusterNode& self, Duration lease) = 0;
    /// Takes those of these leases that nobody holds, for `lease` from now.
    virtual Result<void, ReadFailure>
    take(const ClusterNode& self, const std::vector<std::string>& names, Duration lease) = 0;
    /// Lets these leases go, where `node` holds them. Should it fail, they may be held on.
    virtual Result<void, ReadFailure>
    release(const std::string& node, const std::vector<std::string>& names) = 0;
    /// Lets all of them go and takes the node off the list. Should it fail, its silence tells.
    virtual void leave(const std::string& node) = 0;
    virtual Result<ClusterView, ReadFailure> view() = 0;
};

}  // namespace pakashop
