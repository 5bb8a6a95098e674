#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include <doctest/doctest.h>

#include "tests/adapters/kafka_bench.hpp"
#include "tests/kit/eventually.hpp"

namespace pakashop {
namespace {

using Clock = std::chrono::steady_clock;

// Commits all the time, leads anew when it must, and keeps what was durable.
class BusyLeader {
public:
    explicit BusyLeader(const KafkaLogOptions& options) : node_{options, 1} {}

    void run() {
        node_.lead(0);
        auto last = Clock::now();
        for (std::uint64_t command = 1; !stopping_; ++command) {
            const AppendOutcome outcome = node_.commit();
            const auto now = Clock::now();
            longest_ = std::max(longest_, now - last);
            if (outcome == AppendOutcome::durable) {
                last = now;
                durable_.push_back(command);
                ++count_;
                continue;
            }
            regressed_ += outcome == AppendOutcome::regressed;
            if (regressed_ > 0) return;
            node_.lead(0);
        }
    }
    void stop() { stopping_ = true; }

    std::uint64_t count() const { return count_; }
    std::uint64_t regressed() const { return regressed_; }
    const std::vector<std::uint64_t>& durable() const { return durable_; }
    std::int64_t longest_ms() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(longest_).count();
    }
    kit::Node& node() { return node_; }

private:
    kit::Node node_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::uint64_t> count_{0};
    std::atomic<std::uint64_t> regressed_{0};
    std::vector<std::uint64_t> durable_;
    Clock::duration longest_{};
};

std::string leader_of(const std::string& topic) {
    const std::string line = kit::strike("topic --describe --topic " + topic);
    const auto at = line.find("Leader: ");
    REQUIRE_MESSAGE(at != std::string::npos, line);
    return line.substr(at + 8, 1);
}

bool goes_on(const BusyLeader& leader) {
    const std::uint64_t before = leader.count();
    return kit::eventually([&] { return leader.count() > before + 10; });
}

// The newest may still be on their way to the reader: once it has asked, no read stops before them.
void check_all_there(kit::Node& reader, const BusyLeader& leader) {
    REQUIRE(reader.log().end(0).has_value());
    reader.catch_up(0);
    std::uint64_t missing = 0;
    for (const std::uint64_t command : leader.durable()) {
        const auto id = kit::numbered(1'000'000 + command);
        missing += !reader.replica().find_command(0, id).has_value();
    }
    CHECK(missing == 0);
    MESSAGE(
        "checked ",
        leader.durable().size(),
        " durable commands in ",
        reader.replica().state(0).epoch,
        " epochs; the longest wait was ",
        leader.longest_ms(),
        " ms"
    );
}

TEST_SUITE("cluster") {
    TEST_CASE("brokers that lead are killed and paused, and nothing acknowledged is lost") {
        auto options = kit::log_options_of(kit::make_generation(1), 1);
        options.allow_weak_topic = false;
        BusyLeader leader{options};
        kit::Node reader{options, 2};
        std::atomic<bool> over{false};
        std::atomic<std::uint64_t> damaged{0};
        std::thread writing{[&] { leader.run(); }};
        std::thread reading{[&] {
            while (!over) {
                const auto read = reader.try_to_catch_up(0);
                damaged += !read && read.error() == LogFailure::damaged;
            }
        }};
        const std::string topic = "pakashop.log." + options.generation;
        CHECK(goes_on(leader));
        const std::string killed = leader_of(topic);
        kit::strike("kill " + killed);
        CHECK(goes_on(leader));
        kit::strike("start " + killed);
        const std::string paused = leader_of(topic);
        kit::strike("pause " + paused);
        CHECK(goes_on(leader));
        // Back again, it takes itself for the leader until it hears otherwise.
        kit::strike("resume " + paused);
        CHECK(goes_on(leader));
        std::this_thread::sleep_for(std::chrono::seconds{3});
        leader.stop();
        writing.join();
        over = true;
        reading.join();
        CHECK(leader.regressed() == 0);
        CHECK(damaged == 0);
        check_all_there(reader, leader);
    }
}

}  // namespace
}  // namespace pakashop
