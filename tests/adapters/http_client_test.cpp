#include <chrono>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "adapters/http/client.hpp"
#include "tests/adapters/raw_server.hpp"

using namespace std::chrono_literals;
using pakashop::HttpCall;
using pakashop::HttpFailure;
using pakashop::kit::RawPeer;
using pakashop::kit::RawServer;

namespace {

constexpr auto not_sent = HttpFailure::Kind::not_sent;
constexpr auto unknown = HttpFailure::Kind::unknown;

HttpCall post(std::string url) {
    return {
        .method = "POST",
        .url = std::move(url),
        .headers = {{"content-type", "application/json"}, {"X-Trace", "t1"}},
        .body = R"({"a":1})",
        .timeout_ms = 2'000,
    };
}

/// Serves one request of one connection with these bytes.
auto answer(std::string bytes) {
    return [bytes = std::move(bytes)](RawPeer& peer) {
        if (!peer.request().empty()) peer.send(bytes);
    };
}

}  // namespace

TEST_CASE("a call arrives as it was written and its reply comes back") {
    std::string seen;
    RawServer server{[&](RawPeer& peer) {
        seen = peer.request();
        peer.send("HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\nX-Id:  7 \r\n\r\nok");
    }};
    const auto reply = pakashop::send(post(server.url("/v2/deposits?x=1")));
    REQUIRE(reply.has_value());
    CHECK(reply->status == 202);
    CHECK(reply->header("x-id") == "7");
    CHECK(reply->body == "ok");
    server.stop();
    CHECK(seen.starts_with("POST /v2/deposits?x=1 HTTP/1.1\r\nHost: 127.0.0.1:"));
    CHECK(seen.find("content-type: application/json\r\n") != seen.npos);
    CHECK(seen.find("X-Trace: t1\r\n") != seen.npos);
    CHECK(seen.find("Content-Length: 7\r\n") != seen.npos);
    CHECK(seen.find("Expect") == seen.npos);
    CHECK(seen.ends_with("\r\n\r\n{\"a\":1}"));
}

TEST_CASE("every status is a reply, and no redirect is followed") {
    for (const int status : {200, 302, 404, 500, 503}) {
        RawServer server{answer(
            "HTTP/1.1 " + std::to_string(status) +
            " X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
        )};
        const auto reply = pakashop::send({.url = server.url("/")});
        REQUIRE(reply.has_value());
        CHECK(reply->status == status);
        server.stop();
        CHECK(server.connections() == 1);
    }
}

TEST_CASE("a thread uses its connection again") {
    RawServer server{[](RawPeer& peer) {
        while (!peer.request().empty()) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }};
    std::thread{[&] {
        for (int i = 0; i < 5; ++i) CHECK(pakashop::send(post(server.url("/"))).has_value());
    }}.join();
    CHECK(server.connections() == 1);
}

TEST_CASE("what never left us is not_sent") {
    RawServer gone{[](RawPeer&) {}};
    gone.stop();
    const std::string refused = gone.url("/");
    for (const std::string& url :
         {refused,
          std::string{"http://no-such-host.invalid/"},
          std::string{"ftp://127.0.0.1/"},
          std::string{"file:///etc/passwd"},
          std::string{"not a url"}}) {
        CAPTURE(url);
        const auto reply = pakashop::send(post(url));
        REQUIRE_FALSE(reply.has_value());
        CHECK(reply.error().kind == not_sent);
        CHECK_FALSE(reply.error().text.empty());
    }
}

TEST_CASE("a line break in a header is refused before anything is sent") {
    HttpCall call = post("http://127.0.0.1:1/");
    call.headers.push_back({"X-Note", "a\r\nX-Admin: 1"});
    const auto reply = pakashop::send(call);
    REQUIRE_FALSE(reply.has_value());
    CHECK(reply.error().kind == not_sent);
}

TEST_CASE("a TLS handshake that fails is not_sent") {
    RawServer server{[](RawPeer& peer) { peer.send("HTTP/1.1 400 Bad Request\r\n\r\n"); }};
    std::string url = server.url("/");
    url.insert(4, "s");
    const auto reply = pakashop::send(post(url));
    REQUIRE_FALSE(reply.has_value());
    CHECK(reply.error().kind == not_sent);
}

TEST_CASE("silence after the request is unknown, and ends in time") {
    RawServer server{[](RawPeer& peer) {
        peer.request();
        peer.request();
    }};
    HttpCall call = post(server.url("/"));
    call.timeout_ms = 150;
    const auto begin = std::chrono::steady_clock::now();
    std::thread{[&] {
        const auto reply = pakashop::send(call);
        REQUIRE_FALSE(reply.has_value());
        CHECK(reply.error().kind == unknown);
    }}.join();
    CHECK(std::chrono::steady_clock::now() - begin < 5s);
}

TEST_CASE("a reply that breaks off is unknown") {
    struct Case {
        std::string name;
        std::string bytes;
    };
    const Case cases[] = {
        {"closed without a word", ""},
        {"half a head", "HTTP/1.1 200 OK\r\nContent-Le"},
        {"a head without its blank line", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"},
        {"a short body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"},
        {"a chunk cut off", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc"},
        {"not HTTP", "SSH-2.0-OpenSSH\r\n\r\n"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        RawServer server{answer(each.bytes)};
        const auto reply = pakashop::send(post(server.url("/")));
        REQUIRE_FALSE(reply.has_value());
        CHECK(reply.error().kind == unknown);
    }
}

TEST_CASE("a reset is unknown") {
    RawServer server{[](RawPeer& peer) {
        peer.request();
        peer.reset();
    }};
    const auto reply = pakashop::send(post(server.url("/")));
    REQUIRE_FALSE(reply.has_value());
    CHECK(reply.error().kind == unknown);
}

TEST_CASE("a reply over one megabyte is unknown") {
    const std::string body(1024 * 1024 + 1, 'x');
    RawServer declared{answer(
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body
    )};
    RawServer endless{answer("HTTP/1.1 200 OK\r\n\r\n" + body)};
    RawServer headers{answer("HTTP/1.1 200 OK\r\nX: " + std::string(90'000, 'y') + "\r\n\r\n")};
    for (const auto* server : {&declared, &endless, &headers}) {
        const auto reply = pakashop::send({.url = server->url("/")});
        REQUIRE_FALSE(reply.has_value());
        CHECK(reply.error().kind == unknown);
    }
}

TEST_CASE("a body is not sent a second time when a reused connection dies") {
    int requests = 0;
    RawServer server{[&](RawPeer& peer) {
        while (!peer.request().empty()) {
            if (++requests == 2) return;
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    }};
    std::thread{[&] {
        CHECK(pakashop::send(post(server.url("/"))).has_value());
        const auto second = pakashop::send(post(server.url("/")));
        REQUIRE_FALSE(second.has_value());
        CHECK(second.error().kind == unknown);
        HttpCall bare = post(server.url("/"));
        bare.body.clear();
        CHECK(pakashop::send(bare).has_value());
    }}.join();
    server.stop();
    CHECK(requests == 3);
}
