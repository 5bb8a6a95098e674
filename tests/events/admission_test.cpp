#include "events/admission.hpp"

#include <functional>

#include <doctest/doctest.h>

#include "tests/kit/record_maker.hpp"

/// One test for each rule of the fold (architecture 2.3), and for the pairs that back each other
/// up: where one rule is blind, the other still answers.
namespace pakashop {
namespace {

/// A fold that leads epoch 2 after `commits` commits, and what its leader would write next.
struct Leading {
    Admission fold{"g1", 3};
    NodeId leader = kit::numbered(2);
    std::vector<Place> places;

    explicit Leading(int commits = 5) {
        kit::RecordMaker first{"g1", 3, 1};
        take(first.announce());
        take(first.commit("ord_1", 1, {{"order:ord_1"}}));
        kit::RecordMaker second{"g1", 3, fold.state(), 2};
        take(second.announce());
        for (int n = 0; n < commits; ++n) {
            take(second.commit("ord_1", 10 + static_cast<std::uint64_t>(n), {}));
        }
        places.push_back(fold.place());
    }
    void take(const StagedRecord& staged) {
        places.push_back(fold.place());
        REQUIRE(fold.offer(*staged.record, staged.hash) == Verdict::admitted);
    }
    /// What this leader writes next, of that kind.
    Record next(RecordKind kind = RecordKind::commit) const {
        Record record;
        record.generation = "g1";
        record.partition = 3;
        record.epoch = fold.epoch();
        record.node = leader;
        record.seq = fold.place().seq;
        record.prev = fold.place().head;
        record.known = fold.place();
        record.kind = kind;
        return record;
    }
    Record announcement(std::uint64_t epoch) const {
        Record record = next(RecordKind::announce);
        record.epoch = epoch;
        record.node = kit::numbered(9);
        return record;
    }
    Verdict offer(const Record& record) {
        return fold.offer(record, hash_in(encode_record(record)));
    }
    HaltReason halt_of(const Record& record) {
        const AdmissionState before = fold.state();
        CHECK(offer(record) == Verdict::halt);
        CHECK(fold.state() == before);
        return fold.halted_because();
    }
    bool is_void(const Record& record) {
        const AdmissionState before = fold.state();
        const std::uint64_t voided = fold.voided();
        const bool answer = offer(record) == Verdict::voided;
        CHECK(fold.state() == before);
        CHECK(fold.voided() == voided + (answer ? 1 : 0));
        return answer;
    }
};

TEST_CASE("genesis has no leader and only an announcement of epoch 1 begins it") {
    Admission fold{"g1", 3};
    CHECK(fold.place() == Place{0, genesis_head("g1", 3)});
    CHECK_FALSE(fold.led_by(NodeId{}));
    CHECK_FALSE(fold.led_by(kit::numbered(1)));
    kit::RecordMaker maker{"g1", 3, 1};
    const StagedRecord announced = maker.announce();
    CHECK(fold.offer(*announced.record, announced.hash) == Verdict::admitted);
    CHECK(fold.led_by(kit::numbered(1)));
    CHECK(fold.place() == Place{1, next_head(genesis_head("g1", 3), announced.hash)});
}

TEST_CASE("what its leader writes next is admitted, whatever its kind") {
    for (const RecordKind kind :
         {RecordKind::commit, RecordKind::checkpoint, RecordKind::resign, RecordKind::import}) {
        Leading log;
        const Place before = log.fold.place();
        const Record record = log.next(kind);
        CHECK(log.offer(record) == Verdict::admitted);
        CHECK(log.fold.place().seq == before.seq + 1);
        CHECK(log.fold.place().head == next_head(before.head, hash_in(encode_record(record))));
    }
}

TEST_CASE("rule 1: a record of another generation or partition halts, void or not") {
    Leading log;
    for (const auto& change : std::vector<std::function<void(Record&)>>{
             [](Record& r) { r.generation = "g2"; }, [](Record& r) { r.partition = 4; }
         }) {
        Record record = log.next();
        change(record);
        CHECK(log.halt_of(record) == HaltReason::foreign_log);
        record.epoch = 1;
        CHECK(log.halt_of(record) == HaltReason::foreign_log);
    }
}

TEST_CASE("rule 2: a writer that had seen more than there is halts, void or not") {
    Leading log;
    Record record = log.next();
    record.known.seq = log.fold.place().seq + 1;
    CHECK(log.halt_of(record) == HaltReason::lost_history);
    record.epoch = 1;
    CHECK(log.halt_of(record) == HaltReason::lost_history);
    record = log.announcement(3);
    record.known.seq = log.fold.place().seq + 1;
    CHECK(log.halt_of(record) == HaltReason::lost_history);
}

TEST_CASE("rule 2: a writer that had seen another history halts, void or not") {
    Leading log;
    for (const Place& place : log.places) {
        Record record = log.next();
        record.known = place;
        CHECK(log.fold.judge(record) == Verdict::admitted);
        record.known.head[0] ^= 1;
        CHECK(log.halt_of(record) == HaltReason::other_history);
        record.epoch = 1;
        CHECK(log.halt_of(record) == HaltReason::other_history);
        record = log.announcement(3);
        record.known = place;
        record.known.head[31] ^= 1;
        CHECK(log.halt_of(record) == HaltReason::other_history);
    }
}

TEST_CASE("rule 2 remembers exactly the last 64 places") {
    Leading log{200};
    const auto verdict_at = [&](std::uint64_t seq) {
        Record record = log.next();
        record.known = {seq, Digest{}};
        return log.fold.judge(record);
    };
    const std::uint64_t next = log.fold.place().seq;
    for (std::uint64_t seq = 0; seq <= next; ++seq) {
        CAPTURE(seq);
        CHECK(verdict_at(seq) == (next - seq < 64 ? Verdict::halt : Verdict::admitted));
    }
}

TEST_CASE("rule 2: a fold that goes on from a checkpoint knows that place and later ones") {
    Leading log;
    Admission resumed{"g1", 3, log.fold.state()};
    CHECK(resumed.place() == log.fold.place());
    CHECK(resumed.led_by(log.leader));
    Record record = log.next();
    record.known.head[0] ^= 1;
    CHECK(resumed.judge(record) == Verdict::halt);
    record.known = {log.places[2].seq, Digest{}};
    CHECK(resumed.judge(record) == Verdict::admitted);
    Record good = log.next();
    CHECK(resumed.offer(good, hash_in(encode_record(good))) == Verdict::admitted);
    CHECK(log.offer(good) == Verdict::admitted);
    CHECK(resumed.state() == log.fold.state());
}

TEST_CASE("rule 3: behind a seal everything is void, announcements too") {
    Leading log;
    Record seal = log.next(RecordKind::resign);
    seal.body = "kafka:broker/g1";
    REQUIRE(log.offer(seal) == Verdict::admitted);
    CHECK(log.fold.sealed());
    CHECK_FALSE(log.fold.led_by(log.leader));
    CHECK(log.is_void(log.next()));
    CHECK(log.is_void(log.announcement(log.fold.epoch() + 1)));
    CHECK(log.is_void(log.announcement(log.fold.epoch() + 9)));
    Admission resumed{"g1", 3, log.fold.state()};
    CHECK(resumed.judge(log.announcement(log.fold.epoch() + 1)) == Verdict::voided);
}

TEST_CASE("rules 1 and 2 look at records behind the seal as well") {
    Leading log;
    Record seal = log.next(RecordKind::resign);
    seal.body = "elsewhere";
    REQUIRE(log.offer(seal) == Verdict::admitted);
    Record record = log.next();
    record.known.seq += 1;
    CHECK(log.halt_of(record) == HaltReason::lost_history);
    record = log.next();
    record.generation = "g9";
    CHECK(log.halt_of(record) == HaltReason::foreign_log);
}

TEST_CASE("rule 2: what a fold recalls after a restart contradicts as before") {
    Leading log{80};
    Admission restarted{"g1", 3, log.fold.state()};
    Record record = log.announcement(3);
    record.known = log.places[80];
    record.known.head[0] ^= 1;
    CHECK(log.fold.judge(record) == Verdict::halt);
    CHECK(restarted.judge(record) == Verdict::admitted);
    int recalled = 0;
    while (restarted.recall(
        log.places[log.places.size() - 2 - static_cast<std::size_t>(recalled)].head
    ))
        ++recalled;
    CHECK(recalled == 63);
    CHECK(restarted.judge(record) == Verdict::halt);
    CHECK(restarted.halted_because() == HaltReason::other_history);
    record.known = log.places[80];
    CHECK(restarted.judge(record) == Verdict::admitted);
}

TEST_CASE("a young fold recalls no more than there was") {
    Leading log{1};
    Admission restarted{"g1", 3, log.fold.state()};
    for (std::size_t i = log.places.size() - 1; i-- > 0;)
        CHECK(restarted.recall(log.places[i].head));
    CHECK_FALSE(restarted.recall(log.places[0].head));
}

TEST_CASE("rule 4: the next epoch's announcement is admitted wherever its writer thought it was") {
    Leading log;
    Record record = log.announcement(log.fold.epoch() + 1);
    record.seq = 0;
    record.prev = Digest{};
    record.known = log.places[1];
    CHECK(log.offer(record) == Verdict::admitted);
    CHECK(log.fold.epoch() == 3);
    CHECK(log.fold.led_by(kit::numbered(9)));
    CHECK_FALSE(log.fold.led_by(log.leader));
}

TEST_CASE("rule 4: an announcement of this epoch or an older one is void, a later one halts") {
    Leading log;
    CHECK(log.is_void(log.announcement(log.fold.epoch())));
    CHECK(log.is_void(log.announcement(1)));
    CHECK(log.is_void(log.announcement(0)));
    CHECK(log.halt_of(log.announcement(log.fold.epoch() + 2)) == HaltReason::impossible_record);
}

TEST_CASE("rule 6: a deposed leader's late records are void, however well they fit") {
    Leading log;
    const Record late = log.next();
    REQUIRE(log.offer(log.announcement(3)) == Verdict::admitted);
    CHECK(log.is_void(late));
    Record fitting = log.next();
    fitting.epoch = 2;
    CHECK(log.is_void(fitting));
}

TEST_CASE("rule 6: another node in the current epoch is void") {
    Leading log;
    Record record = log.next();
    record.node = kit::numbered(77);
    CHECK(log.is_void(record));
}

TEST_CASE("rule 6: a second copy, and a record ahead of its place, are void") {
    Leading log;
    const Record record = log.next();
    REQUIRE(log.offer(record) == Verdict::admitted);
    CHECK(log.is_void(record));
    Record ahead = log.next();
    ahead.seq += 1;
    CHECK(log.is_void(ahead));
}

TEST_CASE("rule 6: after its RESIGN a leader's records are void, until the next announcement") {
    Leading log;
    REQUIRE(log.offer(log.next(RecordKind::resign)) == Verdict::admitted);
    CHECK_FALSE(log.fold.led_by(log.leader));
    CHECK_FALSE(log.fold.sealed());
    CHECK(log.is_void(log.next()));
    CHECK(log.is_void(log.next(RecordKind::checkpoint)));
    REQUIRE(log.offer(log.announcement(3)) == Verdict::admitted);
    CHECK(log.fold.led_by(kit::numbered(9)));
}

TEST_CASE("rule 7: the right place on another chain, or a later epoch, halts") {
    Leading log;
    Record record = log.next();
    record.prev[0] ^= 1;
    CHECK(log.halt_of(record) == HaltReason::impossible_record);
    record = log.next();
    record.epoch += 1;
    CHECK(log.halt_of(record) == HaltReason::impossible_record);
}

// Each pair: a record that would pass one of the two rules, and is stopped by the other.
TEST_CASE("where one rule is blind the other answers") {
    Leading log;
    SUBCASE("epoch and node: a zombie that reuses the current epoch") {
        Record record = log.next();
        record.node = kit::numbered(1);
        CHECK(log.is_void(record));
    }
    SUBCASE("seq and prev: a copy whose seq was forged does not chain") {
        Record copy = log.next();
        REQUIRE(log.offer(copy) == Verdict::admitted);
        copy.seq = log.fold.place().seq;
        CHECK(log.halt_of(copy) == HaltReason::impossible_record);
    }
    SUBCASE("epoch and known: an announcement whose writer had seen more is not admitted") {
        Record record = log.announcement(log.fold.epoch() + 1);
        record.known = {log.fold.place().seq + 3, Digest{}};
        CHECK(log.halt_of(record) == HaltReason::lost_history);
    }
    SUBCASE("known and the remembered heads: as long a history, but another one") {
        Record record = log.announcement(log.fold.epoch() + 1);
        record.known.head = sha256("elsewhere");
        CHECK(log.halt_of(record) == HaltReason::other_history);
    }
    SUBCASE("resign and seal: a resigned node is void, and a sealed log admits nobody") {
        Record seal = log.next(RecordKind::resign);
        seal.body = "elsewhere";
        REQUIRE(log.offer(seal) == Verdict::admitted);
        CHECK(log.is_void(log.announcement(log.fold.epoch() + 1)));
    }
}

TEST_CASE("a record taken out of the middle is noticed by the next one") {
    kit::RecordMaker maker{"g1", 3, 1};
    maker.announce();
    for (std::uint64_t n = 1; n <= 6; ++n) {
        maker.commit("ord_1", n, {});
        (void)maker.fold();
    }
    const PartitionBatch batch = maker.take();
    for (std::size_t gone = 0; gone + 1 < batch.records.size(); ++gone) {
        Admission fold{"g1", 3};
        std::size_t admitted = 0;
        for (std::size_t i = 0; i < batch.records.size(); ++i) {
            if (i == gone) continue;
            const StagedRecord& staged = batch.records[i];
            const Verdict verdict = fold.offer(*staged.record, staged.hash);
            if (verdict == Verdict::halt) break;
            admitted += verdict == Verdict::admitted;
        }
        CHECK(admitted <= gone);
    }
}

}  // namespace
}  // namespace pakashop
