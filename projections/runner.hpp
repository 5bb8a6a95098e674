#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "projections/log_reader.hpp"
#include "projections/positions.hpp"

/// Keeps the read models of one group up to date (architecture 4).
namespace pakashop::model {

struct RunnerOptions {
    std::string group = "core";
    std::size_t read_bytes_max = 1024uz * 1024;  ///< Of one partition before the next one's turn.
    std::uint64_t events_max = 8'000;            ///< A batch is handed over when it has so many.
    /// After a batch of `busy_events` or more the next one is given so long to grow: large batches
    /// cost far less for each event, and leave the processors to those who wait for commands. Not
    /// after a full one: what is behind catches up.
    std::uint64_t busy_events = 300;
    std::chrono::milliseconds pace{120};
    std::chrono::milliseconds idle{50};  ///< How often the log is asked when nobody says.
    /// How often the store is asked, when there is nothing to write, whether it still is the one
    /// that was written: a database may be dropped and made again behind our back.
    std::chrono::milliseconds look{1'000};
    std::chrono::milliseconds retry_first{100};
    std::chrono::milliseconds retry_last{1'000};
    /// On a cluster, whether this node is the one that writes now: the others stand by, and take
    /// their positions from the store. None: it always is. From the runner's thread.
    std::function<bool()> may_write;
};

enum class RunnerHealth {
    starting,
    following,   ///< Reads and writes.
    log_away,    ///< The log cannot be read; it goes on by itself.
    store_away,  ///< The rows cannot be written; it goes on by itself.
    stuck,       ///< An event cannot be digested; it goes on once that is mended.
    halted,      ///< Histories differ, or a runner that should not be there took over: for good.
    stopped
};
constexpr auto enum_names(RunnerHealth) {
    return std::array<std::string_view, 7>{
        "starting", "following", "log_away", "store_away", "stuck", "halted", "stopped"
    };
}

/// One batch that was written.
struct BatchReport {
    std::uint64_t records = 0;
    std::uint64_t events = 0;
    std::uint64_t rows = 0;
    std::chrono::microseconds took{0};
    Instant newest;  ///< The time of its newest record; how old it is now is the lag.
};

struct RunnerStatus {
    RunnerHealth health = RunnerHealth::starting;
    /// Whether the rows have reached what the log held when the store was met: before that they
    /// show a past that nobody should take for the present.
    bool caught_up = false;
    std::string reason;  ///< For people; empty while all is well.
    std::uint64_t batches = 0;
    std::uint64_t records = 0;
    std::uint64_t events = 0;
    std::uint64_t rows = 0;
    Instant newest;
};

/// One runner per group. Reads all partitions from the checkpoints on, on a thread of its own, and
/// writes batches on another: while one is written the next one grows, so batches are small when
/// little happens and large under load.
class Runner {
public:
    /// The log, vault, store and projections outlive the runner.
    Runner(
        Log& log,
        Vault& vault,
        RowStore& store,
        std::span<const Projection* const> projections,
        RunnerOptions options = {}
    );
    ~Runner();
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    /// Called after each written batch, on the runner's thread. Set before start.
    void on_batch(std::function<void(const BatchReport&)> report);
    /// Told why, once, when the runner halts for good, on its thread. Set before start.
    void on_halt(std::function<void(const std::string& reason)> listener);

    void start();
    /// Ends both threads; a batch under way is finished first. Whoever waits is told no.
    void stop();

    /// The log may have grown. Cheap; from any thread.
    void notify();
    /// See Positions::wait_until. A halted or stopped runner answers no at once.
    void wait_until(
        PartitionId partition,
        std::uint64_t records,
        Positions::Deadline deadline,
        Positions::Callback done
    );
    /// The number of records whose rows are readable.
    std::uint64_t position(PartitionId partition) const;
    RunnerStatus status() const;

private:
    class Loop;
    std::unique_ptr<Loop> loop_;
};

}  // namespace pakashop::model
