#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/postgres/cluster.hpp"
#include "api/config.hpp"
#include "handlers/command_forwarder.hpp"
#include "handlers/membership.hpp"

namespace pakashop::api {

/// This node's place among others on a shared log: what it follows, leads, and passes on.
class ClusterSide {
public:
    /// The engine and its log outlive it. `events` are those of Membership.
    ClusterSide(const Config& config, Engine& engine, Log& engine_log, MembershipEvents events);

    /// See Membership.
    std::optional<std::string> namesake() { return membership_.namesake(); }
    void start();
    /// Ends the duties, then answers what was to be passed on. Before the engine stops.
    void stop();
    /// Lets the others lead at once. After the engine has stopped.
    void leave() { membership_.leave(); }

    const Membership& membership() const { return membership_; }
    /// What the engine asks of its surroundings, for its options.
    bool may_lead(PartitionId partition) const { return membership_.may_lead(partition); }
    void forward(Command command) { forwarder_.take(std::move(command)); }
    void deposed(PartitionId partition) { membership_.deposed(partition); }

    /// See Follower, and Membership::may_tell().
    void when_fresh(std::function<void(bool)> done);
    /// The same, and waits.
    void catch_up();
    Result<ClusterView, pakashop::ReadFailure> view() { return cluster_.view(); }

private:
    postgres::Cluster cluster_;
    Follower follower_;
    Membership membership_;
    CommandForwarder forwarder_;
};

}  // namespace pakashop::api
