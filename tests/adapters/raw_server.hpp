#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace pakashop::kit {

/// One accepted connection of a RawServer.
class RawPeer {
public:
    explicit RawPeer(int socket) : socket_{socket} {}

    /// Reads one request: its head and as much body as Content-Length says. Empty at the end.
    std::string request();
    void send(std::string_view bytes);

    /// Ends the connection so that the other side sees a reset, not a close.
    void reset();

private:
    int socket_;
};

/// A listener on a free loopback port that behaves exactly as badly as the test wants: `serve` is
/// called for each connection, one after another, on the server's thread.
class RawServer {
public:
    explicit RawServer(std::function<void(RawPeer&)> serve);
    ~RawServer();
    RawServer(const RawServer&) = delete;
    RawServer& operator=(const RawServer&) = delete;

    std::string url(std::string_view path) const;
    int connections() const { return connections_; }

    /// Closes the listener: from now on nobody can connect.
    void stop();

private:
    void run();

    std::function<void(RawPeer&)> serve_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_ = 0;
    std::thread thread_;
};

}  // namespace pakashop::kit
