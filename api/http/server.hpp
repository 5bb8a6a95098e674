#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "api/http/limits.hpp"
#include "api/http/message.hpp"

namespace boost::asio {
class io_context;
}

namespace pakashop::http {

/// Answers one request. It runs on the server's thread: it may wait with co_await, never block.
/// An exception that leaves it becomes a 500 through the Responder.
using Handler = std::function<boost::asio::awaitable<Response>(Request)>;

/// Renders a refusal of the server itself: HTTP status, stable code, sentence. Codes in use:
/// malformed_request 400, request_timeout 408, body_too_large 413, target_too_long 414,
/// expectation_failed 417, headers_too_large 431, internal_error 500, overloaded 503.
using Responder =
    std::function<Response(int status, std::string_view code, std::string_view detail)>;

/// A strict HTTP/1.1 server (RFC 9110, 9112) for one io_context run by one thread: keep-alive,
/// pipelining, 100-continue, bounded in every direction by Limits. What is not framed beyond doubt
/// is refused through the Responder and its connection closed.
class Server {
public:
    /// Listens at once; port 0 takes a free one. Throws std::system_error when it cannot listen.
    Server(
        boost::asio::io_context& io,
        const std::string& address,
        std::uint16_t port,
        Limits limits,
        Handler handler,
        Responder responder
    );

    /// Closes everything still open; a handler under way may end later, its answer goes nowhere.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::uint16_t port() const;
    std::size_t connections() const;

    /// No new connection from now on; the open ones go on. May be called again.
    void stop_accepting();

    /// Stops accepting, ends idle connections, lets requests under way be answered (with
    /// `Connection: close`), and after `patience` cuts what is left. True when nothing was cut.
    boost::asio::awaitable<bool> drain(std::chrono::milliseconds patience);

    struct Core;

private:
    std::shared_ptr<Core> core_;
};

}  // namespace pakashop::http
