#include "projections/log_follower.hpp"

#include <chrono>

#include <doctest/doctest.h>

#include "tests/kit/record_maker.hpp"
#include "tests/kit/shared_log.hpp"

namespace pakashop::model {
namespace {

using namespace kit;

constexpr std::size_t plenty = 1U << 20;
const std::vector<Checkpoint> genesis{
    {.state = {.place = Admission{"g1", 0}.place()}},
};

/// Two histories of one partition that part after some commits; the topic holds the first.
class PartedHistories {
public:
    explicit PartedHistories(std::uint64_t common) {
        ours.announce();
        for (std::uint64_t n = 0; n < common; ++n) ours.commit("key", n, {{"thing:1"}});
        theirs = ours;
        theirs.commit("key", 1'000, {{"thing:2"}});
        theirs.take();
        ours.commit("key", 2'000, {{"thing:3"}});
        write(ours.take());
    }
    void write(const PartitionBatch& batch) {
        for (const StagedRecord& record : batch.records) topic.append(0, {record.bytes});
    }
    void go_on(std::uint64_t commits) {
        for (std::uint64_t n = 0; n < commits; ++n) ours.commit("key", 3'000 + n, {{"thing:1"}});
        write(ours.take());
    }

    SharedTopic topic{"g1", 1};
    NodeLog log{topic};
    RecordMaker ours{"g1", 0};
    RecordMaker theirs{"g1", 0};
};

/// Counts how often it is asked where it ends.
class AskedLog final : public Log {
public:
    explicit AskedLog(Log& log) : log_{log} {}

    std::string_view generation() const override { return log_.generation(); }
    std::uint32_t partitions() const override { return log_.partitions(); }
    bool exclusive() const override { return log_.exclusive(); }
    std::future<std::vector<AppendOutcome>> begin_append(std::span<const PartitionBatch> batches
    ) override {
        return log_.begin_append(batches);
    }
    Result<std::vector<LogEntry>, LogFailure>
    read(PartitionId partition, std::uint64_t offset, std::size_t bytes_max) override {
        return log_.read(partition, offset, bytes_max);
    }
    Result<std::uint64_t, LogFailure> end(PartitionId partition) override {
        ++of_one;
        return log_.end(partition);
    }
    Result<std::vector<std::uint64_t>, LogFailure> ends(std::span<const PartitionId> partitions
    ) override {
        ++of_all;
        return log_.ends(partitions);
    }

    int of_one = 0;
    int of_all = 0;

private:
    Log& log_;
};

/// Reads to the end, and tells where that is.
Result<Checkpoint, ReadStop> follow(LogFollower& follower, const std::vector<Checkpoint>& from) {
    if (auto there = follower.go_to(from); !there) return unexpected{there.error()};
    while (true) {
        const auto some = follower.read_next(plenty, [](const DecodedRecord&) {});
        if (!some) return unexpected{some.error()};
        if (!*some) return follower.at(0);
    }
}

}  // namespace

TEST_CASE("who wrote on another history is known for it after a restart, too") {
    for (const std::uint64_t common : {0, 5, 200}) {
        CAPTURE(common);
        PartedHistories parted{common};
        parted.go_on(40);
        LogFollower before{parted.log};
        const auto place = follow(before, genesis);
        REQUIRE(place.has_value());
        parted.theirs.commit("key", 1'001, {{"thing:2"}});
        parted.write(parted.theirs.take());
        LogFollower after{parted.log};
        const auto stopped = follow(after, {*place});
        REQUIRE(!stopped.has_value());
        CHECK(stopped.error().kind == ReadStop::Kind::halted);
        CHECK(stopped.error().reason.find("other_history") != std::string::npos);
    }
}

TEST_CASE("void records between do not hide the heads before a place") {
    PartedHistories parted{5};
    for (int n = 0; n < 10; ++n) {
        parted.topic.append(0, {parted.topic.read(0, 1).front().bytes});
        parted.go_on(2);
    }
    LogFollower before{parted.log};
    const auto place = follow(before, genesis);
    REQUIRE(place.has_value());
    CHECK(place->state.place.seq == 27);
    parted.theirs.commit("key", 1'001, {{"thing:2"}});
    parted.write(parted.theirs.take());
    LogFollower after{parted.log};
    CHECK(!follow(after, {*place}).has_value());
}

TEST_CASE("many idle partitions cost one question a second for where they all end") {
    SharedTopic topic{"g1", 64};
    NodeLog node{topic};
    AskedLog log{node};
    std::vector<Checkpoint> from;
    for (PartitionId i = 0; i < 64; ++i) {
        from.push_back({.partition = i, .state = Admission{"g1", i}.state()});
    }
    LogFollower follower{log};
    REQUIRE(follower.go_to(from).has_value());
    const auto began = std::chrono::steady_clock::now();
    for (int rounds = 0; rounds < 200; ++rounds) {
        const auto some = follower.read_next(plenty, [](const DecodedRecord&) {});
        REQUIRE(some.has_value());
        REQUIRE_FALSE(*some);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    CHECK(log.of_one == 0);
    CHECK(log.of_all >= 1);
    CHECK(log.of_all <= 1 + static_cast<int>(took.count()));
}

TEST_CASE("what was written on the same history, and too late, is only void after a restart") {
    PartedHistories parted{5};
    parted.go_on(70);
    LogFollower before{parted.log};
    const auto place = follow(before, genesis);
    REQUIRE(place.has_value());
    parted.topic.append(0, {parted.topic.read(0, 3).front().bytes});
    LogFollower after{parted.log};
    const auto end = follow(after, {*place});
    REQUIRE(end.has_value());
    CHECK(end->state == place->state);
    CHECK(end->next_offset == place->next_offset + 1);
}

}  // namespace pakashop::model
