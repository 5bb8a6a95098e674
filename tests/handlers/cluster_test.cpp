#include <future>

#include <doctest/doctest.h>

#include "tests/handlers/cluster_rig.hpp"
#include "tests/kit/eventually.hpp"
#include "tests/kit/record_maker.hpp"

using namespace pakashop;
using namespace pakashop::kit;
using Kind = Answer::Kind;

TEST_CASE("nodes share the partitions when they come, and when they go") {
    ClusterRig shop;
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
    TwoNodeRig pair;
    for (std::uint64_t n = 1; n <= 40; ++n) {
        NodeRig& asked = n % 2 == 0 ? pair.one : pair.two;
        const Answer answer = asked.answer(offering(n));
        REQUIRE(answer.kind == Kind::committed);
        REQUIRE(answer.commit->events.size() == 1);
        CHECK(asked.stock(product_number(n)) == 5);
    }
    for (std::uint64_t n = 1; n <= 40; ++n) {
        NodeRig& other = n % 2 == 0 ? pair.two : pair.one;
        const Answer again = other.answer(offering(n));
        CHECK(again.kind == Kind::committed);
        CHECK(again.replayed);
        CHECK(pair.commits_of(numbered_command(n)) == 1);
    }
}

TEST_CASE("a refusal comes back by its name, and a reused key as such") {
    TwoNodeRig pair;
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
    TwoNodeRig pair;
    for (std::uint64_t n = 1; n <= 20; ++n) {
        REQUIRE(pair.one.answer(offering(n)).kind == Kind::committed);
        CHECK(knows_all(pair.two));
        CHECK(pair.two.stock(product_number(n)) == 5);
    }
}

TEST_CASE("what another node committed is answered once it can be read here") {
    TwoNodeRig pair;
    const std::uint64_t n = led_by(pair.two);
    pair.one.log.cut_off(true);
    std::promise<Answer> told;
    Command command = offering(n);
    command.reply = [&](const Answer& answer) { told.set_value(answer); };
    pair.one.engine.submit(std::move(command));
    auto answer = told.get_future();
    REQUIRE(eventually([&] { return pair.two.stock(product_number(n)) == 5; }));
    CHECK(answer.wait_for(std::chrono::milliseconds{200}) == std::future_status::timeout);
    pair.one.log.cut_off(false);
    CHECK(answer.get().kind == Kind::committed);
    CHECK(pair.one.stock(product_number(n)) == 5);
}

TEST_CASE("a partition with a record of another log is frozen, and the others go on") {
    ClusterRig shop;
    SharedTopic other{"g2", 4};
    RecordMaker foreigner{other.generation, 1};
    shop.topic.append(1, {foreigner.announce().bytes});
    NodeRig& node = shop.start("one");
    REQUIRE(shop.balanced({3}));
    REQUIRE(eventually([&] { return node.frozen == 1; }));
    CHECK(node.engine.figures().halted_partitions == 1);
    int taken = 0;
    for (std::uint64_t n = 1; n <= 40; ++n) {
        if (node.engine.partition_of_key(product_number(n).value) == 1) continue;
        taken += node.answer(offering(n)).kind == Kind::committed;
    }
    CHECK(taken > 20);
    CHECK(taken < 40);
}

TEST_CASE("the other node goes on where one was cut off, and repeats answer as before") {
    TwoNodeRig pair;
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
    TwoNodeRig pair;
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
        CHECK(commits_in_the_end(pair.one, [&] { return offering(n); }));
        CHECK(pair.commits_of(numbered_command(n)) == 1);
    }
    REQUIRE(pair.balanced({2, 2}));
    REQUIRE(eventually([&] {
        for (PartitionId p = 0; p < pair.topic.partitions(); ++p) {
            if (pair.one.replica.state(p) != pair.two.replica.state(p)) return false;
        }
        return true;
    }));
    CHECK(pair.one.stock(product_number(18)) == 5);
    CHECK(pair.two.stock(product_number(28)) == 5);
}

TEST_CASE("a hand-over that nobody hears of is taken back") {
    TwoNodeRig pair;
    pair.cluster.fail_at_release();
    pair.start("three");
    REQUIRE(eventually([&] { return pair.cluster.away(); }));
    CHECK(pair.balanced({2, 2, 0}));
    for (std::uint64_t n = 1; n <= 8; ++n) {
        CHECK(commits_in_the_end(pair.one, [&] { return offering(n); }));
    }
    pair.cluster.come_back();
    CHECK(pair.balanced({2, 1, 1}));
}

TEST_CASE("a name that a living process bears is taken, and that of a dead one is free") {
    ClusterRig shop;
    NodeRig& one = shop.start("one");
    REQUIRE(shop.balanced({4}));
    MembershipOptions options = one.membership.options();
    CHECK(!one.membership.namesake());
    options.address = "elsewhere.example:8000";
    options.lease = milliseconds(50);
    Membership second{shop.cluster, one.engine, one.follower, options, {}};
    CHECK(second.namesake() == "one.example:8000");
    shop.cluster.silence("one", true);
    CHECK(!second.namesake());
}

TEST_CASE("who resigned is followed without a void record") {
    TwoNodeRig pair;
    for (std::uint64_t n = 1; n <= 8; ++n) {
        CHECK(pair.one.answer(offering(n)).kind == Kind::committed);
    }
    pair.one.end();
    REQUIRE(eventually([&] { return pair.two.leads() == 4; }));
    CHECK(pair.two.answer(offering(9)).kind == Kind::committed);
    for (PartitionId p = 0; p < pair.topic.partitions(); ++p) {
        CHECK(pair.topic.end(p) == pair.two.replica.state(p).place.seq);
    }
}

TEST_CASE("what follows at other keys happens once, whoever leads them, before and after a death") {
    TwoNodeRig pair;
    std::size_t across = 0;
    for (std::uint64_t n = 1; n <= 24; ++n) {
        const ProductId product = product_number(n);
        const OrderId order{"ord_" + std::to_string(n)};
        const TryId attempt{"try_" + std::to_string(n)};
        REQUIRE(commits_in_the_end(pair.one, [&] { return offering(n); }));
        const Product::Hold held{order, attempt, 2, noon};
        REQUIRE(commits_in_the_end(pair.two, [&] {
            return command_to<Product>(product.value, held, 100 + n);
        }));
        if (n == 13) {
            pair.one.cut_off(true);
            pair.cluster.silence("one", true);
        }
        const Order::CloseTry close{attempt, {{product, 2}}};
        REQUIRE(commits_in_the_end(pair.two, [&] {
            return command_to<Order>(order.value, close, 200 + n);
        }));
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
        REQUIRE(eventually([&] { return pair.two.product(product).holds.empty(); }));
    }
}

TEST_CASE("a duty is one node's at a time, and goes on elsewhere") {
    TwoNodeRig pair;
    REQUIRE(eventually([&] { return pair.one.on_duty != pair.two.on_duty; }));
    NodeRig& first = pair.one.on_duty ? pair.one : pair.two;
    NodeRig& second = pair.one.on_duty ? pair.two : pair.one;
    first.end();
    CHECK(!first.on_duty);
    CHECK(eventually([&] { return second.on_duty.load(); }));
}

TEST_CASE("a command that nobody can decide is given back in the end") {
    TwoNodeRig pair;
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
