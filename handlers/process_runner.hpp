#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "handlers/engine.hpp"

namespace pakashop {

/// Runs the processes (architecture 3) over the partitions this node leads: every commit, in order,
/// becomes commands to other keys, each with the id hash(process, event id, target), so sending one
/// again changes nothing. Commands to one target keep their order and wait for each other; other
/// targets go on. A partition's place, the lowest position not yet acknowledged by every target,
/// goes into its log as a CHECKPOINT, each second when it moved.
///
/// Lives on the engine's thread: `attach` before the engine starts.
class ProcessRunner {
public:
    explicit ProcessRunner(Engine& engine);

    /// Listens to the engine's commits and ticks, and does nothing yet.
    void attach();
    /// Begins to act for a partition that is led from now on, with what was committed but not
    /// acknowledged by whoever acted before. On the engine's thread.
    void resume(PartitionId partition);
    /// The same for every partition, where this node leads them all. From any thread.
    void resume_all();
    /// Acts no more for a partition that is led no more: whoever leads it next does. On the
    /// engine's thread.
    void stop(PartitionId partition);

    /// Calls `done(true)` once everything that follows at other keys from what is committed now has
    /// been acknowledged, `done(false)` some time after the deadline. From any thread; `done` runs
    /// on the engine's.
    void when_acted(std::chrono::steady_clock::time_point deadline, std::function<void(bool)> done);

    /// For health and metrics: commands sent and not yet acknowledged.
    std::size_t outstanding() const { return outstanding_.load(); }

private:
    struct Job {
        PartitionId source = 0;
        std::uint64_t seq = 0;
        CommandId id{};
        KeyedCommand command;
        Trace trace;
    };
    struct Source {
        bool acting = false;
        std::uint64_t seen = 0;  ///< The position behind the last commit looked at.
        std::uint64_t checkpointed = 0;
        std::map<std::uint64_t, std::size_t> open;  ///< Position → commands not acknowledged.
        std::uint64_t place() const { return open.empty() ? seen : open.begin()->first; }
    };

    void read_unacknowledged(PartitionId partition);
    struct Waiter {
        std::vector<std::uint64_t> until;  ///< By source: behind its newest open position.
        std::chrono::steady_clock::time_point deadline;
        std::function<void(bool)> done;
    };

    bool acted(const Waiter& waiter) const;
    void tell_waiters();
    void take(const Commit& commit);
    void send_next(const std::string& target);
    void acknowledged(const std::string& target, const CommandId& id, const Outcome& outcome);
    void tick();
    void checkpoint(PartitionId partition, Source& source);

    Engine& engine_;
    std::vector<Source> sources_;
    /// Jobs by target (source partition and key); the first one of each is under way.
    std::unordered_map<std::string, std::deque<Job>> targets_;
    std::vector<std::string> retry_;
    std::vector<Waiter> waiters_;
    std::atomic<std::size_t> outstanding_{0};
    int ticks_ = 0;
};

}  // namespace pakashop
