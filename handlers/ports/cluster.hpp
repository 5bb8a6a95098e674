#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "events/kernel/result.hpp"
#include "events/kernel/time.hpp"
#include "handlers/ports/read_failure.hpp"

/// What the nodes of a cluster tell each other (architecture 2.6). All of it only hints: who leads
/// is what the log says.
namespace pakashop {

/// A node as others see it.
struct ClusterNode {
    std::string node;     ///< Its name, chosen by whoever runs it; unique in the cluster.
    std::string address;  ///< host:port where other nodes reach its API.
    bool leading = false;
    std::vector<std::uint64_t> places;  ///< By partition: behind the last record it has.
    Duration silent;                    ///< Since it last said so.
};

/// Who should lead now.
struct LeaseHolder {
    std::string node;
    std::string address;
};

/// Safe from any thread.
class Cluster {
public:
    virtual ~Cluster() = default;

    /// Says that `self` is there, and whoever holds the lease then, if anybody does. With `wanted`
    /// it is `self`, for `for_how_long` from now, when nobody else holds it.
    virtual Result<std::optional<LeaseHolder>, ReadFailure>
    beat(const ClusterNode& self, bool wanted, Duration for_how_long) = 0;
    /// Lets the lease go, if `node` holds it, and takes the node off the list.
    virtual void leave(const std::string& node) = 0;
    /// Every node that ever beat and did not leave, by name.
    virtual Result<std::vector<ClusterNode>, ReadFailure> nodes() = 0;
};

}  // namespace pakashop
