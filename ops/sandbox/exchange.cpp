#include "ops/sandbox/exchange.hpp"

#include <algorithm>

#include "ops/sandbox/text.hpp"

namespace pakashop::sandbox {
namespace {

bool same_name(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, {}, lower, lower);
}

}  // namespace

std::string header_of(const Fields& headers, std::string_view name) {
    std::string joined;
    bool found = false;
    for (const auto& [key, value] : headers) {
        if (!same_name(key, name)) continue;
        if (found) joined += ", ";
        joined += trimmed(value);
        found = true;
    }
    return joined;
}

bool has_header(const Fields& headers, std::string_view name) {
    return std::ranges::any_of(headers, [&](const Field& f) { return same_name(f.first, name); });
}

std::string query_of(const Call& call, std::string_view name) {
    const auto found = std::ranges::find(call.query, name, &Field::first);
    return found == call.query.end() ? std::string{} : found->second;
}

std::string bearer_of(const Call& call) {
    constexpr std::string_view scheme = "Bearer ";
    const std::string value = header_of(call.headers, "authorization");
    if (!value.starts_with(scheme)) return {};
    return std::string{trimmed(std::string_view{value}.substr(scheme.size()))};
}

std::vector<std::string_view> segments_of(std::string_view path) {
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        path.remove_prefix(path.front() == '/' ? 1 : 0);
        const auto end = std::min(path.find('/'), path.size());
        if (end > 0) parts.push_back(path.substr(0, end));
        path.remove_prefix(end);
    }
    return parts;
}

}  // namespace pakashop::sandbox
