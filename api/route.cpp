#include "api/route.hpp"

#include <algorithm>

#include "events/kernel/require.hpp"

namespace pakashop::api {
namespace {

/// Cuts the first segment off a path such as "/a/b": "a", leaving "/b".
std::string_view next_segment(std::string_view& path) {
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

}  // namespace

RouteTable::RouteTable(std::vector<Route> routes) : routes_{std::move(routes)}, nodes_(1) {
    for (std::size_t index = 0; index < routes_.size(); ++index) {
        const Route& route = routes_[index];
        add(route.method, route.pattern, index);
        for (const auto& alias : route.aliases) add(route.method, alias, index);
    }
}

void RouteTable::add(std::string_view method, std::string_view pattern, std::size_t index) {
    require(pattern.starts_with('/'), "a route's pattern begins with a slash");
    std::size_t node = 0;
    std::vector<std::string> names;
    for (std::string_view rest = pattern; !rest.empty();) {
        const auto segment = next_segment(rest);
        if (segment.starts_with(':')) names.emplace_back(segment.substr(1));
        node = child(node, segment);
    }
    auto& methods = nodes_[node].methods;
    const bool taken =
        std::ranges::any_of(methods, [&](const auto& each) { return each.first == method; });
    require(!taken, "no two routes have the same method and path");
    require(methods.empty() || nodes_[node].names == names, "one path names its parameters once");
    methods.emplace_back(method, index);
    nodes_[node].names = std::move(names);
}

std::size_t RouteTable::child(std::size_t node, std::string_view segment) {
    if (segment.starts_with(':')) {
        if (nodes_[node].parameter == 0) {
            nodes_.emplace_back();
            nodes_[node].parameter = nodes_.size() - 1;
        }
        return nodes_[node].parameter;
    }
    for (const auto& [name, next] : nodes_[node].fixed) {
        if (name == segment) return next;
    }
    nodes_.emplace_back();
    nodes_[node].fixed.emplace_back(segment, nodes_.size() - 1);
    return nodes_.size() - 1;
}

const RouteTable::Node* RouteTable::walk(
    std::size_t node,
    std::string_view rest,
    std::vector<std::string_view>& values
) const {
    const Node& here = nodes_[node];
    if (rest.empty()) return here.methods.empty() ? nullptr : &here;
    const auto segment = next_segment(rest);
    for (const auto& [name, next] : here.fixed) {
        if (name != segment) continue;
        if (const Node* found = walk(next, rest, values)) return found;
    }
    if (here.parameter == 0 || segment.empty()) return nullptr;
    values.push_back(segment);
    if (const Node* found = walk(here.parameter, rest, values)) return found;
    values.pop_back();
    return nullptr;
}

RouteTable::Match RouteTable::find(std::string_view method, std::string_view path) const {
    if (!path.starts_with('/')) return {};
    std::vector<std::string_view> values;
    const Node* node = walk(0, path, values);
    if (!node) return {};
    Match match;
    const std::string_view wanted = method == "HEAD" ? std::string_view{"GET"} : method;
    for (const auto& [name, index] : node->methods) {
        if (name == wanted) match.index = index;
        match.allow += (match.allow.empty() ? "" : ", ") + name;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        match.parameters.emplace_back(node->names[i], std::string{values[i]});
    }
    if (match.index) match.allow.clear();
    return match;
}

std::string_view RouteTable::Match::parameter(std::string_view name) const {
    for (const auto& [each, value] : parameters) {
        if (each == name) return value;
    }
    return {};
}

}  // namespace pakashop::api
