#include "tests/handlers/cluster_rig.hpp"

#include <doctest/doctest.h>

#include "handlers/command_codec.hpp"
#include "handlers/stream_loader.hpp"
#include "tests/kit/eventually.hpp"

namespace pakashop::kit {

NodeRig::NodeRig(
    SharedTopic& topic,
    Cluster& cluster,
    Vault& vault,
    Roads& roads,
    std::string its_name
)
    : name{std::move(its_name)},
      log{topic},
      replica{topic.generation, topic.partitions()},
      replicated{log, replica},
      engine{replicated, replica, vault, clock, engine_options()},
      processes{engine},
      follower{engine, replicated},
      membership{cluster, engine, follower, membership_options(), events()},
      forwarder{
          engine,
          follower,
          [this](PartitionId partition) { return membership.leader(partition); },
          [this, &roads](const std::string& to, const std::string& commands) {
              return travel(roads, to, commands);
          }
      } {
    roads[address()] = this;
    processes.attach();
    REQUIRE(engine.start().has_value());
    forwarder.start();
    membership.start();
}

void NodeRig::end() {
    membership.stop();
    forwarder.stop();
    engine.stop();
    membership.leave();
}

void NodeRig::cut_off(bool off) {
    log.cut_off(off);
    unreachable = off;
}

std::size_t NodeRig::leads() const {
    std::size_t out = 0;
    for (PartitionId p = 0; p < log.partitions(); ++p) out += engine.leads(p);
    return out;
}

Product::State NodeRig::product(const ProductId& id) {
    const auto partition = engine.partition_of_key(id.value);
    const auto loaded = load_stream(replica, partition, stream_of<Product>(id.value));
    return std::get<Product::State>(loaded.state);
}

EngineOptions NodeRig::engine_options() {
    EngineOptions out;
    out.standby = true;
    out.may_lead = [this](PartitionId partition) { return membership.may_lead(partition); };
    out.forward = [this](Command command) { forwarder.take(std::move(command)); };
    out.on_deposed = [this](PartitionId partition) { membership.deposed(partition); };
    out.on_frozen = [this](PartitionId, const std::string&) { ++frozen; };
    return out;
}

MembershipOptions NodeRig::membership_options() const {
    MembershipOptions out;
    out.node = name;
    out.address = address();
    out.duties = {"projections"};
    out.beat_every = std::chrono::milliseconds{5};
    out.stuck_max = std::chrono::milliseconds{600};
    out.silence_max = std::chrono::milliseconds{300};
    out.rest = std::chrono::milliseconds{500};
    return out;
}

MembershipEvents NodeRig::events() {
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
NodeRig::travel(const Roads& roads, const std::string& to, const std::string& commands) const {
    NodeRig& peer = *roads.at(to);
    if (unreachable || peer.unreachable) return std::nullopt;
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

NodeRig& ClusterRig::start(const std::string& name) {
    return *nodes.emplace_back(std::make_unique<NodeRig>(topic, cluster, vault, roads, name));
}

bool ClusterRig::balanced(const std::vector<std::size_t>& shares) {
    return eventually([&] {
        std::vector<std::size_t> now;
        for (const auto& node : nodes) now.push_back(node->leads());
        return now == shares;
    });
}

std::size_t ClusterRig::commits_of(const CommandId& id) const {
    std::size_t found = 0;
    for (PartitionId p = 0; p < topic.partitions(); ++p) {
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

TwoNodeRig::TwoNodeRig() { REQUIRE(balanced({2, 2})); }

ProductId product_number(std::uint64_t n) { return ProductId{"prd_" + std::to_string(n)}; }

Command offering(std::uint64_t n) {
    const ProductId product = product_number(n);
    return command_to<Product>(product.value, offer(product, 5), n);
}

std::uint64_t led_by(NodeRig& node, std::uint64_t n) {
    while (!node.engine.leads(node.engine.partition_of_key(product_number(n).value))) ++n;
    return n;
}

std::future<Answer::Kind> asked(NodeRig& node, Command command) {
    auto promise = std::make_shared<std::promise<Answer::Kind>>();
    command.reply = [promise](const Answer& answer) { promise->set_value(answer.kind); };
    node.engine.submit(std::move(command));
    return promise->get_future();
}

bool commits_in_the_end(NodeRig& node, const std::function<Command()>& command) {
    using Kind = Answer::Kind;
    return eventually([&] {
        const Kind kind = node.answer(command()).kind;
        REQUIRE(
            (kind == Kind::committed || kind == Kind::log_unavailable || kind == Kind::not_leading)
        );
        return kind == Kind::committed;
    });
}

bool knows_all(NodeRig& node) {
    std::promise<bool> fresh;
    node.follower.when_fresh([&](bool is) { fresh.set_value(is); });
    return fresh.get_future().get();
}

}  // namespace pakashop::kit
