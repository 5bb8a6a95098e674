#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "handlers/ask.hpp"
#include "handlers/command_forwarder.hpp"
#include "handlers/membership.hpp"
#include "handlers/process_runner.hpp"
#include "handlers/replicated_log.hpp"
#include "tests/handlers/rig.hpp"
#include "tests/kit/memory_cluster.hpp"
#include "tests/kit/shared_log.hpp"

/// What the tests of several nodes on one log share.
namespace pakashop::kit {

class NodeRig;
/// How nodes reach each other: by address.
using Roads = std::map<std::string, NodeRig*>;

/// One node with everything but an API. It takes part as soon as it is made.
class NodeRig {
public:
    NodeRig(SharedTopic& topic, Cluster& cluster, Vault& vault, Roads& roads, std::string its_name);
    ~NodeRig() { end(); }

    /// Ends in good order, as a process that was told to. Idempotent.
    void end();
    /// From now on it reaches neither the log nor other nodes; or does again.
    void cut_off(bool off);

    Answer answer(Command command) { return ask(engine, std::move(command)); }
    /// How many partitions it leads.
    std::size_t leads() const;
    /// A product that was offered, as far as this node has read of it.
    Product::State product(const ProductId& id);
    /// The units of it that nobody holds.
    std::int64_t stock(const ProductId& id) { return product(id).available(); }

    const std::string name;
    std::atomic<bool> unreachable{false};
    std::atomic<bool> on_duty{false};
    std::atomic<int> frozen{0};  ///< Partitions it was told of.
    HandClock clock;
    NodeLog log;
    MemoryReplica replica;
    ReplicatedLog replicated;
    Engine engine;
    ProcessRunner processes;
    Follower follower;
    Membership membership;
    CommandForwarder forwarder;

private:
    std::string address() const { return name + ".example:8000"; }
    EngineOptions engine_options();
    MembershipOptions membership_options() const;
    MembershipEvents events();
    std::optional<std::string>
    travel(const Roads& roads, const std::string& to, const std::string& commands) const;
};

/// Nodes that share the partitions of one log.
class ClusterRig {
public:
    /// A node more, named so.
    NodeRig& start(const std::string& name);
    /// Waits until the nodes, in the order they came, lead so many partitions each; false when they
    /// do not in time.
    bool balanced(const std::vector<std::size_t>& shares);
    /// How many admitted records of the log are of that command.
    std::size_t commits_of(const CommandId& id) const;

    SharedTopic topic{"g1", 4};
    MemoryCluster cluster;
    MemoryKeyStore keys;
    SealingVault vault{keys};
    Roads roads;
    std::vector<std::unique_ptr<NodeRig>> nodes;
};

/// Two nodes that have shared the partitions.
class TwoNodeRig : public ClusterRig {
public:
    TwoNodeRig();

    NodeRig& one = start("one");
    NodeRig& two = start("two");
};

ProductId product_number(std::uint64_t n);

/// Offers five units of the product so numbered; the command bears the same number.
Command offering(std::uint64_t n);

/// The number, from `n` on, of a product whose partition the node leads.
std::uint64_t led_by(NodeRig& node, std::uint64_t n = 1);

/// What the node answers, once it does.
std::future<Answer::Kind> asked(NodeRig& node, Command command);

/// Asks again while it is told to, as a client that knows 503.
bool commits_in_the_end(NodeRig& node, const std::function<Command()>& command);

/// Whether the node has everything that is in the log, by Follower::when_fresh().
bool knows_all(NodeRig& node);

/// A log that answers nothing, for as long as this lives.
struct Hanging {
    explicit Hanging(NodeLog& its) : log{its} { log.hang(true); }
    ~Hanging() { log.hang(false); }
    Hanging(const Hanging&) = delete;
    Hanging& operator=(const Hanging&) = delete;
    NodeLog& log;
};

}  // namespace pakashop::kit
