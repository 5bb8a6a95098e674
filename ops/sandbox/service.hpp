/// The sandbox on a socket: one thread answers calls and keeps time, one writes the ledger file,
/// some send callbacks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "ops/sandbox/ledger.hpp"

namespace pakashop::sandbox {

/// Everything the command line says.
struct Options {
    std::string listen = "127.0.0.1";  ///< Refused unless it is a loopback address.
    std::uint16_t port = 8900;         ///< 0: any free one.
    std::filesystem::path data;
    std::string webhook_secret;
    Defaults defaults;
};

/// Serves until SIGTERM or SIGINT, and writes `{"listening":"ADDRESS:PORT"}` to standard output
/// once it can be reached. Returns the exit code: 0 stopped, 65 damaged ledger or key, 69 the port
/// or the disk failed, 78 it was asked to listen beyond loopback. Says why on standard error.
[[nodiscard]] int serve(const Options& options);

}  // namespace pakashop::sandbox
