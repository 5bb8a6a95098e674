#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "api/http/server.hpp"

namespace pakashop::kit {

/// A server on a free loopback port with its own thread. Its handler answers with what it
/// understood: "METHOD path|query|body". Some paths do something else:
/// /throw throws, /broken sets a header with a line break, /own sets its own security header,
/// /slow takes 150 ms, /stuck a minute, /empty is a 204, /small takes bodies of 10 bytes unless the
/// header says `X-Trusted: yes`.
class HttpHarness {
public:
    explicit HttpHarness(http::Limits limits = {});
    ~HttpHarness();

    std::uint16_t port() const { return server_->port(); }
    int handled() const { return handled_; }

    /// Every path a handler has seen.
    std::vector<std::string> paths() const;

    /// Starts a drain; the result is there once the thread has finished it.
    void drain(std::chrono::milliseconds patience);
    bool drained() const { return drained_; }
    bool drained_clean() const { return drained_clean_; }

    /// Waits until the server has read what its clients have sent so far.
    void let_read();

    void run_on_server(const std::function<void(http::Server&)>& work);

private:
    boost::asio::awaitable<http::Response> answer(http::Request request);

    boost::asio::io_context io_{1};
    mutable std::mutex mutex_;
    std::vector<std::string> paths_;
    std::atomic<int> handled_ = 0;
    std::atomic<bool> drained_ = false;
    std::atomic<bool> drained_clean_ = false;
    std::unique_ptr<http::Server> server_;
    std::thread thread_;
};

}  // namespace pakashop::kit
