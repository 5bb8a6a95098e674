#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string_view>

namespace pakashop::http {

struct Request;

/// What one connection may cost before it is refused. Checked before memory is taken.
struct Limits {
    using Milliseconds = std::chrono::milliseconds;

    /// Body bytes a request may bring, asked once its head is complete and before any of its body
    /// is taken; 1 MiB for all when empty.
    std::function<std::size_t(const Request& head)> body_bytes_max;
    std::size_t head_bytes_max = 16 * 1024;  ///< Request line and header together.
    std::size_t fields_max = 64;
    std::size_t target_bytes_max = 4 * 1024;
    std::size_t connections_max = 4096;
    Milliseconds header_timeout{10'000};  ///< From the first byte to the end of the header.
    Milliseconds body_timeout{20'000};    ///< From the end of the header to the end of the body.
    Milliseconds idle_timeout{75'000};    ///< Between two requests of one connection.
    Milliseconds write_timeout{20'000};   ///< For a peer that does not read its answer.
    Milliseconds linger_timeout{2'000};   ///< Reading on after a refusal, so that it arrives.

    /// The body limit of the request with this head.
    std::size_t body_limit(const Request& head) const {
        return body_bytes_max ? body_bytes_max(head) : std::size_t{1024 * 1024};
    }
};

/// Why a request is not passed on: an HTTP status, a stable code and a sentence for people. Both
/// texts are literals.
struct Refusal {
    int status = 400;
    std::string_view code;
    std::string_view detail;
};

/// A 400 with the code every broken message gets.
constexpr Refusal malformed(std::string_view detail) { return {400, "malformed_request", detail}; }

}  // namespace pakashop::http
