#include <atomic>
#include <set>
#include <thread>

#include <doctest/doctest.h>

#include "tests/adapters/kafka_bench.hpp"

namespace pakashop {
namespace {

KafkaLogOptions new_log(std::uint32_t partitions = 1) {
    return kit::log_options_of(kit::make_generation(partitions), partitions);
}

TEST_CASE("a deposed leader's batch is unknown, and void for every reader") {
    const KafkaLogOptions options = new_log();
    kit::Node old{options, 1};
    kit::Node young{options, 2};
    old.lead(0);
    CHECK(old.commit() == AppendOutcome::durable);
    young.lead(0);
    CHECK(old.commit() == AppendOutcome::unknown);
    CHECK(old.problems().size() == 1);
    // Nothing is sent before the next announcement.
    CHECK(old.commit() == AppendOutcome::unknown);
    CHECK(old.log().end(0).value() == 4);
    // The other's record lies where the new leader's next one should.
    CHECK(young.commit() == AppendOutcome::unknown);
    young.lead(0);
    CHECK(young.commit() == AppendOutcome::durable);
    old.catch_up(0);
    young.catch_up(0);
    CHECK(old.voided() == 1);
    CHECK(old.replica().state(0) == young.replica().state(0));
    CHECK(old.replica().state(0).epoch == 3);
    CHECK(old.replica().state(0).place.seq == 6);
    CHECK(old.replica().next_offset(0) == 7);
    CHECK_FALSE(old.replica().find_command(0, kit::numbered(1'000'002)).has_value());
    CHECK(old.replica().find_command(0, kit::numbered(2'000'001)).has_value());
}

TEST_CASE("an announcement may lie behind what others wrote meanwhile") {
    const KafkaLogOptions options = new_log();
    kit::Node first{options, 1};
    kit::Node second{options, 2};
    first.lead(0);
    second.catch_up(0).announce();
    for (int i = 0; i < 5; ++i) CHECK(first.commit() == AppendOutcome::durable);
    CHECK(second.append() == AppendOutcome::durable);
    CHECK(first.commit() == AppendOutcome::unknown);
    second.catch_up(0);
    CHECK(second.maker().fold().led_by(kit::numbered(2)));
    CHECK(second.replica().state(0).place.seq == 7);
}

// What a leader was told is durable, behind its own announcement that it read as admitted.
struct Acknowledged {
    std::set<std::uint64_t> commands;
    int reigns = 0;
};

void rule_for_a_while(kit::Node& node, std::uint64_t number, int reigns, Acknowledged& out) {
    std::uint64_t command = 0;
    for (; out.reigns < reigns; ++out.reigns) {
        node.lead(0);
        for (int i = 0; i < 20; ++i) {
            ++command;
            if (node.commit() != AppendOutcome::durable) break;
            out.commands.insert(number * 1'000'000 + command);
        }
    }
}

TEST_CASE("of nodes that depose each other all the time, nobody loses what was durable") {
    const KafkaLogOptions options = new_log();
    constexpr std::uint64_t nodes = 3;
    constexpr int reigns = 15;
    std::vector<std::unique_ptr<kit::Node>> all;
    for (std::uint64_t n = 1; n <= nodes; ++n) {
        all.push_back(std::make_unique<kit::Node>(options, n));
    }
    std::vector<Acknowledged> acknowledged(nodes);
    std::vector<std::thread> threads;
    for (std::uint64_t n = 0; n < nodes; ++n) {
        threads.emplace_back([&, n] { rule_for_a_while(*all[n], n + 1, reigns, acknowledged[n]); });
    }
    for (std::thread& thread : threads) thread.join();
    std::size_t commands = 0;
    for (const auto& reader : all) {
        reader->catch_up(0);
        CHECK(reader->replica().state(0) == all[0]->replica().state(0));
        for (const Acknowledged& one : acknowledged) {
            for (const std::uint64_t command : one.commands) {
                CHECK(reader->replica().find_command(0, kit::numbered(command)).has_value());
                ++commands;
            }
        }
    }
    const AdmissionState end = all[0]->replica().state(0);
    MESSAGE("checked ", commands, " durable commands in ", end.epoch, " epochs");
    CHECK(end.epoch >= nodes * reigns);
    CHECK(commands > 0);
}

TEST_CASE("readers at different places of one partition do not disturb each other") {
    const KafkaLogOptions options = new_log();
    kit::Node node{options, 1};
    node.lead(0);
    constexpr std::uint64_t commits = 600;
    for (std::uint64_t n = 1; n <= commits; ++n) node.maker().commit("ord_1", n, {});
    CHECK(node.append() == AppendOutcome::durable);
    std::atomic<std::uint64_t> wrong{0};
    std::vector<std::thread> readers;
    for (std::uint64_t r = 0; r < 6; ++r) {  // More than there are lanes.
        readers.emplace_back([&, r] {
            std::uint64_t offset = r * 50;
            while (offset <= commits) {
                const auto entries = node.log().read(0, offset, 60'000);
                if (!entries || entries->empty() || entries->front().offset != offset) break;
                offset = entries->back().offset + 1;
            }
            if (offset != commits + 1) ++wrong;
        });
    }
    for (std::thread& reader : readers) reader.join();
    CHECK(wrong == 0);
    MESSAGE("checked 6 readers of ", commits + 1, " records");
}

}  // namespace
}  // namespace pakashop
