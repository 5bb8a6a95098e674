#include "api/http/connection.hpp"

#include <array>
#include <ctime>
#include <exception>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "api/http/head_scanner.hpp"

namespace pakashop::http {
namespace {

namespace asio = boost::asio;
using asio::as_tuple;
using asio::awaitable;
using asio::use_awaitable;
using tcp = asio::ip::tcp;

constexpr std::size_t read_bytes = 8 * 1024;
constexpr std::size_t chunk_line_bytes_max = 4 * 1024;
// "0", CR LF, CR LF. A sound chunked body never has fewer bytes to come before it ends, and Beast
// asserts that it is not asked again about a last chunk while fewer are there.
constexpr std::size_t last_chunk_bytes = 5;
constexpr std::size_t linger_bytes_max = 16 * 1024 * 1024;

std::string address_of(const tcp::socket& socket) {
    boost::system::error_code error;
    const auto peer = socket.remote_endpoint(error);
    return error ? std::string{} : peer.address().to_string();
}

}  // namespace

std::string_view Shared::date() {
    const auto now = std::time(nullptr);
    if (now != second_) {
        second_ = now;
        date_ = http_date(now);
    }
    return date_;
}

Connection::Connection(Shared& shared, tcp::socket socket)
    : shared_{shared}, socket_{std::move(socket)}, remote_address_{address_of(socket_)} {
    enter(Phase::fresh, shared_.limits.header_timeout);
}

awaitable<void> Connection::run() {
    while (true) {
        const Reading reading = co_await read_request();
        if (reading == Reading::gone) co_return;
        if (reading == Reading::refused) {
            const bool sent = co_await send(render(refusal_), {.close = true});
            if (sent) co_await linger();
            co_return;
        }
        const bool head_only = parser_->request().method == "HEAD";
        const bool keep = parser_->keep_alive();
        const bool old = parser_->old_version();
        Response response = co_await handle();
        const Delivery delivery{head_only, !keep || shared_.draining, keep && old};
        const bool sent = co_await send(std::move(response), delivery);
        if (!sent) co_return;
        if (delivery.close || shared_.draining) {
            co_await linger();
            co_return;
        }
    }
}

void Connection::expire() {
    expired_ = true;
    deadline_ = Clock::time_point::max();
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void Connection::cut() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void Connection::enter(Phase phase, Limits::Milliseconds allowed) {
    phase_ = phase;
    deadline_ = Clock::now() + allowed;
}

std::string_view Connection::received() const {
    const auto data = buffer_.data();
    return {static_cast<const char*>(data.data()), data.size()};
}

awaitable<Connection::Reading> Connection::read_request() {
    const Reading head = co_await read_head();
    if (head != Reading::complete || parser_->is_done()) co_return head;
    const Reading body = co_await read_body();
    co_return body;
}

awaitable<Connection::Reading> Connection::read_head() {
    HeadScanner scanner{shared_.limits};
    while (true) {
        const auto outcome = scanner.scan(received());
        if (outcome.refusal) co_return refuse(*outcome.refusal);
        if (outcome.head_bytes > 0) {
            parser_.emplace(shared_.limits);
            boost::beast::error_code error;
            const auto head = asio::buffer(buffer_.data(), outcome.head_bytes);
            const auto used = parser_->put(head, error);
            if (error) co_return refuse(parser_->refusal(error));
            if (used != outcome.head_bytes || !parser_->is_header_done()) {
                co_return refuse(malformed("The request header is not framed correctly."));
            }
            buffer_.consume(used);
            co_return Reading::complete;
        }
        const bool waiting = phase_ == Phase::fresh || phase_ == Phase::idle;
        if (buffer_.size() > 0 && waiting) enter(Phase::header, shared_.limits.header_timeout);
        const bool more = co_await receive();
        if (!more) co_return interrupted();
    }
}

awaitable<Connection::Reading> Connection::read_body() {
    enter(Phase::body, shared_.limits.body_timeout);
    if (parser_->expects_continue() && buffer_.size() == 0) {
        const bool sent = co_await send_continue();
        if (!sent) co_return Reading::gone;
    }
    const std::size_t least = parser_->chunked() ? last_chunk_bytes : 1;
    while (!parser_->is_done()) {
        boost::beast::error_code error;
        if (buffer_.size() >= least) {
            const auto used = parser_->put(buffer_.data(), error);
            buffer_.consume(used);
            if (error && error != boost::beast::http::error::need_more) {
                co_return refuse(parser_->refusal(error));
            }
            if (error && buffer_.size() > chunk_line_bytes_max) {
                co_return refuse(malformed("A chunk header is too long."));
            }
            if (!error && used > 0) continue;
        }
        const bool more = co_await receive();
        if (!more) co_return interrupted();
    }
    co_return Reading::complete;
}

awaitable<bool> Connection::receive() {
    // Asked before waiting: a drain that began while bytes were on their way ends an idle wait too.
    if (expired_) co_return false;
    auto [error, count] =
        co_await socket_.async_read_some(buffer_.prepare(read_bytes), as_tuple(use_awaitable));
    buffer_.commit(count);
    co_return !error;
}

Connection::Reading Connection::interrupted() {
    if (!expired_) return Reading::gone;
    expired_ = false;
    if (phase_ == Phase::header || phase_ == Phase::body) {
        return refuse({408, "request_timeout", "The request did not arrive in time."});
    }
    return Reading::gone;
}

Connection::Reading Connection::refuse(Refusal refusal) {
    refusal_ = refusal;
    return Reading::refused;
}

Response Connection::render(const Refusal& refusal) const {
    return shared_.responder(refusal.status, refusal.code, refusal.detail);
}

awaitable<Response> Connection::handle() {
    phase_ = Phase::handling;
    deadline_ = Clock::time_point::max();
    Request request = std::move(parser_->request());
    parser_.reset();
    request.remote_address = remote_address_;
    try {
        Response response = co_await shared_.handler(std::move(request));
        if (is_sendable(response)) co_return response;
    } catch (const std::exception&) {
        // Falls through: the caller learns nothing of what broke.
    }
    co_return render({500, "internal_error", "Something broke on our side."});
}

awaitable<bool> Connection::send(Response response, Delivery delivery) {
    enter(Phase::writing, shared_.limits.write_timeout);
    head_.clear();
    write_head(head_, response, delivery, shared_.date());
    const bool bare = delivery.without_body || !has_body(response.status);
    const std::array parts{
        asio::buffer(head_), asio::buffer(response.body.data(), bare ? 0 : response.body.size())
    };
    auto [error, count] = co_await asio::async_write(socket_, parts, as_tuple(use_awaitable));
    if (!expired_ && !error) enter(Phase::idle, shared_.limits.idle_timeout);
    co_return !error;
}

awaitable<bool> Connection::send_continue() {
    static constexpr std::string_view line = "HTTP/1.1 100 Continue\r\n\r\n";
    auto [error, count] =
        co_await asio::async_write(socket_, asio::buffer(line), as_tuple(use_awaitable));
    co_return !error;
}

// Closing while the peer still sends would make its kernel throw our answer away (RFC 9112, 9.6).
awaitable<void> Connection::linger() {
    boost::system::error_code error;
    socket_.shutdown(tcp::socket::shutdown_send, error);
    if (error) co_return;
    enter(Phase::lingering, shared_.limits.linger_timeout);
    buffer_.clear();
    std::size_t thrown_away = 0;
    while (thrown_away < linger_bytes_max) {
        const bool more = co_await receive();
        if (!more) co_return;
        thrown_away += buffer_.size();
        buffer_.clear();
    }
}

}  // namespace pakashop::http
