#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "handlers/engine.hpp"

namespace pakashop {

/// Keeps an engine that stands by as far as the log: what the leader writes is read, and handed to
/// the shards on the engine's thread (architecture 2.6).
class Follower {
public:
    /// All outlive it. `log` feeds the store; `on_damage` is told when the history cannot be
    /// followed, once.
    Follower(Engine& engine, Log& log, Store& store, std::function<void(std::string)> on_damage);
    ~Follower() { stop(); }
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    /// After the engine has started.
    void start();
    /// Ends in the middle of nothing: what was read has been followed. Idempotent.
    void stop();

    /// Whether the ends of all partitions were reached once. From any thread.
    bool caught_up() const { return caught_up_.load(); }

private:
    void run();
    /// Whether there was something; nothing when the log cannot be read.
    std::optional<bool> follow_all();
    bool follow(PartitionId partition, std::span<const LogEntry> entries);
    void pause(std::chrono::milliseconds time);

    Engine& engine_;
    Log& log_;
    std::function<void(std::string)> on_damage_;
    std::vector<std::uint64_t> next_;  ///< By partition: the offset to read next.
    std::atomic<bool> caught_up_{false};
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace pakashop
