#include <doctest/doctest.h>

#include "handlers/ask.hpp"
#include "handlers/membership.hpp"
#include "handlers/process_runner.hpp"
#include "handlers/replicated_log.hpp"
#include "tests/handlers/rig.hpp"
#include "tests/kit/eventually.hpp"
#include "tests/kit/shared_log.hpp"

using namespace pakashop;
using namespace pakashop::kit;
using Kind = Answer::Kind;

namespace {

constexpr std::uint32_t partitions = 4;

/// The lease, given by hand.
class HandCluster final : public Cluster {
public:
    void give(const std::string& node) {
        const std::lock_guard lock{mutex_};
        holder_ = LeaseHolder{node, node + ".example:8000"};
    }
    Result<std::optional<LeaseHolder>, ReadFailure>
    beat(const ClusterNode& self, bool wanted, Duration) override {
        const std::lock_guard lock{mutex_};
        asked_[self.node] = wanted;
        return holder_;
    }
    void leave(const std::string&) override {}
    Result<std::vector<ClusterNode>, ReadFailure> nodes() override {
        return std::vector<ClusterNode>{};
    }
    bool wanted_by(const std::string& node) {
        const std::lock_guard lock{mutex_};
        return asked_[node];
    }

private:
    std::mutex mutex_;
    std::optional<LeaseHolder> holder_;
    std::map<std::string, bool> asked_;
};

/// One node with everything but an API, standing by from the start.
struct Node {
    Node(SharedTopic& topic, Cluster& cluster, Vault& vault, std::string node_name)
        : name{std::move(node_name)},
          log{topic},
          replica{topic.generation, topic.partitions()},
          replicated{log, replica},
          engine{replicated, replica, vault, clock, options()},
          processes{engine},
          follower{engine, replicated, replica, note()},
          membership{cluster, engine, follower, membership_options(), [this] { lead(); }, note()} {
        processes.attach();
        engine.on_fatal(note());
        REQUIRE(engine.start().has_value());
        membership.start();
    }
    ~Node() {
        membership.stop();
        engine.stop();
    }

    void lead() { processes.resume(); }
    std::function<void(std::string)> note() {
        return [this](std::string reason) {
            const std::lock_guard lock{mutex};
            if (ended.empty()) ended = std::move(reason);
        };
    }
    std::string why_ended() {
        const std::lock_guard lock{mutex};
        return ended;
    }
    EngineOptions options() {
        EngineOptions out;
        out.standby = true;
        out.may_lead = [this] { return membership.holds_lease(); };
        return out;
    }
    MembershipOptions membership_options() const {
        return {name, name + ".example:8000", std::chrono::milliseconds{5}, seconds(3)};
    }
    Answer answer(Command command) { return ask(engine, std::move(command)); }
    bool leads() {
        return eventually([&] { return engine.leading(); });
    }
    std::uint64_t records() {
        std::uint64_t sum = 0;
        for (PartitionId p = 0; p < partitions; ++p) sum += engine.durable_seq(p);
        return sum;
    }

    std::string name;
    std::mutex mutex;
    std::string ended;
    HandClock clock;
    NodeLog log;
    MemoryReplica replica;
    ReplicatedLog replicated;
    Engine engine;
    ProcessRunner processes;
    Follower follower;
    Membership membership;
};

/// Two nodes of one shop, the first leading.
struct Pair {
    Pair() {
        cluster.give("one");
        REQUIRE(one.leads());
    }

    SharedTopic topic{"g1", partitions};
    HandCluster cluster;
    MemoryKeyStore keys;
    SealingVault vault{keys};
    Node one{topic, cluster, vault, "one"};
    Node two{topic, cluster, vault, "two"};
};

Command offering(std::uint64_t n) {
    const ProductId product{"prd_" + std::to_string(n)};
    return command_to<Product>(product.value, offer(product, 5), n);
}

}  // namespace

TEST_CASE("a node that stands by decides nothing, and has what the leader wrote") {
    Pair pair;
    for (std::uint64_t n = 1; n <= 50; ++n) {
        CHECK(pair.one.answer(offering(n)).kind == Kind::committed);
    }
    CHECK(pair.two.answer(offering(51)).kind == Kind::not_leading);
    REQUIRE(eventually([&] { return pair.two.records() == pair.one.records(); }));
    for (PartitionId p = 0; p < partitions; ++p) {
        CHECK(pair.two.replica.state(p) == pair.one.replica.state(p));
    }
    CHECK(pair.cluster.wanted_by("two"));
    CHECK(pair.two.why_ended() == "");
}

TEST_CASE("the next leader goes on where the last one was cut off, and repeats answer as before") {
    Pair pair;
    std::vector<Answer> before;
    for (std::uint64_t n = 1; n <= 20; ++n) before.push_back(pair.one.answer(offering(n)));
    pair.one.log.cut_off(true);
    pair.cluster.give("two");
    REQUIRE(pair.two.leads());
    for (std::uint64_t n = 1; n <= 20; ++n) {
        const Answer again = pair.two.answer(offering(n));
        REQUIRE(again.kind == Kind::committed);
        CHECK(again.replayed);
        CHECK(again.commit->hash == before[n - 1].commit->hash);
    }
    CHECK(pair.two.answer(offering(21)).kind == Kind::committed);
}

TEST_CASE("a leader that does not know it is none acknowledges nothing more, and ends") {
    Pair pair;
    CHECK(pair.one.answer(offering(1)).kind == Kind::committed);
    pair.one.log.cut_off(true);
    pair.cluster.give("two");
    REQUIRE(pair.two.leads());
    CHECK(pair.two.answer(offering(2)).kind == Kind::committed);
    // Who has not heard yet may announce once more, which is no harm either.
    REQUIRE(eventually([&] { return !pair.one.membership.holds_lease(); }));
    pair.one.log.cut_off(false);
    CHECK(pair.one.answer(offering(3)).kind != Kind::committed);
    CHECK(eventually([&] { return !pair.one.why_ended().empty(); }));
    CHECK(pair.two.answer(offering(3)).kind == Kind::committed);
    CHECK(pair.two.why_ended() == "");
}

TEST_CASE("who resigned is followed without a void record") {
    Pair pair;
    CHECK(pair.one.answer(offering(1)).kind == Kind::committed);
    pair.one.membership.stop();
    pair.one.engine.stop();
    pair.cluster.give("two");
    REQUIRE(pair.two.leads());
    CHECK(pair.two.answer(offering(2)).kind == Kind::committed);
    for (PartitionId p = 0; p < partitions; ++p) {
        CHECK(pair.two.replica.state(p).epoch == 2);
        CHECK(pair.topic.end(p) == pair.two.replica.state(p).place.seq);
    }
}
