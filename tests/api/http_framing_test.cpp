#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/api/http_harness.hpp"
#include "tests/api/raw_client.hpp"

using namespace std::chrono_literals;
using pakashop::kit::HttpHarness;
using pakashop::kit::RawClient;
using pakashop::kit::status_of;

namespace {

/// A request that no two servers may read differently, and the status it must be refused with.
struct Attack {
    std::string name;
    int status;
    std::string bytes;
};

// Whatever follows a refused request on its connection must never be served.
const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: shop\r\n\r\n";

std::string post(const std::string& fields, const std::string& body) {
    return "POST /p HTTP/1.1\r\nHost: shop\r\n" + fields + "\r\n" + body;
}

std::string get(const std::string& target, const std::string& fields = "Host: shop\r\n") {
    return "GET " + target + " HTTP/1.1\r\n" + fields + "\r\n";
}

std::string chunks(const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); }

std::vector<Attack> length_attacks() {
    return {
        {"two different lengths", 400, post("Content-Length: 4\r\nContent-Length: 5\r\n", "abcde")},
        {"the same length twice", 400, post("Content-Length: 4\r\nContent-Length: 4\r\n", "abcd")},
        {"a list of lengths", 400, post("Content-Length: 4, 4\r\n", "abcd")},
        {"a signed length", 400, post("Content-Length: +4\r\n", "abcd")},
        {"a negative length", 400, post("Content-Length: -1\r\n", "")},
        {"a hexadecimal length", 400, post("Content-Length: 0x4\r\n", "abcd")},
        {"a length with a space inside", 400, post("Content-Length: 4 4\r\n", "abcd")},
        {"an empty length", 400, post("Content-Length: \r\n", "")},
        {"a length beyond 64 bits", 400, post("Content-Length: 18446744073709551620\r\n", "abcd")},
        {"length, then chunked",
         400,
         post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        {"chunked, then length",
         400,
         post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n")},
        {"chunked twice",
         400,
         post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        {"another coding", 400, post("Transfer-Encoding: gzip\r\n", "")},
        {"chunked not last", 400, post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")},
        {"gzip, chunked", 400, post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
        {"chunked misspelt", 400, post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
        {"chunked after a vertical tab",
         400,
         post(
             "Transfer-Encoding: \x0b"
             "chunked\r\n",
             "0\r\n\r\n"
         )},
        {"a space before the colon", 400, post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")},
        {"chunked in HTTP/1.0",
         400,
         "POST /p HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    };
}

std::vector<Attack> chunk_attacks() {
    return {
        {"a chunk size that is no number", 400, chunks("xyz\r\nabc\r\n0\r\n\r\n")},
        {"a chunk size with a prefix", 400, chunks("0x3\r\nabc\r\n0\r\n\r\n")},
        {"a signed chunk size", 400, chunks("+3\r\nabc\r\n0\r\n\r\n")},
        {"a negative chunk size", 400, chunks("-3\r\nabc\r\n0\r\n\r\n")},
        {"an empty chunk size", 400, chunks("\r\nabc\r\n0\r\n\r\n")},
        {"a chunk size beyond 64 bits", 400, chunks("10000000000000003\r\nabc\r\n0\r\n\r\n")},
        {"a chunk longer than its size", 400, chunks("3\r\nabcdef\r\n0\r\n\r\n")},
        {"a chunk line that ends with LF", 400, chunks("3\nabc\r\n0\r\n\r\n")},
        {"a chunk extension with a bare CR", 400, chunks("3;a\rb\r\nabc\r\n0\r\n\r\n")},
        {"a chunk extension with a bare LF", 400, chunks("3;a\nb\r\nabc\r\n0\r\n\r\n")},
        {"a chunk extension without end", 400, chunks("3;" + std::string(20'000, 'a'))},
        {"a trailer", 400, chunks("3\r\nabc\r\n0\r\nx-pakashop-key: k\r\n\r\n")},
        {"chunks beyond the limit", 413, chunks("7fffffff\r\nabc")},
        {"many chunks beyond the limit of the path",
         413,
         "POST /small HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n"
         "6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n"},
        {"ten gigabytes declared", 413, post("Content-Length: 10000000000\r\n", "abc")},
    };
}

std::vector<Attack> line_attacks() {
    using namespace std::string_literals;
    return {
        {"LF alone ends the lines", 400, "GET / HTTP/1.1\nHost: shop\n\n"},
        {"LF alone ends one line", 400, "GET / HTTP/1.1\r\nHost: shop\nX: y\r\n\r\n"},
        {"LF alone ends the header", 400, "GET / HTTP/1.1\r\nHost: shop\r\n\n"},
        {"CR alone in a value", 400, get("/", "Host: shop\r\nX: a\rb\r\n")},
        {"a folded line", 400, get("/", "Host: shop\r\nX: a\r\n b\r\n")},
        {"a line folded with a tab", 400, get("/", "Host: shop\r\nX: a\r\n\tb\r\n")},
        {"a line folded before the first field", 400, get("/", " X: a\r\nHost: shop\r\n")},
        {"NUL in a value", 400, get("/", "Host: shop\r\nX: a\0b\r\n"s)},
        {"a control character in a value",
         400,
         get("/",
             "Host: shop\r\nX: a\x01"
             "b\r\n")},
        {"DEL in a value", 400, get("/", "Host: shop\r\nX: a\x7f\r\n")},
        {"NUL in a name", 400, get("/", "Host: shop\r\nX\0: a\r\n"s)},
        {"a name without colon", 400, get("/", "Host: shop\r\nX\r\n")},
        {"an empty name", 400, get("/", "Host: shop\r\n: a\r\n")},
        {"a name with a bracket", 400, get("/", "Host: shop\r\nX(: a\r\n")},
        {"an empty line first", 400, "\r\nGET / HTTP/1.1\r\nHost: shop\r\n\r\n"},
        {"HTTP/0.9", 400, "GET /\r\n"},
        {"HTTP/2.0", 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
        {"HTTP/1.2", 400, "GET / HTTP/1.2\r\nHost: shop\r\n\r\n"},
        {"http in lower case", 400, "GET / http/1.1\r\nHost: shop\r\n\r\n"},
        {"two spaces before the target", 400, "GET  / HTTP/1.1\r\nHost: shop\r\n\r\n"},
        {"a tab before the target", 400, "GET\t/ HTTP/1.1\r\nHost: shop\r\n\r\n"},
        {"a space inside the target", 400, "GET /a b HTTP/1.1\r\nHost: shop\r\n\r\n"},
        {"a space after the version", 400, "GET / HTTP/1.1 \r\nHost: shop\r\n\r\n"},
        {"no Host", 400, get("/", "")},
        {"two Hosts", 400, get("/", "Host: shop\r\nHost: shop\r\n")},
        {"an empty Host", 400, get("/", "Host: \r\n")},
        {"a Host with a path", 400, get("/", "Host: shop/evil\r\n")},
        {"a Host with a user", 400, get("/", "Host: a@shop\r\n")},
        {"a Host with two names", 400, get("/", "Host: shop,evil\r\n")},
        {"a Host with a bad port", 400, get("/", "Host: shop:8o\r\n")},
        {"two credentials",
         400,
         get("/", "Host: shop\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n")},
        {"an expectation we do not know", 417, get("/", "Host: shop\r\nExpect: tea\r\n")},
    };
}

std::vector<Attack> target_attacks() {
    return {
        {"an address of another host", 400, get("http://evil/x")},
        {"an address of another port", 400, get("http://shop:81/x")},
        {"an address of another kind", 400, get("ftp://shop/x")},
        {"an address with a user", 400, get("http://a@shop/x")},
        {"CONNECT", 400, "CONNECT shop:80 HTTP/1.1\r\nHost: shop:80\r\n\r\n"},
        {"asterisk", 400, "OPTIONS * HTTP/1.1\r\nHost: shop\r\n\r\n"},
        {"a target without slash", 400, get("x")},
        {"NUL in the path", 400, get("/a%00b")},
        {"a line break in the path", 400, get("/a%0d%0aX:%20y")},
        {"an encoded slash", 400, get("/a%2fb")},
        {"an encoded slash in capitals", 400, get("/a%2Fb")},
        {"an encoded backslash", 400, get("/a%5cb")},
        {"a backslash", 400, get("/a\\b")},
        {"dots", 400, get("/a/../admin")},
        {"dots at the end", 400, get("/a/..")},
        {"one dot", 400, get("/./a")},
        {"encoded dots", 400, get("/%2e%2e/admin")},
        {"dots and an encoded slash", 400, get("/..%2fadmin")},
        {"half-encoded dots", 400, get("/.%2E/admin")},
        {"a bad percent sign", 400, get("/a%zz")},
        {"half a percent sign", 400, get("/a%2")},
        {"broken UTF-8 in the path", 400, get("/caf%C3")},
        {"a raw byte over 127", 400, get("/caf\xC3\xA9")},
        {"a fragment", 400, get("/a#b")},
        {"a bad percent sign in the query", 400, get("/a?b=%g1")},
        {"NUL in the query", 400, get("/a?b=%00")},
        {"broken UTF-8 in the query", 400, get("/a?b=%C3%28")},
        {"a parameter twice", 400, get("/a?b=1&b=2")},
        {"a parameter twice in two spellings", 400, get("/a?b=1&%62=2")},
        {"a long target", 414, get("/" + std::string(5'000, 'a'))},
        {"a long target that never ends", 414, "GET /" + std::string(20'000, 'a')},
        {"a large header", 431, get("/", "Host: shop\r\nX: " + std::string(17'000, 'a') + "\r\n")},
        {"a header that never ends",
         431,
         "GET / HTTP/1.1\r\nHost: shop\r\nX: " + std::string(40'000, 'a')},
        {"65 fields",
         431,
         [] {
             std::string fields = "Host: shop\r\n";
             for (int i = 0; i < 64; ++i) fields += "X-" + std::to_string(i) + ": y\r\n";
             return get("/", fields);
         }()},
    };
}

int run_table(const std::vector<Attack>& attacks) {
    HttpHarness server;
    for (const auto& attack : attacks) {
        CAPTURE(attack.name);
        RawClient client{server.port()};
        client.send(attack.bytes + smuggled);
        client.finish_sending();
        const auto answer = client.receive_all();
        CHECK(status_of(answer) == attack.status);
        CHECK(answer.find("Connection: close\r\n") != answer.npos);
        CHECK(answer.find("Server: ") == answer.rfind("Server: "));
        CHECK(client.closed());
    }
    CHECK(server.paths().empty());
    return static_cast<int>(attacks.size());
}

}  // namespace

TEST_CASE("an ambiguous message is refused, its connection closed, nothing after it served") {
    int checked = 0;
    for (const auto& table :
         {length_attacks(), chunk_attacks(), line_attacks(), target_attacks()}) {
        checked += run_table(table);
    }
    MESSAGE("framing attacks refused: " << checked);
    CHECK(checked >= 90);
}

TEST_CASE("what the grammar allows is served") {
    const std::vector<std::string> fine{
        get("/"),
        get("http://shop/x?y=1"),
        get("HTTP://SHOP/x"),
        get("/x", "host:shop:8000\r\n"),
        get("/x", "Host: [::1]:8000\r\n"),
        get("/x", "Host: shop\r\nX:\r\nY: \t a \t \r\n"),
        get("/~a/b.c/d-e_f/..x/%7e"),
        get("/x?a=&b&c=%2F..%2F"),
        get("/double%2525"),
        get("/caf%C3%A9"),
        post("Content-Length: 000\r\n", ""),
        "PROPFIND /x HTTP/1.1\r\nHost: shop\r\n\r\n",
    };
    HttpHarness server;
    for (const auto& request : fine) {
        CAPTURE(request);
        RawClient client{server.port()};
        client.send(request);
        CHECK(status_of(client.receive()) == 200);
    }
    CHECK(server.handled() == static_cast<int>(fine.size()));
}

TEST_CASE("a refused client that is still sending gets its answer") {
    HttpHarness server;
    RawClient client{server.port()};
    client.send("POST /p HTTP/1.1\r\nHost: shop\r\nContent-Length: 3000000\r\n\r\n");
    CHECK(client.send(std::string(3'000'000, 'x')));
    CHECK(status_of(client.receive_all()) == 413);
}

TEST_CASE("random damage never stops the server") {
    constexpr unsigned seed = 20'260'101;
    std::mt19937 random{seed};
    CAPTURE(seed);
    HttpHarness server;
    const std::string sound =
        post("Content-Length: 5\r\nX-Note: a\r\n", "hello") + chunks("3\r\nabc\r\n0\r\n\r\n");
    int answered = 0;
    for (int round = 0; round < 400; ++round) {
        std::string bytes = sound;
        for (unsigned hits = 1 + random() % 4; hits > 0; --hits) {
            const auto place = random() % bytes.size();
            if (random() % 3 == 0)
                bytes.erase(place, 1 + random() % 4);
            else
                bytes[place] = static_cast<char>(random());
        }
        RawClient client{server.port()};
        client.send(bytes);
        client.finish_sending();
        if (status_of(client.receive_all()) != 0) ++answered;
        CHECK(client.closed());
    }
    MESSAGE("damaged requests: 400, answered: " << answered);
    RawClient client{server.port()};
    client.send(get("/alive"));
    CHECK(status_of(client.receive()) == 200);
}
