#include "api/environment.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>

#include <arpa/inet.h>

namespace pakashop::api {
namespace {

bool is_ip_address(const std::string& text) {
    in6_addr parsed{};
    return inet_pton(AF_INET, text.c_str(), &parsed) == 1 ||
           inet_pton(AF_INET6, text.c_str(), &parsed) == 1;
}

std::optional<std::uint16_t> port_in(std::string_view text) {
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, port);
    if (text.empty() || read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return port;
}

bool is_host_character(char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

// host, host:port, [v6] or [v6]:port.
bool is_authority(std::string_view text) {
    std::string_view port;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return false;
        if (!is_ip_address(std::string{text.substr(1, close - 1)})) return false;
        port = text.substr(close + 1);
    } else {
        const auto colon = std::min(text.find(':'), text.size());
        const std::string_view host = text.substr(0, colon);
        if (host.empty() || !std::ranges::all_of(host, is_host_character)) return false;
        port = text.substr(colon);
    }
    if (port.empty()) return true;
    return port.front() == ':' && port_in(port.substr(1)).value_or(0) > 0;
}

bool is_path(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return c > ' ' && c <= '~' && c != '?' && c != '#' && c != '\\';
    });
}

}  // namespace

std::optional<std::string> process_environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>{value} : std::nullopt;
}

Result<std::string, std::string> read_variable(Environ environ, const std::string& name) {
    if (auto value = environ(name); value && !value->empty()) return *std::move(value);
    const auto file = environ(name + "_FILE");
    if (!file || file->empty()) return std::string{};
    if (auto line = first_line_of(*file)) return *std::move(line);
    return unexpected{"the file " + *file + " cannot be read"};
}

std::optional<std::string> first_line_of(const std::string& path) {
    std::ifstream in{path};
    std::string line;
    if (!std::getline(in, line)) return std::nullopt;
    while (line.ends_with('\r')) line.pop_back();
    return line;
}

std::string without_end_slashes(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return path;
}

std::optional<std::string> base_url(std::string_view text) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!text.starts_with(scheme)) continue;
        const std::string_view rest = text.substr(scheme.size());
        const auto slash = std::min(rest.find('/'), rest.size());
        if (!is_authority(rest.substr(0, slash)) || !is_path(rest.substr(slash))) continue;
        return without_end_slashes(std::string{text});
    }
    return std::nullopt;
}

std::string ListenAddress::authority() const {
    const bool v6 = address.find(':') != std::string::npos;
    return (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

std::optional<ListenAddress> parse_listen(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = port_in(text.substr(colon + 1));
    std::string address{text.substr(0, colon)};
    const bool bracketed = address.starts_with('[') && address.ends_with(']');
    if (bracketed) address = address.substr(1, address.size() - 2);
    if (address == "localhost") address = "127.0.0.1";
    const bool v6 = address.find(':') != std::string::npos;
    if (!port || v6 != bracketed || !is_ip_address(address)) return std::nullopt;
    return ListenAddress{std::move(address), *port};
}

}  // namespace pakashop::api
