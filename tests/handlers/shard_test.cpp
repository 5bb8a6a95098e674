#include "tests/handlers/rig.hpp"

using namespace pakashop;
using namespace pakashop::kit;
using Kind = Answer::Kind;

namespace {

/// A shard that offers lamps.
struct LampRig : ShardRig {
    explicit LampRig(std::int64_t stock = 5, bool exclusive = true) : ShardRig{exclusive} {
        const Command list = command_to<Product>(lamp.value, offer(lamp, stock), 1);
        REQUIRE(answer(list).kind == Kind::committed);
        heard.clear();
        answers.clear();
    }
};

Command holding(std::uint64_t n, std::int64_t quantity = 1) {
    return command_to<Product>(lamp.value, hold("try_" + std::to_string(n), quantity), n);
}

}  // namespace

TEST_CASE("a command's answer waits until its record is durable") {
    LampRig rig;
    rig.submit(holding(2));
    CHECK(rig.answers.back().empty());
    const PartitionBatch batch = rig.shard->encode(rig.shard->begin_flight());
    CHECK(rig.answers.back().empty());
    const auto outcome = rig.log.append({&batch, 1}).front();
    CHECK(rig.answers.back().empty());
    CHECK(rig.shard->settle(outcome));
    REQUIRE(rig.answers.back().size() == 1);
    CHECK(rig.answers.back()[0].kind == Kind::committed);
    REQUIRE(rig.heard.size() == 1);
    CHECK(rig.heard[0] == rig.answers.back()[0].commit);
    CHECK(rig.heard[0]->hash == batch.records[0].hash);
}

TEST_CASE("the same command again gets the answer of its commit, and commits nothing") {
    LampRig rig;
    const Answer first = rig.answer(holding(2));
    const Answer second = rig.answer(holding(2));
    CHECK_FALSE(first.replayed);
    CHECK(second.kind == Kind::committed);
    CHECK(second.replayed);
    CHECK(second.commit->seq == first.commit->seq);
    CHECK(second.commit->hash == first.commit->hash);
    REQUIRE(second.commit->events.size() == 1);
    CHECK(second.commit->events[0].event == first.commit->events[0].event);
    CHECK(rig.commits_of(numbered_command(2)) == 1);
    CHECK(rig.product().held == 1);
}

TEST_CASE("the same id with another body is refused as reused, waiting or committed") {
    LampRig rig;
    Command other = holding(2, 3);
    other.fingerprint = sha256("another body");
    rig.submit(holding(2));
    rig.submit(other);
    CHECK(rig.answers.back().empty());  // As long as nobody knows whether the first one counts.
    rig.run();
    CHECK(rig.answers.back().at(0).kind == Kind::key_reused);
    rig.submit(other);
    CHECK(rig.answers.back().at(0).kind == Kind::key_reused);
    CHECK(rig.product().held == 1);
}

TEST_CASE("a command that is under way already is attached to") {
    LampRig rig;
    for (int i = 0; i < 3; ++i) rig.submit(holding(2));
    for (const auto& answers : rig.answers) CHECK(answers.empty());
    rig.run();
    std::size_t replays = 0;
    for (const auto& answers : rig.answers) {
        REQUIRE(answers.size() == 1);
        CHECK(answers[0].kind == Kind::committed);
        CHECK(answers[0].commit == rig.heard.at(0));
        replays += answers[0].replayed;
    }
    CHECK(replays == 2);
    CHECK(rig.commits_of(numbered_command(2)) == 1);
}

TEST_CASE("an accepted command without events still commits") {
    LampRig rig;
    Command release =
        command_to<Product>(lamp.value, Product::ReleaseHold{the_order, TryId{"try_nobodys"}}, 2);
    const Answer outcome = rig.answer(release);
    CHECK(outcome.kind == Kind::committed);
    CHECK(outcome.commit->events.empty());
    CHECK(rig.commits_of(release.id) == 1);
}

TEST_CASE("a refusal waits for the records it rests on") {
    LampRig rig{1};
    rig.submit(holding(2));
    rig.submit(holding(3));
    CHECK(rig.answers.back().empty());
    rig.run();
    REQUIRE(rig.answers.back().size() == 1);
    CHECK(rig.answers.back()[0].kind == Kind::refused);
    CHECK(rig.answers.back()[0].refusal == "out_of_stock");
    CHECK(rig.commits_of(numbered_command(3)) == 0);
}

TEST_CASE("a refusal that rests on nothing unwritten comes at once where the log is ours alone") {
    LampRig rig{0};
    rig.submit(holding(2));
    CHECK(rig.answers.back().at(0).refusal == "out_of_stock");
    CHECK_FALSE(rig.shard->has_staged());
}

TEST_CASE("where others might lead, a refusal waits for one record behind it") {
    LampRig rig{0, false};
    rig.submit(holding(2));
    rig.submit(holding(3));
    CHECK(rig.answers.back().empty());
    CHECK(rig.shard->staged_count() == 1);
    rig.run();
    CHECK(rig.answers.at(0).at(0).kind == Kind::refused);
    CHECK(rig.answers.at(1).at(0).kind == Kind::refused);
}

TEST_CASE("a refusal binds nothing: the same id may succeed later") {
    LampRig rig{0};
    CHECK(rig.answer(holding(2)).kind == Kind::refused);
    rig.answer(command_to<Product>(lamp.value, Product::AdjustStock{4, "delivered"}, 3));
    const Answer later = rig.answer(holding(2));
    CHECK(later.kind == Kind::committed);
    CHECK_FALSE(later.replayed);
}

TEST_CASE("policies commit with the command they follow from") {
    ShardRig rig;
    const Answer outcome =
        rig.answer(command_to<Order>(the_order.value, place_order_of(all_lines()), 1));
    REQUIRE(outcome.kind == Kind::committed);
    REQUIRE(outcome.commit->events.size() == 2);
    CHECK(outcome.commit->events[0].stream == "order:ord_1");
    CHECK(outcome.commit->events[1].stream == "payment:ord_1");
    CHECK(type_of(outcome.commit->events[1].event) == "payment.opened.v1");
    CHECK(rig.log.stream(0, "payment:ord_1", 0) == rig.log.stream(0, "order:ord_1", 0));
}

TEST_CASE("personal fields are sealed before anything is written, and open in their place") {
    ShardRig rig;
    const Answer outcome =
        rig.answer(command_to<Order>(the_order.value, place_order_of(all_lines()), 1));
    const auto bytes = rig.log.record(0, outcome.commit->seq);
    REQUIRE(bytes.has_value());
    CHECK(bytes->find("Chanda") == std::string::npos);
    CHECK(bytes->find("Cairo") == std::string::npos);
    CommittedEvent event = outcome.commit->events[0];
    open(event.event, rig.vault, sealing_place(event.stream, event.version));
    const auto& order = std::get<OrderPlaced>(std::get<OrderEvent>(event.event));
    CHECK(order.address == the_address());
}

TEST_CASE("time does not step back within a partition") {
    LampRig rig;
    Command late = holding(2);
    late.now = noon + hours(1);
    rig.answer(late);
    const Answer early = rig.answer(holding(3));
    CHECK(early.commit->at == noon + hours(1));
}

TEST_CASE("what does not fit a record is refused and leaves no trace") {
    LampRig rig;
    Product::Change change;
    change.description = std::string(600 * 1024, 'x');
    const Command command = command_to<Product>(lamp.value, Product::Command{change}, 2);
    CHECK(rig.answer(command).kind == Kind::too_large);
    CHECK(rig.product().listing->description == "Shines.");
    CHECK(rig.commits_of(command.id) == 0);
    CHECK(rig.answer(holding(3)).commit->events[0].version == 2);
}

TEST_CASE("a batch takes so many records and no more") {
    LampRig rig{100};
    rig.restart({.batch_records_max = 4});
    for (std::uint64_t n = 2; n < 12; ++n) rig.submit(holding(n));
    CHECK(rig.flush());
    CHECK(rig.shard->staged_count() == 6);
    CHECK(rig.heard.size() == 4);
    rig.run();
    CHECK(rig.heard.size() == 10);
}

TEST_CASE("versions of a stream and positions of a partition are dense") {
    LampRig rig{100};
    for (std::uint64_t n = 2; n < 50; ++n) rig.submit(holding(n));
    rig.run();
    std::int64_t version = 1;
    std::uint64_t seq = rig.heard.front()->seq;
    for (const auto& commit : rig.heard) {
        CHECK(commit->seq == seq++);
        for (const auto& event : commit->events) CHECK(event.version == ++version);
    }
    CHECK(version == 49);
}

TEST_CASE("a stream that left the memory is read with what is under way, and no more once it is not"
) {
    LampRig rig{100};
    rig.restart({.cache_bytes_max = 1});
    const ProductId other{"prd_other"};
    rig.answer(command_to<Product>(other.value, offer(other, 5), 2));
    const auto other_hold = [&](std::uint64_t n) {
        return command_to<Product>(other.value, hold("try_" + std::to_string(n), 1), n);
    };
    // Each of the two drives the other out; one hold of each is on its way, one is not.
    rig.submit(holding(3));
    rig.submit(other_hold(4));
    const auto flight = rig.shard->begin_flight();
    rig.submit(holding(5));
    rig.submit(other_hold(6));
    CHECK(rig.product().held == 2);
    CHECK(rig.product(other).held == 2);
    const PartitionBatch batch = rig.shard->encode(flight);
    CHECK(rig.shard->settle(rig.log.append({&batch, 1}).front()));
    rig.submit(holding(7));
    CHECK(rig.product(other).held == 2);
    CHECK(rig.product().held == 3);
    rig.shard->give_up(Kind::storage_low);
    CHECK(rig.product(other).held == 1);
    CHECK(rig.product().held == 1);
}

TEST_CASE("the streams of pending records are known until each of them is removed") {
    const auto record_of = [](const std::string& stream) {
        Record record{};
        record.events.resize(2);
        for (RecordedEvent& event : record.events) event.stream = stream;
        return record;
    };
    PendingStreams pending;
    CHECK_FALSE(pending.may_hold("product:a"));
    pending.add(record_of("product:a"));
    pending.add(record_of("product:a"));
    pending.add(record_of("product:b"));
    pending.remove(record_of("product:a"));
    CHECK(pending.may_hold("product:a"));
    CHECK(pending.may_hold("product:b"));
    pending.remove(record_of("product:a"));
    CHECK_FALSE(pending.may_hold("product:a"));
    CHECK(pending.may_hold("product:b"));
}

TEST_CASE("a damaged record halts the partition instead of being passed over") {
    LampRig rig;
    rig.log.damage(0, 1, "not a record");
    rig.shard = std::make_unique<Shard>(
        0, rig.log, rig.log, rig.vault, NodeId{9}, ShardOptions{}, [](const auto&) {}
    );
    REQUIRE(rig.shard->lead(noon).has_value());
    rig.submit(holding(2));
    CHECK(rig.answers.back().at(0).kind == Kind::halted);
    CHECK(rig.shard->halted());
    rig.submit(holding(3));
    CHECK(rig.answers.back().at(0).kind == Kind::halted);
}
