#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "handlers/follower.hpp"
#include "handlers/partition_moves.hpp"
#include "handlers/ports/cluster.hpp"

namespace pakashop {

/// `partition-3`.
std::string lease_of(PartitionId partition);

struct MembershipOptions {
    std::string node;
    std::string address;  ///< host:port of this node's API, for the others.
    bool decides = true;  ///< Whether it leads partitions at all.
    /// What one node of the cluster does at a time, and this one may do: `projections`.
    std::vector<std::string> duties;
    std::chrono::milliseconds beat_every{250};
    /// How long a node that fell silent is waited for.
    Duration lease = seconds(3);
    /// How long a partition is led although its log takes nothing from here, where another node
    /// reaches all of it.
    std::chrono::milliseconds stuck_max{3000};
    /// How long a node that had to let one go for that leaves them to others: at first, and at most
    /// when it had to again and again.
    std::chrono::milliseconds rest{10'000};
    std::chrono::milliseconds rest_max{60'000};
    /// A log that has not answered for so long cannot be read, or not be written.
    std::chrono::milliseconds silence_max{1000};
};

/// What a node has to do when its part in the cluster changes.
struct MembershipEvents {
    /// This node leads the partition from now on; on the engine's thread, before anything is
    /// decided.
    std::function<void(PartitionId)> on_lead;
    /// It leads it no more; on the engine's thread.
    std::function<void(PartitionId)> on_follow;
    /// A duty has begun or ended; on the membership's thread.
    std::function<void(const std::string& duty, bool begun)> on_duty;
    /// A partition cannot be led from here, and why: for people.
    std::function<void(std::string)> on_problem;
    /// The log goes on elsewhere, and why this node ends: for people.
    std::function<void(std::string)> on_moved;
};

/// A node's part in a cluster: the partitions are led by equal shares of the nodes that can, each
/// duty by one node, all others stand by (architecture 2.6). Leases say who should try: the log
/// decides who leads. While nobody can be asked, leaders go on and nobody else begins.
class Membership {
public:
    Membership(
        Cluster& cluster,
        Engine& engine,
        Follower& follower,
        MembershipOptions options,
        MembershipEvents events
    );
    ~Membership() { stop(); }
    Membership(const Membership&) = delete;
    Membership& operator=(const Membership&) = delete;

    /// The address of another process that is alive under this node's name: two would take each
    /// other's leases for their own. Waits for a lease's time where that may also be a dead one.
    /// Nothing when there is none, or nobody can be asked. Before start().
    std::optional<std::string> namesake();
    /// Begins to follow and to ask for leases. After the engine has started.
    void start();
    /// Begins nothing more, and ends the duties. Idempotent. Before the engine stops.
    void stop();
    /// Lets the other nodes lead at once. After the engine has stopped.
    void leave() { cluster_.leave(options_.node); }

    /// For EngineOptions.
    bool may_lead(PartitionId partition) const { return !held_by_another(partition); }
    void deposed(PartitionId partition);

    /// Whether a question may be answered from what this node has: it is `fresh`, as
    /// Follower::when_fresh() says, or nobody else reaches the log either. From any thread.
    bool may_tell(bool fresh) const;
    /// Who should lead the partition, as far as this node last heard. From any thread.
    std::optional<Lease> leader(PartitionId partition) const;
    /// Whether somebody should, for each of them.
    bool all_led() const;
    const MembershipOptions& options() const { return options_; }

private:
    using Steady = std::chrono::steady_clock;

    void run();
    void beat();
    std::optional<ClusterNode> living_namesake();
    void ask_whether_readable();
    void note_whether_readable();
    void hold_on();
    bool release(PartitionId partition);
    void follow_leases(const ClusterView& view);
    void take_up_or_release(PartitionId partition, const ClusterView& view);
    void take_leases(const ClusterView& view);
    void balance(const ClusterView& view);
    void hand_over_stuck(const ClusterView& view);
    void follow_duties(const ClusterView& view);
    void begin(PartitionId partition, Move move);
    void carry_out(PartitionId partition, Move move);
    void take_up(PartitionId partition);
    void hand_over(PartitionId partition);
    bool can_lead(PartitionId partition) const;
    bool is_stuck(PartitionId partition) const;
    bool hangs(PartitionId partition) const;
    void let_go(const std::vector<PartitionId>& partitions);
    void stop_leading(PartitionId partition);
    void rest();
    bool rests() const { return Steady::now() < rests_until_.load(); }
    std::size_t fair_share(const ClusterView& view) const;
    bool another_decides(const ClusterView& view) const;
    std::set<PartitionId> moving_now() const;
    bool moving(PartitionId partition) const;
    std::vector<PartitionId> led() const;
    bool held_by_another(PartitionId partition) const;
    ClusterNode self() const;

    Cluster& cluster_;
    Engine& engine_;
    Follower& follower_;
    const MembershipOptions options_;
    const MembershipEvents events_;
    std::set<std::string> on_duty_;    ///< For the thread that beats.
    std::set<PartitionId> unsettled_;  ///< The same: were moving when this beat began.
    std::set<PartitionId> let_go_;     ///< The same: are led no more as soon as the engine can.
    Steady::time_point asked_;         ///< The same: whether the log can be read.
    /// The same: since when it could not.
    std::optional<Steady::time_point> unreadable_since_;
    /// The same: since when another node can lead.
    std::optional<Steady::time_point> another_since_;
    std::atomic<Steady::time_point> rests_until_{};
    std::atomic<std::chrono::milliseconds> rest_{};  ///< How long it rests, or rested last.
    std::atomic<Steady::time_point> beaten_{};       ///< When the cluster was last asked.
    std::atomic<bool> another_decides_{false};       ///< As it was told then.
    std::atomic<bool> asking_{false};
    std::atomic<bool> readable_{false};  ///< Whether the log could be read when last asked.
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::map<std::string, Lease, std::less<>> leases_;  ///< As last heard, by name.
    std::set<PartitionId> unfit_;                       ///< Could not be led from here.
    bool stopping_ = false;
    std::thread thread_;
    PartitionMoves moves_;
};

}  // namespace pakashop
