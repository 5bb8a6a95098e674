#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "events/kernel/result.hpp"

/// The environment's variables as text, and the shapes several of them have. What the server, the
/// command line and the tests read is read here, so that a value means the same everywhere.
namespace pakashop::api {

/// Looks one variable up; nothing when it is not set.
using Environ = std::optional<std::string> (*)(const std::string& name);

/// The process's own environment.
std::optional<std::string> process_environment(const std::string& name);

/// A variable's value, or the first line of the file that NAME_FILE names; empty when neither is
/// set. A variable that is set to nothing counts as not set. An error text when the file cannot be
/// read.
Result<std::string, std::string> read_variable(Environ environ, const std::string& name);

/// A file's first line, without its line end; nothing when the file cannot be read or is empty.
std::optional<std::string> first_line_of(const std::string& path);

/// A directory's path without slashes at its end: what lies beside it is named after it.
std::string without_end_slashes(std::string path);

/// An http or https URL with a host, and a path at most, without slashes at its end; nothing for
/// any other text.
std::optional<std::string> base_url(std::string_view text);

/// Where to listen.
struct ListenAddress {
    std::string address;  ///< An IP address, IPv6 without brackets.
    std::uint16_t port = 0;
    /// As it stands in a URL.
    std::string authority() const;
};
/// `address:port`, `[address]:port` or `localhost:port`; nothing for any other text.
std::optional<ListenAddress> parse_listen(std::string_view text);

}  // namespace pakashop::api
