#include <future>

#include <doctest/doctest.h>

#include "tests/handlers/cluster_rig.hpp"
#include "tests/kit/eventually.hpp"

/// Nodes that hear nothing: of the log, or of each other.
using namespace pakashop;
using namespace pakashop::kit;
using Kind = Answer::Kind;

TEST_CASE("who reaches the others and not the log lets them lead, until it does again") {
    TwoNodeRig pair;
    const std::uint64_t n = led_by(pair.one);
    pair.one.log.cut_off(true);
    auto told = asked(pair.one, offering(n));
    CHECK(pair.balanced({0, 4}));
    CHECK(commits_in_the_end(pair.two, [&] { return offering(n); }));
    pair.one.log.cut_off(false);
    CHECK(pair.balanced({2, 2}));
    told.get();
    CHECK(pair.commits_of(numbered_command(n)) == 1);
}

TEST_CASE("others lead what a log does not answer for, before it does") {
    TwoNodeRig pair;
    const std::uint64_t n = led_by(pair.one);
    {
        const Hanging hanging{pair.one.log};
        auto told = asked(pair.two, offering(n));
        CHECK(told.get() == Kind::committed);
        CHECK(pair.one.log.hung() > 0);
        CHECK(pair.two.engine.leads(pair.two.engine.partition_of_key(product_number(n).value)));
    }
    CHECK(pair.balanced({2, 2}));
    CHECK(pair.commits_of(numbered_command(n)) == 1);
}

TEST_CASE("who let a partition go leads again, although the log answered for some of it later") {
    TwoNodeRig pair;
    const auto partition = pair.one.engine.partition_of_key(product_number(led_by(pair.one)).value);
    std::vector<std::future<Kind>> told;
    {
        pair.one.log.land_once();
        const Hanging hanging{pair.one.log};
        for (std::uint64_t n = 1; told.size() < 64; ++n) {
            if (pair.one.engine.partition_of_key(product_number(n).value) != partition) continue;
            told.push_back(asked(pair.one, offering(n)));
            REQUIRE(eventually([&] { return pair.one.log.hung() > 0; }));
        }
        REQUIRE(eventually([&] { return pair.one.log.hung() > 1; }));
        REQUIRE(eventually([&] { return pair.two.engine.leads(partition); }));
    }
    for (auto& answer : told) CHECK(answer.get() == Kind::committed);
    CHECK(pair.balanced({2, 2}));
    for (std::uint64_t n = 1; n <= 8; ++n) CHECK(pair.commits_of(numbered_command(n)) <= 1);
}

TEST_CASE("a partition that could not be let go is let go in the end") {
    TwoNodeRig pair;
    const std::uint64_t n = led_by(pair.one);
    pair.cluster.fail_at_release();
    {
        const Hanging hanging{pair.one.log};
        auto told = asked(pair.two, offering(n));
        REQUIRE(eventually([&] { return pair.cluster.away(); }));
        CHECK(pair.one.leads() == 2);
        pair.cluster.come_back();
        CHECK(told.get() == Kind::committed);
    }
    CHECK(pair.balanced({2, 2}));
}

TEST_CASE("where the log answers nobody's records nobody lets a partition go") {
    TwoNodeRig pair;
    std::vector<std::future<Kind>> told;
    {
        const Hanging one{pair.one.log};
        const Hanging two{pair.two.log};
        for (NodeRig* node : {&pair.one, &pair.two}) {
            told.push_back(asked(*node, offering(led_by(*node))));
        }
        const bool moved = eventually(
            [&] { return pair.one.leads() != 2 || pair.two.leads() != 2; }, std::chrono::seconds{1}
        );
        CHECK(!moved);
        CHECK(pair.one.log.hung() + pair.two.log.hung() == 2);
    }
    for (auto& answer : told) CHECK(answer.get() == Kind::committed);
}

TEST_CASE("a node whose partition waits for the log keeps its leases") {
    TwoNodeRig pair;
    const std::uint64_t n = led_by(pair.two);
    pair.two.log.hang(true);
    auto told = asked(pair.two, offering(n));
    REQUIRE(eventually([&] { return pair.two.log.hung() > 0; }));
    pair.start("three");
    REQUIRE(eventually([&] { return pair.two.leads() <= 1; }));
    const std::size_t before = pair.cluster.beats("two");
    CHECK(eventually([&] { return pair.cluster.beats("two") > before + 10; }));
    pair.two.log.hang(false);
    told.get();
    CHECK(commits_in_the_end(pair.two, [&] { return offering(n); }));
    CHECK(pair.commits_of(numbered_command(n)) == 1);
}

TEST_CASE("a partition given up while its batch was lost is led again in earnest") {
    ClusterRig shop;
    NodeRig& one = shop.start("one");
    REQUIRE(shop.balanced({4}));
    const PartitionId partition = one.engine.partition_of_key(product_number(1).value);
    one.log.hang(true);
    auto told = asked(one, offering(1));
    REQUIRE(eventually([&] { return one.log.hung() > 0; }));
    std::promise<void> given_up;
    one.engine.post([&] { one.engine.resign(partition, [&] { given_up.set_value(); }); });
    REQUIRE(eventually([&] { return !one.engine.leads(partition); }));
    one.log.hang(false);
    given_up.get_future().get();
    one.follower.follow(partition);
    REQUIRE(eventually([&] { return one.engine.leads(partition); }));
    CHECK(commits_in_the_end(one, [] { return offering(1); }));
    CHECK(told.get() == Kind::committed);
    CHECK(shop.commits_of(numbered_command(1)) == 1);
}

TEST_CASE(
    "a partition on its way to another node goes there, although its last record gets no answer"
) {
    TwoNodeRig pair;
    const Hanging one{pair.one.log};
    const Hanging two{pair.two.log};
    pair.start("three");
    CHECK(pair.balanced({2, 1, 1}));
    CHECK(pair.one.log.hung() + pair.two.log.hung() > 0);
}

TEST_CASE("a partition that is frozen does not count as one that hangs") {
    TwoNodeRig pair;
    const std::uint64_t n = led_by(pair.one);
    const auto partition = pair.one.engine.partition_of_key(product_number(n).value);
    pair.one.log.hang(true);
    auto told = asked(pair.one, offering(n));
    REQUIRE(eventually([&] { return pair.one.engine.stuck_since(partition).has_value(); }));
    pair.one.engine.post([&] { pair.one.engine.freeze(partition, "for a test"); });
    REQUIRE(eventually([&] { return pair.one.frozen == 1; }));
    CHECK(!pair.one.engine.stuck_since(partition));
    pair.one.log.hang(false);
    CHECK(told.get() != Kind::committed);
}

TEST_CASE("who still takes itself for a leader does not pass an old state for a fresh one") {
    TwoNodeRig pair;
    const std::uint64_t n = led_by(pair.one);
    pair.cluster.silence("one", true);
    REQUIRE(eventually([&] { return pair.two.leads() == 4; }));
    REQUIRE(pair.two.answer(offering(n)).kind == Kind::committed);
    REQUIRE(pair.one.leads() == 2);
    CHECK((!knows_all(pair.one) || pair.one.stock(product_number(n)) == 5));
    pair.cluster.silence("one", false);
    CHECK(eventually([&] { return knows_all(pair.one); }));
    CHECK(pair.one.stock(product_number(n)) == 5);
}

TEST_CASE("a record of a replaced leader, behind all that a node has written, is found out") {
    TwoNodeRig pair;
    const std::uint64_t n = led_by(pair.two);
    const auto partition = pair.two.engine.partition_of_key(product_number(n).value);
    const std::uint64_t at = pair.topic.append(partition, {pair.topic.read(partition, 0)[0].bytes});
    CHECK(eventually([&] { return knows_all(pair.two); }));
    CHECK(pair.two.engine.next_offset(partition) > at);
    CHECK(commits_in_the_end(pair.two, [&] { return offering(n); }));
}
