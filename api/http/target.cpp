#include "api/http/target.hpp"

#include <algorithm>
#include <vector>

#include <boost/url/parse.hpp>
#include <boost/url/parse_query.hpp>
#include <simdjson.h>

namespace pakashop::http {
namespace {

namespace urls = boost::urls;

constexpr std::size_t parameters_max = 64;

std::string_view view(urls::string_view text) { return {text.data(), text.size()}; }

bool plain_path_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '-' || c == '_';
}

bool is_text(std::string_view decoded) {
    const bool control = std::ranges::any_of(decoded, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    });
    return !control && simdjson::validate_utf8(decoded.data(), decoded.size());
}

/// Splits before it decodes, and by itself: Boost.URL's segment view passes over a leading "/.".
Result<std::string, Refusal> decode_path(std::string_view encoded) {
    std::string path;
    while (!encoded.empty()) {
        const auto end = std::min(encoded.find('/', 1), encoded.size());
        const std::string segment = urls::pct_string_view{encoded.data() + 1, end - 1}.decode();
        encoded.remove_prefix(end);
        if (segment == "." || segment == "..") {
            return unexpected{malformed("The path holds a dot segment.")};
        }
        if (segment.find_first_of("/\\") != segment.npos) {
            return unexpected{malformed("The path holds an encoded slash.")};
        }
        if (!is_text(segment)) {
            return unexpected{malformed("The path holds a control character or broken UTF-8.")};
        }
        path.append("/").append(segment);
    }
    return path.empty() ? "/" : path;
}

std::optional<Refusal> check_query(std::string_view query) {
    const auto parameters = urls::parse_query(query);
    if (!parameters) return malformed("The query is not validly encoded.");
    if (parameters->size() > parameters_max) return malformed("The query has too many parameters.");
    urls::encoding_opts form;
    form.space_as_plus = true;
    std::vector<std::string> names;
    for (const auto& each : *parameters) {
        std::string name = each.key.decode(form);
        if (!is_text(name) || !is_text(each.value.decode(form))) {
            return malformed("The query holds a control character or broken UTF-8.");
        }
        if (std::ranges::find(names, name) != names.end()) {
            return malformed("A query parameter is given twice.");
        }
        names.push_back(std::move(name));
    }
    return std::nullopt;
}

Result<Target, Refusal> take_apart(const urls::url_view& url) {
    auto path = decode_path(view(url.encoded_path()));
    if (!path) return unexpected{path.error()};
    Target target;
    target.path = *std::move(path);
    target.origin = view(url.encoded_path()).empty() ? "/" : view(url.encoded_path());
    target.authority = view(url.encoded_authority());
    if (url.has_query()) {
        target.query = view(url.encoded_query());
        target.origin.append("?").append(target.query);
        if (auto refusal = check_query(target.query)) return unexpected{*refusal};
    }
    return target;
}

}  // namespace

Result<Target, Refusal> parse_target(std::string_view raw) {
    const urls::string_view text{raw.data(), raw.size()};
    if (raw.starts_with('/')) {
        // The common case needs no URL grammar: nothing encoded, no dots, no query.
        if (std::ranges::all_of(raw, plain_path_byte)) {
            return Target{std::string{raw}, {}, std::string{raw}, {}};
        }
        const auto url = urls::parse_origin_form(text);
        if (!url) return unexpected{malformed("The request target is not a valid path.")};
        return take_apart(*url);
    }
    const auto url = urls::parse_absolute_uri(text);
    const bool web =
        url && (url->scheme_id() == urls::scheme::http || url->scheme_id() == urls::scheme::https);
    if (!web || !is_host(view(url->encoded_authority()))) {
        return unexpected{malformed("The request target is neither a path nor a web address.")};
    }
    return take_apart(*url);
}

bool is_host(std::string_view text) {
    if (text.empty() || text.find('@') != text.npos) return false;
    const auto authority = urls::parse_authority({text.data(), text.size()});
    return authority && !authority->encoded_host().empty() && text.find('%') == text.npos &&
           text.find(',') == text.npos;
}

}  // namespace pakashop::http
