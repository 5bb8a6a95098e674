#include "tests/api/http_harness.hpp"

#include <future>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace pakashop::kit {

namespace asio = boost::asio;
using http::Request;
using http::Response;

namespace {

Response respond(int status, std::string_view code, std::string_view detail) {
    Response response;
    response.status = status;
    response.set("Content-Type", "text/plain; charset=utf-8");
    response.body = std::string{code} + ": " + std::string{detail};
    return response;
}

}  // namespace

HttpHarness::HttpHarness(http::Limits limits) {
    limits.body_bytes_max = [](const Request& head) {
        const bool small = head.path == "/small" && head.header("x-trusted") != "yes";
        return small ? std::size_t{10} : std::size_t{1024 * 1024};
    };
    server_ = std::make_unique<http::Server>(
        io_,
        "127.0.0.1",
        std::uint16_t{0},
        std::move(limits),
        [this](Request request) { return answer(std::move(request)); },
        respond
    );
    thread_ = std::thread{[this] { io_.run(); }};
}

HttpHarness::~HttpHarness() {
    asio::post(io_, [this] {
        server_.reset();
        io_.stop();
    });
    thread_.join();
}

std::vector<std::string> HttpHarness::paths() const {
    const std::lock_guard lock{mutex_};
    return paths_;
}

void HttpHarness::drain(std::chrono::milliseconds patience) {
    asio::co_spawn(
        io_,
        [](HttpHarness& self, std::chrono::milliseconds limit) -> asio::awaitable<void> {
            const bool clean = co_await self.server_->drain(limit);
            self.drained_clean_ = clean;
            self.drained_ = true;
        }(*this, patience),
        asio::detached
    );
}

// Data that is there, work that is posted and the reactor take turns: after five rounds the
// server has met whatever had arrived before the first.
void HttpHarness::let_read() {
    for (int round = 0; round < 5; ++round) run_on_server([](http::Server&) {});
}

void HttpHarness::run_on_server(const std::function<void(http::Server&)>& work) {
    std::promise<void> done;
    asio::post(io_, [&] {
        work(*server_);
        done.set_value();
    });
    done.get_future().wait();
}

asio::awaitable<Response> HttpHarness::answer(Request request) {
    ++handled_;
    {
        const std::lock_guard lock{mutex_};
        paths_.push_back(request.path);
    }
    Response response;
    response.set("Content-Type", "text/plain; charset=utf-8");
    response.body = request.method + " " + request.path + "|" + request.query + "|" + request.body;
    if (request.path == "/throw") throw std::runtime_error{"secret detail"};
    if (request.path == "/broken") response.set("X-Echo", "a\r\nSet-Cookie: b");
    if (request.path == "/own") response.set("content-security-policy", "default-src 'self'");
    if (request.path == "/q") response.body = request.query_parameter("q").value_or("(none)");
    if (request.path == "/from") response.body = request.remote_address;
    if (request.path == "/empty") response = Response{.status = 204};
    if (request.path == "/slow" || request.path == "/stuck") {
        const std::chrono::milliseconds span{request.path == "/slow" ? 150 : 60'000};
        asio::steady_timer timer{io_, span};
        co_await timer.async_wait(asio::use_awaitable);
    }
    co_return response;
}

}  // namespace pakashop::kit
