#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "handlers/engine.hpp"

namespace pakashop {

/// Wakes whoever waits for something to become true of a partition key: a route that awaits an
/// event of a process looks again at each commit of that key.
class CommitWatch {
public:
    using Ticket = std::uint64_t;

    explicit CommitWatch(Engine& engine) : engine_{engine} {}
    /// Listens to the engine's commits. Before the engine starts.
    void attach();

    /// Calls `wake` on the engine's thread after every commit of `key`, until `forget`.
    Ticket watch(std::string key, std::function<void()> wake);
    void forget(const std::string& key, Ticket ticket);

private:
    struct Waiter {
        Ticket ticket;
        std::function<void()> wake;
    };
    void tell(const Commit& commit);

    Engine& engine_;
    std::mutex mutex_;
    Ticket next_ = 1;
    std::unordered_map<std::string, std::vector<Waiter>> waiters_;
};

}  // namespace pakashop
