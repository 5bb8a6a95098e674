#pragma once

#include <optional>
#include <string>

#include "api/config.hpp"

namespace pakashop::api {

/// Where nodes send commands to each other.
constexpr const char* peer_commands_path = "/api/v1/internal/commands";

/// Sends encoded commands to the node at host:port, by the internal key; its encoded outcomes, or
/// nothing when it gives none. Blocks.
std::optional<std::string>
send_to_peer(const Config& config, const std::string& address, const std::string& commands);

}  // namespace pakashop::api
