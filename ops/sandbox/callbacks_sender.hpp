/// Sends callbacks over HTTP from a few threads that keep their connections.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "ops/sandbox/callbacks.hpp"

namespace pakashop::sandbox {

class CallbackSender {
public:
    /// Called on one of the sender's threads: HTTP status, or 0 when there was no answer.
    using Sent = std::function<void(const Delivery& delivery, int status)>;

    CallbackSender(std::shared_ptr<const CallbackSecrets> secrets, Sent sent);

    /// Waits for the attempts under way; what has not begun is dropped (the ledger file knows it).
    ~CallbackSender();
    CallbackSender(const CallbackSender&) = delete;
    CallbackSender& operator=(const CallbackSender&) = delete;

    /// Takes deliveries over; returns at once.
    void send(std::vector<Delivery> deliveries);

private:
    void run();

    std::shared_ptr<const CallbackSecrets> secrets_;
    Sent sent_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Delivery> waiting_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace pakashop::sandbox
