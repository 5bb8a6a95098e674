#include "tests/adapters/raw_server.hpp"

#include <array>
#include <charconv>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace pakashop::kit {

std::string RawPeer::request() {
    std::string text;
    std::array<char, 4096> chunk;
    while (true) {
        const auto head = text.find("\r\n\r\n");
        if (head != text.npos) {
            std::size_t body = 0;
            const auto length = text.find("Content-Length: ");
            if (length < head) {
                std::from_chars(text.data() + length + 16, text.data() + head, body);
            }
            if (text.size() >= head + 4 + body) return text;
        }
        const auto count = ::recv(socket_, chunk.data(), chunk.size(), 0);
        if (count <= 0) return {};
        text.append(chunk.data(), static_cast<std::size_t>(count));
    }
}

void RawPeer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void RawPeer::reset() {
    const linger hard{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

RawServer::RawServer(std::function<void(RawPeer&)> serve)
    : serve_{std::move(serve)}, listener_{::socket(AF_INET, SOCK_STREAM, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    ::bind(listener_, generic, size);
    ::listen(listener_, 16);
    ::getsockname(listener_, generic, &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { run(); }};
}

RawServer::~RawServer() { stop(); }

void RawServer::stop() {
    if (listener_ < 0) return;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(std::exchange(listener_, -1));
}

std::string RawServer::url(std::string_view path) const {
    return fmt::format("http://127.0.0.1:{}{}", port_, path);
}

void RawServer::run() {
    while (true) {
        const int socket = ::accept(listener_, nullptr, nullptr);
        if (socket < 0) return;
        ++connections_;
        RawPeer peer{socket};
        serve_(peer);
        ::close(socket);
    }
}

}  // namespace pakashop::kit
