#include "api/await.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

using namespace pakashop;
using namespace pakashop::api;
using namespace std::chrono_literals;

namespace {

/// Rows that come when a test says so; who waits for them may never hear of it.
class FakeProgress final : public ReadProgress {
public:
    std::uint64_t records = 0;
    bool answers = false;

    std::uint64_t position(PartitionId) const override { return records; }
    void wait(
        PartitionId,
        std::uint64_t seq,
        std::chrono::steady_clock::time_point,
        std::function<void(bool)> done
    ) override {
        if (!answers) return;
        records = seq;
        done(true);
    }
    bool available() const override { return true; }
    bool caught_up() const override { return true; }
    std::uint64_t lag() const override { return 0; }
};

/// What waiting for the fifth record of a partition comes to.
bool fifth_is_visible(FakeProgress& progress, std::chrono::milliseconds patience) {
    const Position fifth{{0, 5}};
    boost::asio::io_context io;
    std::optional<bool> there;
    auto told = [&](std::exception_ptr, bool yes) { there = yes; };
    boost::asio::co_spawn(io, visible(progress, fifth, patience), told);
    io.run_for(10s);
    REQUIRE(there.has_value());
    return *there;
}

}  // namespace

TEST_CASE("who waits for rows is told at the deadline although nobody calls back") {
    FakeProgress progress;
    CHECK_FALSE(fifth_is_visible(progress, 20ms));
}

TEST_CASE("who waits for rows hears at once that they came, long before the deadline") {
    FakeProgress progress;
    progress.answers = true;
    CHECK(fifth_is_visible(progress, 1h));
}
