#include "handlers/log_copy.hpp"

#include <doctest/doctest.h>

#include "tests/handlers/copy_rig.hpp"
#include "tests/kit/flaky_log.hpp"

namespace pakashop {
namespace {

using kit::bytes_of;
using kit::FlakyLog;
using kit::history_of;
using kit::OldLog;
using kit::SharedTopic;
using FailureKind = CopyFailure::Kind;

constexpr int schedules = 150;

Result<void, CopyFailure> copy(OldLog& old, Log& target) {
    return LogCopy{old.log, {target, {}}, {}}.run(old.survey());
}

/// A way to a log of many machines like a client of Kafka's: a partition takes nothing but an
/// announcement until one was acknowledged. The first one lands, and nobody acknowledges it.
class ClosedLog final : public Log {
public:
    explicit ClosedLog(SharedTopic& topic)
        : topic_{topic}, open_(topic.partitions()), unanswered_(topic.partitions(), 1) {}

    std::string_view generation() const override { return topic_.generation; }
    std::uint32_t partitions() const override { return topic_.partitions(); }
    bool exclusive() const override { return false; }
    std::future<std::vector<AppendOutcome>> begin_append(std::span<const PartitionBatch> batches
    ) override {
        std::promise<std::vector<AppendOutcome>> done;
        std::vector<AppendOutcome> outcomes;
        for (const PartitionBatch& batch : batches) outcomes.push_back(append_one(batch));
        done.set_value(std::move(outcomes));
        return done.get_future();
    }
    Result<std::vector<LogEntry>, LogFailure>
    read(PartitionId partition, std::uint64_t offset, std::size_t) override {
        return topic_.read(partition, offset);
    }
    Result<std::uint64_t, LogFailure> end(PartitionId partition) override {
        return topic_.end(partition);
    }

private:
    AppendOutcome append_one(const PartitionBatch& batch) {
        const PartitionId number = batch.partition;
        const bool announces = batch.records.front().record->kind == RecordKind::announce;
        if (!announces && !open_[number]) return AppendOutcome::unknown;
        topic_.append(number, bytes_of(batch));
        open_[number] = unanswered_[number] == 0;
        if (unanswered_[number] > 0) --unanswered_[number];
        return open_[number] ? AppendOutcome::durable : AppendOutcome::unknown;
    }

    SharedTopic& topic_;
    std::vector<bool> open_;
    std::vector<int> unanswered_;
};

CopyFailure failure_of(const Result<void, CopyFailure>& done) {
    REQUIRE_FALSE(done.has_value());
    return done.error();
}

TEST_CASE("a copy is the source, byte by byte, and each record lies where it lay") {
    OldLog old{1};
    SharedTopic topic{"g1", 2};
    FlakyLog target{topic, 1, 0};
    std::uint64_t written = 0;
    LogCopy copy{old.log, {target, {}}, [&](std::uint64_t records) { written += records; }};
    CHECK_FALSE(copy.compare(old.survey()).value());
    REQUIRE(copy.run(old.survey()).has_value());
    CHECK(bytes_of(history_of(target)) == old.records);
    CHECK(copy.offsets_kept());
    CHECK(copy.voids() == 0);
    CHECK(written == old.survey().records());
    CHECK(written > 200);
    CHECK(topic.end(0) == old.records[0].size());
}

TEST_CASE("whatever appends come to, and whenever it is killed, a copy ends up as the source") {
    int kills = 0;
    int faults = 0;
    std::uint64_t voids = 0;
    for (std::uint64_t seed = 1; seed <= schedules; ++seed) {
        CAPTURE(seed);
        OldLog old{seed, seed % 2 == 0};
        SharedTopic topic{"g1", 2};
        for (int run = 0;; ++run) {
            FlakyLog target{topic, seed * 100 + static_cast<std::uint64_t>(run), 30};
            if (run < 6) target.kill_at(static_cast<int>(seed % 13) + run);
            try {
                LogCopy copy{old.log, {target, {}}, {}};
                const auto done = copy.run(old.survey());
                const bool there = done || done.error().kind == FailureKind::unavailable;
                REQUIRE_MESSAGE(there, done.error().text);
                faults += target.faults();
                voids += copy.voids();
                if (!done) continue;
                target.land_all();
                CHECK(bytes_of(history_of(target)) == old.records);
                break;
            } catch (const kit::Killed&) {
                ++kills;
                faults += target.faults();
                target.land_all();
            }
            // Between two runs the old log may have been served again.
            if (run == 2) old.go_on(3);
        }
    }
    MESSAGE(
        "checked ",
        schedules,
        " schedules: ",
        kills,
        " kills, ",
        faults,
        " faults, ",
        voids,
        " void records"
    );
    CHECK(kills > schedules);
    CHECK(faults > schedules);
    CHECK(voids > schedules);
}

TEST_CASE("a record that halts readers is never written: the groups are those of its writer") {
    // One of these alone would do it: each knows of the one before.
    kit::RecordMaker maker{"g1", 0};
    MemoryLog old{"g1", 1};
    for (std::uint64_t n = 0; n < 20; ++n) {
        if (n % 5 == 0) maker.announce();
        maker.commit("ord_1", n, {{"order:ord_1"}});
        const PartitionBatch batch = maker.take();
        old.append({&batch, 1});
    }
    SharedTopic topic{"g1", 1};
    FlakyLog target{topic, 7, 70};
    LogCopy copy{old, {target, {}}, {}};
    const auto at = LogSurveyor{old}.read();
    REQUIRE(at.has_value());
    for (int tries = 0; tries < 100; ++tries) {
        if (copy.run(*at)) break;
    }
    target.land_all();
    CHECK(history_of(target)[0].size() == 24);
    CHECK(target.faults() > 10);
}

TEST_CASE("a target with another history is refused, and stays as it is") {
    OldLog old{1};
    OldLog other{2};
    SharedTopic topic{"g1", 2};
    FlakyLog target{topic, 1, 0};
    REQUIRE(copy(other, target).has_value());
    const std::uint64_t end = topic.end(0);
    const CopyFailure failure = failure_of(copy(old, target));
    CHECK(failure.kind == FailureKind::foreign);
    CHECK(failure.text.starts_with("the target's partition 0 holds at position "));
    CHECK(topic.end(0) == end);
}

TEST_CASE("a target that was led is refused") {
    OldLog old{1};
    SharedTopic topic{"g1", 2};
    kit::RecordMaker server{"g1", 1, 5};
    topic.append(1, {server.announce().bytes});
    FlakyLog target{topic, 1, 0};
    const CopyFailure failure = failure_of(copy(old, target));
    CHECK(failure.kind == FailureKind::foreign);
    CHECK(failure.text.find("partition 1 holds at position 0 another record") != std::string::npos);
}

TEST_CASE("a target with more than an open source is refused, one behind a sealed source is not") {
    OldLog old{1};
    SharedTopic topic{"g1", 2};
    FlakyLog target{topic, 1, 0};
    REQUIRE(copy(old, target).has_value());
    const auto last = history_of(target)[0].back().after;
    kit::RecordMaker server{"g1", 0, last, 5};
    topic.append(0, {server.announce().bytes});
    CHECK(failure_of(copy(old, target)).kind == FailureKind::foreign);
    old.seal("kafka://broker:9092 g1");
    CHECK(copy(old, target).has_value());
}

TEST_CASE("a flipped bit in the source is refused and named") {
    OldLog old{1};
    std::string bytes = old.records[1][17];
    bytes[40] = static_cast<char>(bytes[40] ^ 4);
    old.log.damage(1, 17, bytes);
    const auto found = LogSurveyor{old.log}.read();
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().kind == FailureKind::damaged);
    CHECK(found.error().text.starts_with("the source, partition 1, position 17 (offset 17): "));
}

TEST_CASE("a sealed log says where it went, and its seal is not carried over") {
    OldLog old{1};
    const LogSurvey before = old.survey();
    CHECK_FALSE(moved_to(old.log, 2).has_value());
    const LogSurvey after = old.seal("kafka://broker:9092 g1");
    CHECK(after.sealed());
    CHECK(moved_to(old.log, 2) == "kafka://broker:9092 g1");
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(after.partitions[i].end == before.partitions[i].state.place);
        CHECK(after.partitions[i].state.place.seq == before.partitions[i].end.seq + 2);
        CHECK(after.partitions[i].moved_to == "kafka://broker:9092 g1");
        CHECK(after.partitions[i].process_place == before.partitions[i].process_place);
    }
    SharedTopic topic{"g1", 2};
    FlakyLog target{topic, 1, 0};
    REQUIRE(copy(old, target).has_value());
    CHECK(bytes_of(history_of(target)) == old.records);
}

TEST_CASE("an announcement that landed unacknowledged does not keep a log from being sealed") {
    OldLog old{1};
    SharedTopic topic{"g1", 2};
    ClosedLog source{topic};
    FlakyLog writer{topic, 1, 0};
    REQUIRE(copy(old, writer).has_value());
    LogSurveyor surveyor{source};
    const auto sealed = seal(surveyor, "elsewhere", kit::numbered(99));
    REQUIRE(sealed.has_value());
    CHECK(sealed->sealed());
    for (const auto& partition : history_of(source)) {
        CHECK(partition.back().staged.record->body == "elsewhere");
    }
}

TEST_CASE("a seal names a log by its cluster, whatever addresses it is reached by") {
    const LogAddress seal{"kafka://10.0.0.1:9092", "g1", "MkU3OEVB"};
    CHECK(seal.text() == "kafka://10.0.0.1:9092 g1 MkU3OEVB");
    REQUIRE(LogAddress::parse(seal.text()).has_value());
    CHECK(LogAddress::parse(seal.text())->cluster == "MkU3OEVB");
    CHECK(seal.same_log({"kafka://broker:9092", "g1", "MkU3OEVB"}));
    CHECK(seal.same_log({"kafka://10.0.0.1:9092", "g1", "another"}));
    CHECK_FALSE(seal.same_log({"kafka://broker:9092", "g1", "another"}));
    CHECK_FALSE(seal.same_log({"kafka://10.0.0.1:9092", "g2", "MkU3OEVB"}));
    const auto without = LogAddress::parse("kafka://10.0.0.1:9092 g1");
    REQUIRE(without.has_value());
    CHECK(without->text() == "kafka://10.0.0.1:9092 g1");
    CHECK(without->same_log(seal));
    CHECK_FALSE(without->same_log({"kafka://broker:9092", "g1", ""}));
    for (const char* other : {"", "elsewhere", "a b c d"}) CHECK_FALSE(LogAddress::parse(other));
}

TEST_CASE("a log of many machines is sealed whatever appends come to, and nothing behind it counts"
) {
    int faults = 0;
    for (std::uint64_t seed = 1; seed <= schedules; ++seed) {
        CAPTURE(seed);
        OldLog old{seed};
        SharedTopic topic{"g1", 2};
        FlakyLog source{topic, seed, 0};
        REQUIRE(copy(old, source).has_value());
        for (std::uint64_t run = 0; run < 30; ++run) {
            FlakyLog flaky{topic, seed * 100 + run, 60};
            if (run < 2) flaky.kill_at(1 + static_cast<int>((seed + run) % 3));
            LogSurveyor surveyor{flaky};
            try {
                const auto sealed = seal(surveyor, "elsewhere", kit::numbered(99 + run));
                faults += flaky.faults();
                flaky.land_all();
                if (sealed) break;
            } catch (const kit::Killed&) {
                faults += flaky.faults();
                flaky.land_all();
            }
        }
        const auto history = history_of(source);
        for (std::size_t p = 0; p < 2; ++p) {
            CHECK(history[p].back().after.sealed);
            CHECK(history[p].back().staged.record->body == "elsewhere");
            for (std::size_t i = 0; i < old.records[p].size(); ++i) {
                REQUIRE(history[p][i].staged.bytes == old.records[p][i]);
            }
        }
    }
    MESSAGE("checked ", schedules, " schedules: ", faults, " faults");
    CHECK(faults > schedules);
}

}  // namespace
}  // namespace pakashop
