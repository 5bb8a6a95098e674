#pragma once

#include <optional>
#include <string>

#include "api/http/message.hpp"

namespace pakashop::api {

/// Sends a request as it is to another node of the cluster, and waits for its answer, 30 s at most;
/// nothing when there is none. Blocks. What belongs to one connection, or is each node's
/// own, is left out both ways (RFC 9110, 7.6.1).
std::optional<http::Response> ask_peer(const std::string& address, const http::Request& request);

}  // namespace pakashop::api
