#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "handlers/ask.hpp"
#include "handlers/command_codec.hpp"
#include "handlers/command_forwarder.hpp"
#include "handlers/membership.hpp"
#include "handlers/process_runner.hpp"
#include "handlers/replicated_log.hpp"
#include "handlers/stream_loader.hpp"
#include "tests/handlers/rig.hpp"
#include "tests/kit/eventually.hpp"
#include "tests/kit/shared_log.hpp"

using namespace pakashop;
using namespace pakashop::kit;
using Kind = Answer::Kind;

namespace {

constexpr std::uint32_t partitions = 4;

/// What nodes tell each other, in memory; a node may be made to look silent for too long.
class MemoryCluster final : public Cluster {
public:
    Result<ClusterView, ReadFailure> beat(const ClusterNode& self, Duration) override {
        const std::lock_guard lock{mutex_};
        if (silenced_.contains(self.node)) return unexpected{ReadFailure::unavailable};
        nodes_[self.node] = self;
        return seen();
    }
    Result<void, ReadFailure>
    take(const ClusterNode& self, const std::vector<std::string>& names, Duration) override {
        const std::lock_guard lock{mutex_};
        for (const std::string& name : names) {
            leases_.try_emplace(name, Lease{name, self.node, self.address});
        }
        return {};
    }
    void release(const std::string& node, const std::vector<std::string>& names) override {
        const std::lock_guard lock{mutex_};
        for (const std::string& name : names) {
            const auto found = leases_.find(name);
            if (found != leases_.end() && found->second.node == node) leases_.erase(found);
        }
    }
    void leave(const std::string& node) override {
        const std::lock_guard lock{mutex_};
        forget(node);
    }
    Result<ClusterView, ReadFailure> view() override {
        const std::lock_guard lock{mutex_};
        return seen();
    }

    /// From now on the node hears nothing, and the others take it for dead; or back to life.
    void silence(const std::string& node, bool silent) {
        const std::lock_guard lock{mutex_};
        if (silent) {
            silenced_.insert(node);
            forget(node);
        } else {
            silenced_.erase(node);
        }
    }
    std::size_t held_by(const std::string& node) {
        const std::lock_guard lock{mutex_};
        return static_cast<std::size_t>(std::ranges::count_if(leases_, [&](const auto& lease) {
            return lease.second.node == node && lease.first.starts_with("partition-");
        }));
    }

private:
    void forget(const std::string& node) {
        nodes_.erase(node);
        std::erase_if(leases_, [&](const auto& lease) { return lease.second.node == node; });
    }
    ClusterView seen() const {
        ClusterView view;
        for (const auto& [name, node] : nodes_) view.nodes.push_back(node);
        for (const auto& [name, lease] : leases_) view.leases.push_back(lease);
        return view;
    }

    std::mutex mutex_;
    std::map<std::string, ClusterNode> nodes_;
    std::map<std::string, Lease> leases_;
    std::set<std::string> silenced_;
};

struct Node;
/// How nodes reach each other: by address.
using Roads = std::map<std::string, Node*>;

/// One node with everything but an API.
struct Node {
    Node(SharedTopic& topic, Cluster& cluster, Vault& vault, Roads& roads, std::string node_name)
        : name{std::move(node_name)},
          log{topic},
          replica{topic.generation, topic.partitions()},
          replicated{log, replica},
          engine{replicated, replica, vault, clock, engine_options()},
          processes{engine},
          follower{engine, replicated, [](const std::string& why) { FAIL(why); }},
          membership{cluster, engine, follower, membership_options(), events()},
          forwarder{
              engine,
              follower,
              [this](PartitionId partition) { return membership.leader(partition); },
              [this, &roads](const std::string& address, const std::string& commands) {
                  return travel(roads, address, commands);
              }
          } {
        roads[address()] = this;
        processes.attach();
        REQUIRE(engine.start().has_value());
        forwarder.start();
        membership.start();
    }
    ~Node() { end(); }

    void end() {
        membership.stop();
        forwarder.stop();
        engine.stop();
        membership.leave();
    }
    std::string address() const { return name + ".example:8000"; }
    EngineOptions engine_options() {
        EngineOptions out;
        out.standby = true;
        out.may_lead = [this](PartitionId partition) { return membership.may_lead(partition); };
        out.forward = [this](Command command) { forwarder.take(std::move(command)); };
        out.on_deposed = [this](PartitionId partition) { membership.deposed(partition); };
        return out;
    }
    MembershipOptions membership_options() const {
        MembershipOptions out;
        out.node = name;
        out.address = address();
        out.duties = {"projections"};
        out.beat_every = std::chrono::milliseconds{5};
        return out;
    }
    MembershipEvents events() {
        MembershipEvents out;
        out.on_lead = [this](PartitionId partition) { processes.resume(partition); };
        out.on_follow = [this](PartitionId partition) { processes.stop(partition); };
        out.on_duty = [this](const std::string&, bool begun) { on_duty = begun; };
        out.on_problem = [](const std::string&) {};
        out.on_moved = [](const std::string& why) { FAIL(why); };
        return out;
    }
    // What the api does with commands that come from another node.
    std::optional<std::string>
    travel(Roads& roads, const std::string& to, const std::string& commands) const {
        if (unreachable || roads.at(to)->unreachable) return std::nullopt;
        Node& peer = *roads.at(to);
        std::vector<TravellingOutcome> out;
        for (Answer& answer : ask_all(peer.engine, *decode_commands(commands))) {
            std::string record;
            if (const auto& commit = answer.commit) {
                record = *peer.replica.record(commit->partition, commit->seq);
            }
            out.push_back({std::move(answer), std::move(record)});
        }
        return encode_outcomes(out);
    }
    void cut_off(bool off) {
        log.cut_off(off);
        unreachable = off;
    }

    Answer answer(Command command) { return ask(engine, std::move(command)); }
    std::size_t leads() const {
        std::size_t out = 0;
        for (PartitionId p = 0; p < partitions; ++p) out += engine.leads(p);
        return out;
    }
    std::int64_t stock(const ProductId& product) {
        const auto partition = engine.partition_of_key(product.value);
        const auto loaded = load_stream(replica, partition, stream_of<Product>(product.value));
        return std::get<Product::State>(loaded.state).available();
    }

    std::string name;
    std::atomic<bool> unreachable{false};
    std::atomic<bool> on_duty{false};
    HandClock clock;
    NodeLog log;
    MemoryReplica replica;
    ReplicatedLog replicated;
    Engine engine;
    ProcessRunner processes;
    Follower follower;
    Membership membership;
    CommandForwarder forwarder;
};

/// Nodes of one market.
struct Market {
    Node& start(const std::string& name) {
        return *nodes.emplace_back(std::make_unique<Node>(topic, cluster, vault, roads, name));
    }
    bool balanced(const std::vector<std::size_t>& shares) {
        return eventually([&] {
            std::vector<std::size_t> now;
            for (const auto& node : nodes) now.push_back(node->leads());
            return now == shares;
        });
    }

    SharedTopic topic{"g1", partitions};
    MemoryCluster cluster;
    MemoryKeyStore keys;
    SealingVault vault{keys};
    Roads roads;
    std::vector<std::unique_ptr<Node>> nodes;
};

/// Two nodes that have shared the partitions.
struct Pair : Market {
    Pair() { REQUIRE(balanced({2, 2})); }
    Node& one = start("one");
    Node& two = start("two");
};

ProductId product_number(std::uint64_t n) { return ProductId{"prd_" + std::to_string(n)}; }

Command offering(std::uint64_t n) {
    const ProductId product = product_number(n);
    return command_to<Product>(product.value, offer(product, 5), n);
}

std::size_t commits_of(const SharedTopic& topic, const CommandId& id) {
    std::size_t found = 0;
    for (PartitionId p = 0; p < partitions; ++p) {
        Admission fold{topic.generation, p};
        for (const LogEntry& entry : topic.read(p, 0)) {
            const auto decoded = decode_record(entry.bytes);
            REQUIRE(decoded.has_value());
            const bool admitted = fold.offer(decoded->record, decoded->hash) == Verdict::admitted;
            found += admitted && decoded->record.command == id;
        }
    }
    return found;
}

}  // namespace

TEST_CASE("nodes share the partitions when they come, and when they go") {
    Market shop;
    shop.start("one");
    REQUIRE(shop.balanced({4}));
    shop.start("two");
    REQUIRE(shop.balanced({2, 2}));
    shop.start("three");
    CHECK(shop.balanced({2, 1, 1}));
    shop.nodes[0]->end();
    CHECK(shop.balanced({0, 2, 2}));
}

TEST_CASE("any node takes any command, once, and has what it answered") {
    Pair pair;
    for (std::uint64_t n = 1; n <= 40; ++n) {
        Node& asked = n % 2 == 0 ? pair.one : pair.two;
        const Answer answer = asked.answer(offering(n));
        REQUIRE(answer.kind == Kind::committed);
        REQUIRE(answer.commit->events.size() == 1);
        CHECK(asked.stock(product_number(n)) == 5);
    }
    for (std::uint64_t n = 1; n <= 40; ++n) {
        Node& other = n % 2 == 0 ? pair.two : pair.one;
        const Answer again = other.answer(offering(n));
        CHECK(again.kind == Kind::committed);
        CHECK(again.replayed);
        CHECK(commits_of(pair.topic, numbered_command(n)) == 1);
    }
}

TEST_CASE("a refusal comes back by its name, and a reused key as such") {
    Pair pair;
    for (std::uint64_t n = 1; n <= 8; ++n) {
        const ProductId product = product_number(n);
        REQUIRE(pair.one.answer(offering(n)).kind == Kind::committed);
        auto too_many = command_to<Product>(product.value, hold("try_1", 6), 100 + n);
        const Answer refused = pair.two.answer(std::move(too_many));
        CHECK(refused.kind == Kind::refused);
        CHECK(refused.refusal == "out_of_stock");
        auto other_body = offering(n);
        other_body.fingerprint = sha256("another body");
        CHECK(pair.two.answer(std::move(other_body)).kind == Kind::key_reused);
    }
}

TEST_CASE("what was durable before the question is known after the answer") {
    Pair pair;
    for (std::uint64_t n = 1; n <= 20; ++n) {
        REQUIRE(pair.one.answer(offering(n)).kind == Kind::committed);
        std::promise<bool> fresh;
        pair.two.follower.when_fresh([&](bool is) { fresh.set_value(is); });
        CHECK(fresh.get_future().get());
        CHECK(pair.two.stock(product_number(n)) == 5);
    }
}

TEST_CASE("the other node goes on where one was cut off, and repeats answer as before") {
    Pair pair;
    std::vector<Answer> before;
    for (std::uint64_t n = 1; n <= 20; ++n) before.push_back(pair.one.answer(offering(n)));
    pair.one.cut_off(true);
    pair.cluster.silence("one", true);
    REQUIRE(eventually([&] { return pair.two.leads() == 4; }));
    for (std::uint64_t n = 1; n <= 20; ++n) {
        const Answer again = pair.two.answer(offering(n));
        REQUIRE(again.kind == Kind::committed);
        CHECK(again.replayed);
        CHECK(again.commit->hash == before[n - 1].commit->hash);
    }
    CHECK(pair.two.answer(offering(21)).kind == Kind::committed);
}

TEST_CASE("a leader that was away acknowledges nothing of its own, and takes part again") {
    Pair pair;
    for (std::uint64_t n = 1; n <= 8; ++n) {
        REQUIRE(pair.one.answer(offering(n)).kind == Kind::committed);
    }
    pair.one.cut_off(true);
    pair.cluster.silence("one", true);
    REQUIRE(eventually([&] { return pair.two.leads() == 4; }));
    for (std::uint64_t n = 11; n <= 18; ++n) {
        REQUIRE(pair.two.answer(offering(n)).kind == Kind::committed);
    }
    pair.cluster.silence("one", false);
    pair.one.cut_off(false);
    for (std::uint64_t n = 21; n <= 28; ++n) {
        CHECK(pair.one.answer(offering(n)).kind == Kind::committed);
        CHECK(commits_of(pair.topic, numbered_command(n)) == 1);
    }
    REQUIRE(pair.balanced({2, 2}));
    REQUIRE(eventually([&] {
        for (PartitionId p = 0; p < partitions; ++p) {
            if (pair.one.replica.state(p) != pair.two.replica.state(p)) return false;
        }
        return true;
    }));
    CHECK(pair.one.stock(product_number(18)) == 5);
    CHECK(pair.two.stock(product_number(28)) == 5);
}

TEST_CASE("who resigned is followed without a void record") {
    Pair pair;
    for (std::uint64_t n = 1; n <= 8; ++n) {
        CHECK(pair.one.answer(offering(n)).kind == Kind::committed);
    }
    pair.one.end();
    REQUIRE(eventually([&] { return pair.two.leads() == 4; }));
    CHECK(pair.two.answer(offering(9)).kind == Kind::committed);
    for (PartitionId p = 0; p < partitions; ++p) {
        CHECK(pair.topic.end(p) == pair.two.replica.state(p).place.seq);
    }
}

TEST_CASE("what follows at other keys happens once, whoever leads them, before and after a death") {
    Pair pair;
    std::size_t across = 0;
    for (std::uint64_t n = 1; n <= 24; ++n) {
        const ProductId product = product_number(n);
        const OrderId order{"ord_" + std::to_string(n)};
        const TryId attempt{"try_" + std::to_string(n)};
        REQUIRE(pair.one.answer(offering(n)).kind == Kind::committed);
        const Product::Hold held{order, attempt, 2, noon};
        auto holding = command_to<Product>(product.value, held, 100 + n);
        REQUIRE(pair.two.answer(std::move(holding)).kind == Kind::committed);
        if (n == 13) {
            pair.one.cut_off(true);
            pair.cluster.silence("one", true);
        }
        const Order::CloseTry close{attempt, {{product, 2}}};
        auto closing = command_to<Order>(order.value, close, 200 + n);
        REQUIRE(pair.two.answer(std::move(closing)).kind == Kind::committed);
        if (n == 13) {
            pair.one.cut_off(false);
            pair.cluster.silence("one", false);
        }
        across += pair.one.engine.partition_of_key(order.value) !=
                  pair.one.engine.partition_of_key(product.value);
    }
    CHECK(across > 6);
    for (std::uint64_t n = 1; n <= 24; ++n) {
        const ProductId product = product_number(n);
        INFO(product.value);
        REQUIRE(eventually([&] {
            const auto partition = pair.two.engine.partition_of_key(product.value);
            const auto loaded =
                load_stream(pair.two.replica, partition, stream_of<Product>(product.value));
            return std::get<Product::State>(loaded.state).holds.empty();
        }));
    }
}

TEST_CASE("a duty is one node's at a time, and goes on elsewhere") {
    Pair pair;
    REQUIRE(eventually([&] { return pair.one.on_duty != pair.two.on_duty; }));
    Node& first = pair.one.on_duty ? pair.one : pair.two;
    Node& second = pair.one.on_duty ? pair.two : pair.one;
    first.end();
    CHECK(!first.on_duty);
    CHECK(eventually([&] { return second.on_duty.load(); }));
}

TEST_CASE("a command that nobody can decide is given back in the end") {
    Pair pair;
    CommandForwarderOptions options;
    options.patience = std::chrono::milliseconds{100};
    CommandForwarder forwarder{
        pair.one.engine,
        pair.one.follower,
        [](PartitionId) { return Lease{"partition-0", "three", "three.example:8000"}; },
        [](const std::string&, const std::string&) { return std::nullopt; },
        options
    };
    forwarder.start();
    std::size_t given_back = 0;
    for (std::uint64_t n = 1; n <= 16; ++n) {
        Command command = offering(n);
        if (pair.one.engine.leads(pair.one.engine.partition_of_key(command.key))) continue;
        std::promise<Kind> kind;
        command.reply = [&](const Answer& answer) { kind.set_value(answer.kind); };
        forwarder.take(std::move(command));
        CHECK(kind.get_future().get() == Kind::not_leading);
        ++given_back;
    }
    CHECK(given_back > 0);
}
