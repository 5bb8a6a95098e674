#include <doctest/doctest.h>

#include "adapters/zra/client.hpp"
#include "tests/adapters/wire.hpp"

using namespace pakashop;
using kit::end_of;

namespace {

struct Wire : kit::Wire {
    zra::Client client() {
        return zra::Client{
            {.base_url = "http://127.0.0.1:8900/zra",
             .api_key = "key",
             .client_id = "id",
             .client_secret = "secret",
             .send = sender()}
        };
    }
};

}  // namespace

TEST_CASE("an invoice is posted byte for byte, with the three credentials") {
    Wire wire;
    wire.reply = HttpReply{201, {}, R"({"vsdcNumber":"VSDC-1", "receiptNumber":7})"};
    const std::string document = "{\"invoice\" : { }}";
    const auto result = wire.client().transmit(document, {"", "corr-1", ""});
    CHECK(std::get<TaxReceipt>(result).vsdc_number == "VSDC-1");
    CHECK(std::get<TaxReceipt>(result).document == R"({"vsdcNumber":"VSDC-1","receiptNumber":7})");
    CHECK(wire.call.method == "POST");
    CHECK(wire.call.url == "http://127.0.0.1:8900/zra/invoices");
    CHECK(wire.call.body == document);
    std::string seen;
    for (const auto& header : wire.call.headers) seen += header.name + "=" + header.value + " ";
    CHECK(
        seen ==
        "x-api-key=key x-client-id=id x-client-secret=secret X-Correlation-Id=corr-1 "
        "Content-Type=application/json "
    );
}

TEST_CASE("each reply to an invoice is one of the five ends") {
    constexpr std::string_view said = R"({"error":{"code":"why","message":"because"}})";
    struct Row {
        int status;
        std::string_view body;
        std::string_view expected;
    };
    const std::vector<Row> rows{
        {200, R"({"vsdcNumber":"VSDC-1"})", "answer"},
        {200, R"({"vsdcNumber":""})", "unknown"},
        {200, "<html>", "unknown"},
        {400, said, "refused why"},
        {409, said, "refused why"},
        {422, said, "refused why"},
        {422, "", "refused HTTP_422"},
        {401, said, "later why"},
        {429, said, "later why"},
        {500, said, "later why"},
        {404, "<html>", "not_sent"},
        {502, "<html>", "not_sent"},
        {503, "", "not_sent"},
        {504, "", "not_sent"},
    };
    for (const Row& row : rows) {
        Wire wire;
        wire.reply = HttpReply{row.status, {}, std::string{row.body}};
        INFO(row.status << " " << std::string{row.body});
        CHECK(end_of(wire.client().transmit("{}", {})) == row.expected);
    }
    MESSAGE("replies: " << rows.size());
}

TEST_CASE("what the authority answered to a failure is kept, if it is JSON and not too long") {
    Wire wire;
    wire.reply = HttpReply{422, {}, R"({"error":{"code":"why"}, "more" : 1})"};
    const auto refused = wire.client().transmit("{}", {});
    CHECK(std::get<Refused>(refused).response == R"({"error":{"code":"why"},"more":1})");
    wire.reply = HttpReply{500, {}, "<html>"};
    CHECK(std::get<TryLater>(wire.client().transmit("{}", {})).response.empty());
    wire.reply = HttpReply{500, {}, "\"" + std::string(5'000, 'x') + "\""};
    CHECK(std::get<TryLater>(wire.client().transmit("{}", {})).response.empty());
}

TEST_CASE("a taxpayer is there, not there, or not to be had") {
    Wire wire;
    wire.reply->body = R"({"tpin":"1234567890","name":"Banda","status":"ACTIVE"})";
    const auto known = wire.client().find_taxpayer("1234567890", {});
    CHECK(wire.call.url == "http://127.0.0.1:8900/zra/taxpayers/1234567890");
    CHECK(std::get<std::optional<Taxpayer>>(known)->active);
    wire.reply->body = R"({"tpin":"1234567890","name":"Banda","status":"CLOSED"})";
    const auto closed = wire.client().find_taxpayer("1234567890", {});
    CHECK(!std::get<std::optional<Taxpayer>>(closed)->active);
    wire.reply = HttpReply{404, {}, R"({"error":{"code":"taxpayer_not_found"}})"};
    const auto missing = wire.client().find_taxpayer("9234567890", {});
    CHECK(!std::get<std::optional<Taxpayer>>(missing).has_value());
    wire.reply = HttpReply{404, {}, "<html>"};
    CHECK(end_of(wire.client().find_taxpayer("9234567890", {})) == "not_sent");
    wire.reply = HttpReply{200, {}, R"({"tpin":"1","status":"ACTIVE"})"};
    CHECK(end_of(wire.client().find_taxpayer("9234567890", {})) == "unknown");
}

TEST_CASE("a TPIN that is no number is asked of nobody") {
    Wire wire;
    for (const std::string_view bad : {"", "../admin", "12345678a0", "123456789012345678901"}) {
        const auto result = wire.client().find_taxpayer(bad, {});
        CHECK(!std::get<std::optional<Taxpayer>>(result).has_value());
    }
    CHECK(wire.call.url.empty());
}
