#include <csignal>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "api/http/server.hpp"
#include "ops/benchmarks/bench.hpp"

/// The limit that the HTTP stack alone sets: the same server, and nothing behind it.
namespace pakashop::bench {
namespace {

http::Response said(int status, std::string_view code, std::string_view) {
    http::Response response{.status = status};
    response.body = "{\"code\":\"" + std::string{code} + "\"}";
    return response;
}

boost::asio::awaitable<http::Response> answer(http::Request) {
    http::Response response;
    response.set("Content-Type", "application/json");
    response.body = R"({"ok":true})";
    co_return response;
}

}  // namespace

int echo(const Options& options) {
    const auto colon = options.listen.rfind(':');
    if (colon == std::string::npos) give_up("--listen wants HOST:PORT");
    const int port = std::atoi(options.listen.c_str() + colon + 1);
    boost::asio::io_context io{1};
    http::Server server{
        io,
        options.listen.substr(0, colon),
        static_cast<std::uint16_t>(port),
        http::Limits{},
        answer,
        said
    };
    boost::asio::signal_set signals{io, SIGTERM, SIGINT};
    signals.async_wait([&](const auto&, int) { io.stop(); });
    io.run();
    return 0;
}

}  // namespace pakashop::bench
