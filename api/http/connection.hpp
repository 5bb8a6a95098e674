#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include "api/http/request_parser.hpp"
#include "api/http/response_writer.hpp"
#include "api/http/server.hpp"

namespace pakashop::http {

/// What every connection of one server shares.
struct Shared {
    Limits limits;
    Handler handler;
    Responder responder;
    bool draining = false;

    /// The current IMF-fixdate, rendered once per second.
    std::string_view date();

private:
    std::time_t second_ = 0;
    std::string date_;
};

/// One client's connection, from accept to close. Lives in the coroutine that runs it; `Shared`
/// outlives it. All calls on the io_context's thread.
class Connection {
public:
    using Clock = std::chrono::steady_clock;
    enum class Phase { fresh, idle, header, body, handling, writing, lingering };

    Connection(Shared& shared, boost::asio::ip::tcp::socket socket);

    /// Serves requests until either side ends the connection.
    boost::asio::awaitable<void> run();

    Phase phase() const { return phase_; }
    Clock::time_point deadline() const { return deadline_; }

    /// Its time is up: the operation under way ends, and run() draws the consequence.
    void expire();

    /// Cuts the connection without an answer.
    void cut();

private:
    enum class Reading { complete, refused, gone };

    boost::asio::awaitable<Reading> read_request();
    boost::asio::awaitable<Reading> read_head();
    boost::asio::awaitable<Reading> read_body();
    boost::asio::awaitable<bool> receive();
    boost::asio::awaitable<Response> handle();
    boost::asio::awaitable<bool> send(Response response, Delivery delivery);
    boost::asio::awaitable<bool> send_continue();
    boost::asio::awaitable<void> linger();

    Reading interrupted();
    Reading refuse(Refusal refusal);
    Response render(const Refusal& refusal) const;
    void enter(Phase phase, Limits::Milliseconds allowed);
    std::string_view received() const;

    Shared& shared_;
    boost::asio::ip::tcp::socket socket_;
    std::string remote_address_;
    boost::beast::flat_buffer buffer_;
    std::string head_;
    std::optional<RequestParser> parser_;
    Refusal refusal_;
    Phase phase_ = Phase::fresh;
    Clock::time_point deadline_;
    bool expired_ = false;
};

}  // namespace pakashop::http
