#include "api/http/message.hpp"

#include <algorithm>
#include <utility>

#include <boost/url/parse_query.hpp>

namespace pakashop::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool same_name(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, {}, lower, lower);
}

std::string_view Request::header(std::string_view name) const {
    const auto found = std::ranges::find(headers, name, &Header::name);
    return found == headers.end() ? std::string_view{} : std::string_view{found->value};
}

bool Request::repeats(std::string_view name) const {
    return std::ranges::count(headers, name, &Header::name) > 1;
}

std::optional<std::string> Request::query_parameter(std::string_view name) const {
    if (query.empty()) return std::nullopt;
    const auto parameters = boost::urls::parse_query(query);
    if (!parameters) return std::nullopt;
    boost::urls::encoding_opts form;
    form.space_as_plus = true;
    for (const auto& each : *parameters) {
        if (each.key.decode(form) == name) return each.value.decode(form);
    }
    return std::nullopt;
}

void Response::set(std::string_view name, std::string value) {
    for (auto& each : headers) {
        if (!same_name(each.name, name)) continue;
        each.value = std::move(value);
        return;
    }
    headers.push_back({std::string{name}, std::move(value)});
}

std::string_view Response::header(std::string_view name) const {
    for (const auto& each : headers) {
        if (same_name(each.name, name)) return each.value;
    }
    return {};
}

}  // namespace pakashop::http
