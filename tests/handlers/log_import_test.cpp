#include "handlers/log_import.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "events/record_index.hpp"
#include "handlers/process_place.hpp"
#include "handlers/stream_loader.hpp"
#include "tests/handlers/copy_rig.hpp"
#include "tests/handlers/rig.hpp"
#include "tests/kit/flaky_log.hpp"

namespace pakashop {
namespace {

using kit::FlakyLog;
using kit::history_of;
using kit::OldLog;
using kit::SharedTopic;
using FailureKind = CopyFailure::Kind;

constexpr std::uint32_t children = 3;
constexpr int schedules = 100;
const std::string elsewhere = "kafka://broker:9092 g2";

LogImport import_of(OldLog& old, Log& target, const LogSurvey& at, std::uint64_t node = 50) {
    return {old.log, target, at, kit::numbered(node), {}};
}

// The old records that the new log carries, by old partition, in their order.
std::vector<std::vector<AdmittedRecord>> carried_by(Log& target, std::uint32_t partitions) {
    std::vector<std::vector<AdmittedRecord>> out(partitions);
    for (const auto& child : history_of(target)) {
        for (const AdmittedRecord& one : child) {
            if (one.staged.record->kind != RecordKind::import) continue;
            auto inner = decode_record(one.staged.record->body);
            REQUIRE(inner.has_value());
            auto record = std::make_shared<const Record>(std::move(inner->record));
            CHECK(record->at == one.staged.record->at);
            CHECK(record->key == one.staged.record->key);
            const PartitionId old = record->partition;
            out[old].push_back({{std::move(record), one.staged.record->body, inner->hash}, 0, {}});
        }
    }
    for (auto& all : out) {
        std::ranges::sort(all, {}, [](const auto& one) { return one.staged.record->seq; });
    }
    return out;
}

// The old chain, proved out of the new log up to the head that its beginning names.
void check_whole(OldLog& old, Log& target, const LogSurvey& at) {
    const auto carried = carried_by(target, 2);
    for (std::size_t p = 0; p < 2; ++p) {
        Admission fold{"g1", static_cast<PartitionId>(p)};
        for (const AdmittedRecord& one : carried[p]) {
            REQUIRE(fold.offer(*one.staged.record, one.staged.hash) == Verdict::admitted);
        }
        CHECK(fold.state() == at.partitions[p].state);
        CHECK(carried[p].size() == old.records[p].size() + 2);
    }
    std::uint64_t events = 0;
    for (std::uint32_t i = 0; i < target.partitions(); ++i) {
        const auto verified = verify_chain(target, static_cast<PartitionId>(i));
        REQUIRE(verified.has_value());
        events += verified->events;
    }
    CHECK(events == verify_chain(old.log, 0)->events + verify_chain(old.log, 1)->events);
    CHECK(events > 400);
}

TEST_CASE("a record goes to the child of its partition, one without a key to the first") {
    int checked = 0;
    for (int i = 0; i < 2000; ++i) {
        Record old;
        old.key = "key" + std::to_string(i);
        old.partition = partition_of(old.key, 16);
        const PartitionId child = child_of(old, 16, 4);
        CHECK(child == partition_of(old.key, 64));
        CHECK(child / 4 == old.partition);
        old.key.clear();
        CHECK(child_of(old, 16, 4) == old.partition * 4);
        ++checked;
    }
    CHECK(checked == 2000);
}

TEST_CASE("a new generation begins with the head the old one ended with") {
    OldLog old{1};
    const LogSurvey at = old.seal(elsewhere);
    SharedTopic topic{"g2", 2 * children};
    FlakyLog target{topic, 1, 0};
    REQUIRE(import_of(old, target, at).run().has_value());
    check_whole(old, target, at);
    const auto history = history_of(target);
    for (std::size_t i = 0; i < history.size(); ++i) {
        const auto p = static_cast<PartitionId>(i / children);
        const auto& first = history[i];
        CHECK(first[0].staged.record->kind == RecordKind::announce);
        CHECK(first[1].staged.record->kind == RecordKind::checkpoint);
        CHECK(
            first[1].staged.record->body ==
            encode_old_head("g1", p, 2, at.partitions[p].state.place)
        );
        CHECK(first.back().staged.record->kind == RecordKind::resign);
        CHECK(first.back().after.resigned);
        CHECK_FALSE(first.back().after.sealed);
    }
    const std::string named = encode_old_head("g1", 3, 16, {7, {}});
    CHECK(
        named == R"({"imports":{"generation":"g1","partition":3,"partitions":16,"seq":7,"head":")" +
                     std::string(64, '0') + R"("}})"
    );
    CHECK(import_of(old, target, at).check().has_value());
}

TEST_CASE("processes go on with the first record they had not acted on") {
    OldLog old{4};
    const LogSurvey at = old.seal(elsewhere);
    SharedTopic topic{"g2", 2 * children};
    FlakyLog target{topic, 1, 0};
    REQUIRE(import_of(old, target, at).run().has_value());
    const auto history = history_of(target);
    std::size_t before = 0;
    std::size_t behind = 0;
    for (std::size_t i = 0; i < history.size(); ++i) {
        const auto& last = *history[i][history[i].size() - 2].staged.record;
        const auto place = process_place_in(last);
        REQUIRE(place.has_value());
        const std::uint64_t old_place = at.partitions[i / children].process_place;
        REQUIRE(old_place > 0);
        for (const AdmittedRecord& one : history[i]) {
            const Record& record = *one.staged.record;
            if (record.kind != RecordKind::import) continue;
            const bool acted = decode_record(record.body)->record.seq < old_place;
            CHECK(acted == (record.seq < static_cast<std::uint64_t>(place->version)));
            ++(acted ? before : behind);
        }
    }
    CHECK(before > 100);
    CHECK(behind > 2);
}

TEST_CASE("whatever appends come to, and whenever it is killed, an import ends up whole") {
    int kills = 0;
    int faults = 0;
    for (std::uint64_t seed = 1; seed <= schedules; ++seed) {
        CAPTURE(seed);
        OldLog old{seed, seed % 2 == 0};
        const LogSurvey at = old.seal(elsewhere);
        SharedTopic topic{"g2", 2 * children};
        for (std::uint64_t run = 0;; ++run) {
            FlakyLog target{topic, seed * 100 + run, 30};
            if (run < 5) target.kill_at(static_cast<int>(seed % 11 + run * 2));
            try {
                const auto done = import_of(old, target, at, 50 + run).run();
                if (!done) REQUIRE(done.error().kind == FailureKind::unavailable);
                faults += target.faults();
                if (!done) continue;
                target.land_all();
                check_whole(old, target, at);
                break;
            } catch (const kit::Killed&) {
                ++kills;
                faults += target.faults();
                target.land_all();
            }
        }
    }
    MESSAGE("checked ", schedules, " schedules: ", kills, " kills, ", faults, " faults");
    CHECK(kills > schedules);
    CHECK(faults > schedules);
}

TEST_CASE("what the new log writes once it is whole is its own affair; before that it is refused") {
    OldLog old{1};
    const LogSurvey at = old.seal(elsewhere);
    SharedTopic topic{"g2", 2 * children};
    FlakyLog target{topic, 1, 0};
    REQUIRE(import_of(old, target, at).run().has_value());
    for (PartitionId p = 0; p < 2 * children; ++p) {
        kit::RecordMaker server{"g2", p, history_of(target)[p].back().after, 5};
        topic.append(p, {server.announce().bytes, server.commit("ord", 1, {{"order:ord"}}).bytes});
    }
    const std::uint64_t end = topic.end(0);
    CHECK(import_of(old, target, at).run().has_value());
    CHECK(import_of(old, target, at).check().has_value());
    CHECK(topic.end(0) == end);

    SharedTopic early{"g2", 2 * children};
    FlakyLog led{early, 1, 0};
    kit::RecordMaker server{"g2", 0, 5};
    early.append(0, {server.announce().bytes, server.commit("ord", 1, {{"order:ord"}}).bytes});
    const auto refused = import_of(old, led, at).run();
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().kind == FailureKind::foreign);
}

TEST_CASE("an import of another log is refused, and so is one that is no longer whole") {
    OldLog old{1};
    OldLog other{2};
    const LogSurvey at = old.seal(elsewhere);
    SharedTopic topic{"g2", 2 * children};
    FlakyLog target{topic, 1, 0};
    REQUIRE(import_of(other, target, other.seal(elsewhere)).run().has_value());
    const auto refused = import_of(old, target, at).run();
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().kind == FailureKind::foreign);
    SharedTopic empty{"g2", 2 * children};
    FlakyLog nothing{empty, 1, 0};
    CHECK(import_of(old, nothing, at).check().error().kind == FailureKind::foreign);
    CHECK(empty.end(0) == 0);
}

TEST_CASE("trading goes on in the new generation, and an old command is still a repeat") {
    kit::ShardRig rig;
    const auto list = kit::command_to<Product>("prd_lamp", kit::offer(kit::lamp, 10), 1);
    REQUIRE(rig.answer(list).commit);
    const auto held = rig.answer(kit::command_to<Product>("prd_lamp", kit::hold("try_1", 3), 2));
    REQUIRE(held.commit);
    LogSurveyor surveyor{rig.log};
    const auto sealed = seal(surveyor, elsewhere, kit::numbered(9));
    REQUIRE(sealed.has_value());
    MemoryLog target{"g2", 4};
    LogImport import{rig.log, target, *sealed, kit::numbered(50), {}};
    REQUIRE(import.run().has_value());

    const PartitionId partition = partition_of("prd_lamp", 4);
    Shard shard{partition, target, target, rig.vault, kit::numbered(60), {}, [](auto) {}};
    REQUIRE(shard.lead(kit::noon).has_value());
    CHECK(std::get<Product::State>(shard.read("product:prd_lamp")) == rig.product());
    std::vector<kit::Answer> answers;
    const auto ask = [&](Command command) {
        command.reply = [&](const kit::Answer& answer) { answers.push_back(answer); };
        shard.submit(std::move(command));
    };
    ask(kit::command_to<Product>("prd_lamp", kit::hold("try_1", 3), 2));
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].replayed);
    CHECK(answers[0].commit->events[0].id == held.commit->events[0].id);
    CHECK(answers[0].commit->hash == held.commit->hash);
    CHECK(answers[0].commit->partition == partition);
    ask(kit::command_to<Product>("prd_lamp", kit::hold("try_2", 2), 3));
    const PartitionBatch batch = shard.encode(shard.begin_flight());
    REQUIRE(shard.settle(target.append({&batch, 1}).front()));
    REQUIRE(answers.size() == 2);
    CHECK(answers[1].commit->events[0].version == held.commit->events[0].version + 1);
    CHECK(load_history(target, partition, "prd_lamp", UINT64_MAX).size() == 3);
}

TEST_CASE("a sealed log is never led again") {
    kit::ShardRig rig;
    LogSurveyor surveyor{rig.log};
    REQUIRE(seal(surveyor, elsewhere, kit::numbered(9)).has_value());
    Shard shard{0, rig.log, rig.log, rig.vault, kit::numbered(60), {}, [](auto) {}};
    const auto led = shard.lead(kit::noon);
    REQUIRE_FALSE(led.has_value());
    CHECK(led.error() == LeadFailure::moved);
}

}  // namespace
}  // namespace pakashop
