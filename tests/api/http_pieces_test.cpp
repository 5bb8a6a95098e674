#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/api/http_harness.hpp"
#include "tests/api/raw_client.hpp"

using pakashop::kit::HttpHarness;
using pakashop::kit::RawClient;
using pakashop::kit::status_of;

/// What TCP may do to a request: it arrives in any pieces, and they must mean what the whole means.
namespace {

/// What is sent on one connection, and what comes back.
struct Exchange {
    std::string name;
    std::string bytes;
    std::vector<int> statuses;
    std::string last_body;  ///< Of the last answer.
};

std::string post(const std::string& fields, const std::string& body) {
    return "POST /p HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}

std::string chunks(const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); }

std::vector<Exchange> exchanges() {
    const std::string by_length = post("Content-Length: 5\r\n", "hello");
    const std::string chunked = chunks("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n");
    const std::string get = "GET /g?a=b HTTP/1.1\r\nHost: a\r\n\r\n";
    return {
        {"no body", get, {200}, "GET /g|a=b|"},
        {"a length", by_length, {200}, "POST /p||hello"},
        {"a length of one", post("Content-Length: 1\r\n", "h"), {200}, "POST /p||h"},
        {"chunks", chunked, {200}, "POST /p||hello"},
        {"the last chunk alone", chunks("0\r\n\r\n"), {200}, "POST /p||"},
        {"the last chunk with more zeros", chunks("0000\r\n\r\n"), {200}, "POST /p||"},
        {"the last chunk with an extension", chunks("0;a=b\r\n\r\n"), {200}, "POST /p||"},
        {"a chunk with an extension", chunks("1;a=\"b c\"\r\nh\r\n0\r\n\r\n"), {200}, "POST /p||h"},
        {"chunks of line ends", chunks("4\r\n\r\n\r\n\r\n0\r\n\r\n"), {200}, "POST /p||\r\n\r\n"},
        {"a trailer", chunks("1\r\nh\r\n0\r\nX-Note: a\r\n\r\n"), {400}, ""},
        {"one request after another",
         chunked + by_length + get + chunks("0\r\n\r\n"),
         {200, 200, 200, 200},
         "POST /p||"},
    };
}

void check_answers(RawClient& client, const Exchange& exchange) {
    std::string answer;
    for (const int status : exchange.statuses) {
        answer = client.receive();
        CHECK(status_of(answer) == status);
    }
    if (!exchange.last_body.empty()) CHECK(answer.ends_with("\r\n\r\n" + exchange.last_body));
}

}  // namespace

TEST_CASE("a request that arrives byte by byte is read like a whole one") {
    HttpHarness server;
    for (const Exchange& exchange : exchanges()) {
        CAPTURE(exchange.name);
        RawClient client{server.port()};
        for (const char each : exchange.bytes) {
            client.send({&each, 1});
            server.let_read();
        }
        check_answers(client, exchange);
    }
}

TEST_CASE("a request that arrives in two pieces is read like a whole one, wherever it is cut") {
    HttpHarness server;
    int cuts = 0;
    for (const Exchange& exchange : exchanges()) {
        CAPTURE(exchange.name);
        for (std::size_t cut = 1; cut < exchange.bytes.size(); ++cut) {
            CAPTURE(cut);
            RawClient client{server.port()};
            client.send(std::string_view{exchange.bytes}.substr(0, cut));
            server.let_read();
            client.send(std::string_view{exchange.bytes}.substr(cut));
            check_answers(client, exchange);
            ++cuts;
        }
    }
    MESSAGE("cuts: ", cuts);
    CHECK(cuts > 800);
}

TEST_CASE("the last chunk may arrive in any three pieces") {
    HttpHarness server;
    const std::string head = chunks("");
    const std::string_view last = "0\r\n\r\n";
    for (std::size_t first = 1; first < last.size() - 1; ++first) {
        for (std::size_t second = first + 1; second < last.size(); ++second) {
            CAPTURE(first);
            CAPTURE(second);
            RawClient client{server.port()};
            client.send(head);
            for (const auto piece :
                 {last.substr(0, first), last.substr(first, second - first), last.substr(second)}) {
                server.let_read();
                client.send(piece);
            }
            CHECK(status_of(client.receive()) == 200);
        }
    }
}
