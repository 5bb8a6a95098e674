#include <regex>

#include <doctest/doctest.h>

#include "adapters/whatsapp/client.hpp"
#include "tests/adapters/wire.hpp"

using namespace pakashop;
using kit::end_of;

namespace {

struct Wire : kit::Wire {
    whatsapp::Client client() {
        return whatsapp::Client{
            {.base_url = "http://127.0.0.1:8900/whatsapp",
             .access_token = "secret",
             .phone_number_id = "1055",
             .send = sender()}
        };
    }
};

}  // namespace

TEST_CASE("the PIN goes out as a template, to digits only") {
    Wire wire;
    wire.reply->body = R"({"messages":[{"id":"wamid.1"}]})";
    const PinMessage message{"+260977123456", "042137", OrderId{"ord_7k3m09qx"}};
    CHECK(end_of(wire.client().send_pin(message, {})) == "answer");
    CHECK(wire.call.url == "http://127.0.0.1:8900/whatsapp/v23.0/1055/messages");
    CHECK(
        wire.call.body ==
        R"({"messaging_product":"whatsapp","recipient_type":"individual","to":"260977123456",)"
        R"("type":"template","template":{"name":"delivery_pin",)"
        R"("language":{"policy":"deterministic","code":"en"},)"
        R"("components":[{"type":"body","parameters":[{"type":"text","text":"042137"},)"
        R"({"type":"text","text":"7K3M-09QX"}]}]}})"
    );
}

TEST_CASE("the PIN is the only number of six digits, whatever the order is called") {
    const std::regex six{"[0-9]{6}"};
    int tried = 0;
    for (const std::string id :
         {"ord_12345678901234567890123456", "ord_000000", "ord_1", "ord_", "", "ord_a123456b"}) {
        const std::string name = whatsapp::short_order_name(OrderId{id});
        INFO(id << " " << name);
        CHECK(!std::regex_search(name, six));
        ++tried;
    }
    CHECK(tried == 6);
}

TEST_CASE("each reply to a message is one of the five ends") {
    struct Row {
        int status;
        std::string_view body;
        std::string_view expected;
    };
    const std::vector<Row> rows{
        {200, R"({"messages":[{"id":"wamid.2"}]})", "answer"},
        {200, R"({"messages":[]})", "unknown"},
        {200, "", "unknown"},
        {400, R"({"error":{"code":131026}})", "refused 131026"},
        {400, R"({"error":{"code":132001}})", "refused 132001"},
        {401, R"({"error":{"code":190}})", "later 190"},
        {429, R"({"error":{"code":130429}})", "later 130429"},
        {500, R"({"error":{"code":131000}})", "later 131000"},
        {400, R"({"error":{"code":131049}})", "later 131049"},
        {429, R"({"error":{"code":9}})", "later 9"},
        {500, R"({"error":{"code":9}})", "unknown"},
        {429, "", "later HTTP_429"},
        {503, "", "not_sent"},
        {502, "<html>", "not_sent"},
        {504, "", "not_sent"},
        {500, "", "unknown"},
    };
    for (const Row& row : rows) {
        Wire wire;
        wire.reply = HttpReply{row.status, {}, std::string{row.body}};
        INFO(row.status << " " << std::string{row.body});
        CHECK(end_of(wire.client().send_pin({"+260977123456", "1", {}}, {})) == row.expected);
    }
    Wire wire;
    wire.fail(HttpFailure::Kind::not_sent);
    CHECK(end_of(wire.client().send_pin({"+260977123456", "1", {}}, {})) == "not_sent");
    wire.fail(HttpFailure::Kind::unknown);
    CHECK(end_of(wire.client().send_pin({"+260977123456", "1", {}}, {})) == "unknown");
    MESSAGE("replies: " << rows.size() + 2);
}
