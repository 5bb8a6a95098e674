#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace pakashop::kit {

/// A TCP connection to loopback that sends exactly the bytes it is given: what an HTTP client
/// library would never send is what the tests need to send.
class RawClient {
public:
    explicit RawClient(std::uint16_t port);
    ~RawClient();
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    /// Sends all of it; false when the other side has closed.
    bool send(std::string_view bytes);

    /// Reads until `count` blank-line-terminated heads with their Content-Length bodies are there,
    /// the peer closes, or `patience` runs out; returns what came.
    std::string receive(std::size_t count = 1, std::chrono::milliseconds patience = patience_max);

    /// Reads until the peer closes; `closed()` tells whether it did within `patience`.
    std::string receive_all(std::chrono::milliseconds patience = patience_max);
    bool closed() const { return closed_; }

    /// No more bytes will be sent.
    void finish_sending();

private:
    static constexpr std::chrono::milliseconds patience_max{5000};
    bool read_some(std::string& out, std::chrono::milliseconds patience);

    int socket_ = -1;
    bool closed_ = false;
    std::string rest_;
};

/// The status of the first answer in `text`; 0 when there is none.
int status_of(std::string_view text);

}  // namespace pakashop::kit
