#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/api/http_harness.hpp"
#include "tests/api/raw_client.hpp"
#include "tests/kit/eventually.hpp"

using namespace std::chrono_literals;
using pakashop::http::Limits;
using pakashop::kit::eventually;
using pakashop::kit::HttpHarness;
using pakashop::kit::RawClient;
using pakashop::kit::status_of;

namespace {

std::string get(std::string_view target) {
    return "GET " + std::string{target} + " HTTP/1.1\r\nHost: shop\r\n\r\n";
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("an answer carries its length, date and the security headers") {
    HttpHarness server;
    RawClient client{server.port()};
    client.send(get("/hello"));
    const auto answer = client.receive();
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\nServer: pakashop\r\nDate: "));
    CHECK(has(answer, "Content-Type: text/plain; charset=utf-8\r\n"));
    CHECK(has(answer, "Content-Length: 12\r\n"));
    CHECK(has(answer, "X-Content-Type-Options: nosniff\r\n"));
    CHECK(has(answer, "Cache-Control: no-store\r\n"));
    CHECK(has(answer, "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"));
    CHECK(answer.ends_with("\r\n\r\nGET /hello||"));
}

TEST_CASE("a security header of the handler stands instead of ours") {
    HttpHarness server;
    RawClient client{server.port()};
    client.send(get("/own"));
    const auto answer = client.receive();
    CHECK(has(answer, "content-security-policy: default-src 'self'\r\n"));
    CHECK_FALSE(has(answer, "default-src 'none'"));
}

TEST_CASE("a connection serves one request after another") {
    HttpHarness server;
    RawClient client{server.port()};
    for (int i = 0; i < 3; ++i) {
        client.send(get("/n" + std::to_string(i)));
        CHECK(client.receive().ends_with("GET /n" + std::to_string(i) + "||"));
    }
    CHECK(server.handled() == 3);
}

TEST_CASE("pipelined requests are answered in order") {
    HttpHarness server;
    RawClient client{server.port()};
    client.send(get("/slow") + get("/b") + get("/c"));
    const auto answers = client.receive(3);
    const auto first = answers.find("GET /slow|");
    CHECK(first < answers.find("GET /b|"));
    CHECK(answers.find("GET /b|") < answers.find("GET /c|"));
    CHECK(server.handled() == 3);
}

TEST_CASE("a body arrives whole: by length, in chunks, and byte by byte") {
    HttpHarness server;
    const std::string head = "POST /p HTTP/1.1\r\nHost: shop\r\n";
    const std::string by_length = head + "Content-Length: 5\r\n\r\nhello";
    const std::string chunked =
        head + "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;note=1\r\nllo\r\n0\r\n\r\n";
    for (const auto& text : {by_length, chunked}) {
        RawClient whole{server.port()};
        whole.send(text);
        CHECK(whole.receive().ends_with("POST /p||hello"));
        RawClient pieces{server.port()};
        for (const char each : text) {
            pieces.send({&each, 1});
            server.let_read();
        }
        CHECK(pieces.receive().ends_with("POST /p||hello"));
    }
}

TEST_CASE("a large body within the limit arrives whole") {
    HttpHarness server;
    RawClient client{server.port()};
    const std::string body(1024 * 1024, 'x');
    client.send("POST /p HTTP/1.1\r\nHost: shop\r\nContent-Length: 1048576\r\n\r\n");
    client.send(body);
    const auto answer = client.receive();
    CHECK(status_of(answer) == 200);
    CHECK(answer.ends_with("POST /p||" + body));
}

TEST_CASE("HEAD tells the length and sends no body; 204 has neither") {
    HttpHarness server;
    RawClient client{server.port()};
    client.send("HEAD /h HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
    const auto head = client.receive_all();
    CHECK(has(head, "Content-Length: 9\r\n"));
    CHECK(head.ends_with("\r\n\r\n"));
    RawClient other{server.port()};
    other.send(get("/empty"));
    const auto empty = other.receive();
    CHECK(status_of(empty) == 204);
    CHECK_FALSE(has(empty, "Content-Length"));
}

TEST_CASE("a client that asks first is told to continue") {
    HttpHarness server;
    RawClient client{server.port()};
    client.send(
        "POST /p HTTP/1.1\r\nHost: shop\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    );
    CHECK(client.receive() == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("ok");
    CHECK(client.receive().ends_with("POST /p||ok"));
}

TEST_CASE("a client that asks first and is too large gets 413 instead") {
    HttpHarness server;
    RawClient client{server.port()};
    client.send(
        "POST /small HTTP/1.1\r\nHost: shop\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n"
    );
    CHECK(status_of(client.receive()) == 413);
}

TEST_CASE("a client of HTTP/1.0 that asks first gets its answer and nothing before it") {
    HttpHarness server;
    for (const std::string expectation : {"100-continue", "tea"}) {
        CAPTURE(expectation);
        RawClient client{server.port()};
        client.send("POST /p HTTP/1.0\r\nContent-Length: 2\r\nExpect: " + expectation + "\r\n\r\n");
        server.let_read();
        client.send("ok");
        const auto answer = client.receive_all();
        CHECK(status_of(answer) == 200);
        CHECK(answer.ends_with("POST /p||ok"));
    }
}

TEST_CASE("how much a body may hold is decided by the whole head") {
    HttpHarness server;
    const std::string post = "POST /small HTTP/1.1\r\nHost: shop\r\n";
    const std::string length = "Content-Length: 12\r\n";
    const std::string chunked = "Transfer-Encoding: chunked\r\n";
    const std::string trusted = "X-Trusted: yes\r\n";
    const std::vector<std::pair<std::string, int>> requests{
        {post + length + "\r\n123456789012", 413},
        {post + length + trusted + "\r\n123456789012", 200},
        {post + chunked + "\r\nc\r\n123456789012\r\n0\r\n\r\n", 413},
        {post + chunked + trusted + "\r\nc\r\n123456789012\r\n0\r\n\r\n", 200},
    };
    for (const auto& [request, status] : requests) {
        CAPTURE(request);
        RawClient client{server.port()};
        client.send(request);
        CHECK(status_of(client.receive()) == status);
    }
}

TEST_CASE("a header that stands twice is told from one that stands once") {
    pakashop::http::Request request;
    request.headers = {{"x-key", "a"}, {"x-other", "a"}, {"x-key", "a"}};
    CHECK(request.repeats("x-key"));
    CHECK_FALSE(request.repeats("x-other"));
    CHECK_FALSE(request.repeats("x-none"));
}

TEST_CASE("query parameters are decoded") {
    HttpHarness server;
    RawClient client{server.port()};
    client.send(get("/q?to=1&q=fresh+fish%20%2b%C3%A9"));
    CHECK(client.receive().ends_with("\r\n\r\nfresh fish +\xC3\xA9"));
    client.send(get("/q?other=1"));
    CHECK(client.receive().ends_with("(none)"));
    client.send(get("/from"));
    CHECK(client.receive().ends_with("\r\n\r\n127.0.0.1"));
}

TEST_CASE("HTTP/1.0 closes unless the client asks to keep the connection") {
    HttpHarness server;
    RawClient closing{server.port()};
    closing.send("GET /a HTTP/1.0\r\n\r\n");
    CHECK(has(closing.receive_all(), "Connection: close\r\n"));
    CHECK(closing.closed());
    RawClient keeping{server.port()};
    keeping.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(has(keeping.receive(), "Connection: keep-alive\r\n"));
    keeping.send("GET /b HTTP/1.0\r\n\r\n");
    CHECK(has(keeping.receive(), "GET /b||"));
}

TEST_CASE("an exception in a handler becomes a 500 and the connection goes on") {
    HttpHarness server;
    RawClient client{server.port()};
    client.send(get("/throw"));
    const auto answer = client.receive();
    CHECK(status_of(answer) == 500);
    CHECK(has(answer, "internal_error"));
    CHECK_FALSE(has(answer, "secret"));
    client.send(get("/after"));
    CHECK(status_of(client.receive()) == 200);
}

TEST_CASE("a handler cannot split an answer") {
    HttpHarness server;
    RawClient client{server.port()};
    client.send(get("/broken"));
    const auto answer = client.receive();
    CHECK(status_of(answer) == 500);
    CHECK_FALSE(has(answer, "Set-Cookie"));
}

TEST_CASE("time limits: a slow header or body gets 408, an idle connection is closed") {
    Limits limits;
    limits.header_timeout = limits.body_timeout = limits.idle_timeout = 400ms;
    HttpHarness server{limits};
    RawClient header{server.port()};
    header.send("GET / HT");
    CHECK(status_of(header.receive_all()) == 408);
    CHECK(header.closed());
    RawClient body{server.port()};
    body.send("POST /p HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\n\r\nhe");
    CHECK(status_of(body.receive_all()) == 408);
    RawClient idle{server.port()};
    idle.send(get("/a"));
    CHECK(status_of(idle.receive()) == 200);
    CHECK(idle.receive_all().empty());
    CHECK(idle.closed());
    RawClient silent{server.port()};
    CHECK(silent.receive_all().empty());
    CHECK(silent.closed());
}

TEST_CASE("beyond the connection limit the longest idle one goes, else the new one gets 503") {
    Limits limits;
    limits.connections_max = 2;
    HttpHarness server{limits};
    RawClient first{server.port()};
    first.send(get("/a"));
    CHECK(status_of(first.receive()) == 200);
    RawClient second{server.port()};
    second.send("POST /p HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\n\r\n");
    RawClient third{server.port()};
    third.send("POST /p HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\n\r\n");
    CHECK(first.receive_all().empty());
    CHECK(first.closed());
    RawClient fourth{server.port()};
    CHECK(status_of(fourth.receive_all()) == 503);
    third.send("hello");
    CHECK(status_of(third.receive()) == 200);
}

TEST_CASE("draining answers what is under way, ends idle connections and takes no new one") {
    HttpHarness server;
    RawClient idle{server.port()};
    idle.send(get("/a"));
    CHECK(status_of(idle.receive()) == 200);
    RawClient busy{server.port()};
    busy.send(get("/slow"));
    CHECK(eventually([&] { return server.handled() == 2; }));
    server.drain(3s);
    const auto answer = busy.receive_all();
    CHECK(status_of(answer) == 200);
    CHECK(has(answer, "Connection: close\r\n"));
    CHECK(idle.receive_all().empty());
    CHECK(eventually([&] { return server.drained(); }));
    CHECK(server.drained_clean());
    CHECK_THROWS(RawClient{server.port()});
}

TEST_CASE("draining cuts what does not end in time") {
    HttpHarness server;
    RawClient stuck{server.port()};
    stuck.send(get("/stuck"));
    CHECK(eventually([&] { return server.handled() == 1; }));
    server.drain(60ms);
    CHECK(stuck.receive_all().empty());
    CHECK(stuck.closed());
    CHECK(eventually([&] { return server.drained(); }));
    CHECK_FALSE(server.drained_clean());
}

TEST_CASE("connections that end leave nothing behind") {
    HttpHarness server;
    for (int i = 0; i < 50; ++i) {
        RawClient client{server.port()};
        client.send(i % 2 == 0 ? get("/a") : std::string{"GET /half"});
    }
    RawClient last{server.port()};  // Accepted after all of them.
    last.send(get("/last"));
    CHECK(status_of(last.receive()) == 200);
    std::size_t open = 0;
    CHECK(eventually([&] {
        server.run_on_server([&](auto& live) { open = live.connections(); });
        return open == 1;
    }));
    CHECK(open == 1);
}
