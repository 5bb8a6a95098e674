#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <boost/beast/http/basic_parser.hpp>

#include "api/http/limits.hpp"
#include "api/http/message.hpp"

namespace pakashop::http {

/// Beast's parser filling our Request directly, with the rules a front server and this one must
/// agree on (RFC 9112 section 6): one Content-Length of digits, or "chunked" alone, never both; one
/// Host; no trailers. Feed it a head that HeadScanner let through, then the body, with put().
class RequestParser final : public boost::beast::http::basic_parser<true> {
public:
    explicit RequestParser(const Limits& limits);

    /// Why put() failed; a general answer when Beast itself refused.
    Refusal refusal(boost::beast::error_code error) const;

    /// True when the client waits for "100 Continue" before it sends the body.
    bool expects_continue() const { return expects_continue_; }

    /// True when the client speaks HTTP/1.0.
    bool old_version() const { return old_version_; }

    /// The request, complete once is_done().
    Request& request() { return request_; }

private:
    using Error = boost::beast::error_code;
    using Text = boost::beast::string_view;

    void on_request_impl(
        boost::beast::http::verb,
        Text method,
        Text target,
        int version,
        Error& error
    ) override;
    void on_response_impl(int, Text, int, Error&) override {}
    void on_field_impl(boost::beast::http::field name, Text text, Text value, Error& error)
        override;
    void on_header_impl(Error& error) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, Error&) override;
    std::size_t on_body_impl(Text body, Error&) override;
    void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text body, Error&) override;
    void on_finish_impl(Error&) override {}

    void refuse(Error& error, Refusal refusal);
    void note_singleton(boost::beast::http::field name, Error& error);
    void check_framing(boost::beast::http::field name, std::string_view value, Error& error);

    const Limits& limits_;
    Request request_;
    std::string authority_;  ///< Of an absolute-form target.
    std::string host_;
    std::optional<Refusal> refusal_;
    std::uint32_t seen_ = 0;  ///< One bit per header that may stand only once.
    bool old_version_ = false;
    bool head_done_ = false;
    bool expects_continue_ = false;
};

}  // namespace pakashop::http
