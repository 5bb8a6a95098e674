#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "handlers/follower.hpp"
#include "handlers/ports/cluster.hpp"

namespace pakashop {

struct MembershipOptions {
    std::string node;
    std::string address;  ///< host:port of this node's API, for the others.
    std::chrono::milliseconds beat_every{500};
    /// How long a leader that fell silent is waited for.
    Duration lease = seconds(3);
};

/// A node's part in a cluster where one node leads all partitions and the others stand by, as far
/// as the log (architecture 2.6). The lease only says who should try: the log decides who leads.
/// While nobody can be asked the leader goes on, and nobody else begins.
class Membership {
public:
    /// Told once, on a thread of its own, when this node has begun to lead.
    using OnLead = std::function<void()>;
    /// Told when the node has to end: it can neither lead nor follow, and why.
    using OnEnd = std::function<void(std::string)>;

    Membership(
        Cluster& cluster,
        Engine& engine,
        Follower& follower,
        MembershipOptions options,
        OnLead on_lead,
        OnEnd on_end
    );
    ~Membership() { stop(); }
    Membership(const Membership&) = delete;
    Membership& operator=(const Membership&) = delete;

    /// Begins to follow and to wait for the lease.
    void start();
    /// Begins nothing more. Idempotent.
    void stop();
    /// Lets the next node lead at once. After the engine has stopped.
    void leave() { cluster_.leave(options_.node); }

    /// Whether this node is the one that should lead, as far as it last heard. From any thread.
    bool holds_lease() const { return holds_lease_.load(); }
    /// Who should lead, as far as this node last heard. From any thread.
    std::optional<LeaseHolder> holder() const;
    const MembershipOptions& options() const { return options_; }

private:
    void run();
    void beat();
    void lead();
    ClusterNode self() const;

    Cluster& cluster_;
    Engine& engine_;
    Follower& follower_;
    const MembershipOptions options_;
    OnLead on_lead_;
    OnEnd on_end_;
    std::atomic<bool> holds_lease_{false};
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::optional<LeaseHolder> holder_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace pakashop
