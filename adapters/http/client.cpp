#include "adapters/http/client.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

namespace pakashop {
namespace {

constexpr std::size_t reply_header_bytes_max = 64 * 1024;
constexpr long connect_timeout_ms_max = 5'000;
// Servers drop idle connections; one that is about to die costs an unknown outcome.
constexpr long idle_connection_seconds_max = 20;

struct CurlDeleter {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, CurlDeleter>;
using HeaderList = std::unique_ptr<curl_slist, CurlDeleter>;

/// What the callbacks of one call read and fill.
struct Exchange {
    const HttpCall& call;
    HttpReply reply;
    std::size_t body_sent = 0;
    std::size_t header_bytes = 0;
    bool too_large = false;
    bool head_complete = false;
    std::array<char, CURL_ERROR_SIZE> error{};
};

CURL* thread_handle() {
    static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    thread_local Handle handle{ready ? curl_easy_init() : nullptr};
    if (handle) curl_easy_reset(handle.get());  // Keeps connections, names and TLS sessions.
    return handle.get();
}

std::size_t take_body(char* data, std::size_t, std::size_t count, void* context) {
    auto& exchange = *static_cast<Exchange*>(context);
    exchange.too_large = exchange.reply.body.size() + count > exchange.call.reply_bytes_max;
    if (exchange.too_large) return 0;
    exchange.reply.body.append(data, count);
    return count;
}

std::string_view trim(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::size_t take_header(char* data, std::size_t, std::size_t count, void* context) {
    auto& exchange = *static_cast<Exchange*>(context);
    exchange.header_bytes += count;
    exchange.too_large = exchange.header_bytes > reply_header_bytes_max;
    if (exchange.too_large) return 0;
    const std::string_view line{data, count};
    if (line.starts_with("HTTP/")) exchange.reply.headers.clear();  // After an interim answer.
    exchange.head_complete = trim(line).empty();
    const auto colon = line.find(':');
    if (colon == line.npos) return count;
    std::string name{line.substr(0, colon)};
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    exchange.reply.headers.push_back({std::move(name), std::string{trim(line.substr(colon + 1))}});
    return count;
}

std::size_t give_body(char* out, std::size_t, std::size_t room, void* context) {
    auto& exchange = *static_cast<Exchange*>(context);
    const auto count = std::min(room, exchange.call.body.size() - exchange.body_sent);
    std::copy_n(exchange.call.body.data() + exchange.body_sent, count, out);
    exchange.body_sent += count;
    return count;
}

// Refusing to rewind is what keeps libcurl from sending a body twice on its own account.
int refuse_rewind(void*, curl_off_t, int) { return CURL_SEEKFUNC_FAIL; }

bool has_line_break(const HttpCall& call) {
    const auto broken = [](std::string_view text) {
        return text.find_first_of(std::string_view{"\r\n\0", 3}) != text.npos;
    };
    return broken(call.url) || broken(call.method) ||
           std::ranges::any_of(call.headers, [&](const HttpHeader& each) {
               return each.name.empty() || broken(each.name) || broken(each.value);
           });
}

HeaderList header_list(const HttpCall& call) {
    HeaderList list;
    const auto append = [&](const std::string& line) {
        list.reset(curl_slist_append(list.release(), line.c_str()));
    };
    append("Expect:");  // No waiting for 100 Continue.
    append("User-Agent: pakashop");
    bool typed = false;
    for (const auto& each : call.headers) {
        typed = typed || curl_strequal(each.name.c_str(), "content-type");
        // A semicolon is curl's way to send a header without a value.
        append(each.value.empty() ? each.name + ";" : each.name + ": " + each.value);
    }
    if (!typed) append("Content-Type:");
    return list;
}

void set_transport(CURL* handle, const HttpCall& call) {
    const long timeout_ms = std::max(1, call.timeout_ms);
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(
        handle, CURLOPT_CONNECTTIMEOUT_MS, std::min(timeout_ms, connect_timeout_ms_max)
    );
    curl_easy_setopt(handle, CURLOPT_MAXAGE_CONN, idle_connection_seconds_max);
}

void set_request(CURL* handle, Exchange& exchange, curl_slist* headers) {
    const auto& call = exchange.call;
    curl_easy_setopt(handle, CURLOPT_URL, call.url.c_str());
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    const bool safe = call.method == "GET" || call.method == "HEAD";
    if (call.method == "HEAD") curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
    if (!safe || !call.body.empty()) {
        curl_easy_setopt(handle, CURLOPT_POST, 1L);
        curl_easy_setopt(
            handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size())
        );
        curl_easy_setopt(handle, CURLOPT_READFUNCTION, give_body);
        curl_easy_setopt(handle, CURLOPT_READDATA, &exchange);
        curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, refuse_rewind);
        // Without a body there is nothing to rewind, so only a new connection is safe.
        if (call.body.empty()) curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, 1L);
    }
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, call.method.c_str());
}

void set_reply(CURL* handle, Exchange& exchange) {
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, exchange.error.data());
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &exchange);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &exchange);
}

HttpFailure failure(CURL* handle, const Exchange& exchange, CURLcode code) {
    long request_bytes = 0;
    curl_easy_getinfo(handle, CURLINFO_REQUEST_SIZE, &request_bytes);
    const bool sent = request_bytes > 0 || exchange.body_sent > 0;
    const char* why = exchange.error[0] != '\0' ? exchange.error.data() : curl_easy_strerror(code);
    return {
        sent ? HttpFailure::Kind::unknown : HttpFailure::Kind::not_sent,
        exchange.too_large ? "the reply is larger than 1 MiB" : std::string{why}
    };
}

}  // namespace

std::string_view HttpReply::header(std::string_view name) const {
    const auto found = std::ranges::find(headers, name, &HttpHeader::name);
    return found == headers.end() ? std::string_view{} : std::string_view{found->value};
}

Result<HttpReply, HttpFailure> send(const HttpCall& call) {
    using Kind = HttpFailure::Kind;
    if (has_line_break(call)) {
        return unexpected{HttpFailure{Kind::not_sent, "a line break in method, url or header"}};
    }
    CURL* handle = thread_handle();
    if (!handle) return unexpected{HttpFailure{Kind::not_sent, "libcurl does not start"}};
    Exchange exchange{.call = call, .reply = {}};
    const HeaderList headers = header_list(call);
    set_transport(handle, call);
    set_request(handle, exchange, headers.get());
    set_reply(handle, exchange);
    const CURLcode code = curl_easy_perform(handle);
    if (code != CURLE_OK) return unexpected{failure(handle, exchange, code)};
    if (!exchange.head_complete) {  // To libcurl a header that breaks off has ended well.
        return unexpected{HttpFailure{Kind::unknown, "the reply broke off in its header"}};
    }
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    exchange.reply.status = static_cast<int>(status);
    return std::move(exchange.reply);
}

}  // namespace pakashop
