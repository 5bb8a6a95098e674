#include "handlers/stream_loader.hpp"
#include "tests/handlers/rig.hpp"
#include "tests/kit/plain_vault.hpp"
#include "tests/kit/record_maker.hpp"
#include "tests/kit/shared_log.hpp"

/// What the shard makes of a log that loses, half-writes, refuses and restarts.
using namespace pakashop;
using namespace pakashop::kit;
using Kind = Answer::Kind;

namespace {

constexpr std::uint64_t lamps = 1'000;

Command holding(std::uint64_t n) {
    return command_to<Product>(lamp.value, hold("try_" + std::to_string(n), 1), n);
}

void offer_lamps(ShardRig& rig) {
    rig.answer(command_to<Product>(lamp.value, offer(lamp, lamps), 1));
    rig.heard.clear();
    rig.answers.clear();
}

}  // namespace

TEST_CASE("after an unknown outcome each command is committed once and answered once") {
    for (const AppendFault fault :
         {AppendFault::unknown_written, AppendFault::unknown_lost, AppendFault::partly_written}) {
        CAPTURE(static_cast<int>(fault));
        ShardRig rig;
        offer_lamps(rig);
        const std::uint64_t epoch = rig.shard->admission().epoch();
        for (std::uint64_t n = 2; n < 12; ++n) rig.submit(holding(n));
        rig.log.fail_next(fault);
        CHECK_FALSE(rig.flush());
        for (const auto& answers : rig.answers) CHECK(answers.empty());
        REQUIRE(rig.shard->lead(noon).has_value());
        CHECK(rig.shard->admission().epoch() > epoch);
        rig.run();
        for (std::uint64_t n = 2; n < 12; ++n) {
            REQUIRE(rig.answers.at(n - 2).size() == 1);
            CHECK(rig.answers.at(n - 2)[0].kind == Kind::committed);
            CHECK(rig.commits_of(numbered_command(n)) == 1);
        }
        CHECK(rig.heard.size() == 10);
        CHECK(rig.product().held == 10);
    }
}

TEST_CASE("an announcement whose own fate is unknown is settled by the next one") {
    for (const AppendFault fault :
         {AppendFault::unknown_written, AppendFault::unknown_lost, AppendFault::partly_written}) {
        ShardRig rig;
        offer_lamps(rig);
        rig.submit(holding(2));
        rig.log.fail_next(AppendFault::unknown_lost);
        rig.log.fail_next(fault);
        CHECK_FALSE(rig.flush());
        REQUIRE(rig.shard->lead(noon).has_value());
        rig.run();
        CHECK(rig.answers.at(0).at(0).kind == Kind::committed);
        CHECK(rig.commits_of(numbered_command(2)) == 1);
    }
}

TEST_CASE("a refusal that rested on what was lost is decided anew") {
    ShardRig rig;
    rig.answer(command_to<Product>(lamp.value, offer(lamp, 1), 1));
    rig.answers.clear();
    rig.submit(command_to<Product>(lamp.value, Product::AdjustStock{-1, "broken"}, 2));
    rig.submit(holding(3));
    CHECK(rig.answers.at(1).empty());
    rig.log.fail_next(AppendFault::unknown_lost);
    CHECK_FALSE(rig.flush());
    REQUIRE(rig.shard->lead(noon).has_value());
    rig.run();
    CHECK(rig.answers.at(0).at(0).kind == Kind::committed);
    CHECK(rig.answers.at(1).at(0).kind == Kind::refused);
}

TEST_CASE("a full disk is told, changes nothing, and the same command may succeed later") {
    ShardRig rig;
    offer_lamps(rig);
    rig.submit(holding(2));
    rig.log.fail_next(AppendFault::storage_low);
    CHECK(rig.flush());
    CHECK(rig.answers.at(0).at(0).kind == Kind::storage_low);
    CHECK(rig.product().held == 0);
    CHECK(rig.answer(holding(2)).kind == Kind::committed);
    CHECK(rig.product().held == 1);
}

TEST_CASE("a log that lost what it acknowledged freezes the partition") {
    ShardRig rig;
    offer_lamps(rig);
    rig.submit(holding(2));
    rig.log.fail_next(AppendFault::regressed);
    rig.flush();
    CHECK(rig.answers.at(0).at(0).kind == Kind::halted);
    rig.submit(holding(3));
    CHECK(rig.answers.at(1).at(0).kind == Kind::halted);
    CHECK_FALSE(rig.shard->has_staged());
}

TEST_CASE("a restart goes on where the log ends, and knows the commands of the life before") {
    ShardRig rig;
    offer_lamps(rig);
    const Answer before = rig.answer(holding(2));
    const std::uint64_t epoch = rig.shard->admission().epoch();
    rig.restart();
    CHECK(rig.shard->admission().epoch() == epoch + 1);
    const Answer again = rig.answer(holding(2));
    CHECK(again.replayed);
    CHECK(again.commit->hash == before.commit->hash);
    CHECK(rig.answer(holding(3)).commit->events[0].version == 3);
    CHECK(rig.product().held == 2);
}

TEST_CASE("a node that starts again knows the history it has, and halts at another") {
    RecordMaker ours{"g1", 0, 1};
    ours.announce();
    const AdmissionState fork = ours.fold().state();
    for (std::uint64_t n = 1; n <= 3; ++n) ours.commit("ord_1", n, {{"order:ord_1"}});
    MemoryReplica replica{"g1", 1};
    Admission fold{"g1", 0};
    std::vector<AdmittedRecord> records;
    for (const StagedRecord& staged : ours.take().records) {
        REQUIRE(fold.offer(*staged.record, staged.hash) == Verdict::admitted);
        records.push_back({staged, records.size(), fold.state()});
    }
    REQUIRE(replica.apply(0, records).has_value());
    SharedTopic topic{"g1", 1};
    NodeLog log{topic};
    PlainVault vault;
    Shard shard{0, log, replica, vault, numbered(3), {}, [](const auto&) {}};

    // The log has lost the commits, and another node leads behind what is left.
    RecordMaker theirs{"g1", 0, fork, 2};
    const std::vector<LogEntry> announcement{{4, theirs.announce().bytes}};
    theirs.take();
    const std::vector<LogEntry> next{{5, theirs.checkpoint("").bytes}};
    CHECK(shard.follow(announcement).has_value());
    CHECK_FALSE(shard.follow(next).has_value());
    CHECK(shard.halted());
}

TEST_CASE("a long stream is read from its newest snapshot") {
    ShardRig rig;
    offer_lamps(rig);
    for (std::uint64_t n = 2; n < 602; ++n) rig.submit(holding(n));
    rig.run();
    const auto snapshot = rig.log.snapshot(0, "product:prd_lamp");
    REQUIRE(snapshot.has_value());
    CHECK(snapshot->version == 512);
    const Product::State before = rig.product();
    CHECK(before.held == 600);
    rig.restart();
    for (std::uint64_t seq = 0; seq < 512; ++seq) rig.log.damage(0, seq, "gone");
    CHECK(rig.product() == before);
}

TEST_CASE("a stream's state is known as of any record, whatever its newest snapshot") {
    ShardRig rig;
    offer_lamps(rig);
    for (std::uint64_t n = 2; n < 602; ++n) rig.submit(holding(n));
    rig.run();
    for (const std::int64_t held : {0, 1, 255, 256, 510, 511, 512, 599, 600}) {
        CAPTURE(held);
        // Behind the announcement and the offer.
        const auto seq = static_cast<std::uint64_t>(held) + 1;
        const auto loaded = load_stream_until(rig.log, 0, "product:prd_lamp", seq);
        CHECK(loaded.version == held + 1);
        CHECK(std::get<Product::State>(loaded.state).held == held);
    }
}

TEST_CASE("the snapshot before the newest one is kept, for who asks for a record in between") {
    ShardRig rig;
    offer_lamps(rig);
    for (std::uint64_t n = 2; n < 302; ++n) rig.submit(holding(n));
    rig.run();
    for (std::uint64_t n = 302; n < 602; ++n) rig.submit(holding(n));
    rig.run();
    REQUIRE(rig.log.snapshot(0, "product:prd_lamp")->version == 512);
    REQUIRE(rig.log.snapshot(0, previous_snapshot("product:prd_lamp"))->version == 256);
    for (std::uint64_t seq = 0; seq < 256; ++seq) rig.log.damage(0, seq, "gone");
    const auto loaded = load_stream_until(rig.log, 0, "product:prd_lamp", 400);
    CHECK(loaded.version == 400);
    CHECK(std::get<Product::State>(loaded.state).held == 399);
}

TEST_CASE("a snapshot that another program made is passed over") {
    ShardRig rig;
    offer_lamps(rig);
    for (std::uint64_t n = 2; n < 12; ++n) rig.submit(holding(n));
    rig.run();
    const Product::State before = rig.product();
    rig.shard->checkpoint("", {"product:prd_lamp", 9, 9, to_json(Product::State{})}, noon);
    rig.run();
    rig.restart();
    CHECK(rig.product() == before);
}

TEST_CASE("a snapshot is read by the program that wrote it, and by no other") {
    Product::State state;
    state.on_hand = 7;
    auto bytes = to_snapshot(AnyState{state});
    REQUIRE(bytes.has_value());
    const auto read = from_snapshot("product:prd_lamp", *bytes);
    REQUIRE(read.has_value());
    CHECK(std::get<Product::State>(*read) == state);
    CHECK_FALSE(from_snapshot("shop:shp_1", *bytes).has_value());
    bytes->front() = bytes->front() == '0' ? '1' : '0';
    CHECK_FALSE(from_snapshot("product:prd_lamp", *bytes).has_value());
    CHECK_FALSE(from_snapshot("product:prd_lamp", "").has_value());
}

TEST_CASE("how much is kept in memory changes no byte of the log") {
    std::vector<Digest> heads;
    std::size_t committed = 0;
    for (const std::size_t cache : {std::size_t{1}, std::size_t{40'000}, std::size_t{1} << 30}) {
        ShardRig rig{true, {.cache_bytes_max = cache}};
        Dice dice{7};
        std::uint64_t n = 0;
        for (int round = 0; round < 300; ++round) {
            for (std::size_t i = 0; i < 1 + dice.roll(6); ++i) {
                const ProductId product{"prd_" + std::to_string(dice.roll(20))};
                const std::string try_id = "try_" + std::to_string(dice.roll(40));
                const std::int64_t quantity = static_cast<std::int64_t>(1 + dice.roll(3));
                const auto command = dice.pick<Product::Command>(
                    {offer(product, 9),
                     hold(try_id, quantity),
                     hold(try_id, quantity),
                     Product::ReleaseHold{the_order, TryId{try_id}},
                     Product::SellHold{the_order, TryId{try_id}},
                     Product::AdjustStock{quantity - 2, "counted"}}
                );
                rig.submit(command_to<Product>(product.value, command, ++n));
            }
            rig.run();
        }
        for (const auto& answers : rig.answers) {
            REQUIRE(answers.size() == 1);
            committed += answers[0].kind == Kind::committed;
        }
        heads.push_back(rig.shard->admission().place().head);
    }
    CHECK(heads[0] == heads[1]);
    CHECK(heads[1] == heads[2]);
    CHECK(committed > 1'000);
}

TEST_CASE("whatever the log does, each command is committed at most once and the books agree") {
    std::size_t faults = 0;
    std::size_t commits = 0;
    for (unsigned seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        Dice dice{seed};
        ShardRig rig{dice.roll(2) == 0};
        offer_lamps(rig);
        std::uint64_t n = 1;
        for (int round = 0; round < 30; ++round) {
            for (std::size_t i = 0; i < dice.roll(8); ++i) {
                rig.submit(holding(dice.roll(3) == 0 && n > 2 ? 2 + dice.roll(n - 1) : ++n));
            }
            const auto fault = dice.pick(
                {AppendFault::none,
                 AppendFault::none,
                 AppendFault::unknown_written,
                 AppendFault::unknown_lost,
                 AppendFault::partly_written,
                 AppendFault::storage_low}
            );
            if (fault != AppendFault::none && rig.shard->has_staged()) {
                rig.log.fail_next(fault);
                ++faults;
            }
            rig.run();
            if (dice.roll(10) == 0) rig.restart();
        }
        std::int64_t held = 0;
        for (std::uint64_t id = 2; id <= n; ++id) {
            const std::size_t times = rig.commits_of(numbered_command(id));
            CHECK(times <= 1);
            held += static_cast<std::int64_t>(times);
        }
        CHECK(rig.product().held == held);
        for (const auto& answers : rig.answers) CHECK(answers.size() == 1);
        commits += static_cast<std::size_t>(held);
    }
    MESSAGE(faults, " faults, ", commits, " commits");
    CHECK(faults > 500);
    CHECK(commits > 1'000);
}
