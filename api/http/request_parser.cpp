#include "api/http/request_parser.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/beast/http/error.hpp>

#include "api/http/target.hpp"

namespace pakashop::http {
namespace {

namespace beast_http = boost::beast::http;
using beast_http::field;

constexpr std::size_t reserve_bytes_max = 64 * 1024;

// Read once by everybody, so two of them mean two readings.
constexpr std::array singletons{
    field::host,
    field::content_length,
    field::content_type,
    field::transfer_encoding,
    field::authorization,
    field::expect
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower_case(std::string_view text) {
    std::string result(text.size(), '\0');
    std::ranges::transform(text, result.begin(), lower);
    return result;
}

template <class View>
std::string_view plain(View text) {
    return {text.data(), text.size()};
}

constexpr Refusal too_large{
    413,
    "body_too_large",
    "The request body is larger than this path takes."
};

bool digits(std::string_view text) {
    return !text.empty() && text.size() <= 15 &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

RequestParser::RequestParser(const Limits& limits) : limits_{limits} {
    header_limit(static_cast<std::uint32_t>(limits.head_bytes_max + 1));
    // Set when the head is complete: Beast would judge a declared length before we know whose.
    body_limit(boost::none);
    request_.headers.reserve(12);
}

Refusal RequestParser::refusal(boost::beast::error_code error) const {
    if (refusal_) return *refusal_;
    if (error == beast_http::error::body_limit) return too_large;
    return malformed(
        head_done_ ? "The request body is not framed correctly."
                   : "The request header is not framed correctly."
    );
}

void RequestParser::refuse(Error& error, Refusal refusal) {
    refusal_ = refusal;
    error = beast_http::error::bad_value;
}

void RequestParser::on_request_impl(
    beast_http::verb,
    Text method,
    Text target,
    int version,
    Error& error
) {
    auto parsed = http::parse_target(plain(target));
    if (!parsed) return refuse(error, parsed.error());
    old_version_ = version < 11;
    request_.method = plain(method);
    request_.target = std::move(parsed->origin);
    request_.path = std::move(parsed->path);
    request_.query = std::move(parsed->query);
    authority_ = std::move(parsed->authority);
}

void RequestParser::on_field_impl(field name, Text text, Text value, Error& error) {
    if (head_done_) return refuse(error, malformed("Trailer fields are not taken."));
    if (name != field::unknown) note_singleton(name, error);
    if (!error) check_framing(name, plain(value), error);
    if (error) return;
    request_.headers.push_back({lower_case(plain(text)), std::string{plain(value)}});
}

void RequestParser::note_singleton(field name, Error& error) {
    const auto found = std::ranges::find(singletons, name);
    if (found == singletons.end()) return;
    const auto bit = std::uint32_t{1} << (found - singletons.begin());
    if (seen_ & bit) return refuse(error, malformed("A header that may stand once is repeated."));
    seen_ |= bit;
}

void RequestParser::check_framing(field name, std::string_view value, Error& error) {
    switch (name) {
        case field::host:
            if (!is_host(value)) return refuse(error, malformed("The Host header is not valid."));
            host_ = lower_case(value);
            return;
        case field::content_length:
            if (!digits(value)) {
                return refuse(error, malformed("Content-Length is not a decimal number."));
            }
            return;
        case field::transfer_encoding:
            if (!same_name(value, "chunked")) {
                return refuse(error, malformed("Only the transfer coding chunked is taken."));
            }
            if (old_version_) {
                return refuse(error, malformed("HTTP/1.0 knows no transfer coding."));
            }
            return;
        case field::expect:
            // HTTP/1.0 knows no interim answer (RFC 9110, 10.1.1).
            if (old_version_) return;
            expects_continue_ = same_name(value, "100-continue");
            if (!expects_continue_) {
                return refuse(
                    error, {417, "expectation_failed", "Only 100-continue can be expected."}
                );
            }
            return;
        default:
            return;
    }
}

void RequestParser::on_header_impl(Error& error) {
    head_done_ = true;
    if (host_.empty() && !old_version_) {
        return refuse(error, malformed("The Host header is missing."));
    }
    if (!authority_.empty() && lower_case(authority_) != host_) {
        return refuse(error, malformed("The request target names another host than Host."));
    }
    const std::uint64_t limit = limits_.body_limit(request_);
    body_limit(limit);  // Of chunks, which Beast adds up.
    if (content_length().value_or(0) > limit) refuse(error, too_large);
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, Error&) {
    // A declared length is a claim: memory follows the bytes, not the claim.
    if (length) request_.body.reserve(std::min<std::size_t>(*length, reserve_bytes_max));
}

std::size_t RequestParser::on_body_impl(Text body, Error&) {
    request_.body.append(body.data(), body.size());
    return body.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, Text body, Error&) {
    request_.body.append(body.data(), body.size());
    return body.size();
}

}  // namespace pakashop::http
