#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "events/kernel/time.hpp"

namespace pakashop::postgres {

/// Listens on one channel with a thread and a connection of its own, and wakes those who wait.
/// While PostgreSQL is away waits simply last as long as they may.
class Listener {
public:
    Listener(std::string url, std::string channel);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// Returns at the next notification or `wake`, or when the time is over.
    void wait(Duration at_most);
    void wake();

private:
    void run();
    void listen();
    bool stopping();

    const std::string url_;
    const std::string channel_;
    std::mutex mutex_;
    std::condition_variable woken_;
    std::uint64_t news_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace pakashop::postgres
