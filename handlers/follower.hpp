#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "handlers/engine.hpp"

namespace pakashop {

/// Keeps an engine as far as the log where others lead: what they write is read, and handed to the
/// shards on the engine's thread (architecture 2.6). Begins with every partition.
class Follower {
public:
    /// Both outlive it. `log` feeds the store. A partition whose history cannot be followed is
    /// frozen, and left alone from then on.
    Follower(Engine& engine, Log& log);
    ~Follower() { stop(); }
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    /// After the engine has started.
    void start();
    /// Ends in the middle of nothing: what was read has been followed. Whoever waits is told no.
    /// Idempotent.
    void stop();

    /// Follows a partition this node no longer leads, from where its shard stands; nothing happens
    /// to one that is followed. Blocks for a turn of the engine: not on its thread.
    void follow(PartitionId partition);
    /// Follows it no more; what was read of it has been followed on return. Blocks: not on the
    /// engine's thread.
    void leave(PartitionId partition);

    /// Whether the partition's end was reached since it is being followed. From any thread.
    bool caught_up(PartitionId partition) const;
    /// Calls `done(true)` once the engine has taken everything that was durable before the call, in
    /// each partition, whoever leads it; on a thread of its own. `done(false)` when the log cannot
    /// be read just now, at once while that is known, or when some of it does not arrive within
    /// about 2 s. From any thread.
    void when_fresh(std::function<void(bool)> done);

private:
    enum class Standing : std::uint8_t { left, behind, caught_up };
    struct Source {
        Standing standing = Standing::left;
        std::uint64_t next = 0;  ///< The offset to read next.
    };
    using Waiters = std::vector<std::function<void(bool)>>;

    bool follows(PartitionId partition) const;
    void run();
    bool follow_all();
    bool follow_up_to_now(bool& fresh);
    void doubt_leads(const std::vector<std::uint64_t>& ends);
    bool has_taken(const std::vector<std::uint64_t>& ends) const;
    bool follow_each(const std::vector<PartitionId>& followed);
    void note_whether_away(bool away);
    std::vector<PartitionId> every_partition() const;
    std::vector<PartitionId> followed_partitions() const;
    bool follow_to_end(PartitionId partition);
    std::optional<bool> take_next(PartitionId partition);
    bool hand_over(PartitionId partition, std::span<const LogEntry> entries);
    std::optional<std::uint64_t> begin_turn(PartitionId partition);
    void end_turn(PartitionId partition, Standing standing);
    std::uint64_t place_of(PartitionId partition);
    void pause(std::chrono::milliseconds time);
    static void tell(const Waiters& waiters, bool fresh);

    Engine& engine_;
    Log& log_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable turn_ended_;
    std::vector<Source> sources_;      ///< By partition.
    std::optional<PartitionId> turn_;  ///< The partition that is being read.
    Waiters waiters_;
    bool away_ = false;      ///< The last round could not read the log; written by the thread.
    std::size_t first_ = 0;  ///< Where a round begins; for the thread.
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace pakashop
