#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

namespace pakashop::api {

/// The one place where passwords are hashed while serving: its own single thread and a bounded
/// queue, so a flood of logins costs one core's share and nothing else (architecture 5, S2). When
/// the queue is full it refuses at once. Call from coroutines; they resume on their own executor,
/// which must outlive the queue.
class PasswordQueue {
public:
    explicit PasswordQueue(std::size_t waiting_max = 256);

    /// Waits for the hash under way; coroutines still waiting are answered with nothing.
    ~PasswordQueue();
    PasswordQueue(const PasswordQueue&) = delete;
    PasswordQueue& operator=(const PasswordQueue&) = delete;

    /// The PHC string; nothing when the queue is full (answer 503) or memory is short.
    boost::asio::awaitable<std::optional<std::string>> hash(std::string password);

    /// Whether the password belongs to the hash; nothing when the queue is full (answer 503).
    boost::asio::awaitable<std::optional<bool>> verify(std::string password, std::string phc);

    /// Jobs waiting now, for the metrics.
    std::size_t waiting() const;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace pakashop::api
