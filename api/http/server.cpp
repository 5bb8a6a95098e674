#include "api/http/server.hpp"

#include <algorithm>
#include <exception>
#include <list>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/http/connection.hpp"

namespace pakashop::http {

namespace asio = boost::asio;
using asio::as_tuple;
using asio::awaitable;
using asio::use_awaitable;
using tcp = asio::ip::tcp;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds accept_pause{50};  // After a failed accept, such as too many open files.

tcp::acceptor listen_on(asio::io_context& io, const std::string& address, std::uint16_t port) {
    return tcp::acceptor{io, tcp::endpoint{asio::ip::make_address(address), port}, true};
}

/// Often enough that no time limit is missed by more than a quarter.
milliseconds sweep_interval(const Limits& limits) {
    const auto shortest = std::min(
        {limits.header_timeout,
         limits.body_timeout,
         limits.idle_timeout,
         limits.write_timeout,
         limits.linger_timeout}
    );
    return std::clamp(shortest / 4, milliseconds{10}, milliseconds{500});
}

}  // namespace

/// The living part of a Server: its coroutines share it, so it outlives the Server if it must.
struct Server::Core : std::enable_shared_from_this<Server::Core> {
    Core(asio::io_context& io_context, const std::string& address, std::uint16_t number)
        : io{io_context},
          acceptor{listen_on(io_context, address, number)},
          sweep_timer{io_context},
          accept_timer{io_context},
          port{acceptor.local_endpoint().port()} {}

    awaitable<void> accept_all();
    awaitable<void> sweep();
    awaitable<void> serve(tcp::socket socket);
    void admit(tcp::socket socket);
    bool make_room();
    void turn_away(tcp::socket socket);
    void stop_accepting();
    void end_idle();
    void cut_all();
    std::ptrdiff_t under_way() const;

    asio::io_context& io;
    tcp::acceptor acceptor;
    asio::steady_timer sweep_timer;
    asio::steady_timer accept_timer;
    std::uint16_t port;
    Shared shared;
    std::list<Connection*> connections;
    std::size_t admitted = 0;
    bool ended = false;
};

awaitable<void> Server::Core::accept_all() {
    const auto self = shared_from_this();
    while (acceptor.is_open()) {
        auto [error, socket] = co_await acceptor.async_accept(as_tuple(use_awaitable));
        if (!acceptor.is_open()) co_return;
        if (!error) {
            admit(std::move(socket));
            continue;
        }
        accept_timer.expires_after(accept_pause);
        co_await accept_timer.async_wait(as_tuple(use_awaitable));
    }
}

awaitable<void> Server::Core::sweep() {
    const auto self = shared_from_this();
    const auto interval = sweep_interval(shared.limits);
    while (!ended) {
        sweep_timer.expires_after(interval);
        co_await sweep_timer.async_wait(as_tuple(use_awaitable));
        const auto now = Connection::Clock::now();
        for (auto* each : connections) {
            if (each->deadline() < now) each->expire();
        }
    }
}

void Server::Core::admit(tcp::socket socket) {
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    if (admitted >= shared.limits.connections_max && !make_room()) {
        return turn_away(std::move(socket));
    }
    ++admitted;
    asio::co_spawn(io, serve(std::move(socket)), asio::detached);
}

awaitable<void> Server::Core::serve(tcp::socket socket) {
    const auto self = shared_from_this();
    Connection connection{shared, std::move(socket)};
    struct Listed {
        Core& core;
        std::list<Connection*>::iterator place;
        ~Listed() {
            core.connections.erase(place);
            --core.admitted;
        }
    };
    const Listed listed{*this, connections.insert(connections.end(), &connection)};
    try {
        co_await connection.run();
    } catch (const std::exception&) {
        // Out of memory or a responder that throws: this connection ends, the others go on.
    }
}

/// Ends the connection that has been idle longest in favour of a new one.
bool Server::Core::make_room() {
    Connection* oldest = nullptr;
    for (auto* each : connections) {
        const bool leaving = each->deadline() == Connection::Clock::time_point::max();
        if (leaving || each->phase() != Connection::Phase::idle) continue;
        if (!oldest || each->deadline() < oldest->deadline()) oldest = each;
    }
    if (oldest) oldest->expire();
    return oldest != nullptr;
}

void Server::Core::turn_away(tcp::socket socket) {
    const Response response =
        shared.responder(503, "overloaded", "Too many connections are open; try again shortly.");
    std::string text;
    write_head(text, response, {.close = true}, shared.date());
    text += response.body;
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(text), ignored);
}

void Server::Core::stop_accepting() {
    boost::system::error_code ignored;
    acceptor.close(ignored);
    accept_timer.cancel();
}

void Server::Core::end_idle() {
    for (auto* each : connections) {
        const auto phase = each->phase();
        if (phase == Connection::Phase::idle || phase == Connection::Phase::fresh) each->expire();
    }
}

void Server::Core::cut_all() {
    for (auto* each : connections) each->cut();
}

/// Connections that still owe an answer; a lingering one has sent its last.
std::ptrdiff_t Server::Core::under_way() const {
    return std::ranges::count_if(connections, [](const Connection* each) {
        return each->phase() != Connection::Phase::lingering;
    });
}

Server::Server(
    asio::io_context& io,
    const std::string& address,
    std::uint16_t port,
    Limits limits,
    Handler handler,
    Responder responder
)
    : core_{std::make_shared<Core>(io, address, port)} {
    core_->shared.limits = std::move(limits);
    core_->shared.handler = std::move(handler);
    core_->shared.responder = std::move(responder);
    asio::co_spawn(io, core_->accept_all(), asio::detached);
    asio::co_spawn(io, core_->sweep(), asio::detached);
}

Server::~Server() {
    core_->ended = true;
    core_->stop_accepting();
    core_->sweep_timer.cancel();
    core_->cut_all();
}

std::uint16_t Server::port() const { return core_->port; }

std::size_t Server::connections() const { return core_->connections.size(); }

void Server::stop_accepting() { core_->stop_accepting(); }

awaitable<bool> Server::drain(milliseconds patience) {
    constexpr milliseconds step{10};
    const auto core = core_;
    core->stop_accepting();
    core->shared.draining = true;
    core->end_idle();
    asio::steady_timer timer{core->io};
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (core->under_way() > 0 && std::chrono::steady_clock::now() < deadline) {
        timer.expires_after(step);
        co_await timer.async_wait(as_tuple(use_awaitable));
    }
    const bool all_done = core->under_way() == 0;
    core->cut_all();
    co_return all_done;
}

}  // namespace pakashop::http
