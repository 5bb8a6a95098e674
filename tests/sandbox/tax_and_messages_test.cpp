#include <set>

#include <doctest/doctest.h>

#include "ops/sandbox/zra_document.hpp"
#include "tests/sandbox/kit.hpp"

using namespace pakashop::sandbox;
using namespace pakashop::sandbox::kit;

namespace {

const std::string invoices = "/zra/invoices";
const std::string messages = "/whatsapp/v23.0/260970000000000/messages";

json changed(const char* path, const json& value) {
    return invoice().patch(json::array({{{"op", "add"}, {"path", path}, {"value", value}}}));
}

json pin_message(const std::string& to, const std::string& pin) {
    const json parameter{{"type", "text"}, {"text", pin}};
    const json component{{"type", "body"}, {"parameters", json::array({parameter})}};
    return {
        {"messaging_product", "whatsapp"},
        {"recipient_type", "individual"},
        {"to", to},
        {"type", "template"},
        {"template",
         {{"name", "delivery_pin"},
          {"language", {{"code", "en"}}},
          {"components", json::array({component})}}},
    };
}

}  // namespace

TEST_CASE("a document that adds up gets a receipt that never changes") {
    Bench bench;
    const auto first = bench.call("POST", invoices, invoice());
    CHECK_EQ(first.status, 201);
    for (const auto* name :
         {"vsdcNumber", "receiptNumber", "receiptSignature", "qrCodeUrl", "receivedAt"}) {
        CHECK(first.body.contains(name));
    }
    bench.pass(100'000);
    const auto again = bench.call("POST", invoices, invoice().dump(4));
    CHECK_EQ(again.status, 200);
    CHECK_EQ(again.body, first.body);
    CHECK_EQ(bench.call("POST", invoices, changed("/invoice/buyer/name", "Other")).status, 409);
    CHECK_EQ(bench.call("POST", invoices, invoice("1234567891")).status, 201);
    const json rows = bench.call("GET", "/sandbox/invoices?tpin=1234567890").body;
    REQUIRE_EQ(rows.size(), 1);
    CHECK_EQ(rows[0]["kind"], "INVOICE");
    CHECK_EQ(rows[0]["received"], 2);
    CHECK_EQ(rows[0]["body"], invoice());
    CHECK_EQ(rows[0]["vsdcNumber"], first.body["vsdcNumber"]);
}

TEST_CASE("the seed's own figures, tax added to a price that holds it, are refused") {
    json seed = invoice();
    seed["invoice"]["summary"]["subtotal"] = 5000.00;
    seed["invoice"]["summary"]["totalAmount"] = 5689.66;
    seed["invoice"]["payment"]["amount"] = 5689.66;
    Bench bench;
    CHECK_EQ(bench.call("POST", invoices, seed).status, 422);
    CHECK_EQ(bench.call("GET", "/sandbox/invoices").body, json::array());
}

TEST_CASE("every figure and every name of a document is checked") {
    struct Row {
        const char* path;
        json value;
    };
    const std::vector<Row> rows{
        {"/invoice/seller/tpin", "123"},           {"/invoice/seller/tpin", 1234567890},
        {"/invoice/seller/businessName", ""},      {"/invoice/buyer", json::object()},
        {"/invoice/items", json::array()},         {"/invoice/items/0/itemCode", ""},
        {"/invoice/items/0/quantity", 0},          {"/invoice/items/0/quantity", 2},
        {"/invoice/items/0/quantity", "1"},        {"/invoice/items/0/unitPrice", 4999.99},
        {"/invoice/items/0/unitPrice", 5000.001},  {"/invoice/items/0/totalPrice", 5000.01},
        {"/invoice/items/0/taxAmount", 800.00},    {"/invoice/items/0/taxAmount", 689.65},
        {"/invoice/items/0/taxRate", 0.17},        {"/invoice/items/0/discount", 1.00},
        {"/invoice/items/0/discount", -1.00},      {"/invoice/summary/subtotal", 4310.35},
        {"/invoice/summary/totalTax", 689.67},     {"/invoice/summary/totalDiscount", 1},
        {"/invoice/summary/totalAmount", 5689.66}, {"/invoice/summary/currency", "USD"},
        {"/invoice/payment/amount", 5689.66},      {"/invoice/payment/amount", 4999.99},
        {"/invoice/payment/transactionId", ""},    {"/invoice/invoiceNumber", ""},
        {"/invoice/invoiceDate", "12.05.2026"},    {"/invoice/kind", "RECEIPT"},
    };
    Bench bench;
    for (const auto& row : rows) {
        CAPTURE(row.path);
        CHECK_EQ(bench.call("POST", invoices, changed(row.path, row.value)).status, 422);
    }
    MESSAGE("documents refused: ", rows.size());
    CHECK_EQ(bench.call("POST", invoices, "{").status, 422);
    CHECK_EQ(bench.call("POST", invoices, invoice("9234567890")).status, 422);
    CHECK_EQ(bench.call("POST", invoices, invoice()).status, 201);
}

TEST_CASE("tax inside an amount is rounded half up, line by line") {
    CHECK_EQ(tax_inside(500'000, 1600), 68'966);
    CHECK_EQ(tax_inside(0, 1600), 0);
    CHECK_EQ(tax_inside(1, 1600), 0);
    CHECK_EQ(tax_inside(100, 1600), 14);  // 13.79
    CHECK_EQ(tax_inside(29, 1600), 4);    // 4.0 exactly
    CHECK_EQ(tax_inside(100, 0), 0);
    CHECK_EQ(tax_inside(3, 10'000), 2);  // 1.5
    CHECK_EQ(tax_inside(100'000'000'000'000, 1600), 13'793'103'448'276);
}

TEST_CASE("several lines, quantities and a rate of nothing add up") {
    json document = invoice();
    json second = document["invoice"]["items"][0];
    second.update(
        {{"itemCode", "B"},
         {"quantity", 3},
         {"unitPrice", 19.99},
         {"totalPrice", 49.97},
         {"discount", 10.0},
         {"taxCode", "EXEMPT"},
         {"taxRate", 0},
         {"taxAmount", 0}}
    );
    document["invoice"]["items"].push_back(second);
    document["invoice"]["summary"].update(
        {{"subtotal", 4360.31}, {"totalAmount", 5049.97}, {"totalDiscount", 10}}
    );
    document["invoice"]["payment"]["amount"] = 5049.97;
    Bench bench;
    CHECK_EQ(bench.call("POST", invoices, document).status, 201);
}

TEST_CASE("a credit note names its invoice and stays within it") {
    Bench bench;
    json note = invoice("1234567890", "PKS-20260512-002");
    note["invoice"]["kind"] = "CREDIT_NOTE";
    CHECK_EQ(bench.call("POST", invoices, note).status, 422);
    note["invoice"]["originalInvoiceNumber"] = "PKS-20260512-001";
    CHECK_EQ(bench.call("POST", invoices, note).status, 422);
    bench.call("POST", invoices, invoice());
    CHECK_EQ(bench.call("POST", invoices, note).status, 201);
    CHECK_EQ(bench.call("GET", "/sandbox/invoices").body[1]["kind"], "CREDIT_NOTE");
}

TEST_CASE("taxpayers are known unless their number begins with 9") {
    Bench bench;
    const auto known = bench.call("GET", "/zra/taxpayers/1234567890");
    CHECK_EQ(known.status, 200);
    CHECK_EQ(known.body["tpin"], "1234567890");
    CHECK_EQ(known.body["status"], "ACTIVE");
    for (const auto* tpin : {"9234567890", "123456789", "12345678901", "12345678x0"}) {
        CHECK_EQ(bench.call("GET", std::string{"/zra/taxpayers/"} + tpin).status, 404);
    }
    const auto anonymous = bench.call_with("GET", "/zra/taxpayers/1234567890", "", {});
    CHECK_EQ(anonymous.status, 401);
    const auto unsent = bench.call_with("POST", invoices, invoice().dump(), {{"x-api-key", "a"}});
    CHECK_EQ(unsent.status, 401);
}

TEST_CASE("a template message is kept as sent and read back in any spelling") {
    Bench bench;
    const auto sent = bench.call("POST", messages, pin_message("260971234567", "123456"));
    CHECK_EQ(sent.status, 200);
    CHECK_EQ(sent.body["contacts"][0]["wa_id"], "260971234567");
    CHECK(sent.body["messages"][0]["id"].get<std::string>().starts_with("wamid."));
    CHECK_EQ(sent.body["messages"][0]["message_status"], "accepted");
    bench.pass(1000);
    bench.call("POST", messages, pin_message("+260971234567", "654321"));
    bench.call("POST", messages, pin_message("260979999999", "111111"));
    for (const auto* to :
         {"260971234567", "%2B260971234567", "+260971234567", "0971234567", "971234567"}) {
        const json kept = bench.call("GET", std::string{"/sandbox/messages?to="} + to).body;
        REQUIRE_EQ(kept.size(), 2);
        CHECK_EQ(kept[0]["template"], "delivery_pin");
        CHECK_EQ(kept[0]["parameters"], json::array({"123456"}));
        CHECK_EQ(kept[0]["text"], "delivery_pin 123456");
        CHECK_EQ(kept[0]["channel"], "whatsapp");
        CHECK_EQ(kept[1]["text"], "delivery_pin 654321");
    }
    const auto second = bench.call("GET", "/sandbox/messages").body[1]["at"].get<std::string>();
    CHECK_EQ(bench.call("GET", "/sandbox/messages?since=" + second).body.size(), 2);
    CHECK_EQ(bench.call("GET", "/sandbox/messages?since=soon").status, 422);
}

TEST_CASE("two messages never share an id") {
    Bench bench;
    std::set<std::string> ids;
    for (int i = 0; i < 50; ++i) {
        const auto sent = bench.call("POST", messages, pin_message("260971234567", "123456"));
        ids.insert(sent.body["messages"][0]["id"].get<std::string>());
    }
    CHECK_EQ(ids.size(), 50);
}

TEST_CASE("what is wrong with a message is said in Meta's numbers") {
    struct Row {
        const char* path;
        json value;
        int code;
    };
    Bench bench;
    for (const auto& row : {
             Row{"/messaging_product", "sms", 100},
             Row{"/to", "", 131009},
             Row{"/to", 260971234567, 131009},
             Row{"/type", "video", 131051},
             Row{"/template/name", "Delivery PIN", 132001},
             Row{"/template/language", json::object(), 131009},
             Row{"/template/components/0/type", "footer", 131009},
             Row{"/template/components/0/parameters/0/type", "image", 131009},
             Row{"/template/components/0/parameters/0/text", "", 131009},
         }) {
        CAPTURE(row.path);
        const json patch = json::array({{{"op", "add"}, {"path", row.path}, {"value", row.value}}});
        const auto answer =
            bench.call("POST", messages, pin_message("260971234567", "123456").patch(patch));
        CHECK_GE(answer.status, 400);
        CHECK_EQ(answer.body["error"]["code"], row.code);
    }
    const auto anonymous =
        bench.call_with("POST", messages, pin_message("260971234567", "1").dump(), {});
    CHECK_EQ(anonymous.status, 401);
    CHECK_EQ(anonymous.body["error"]["code"], 190);
    bench.misbehave("whatsapp", "message", "refuse");
    const auto refused = bench.call("POST", messages, pin_message("260971234567", "1"));
    CHECK_EQ(refused.body["error"]["code"], 131026);
    CHECK_EQ(bench.call("GET", "/sandbox/messages").body, json::array());
}

TEST_CASE("settings are merged, checked and shown") {
    Bench bench;
    const json change{
        {"callbacks", {{"pawapay", {{"payout", "http://127.0.0.1:1/p"}}}}}, {"delayMs", 7}
    };
    const json shown = bench.call("PUT", "/sandbox/config", change).body;
    CHECK_EQ(shown["callbacks"]["pawapay"]["payout"], "http://127.0.0.1:1/p");
    CHECK_EQ(
        shown["callbacks"]["pawapay"]["deposit"],
        "http://127.0.0.1:8000/api/v1/payments/webhook/pawapay"
    );
    CHECK_EQ(shown["delayMs"], 7);
    CHECK_EQ(shown["signing"], "rfc9421");
    for (const json& bad : {
             json{{"delay", 7}},
             json{{"delayMs", -1}},
             json{{"signing", "rsa"}},
             json{{"callbacks", {{"pawapay", {{"deposit", "nowhere"}}}}}},
             json{{"clientKeys", {{{"keyId", "a"}, {"pem", "no key"}}}}},
             json::array(),
         }) {
        CAPTURE(bad.dump());
        CHECK_EQ(bench.call("PUT", "/sandbox/config", bad).status, 422);
    }
    CHECK_EQ(bench.call("PUT", "/sandbox/config", "{").status, 400);
    CHECK_EQ(bench.call("GET", "/sandbox/config").body, shown);
    CHECK_EQ(bench.call("PUT", "/sandbox/config", {{"signing", "hmac"}}).status, 200);
    CHECK_EQ(bench.call("POST", "/sandbox/clock", {{"advanceSeconds", -1}}).status, 422);
    CHECK_EQ(bench.call("GET", "/sandbox/nothing").status, 404);
    CHECK_EQ(bench.call("GET", "/elsewhere").status, 404);
}
