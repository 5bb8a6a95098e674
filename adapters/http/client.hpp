#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "events/kernel/result.hpp"

namespace pakashop {

/// One header of a call or of a reply. Reply names are lower-case.
struct HttpHeader {
    std::string name;
    std::string value;
};

/// One call to a provider. The body's length is told; nothing is added but Host and Accept.
struct HttpCall {
    std::string method = "GET";
    std::string url{};  ///< http or https; percent-encoded by the caller.
    std::vector<HttpHeader> headers{};
    std::string body{};
    int timeout_ms = 10'000;  ///< For everything together, from name lookup to the last byte.
    std::size_t reply_bytes_max = 1024 * 1024;  ///< A longer reply is a failure.
};

/// What came back, whatever its status: a 500 is a reply too.
struct HttpReply {
    int status = 0;
    std::vector<HttpHeader> headers;
    std::string body;

    /// The value of a header (name in lower-case); empty when absent.
    std::string_view header(std::string_view name) const;
};

/// Why there is no usable reply. The kind decides whether money may have moved.
struct HttpFailure {
    enum class Kind {
        not_sent,  ///< Not one byte of the request left us: it may be tried again at once.
        unknown,   ///< Something left us: ask the other side before trying again.
    };
    Kind kind = Kind::unknown;
    std::string text;  ///< For the log: no secrets, no body.
};

/// Sends one call and waits for its reply; blocks, so call it from a worker thread. Each thread
/// keeps its connections and uses them again. TLS 1.2 or newer, certificate and name verified;
/// no redirect is followed, no proxy used (reliability S25). A
/// request with a body is never repeated silently on a connection that turned out dead.
Result<HttpReply, HttpFailure> send(const HttpCall& call);

}  // namespace pakashop
