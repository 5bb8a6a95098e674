#include "tests/api/raw_client.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace pakashop::kit {
namespace {

using Clock = std::chrono::steady_clock;

/// Length of the first complete answer in `text`; nullopt while it is not all there.
std::optional<std::size_t> answer_length(std::string_view text) {
    const auto head = text.find("\r\n\r\n");
    if (head == text.npos) return std::nullopt;
    std::size_t body = 0;
    const auto field = text.substr(0, head).find("Content-Length: ");
    if (field != text.npos) {
        std::from_chars(text.data() + field + 16, text.data() + head, body);
    }
    if (text.size() < head + 4 + body) return std::nullopt;
    return head + 4 + body;
}

}  // namespace

RawClient::RawClient(std::uint16_t port) : socket_{::socket(AF_INET, SOCK_STREAM, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        ::close(socket_);
        throw std::runtime_error{"cannot connect to loopback"};
    }
    const int at_once = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
}

RawClient::~RawClient() { ::close(socket_); }

bool RawClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void RawClient::finish_sending() { ::shutdown(socket_, SHUT_WR); }

bool RawClient::read_some(std::string& out, std::chrono::milliseconds patience) {
    pollfd waiting{socket_, POLLIN, 0};
    if (patience.count() <= 0) return false;
    if (::poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) return false;
    std::array<char, 16384> chunk;
    const auto count = ::recv(socket_, chunk.data(), chunk.size(), 0);
    closed_ = count <= 0;
    if (closed_) return false;
    out.append(chunk.data(), static_cast<std::size_t>(count));
    return true;
}

std::string RawClient::receive(std::size_t count, std::chrono::milliseconds patience) {
    const auto deadline = Clock::now() + patience;
    std::size_t end = 0;
    while (count > 0) {
        if (const auto length = answer_length(std::string_view{rest_}.substr(end))) {
            end += *length;
            --count;
            continue;
        }
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        if (!read_some(rest_, left)) break;
    }
    std::string result = rest_.substr(0, end);
    rest_.erase(0, end);
    return result;
}

std::string RawClient::receive_all(std::chrono::milliseconds patience) {
    const auto deadline = Clock::now() + patience;
    std::string result = std::move(rest_);
    rest_.clear();
    while (true) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        if (!read_some(result, left)) return result;
    }
}

int status_of(std::string_view text) {
    int status = 0;
    if (text.starts_with("HTTP/1.1 ")) std::from_chars(text.data() + 9, text.data() + 12, status);
    return status;
}

}  // namespace pakashop::kit
