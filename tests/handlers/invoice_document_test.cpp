#include "handlers/reactors/invoice_document.hpp"

#include <random>

#include <doctest/doctest.h>

#include "events/kernel/json.hpp"

using namespace pakashop;

namespace {

OrderLine line(std::string name, std::int64_t quantity, Money unit, TaxCode code = TaxCode::vat16) {
    OrderLine made;
    made.name = std::move(name);
    made.item_code = "ELC-001";
    made.tax_code = code;
    made.quantity = quantity;
    made.unit_price = unit;
    made.line_total = unit * quantity;
    made.vat = vat_inside(made.line_total, vat_rate(code));
    return made;
}

InvoiceFacts facts(std::vector<OrderLine> lines) {
    return {
        .seller =
            {"1234567890", "Banda Electronics Ltd", "Plot 123, Cairo Road, Lusaka", "+260977123456"
            },
        .buyer = {"", "John Banda", "Plot 456, Great East Road, Lusaka", "+260977654321"},
        .lines = std::move(lines),
        .payment_transaction = "MTN-1",
        .number = "PKS-20260512-001",
        .dated = Instant{1'778'580'000'000}
    };
}

/// The digits behind `"name":`, as ngwee; read as text, because there is no floating point here.
Money number_after(std::string_view json, std::string_view name, std::size_t from = 0) {
    const std::string key = "\"" + std::string{name} + "\":";
    const auto at = json.find(key, from);
    REQUIRE(at != std::string_view::npos);
    const auto begin = at + key.size();
    const auto value = parse_decimal(json.substr(begin, json.find_first_of(",}", begin) - begin));
    REQUIRE(value.has_value());
    return *value;
}

}  // namespace

TEST_CASE("the seeds' invoice, with VAT inside the price, byte for byte") {
    CHECK(
        compose_invoice(facts({line("Samsung Galaxy S24", 1, Money{500'000})})) ==
        R"({"invoice":{"seller":{"tpin":"1234567890","businessName":"Banda Electronics Ltd",)"
        R"("address":"Plot 123, Cairo Road, Lusaka","phone":"+260977123456"},)"
        R"("buyer":{"name":"John Banda","address":"Plot 456, Great East Road, Lusaka",)"
        R"("phone":"+260977654321"},)"
        R"("items":[{"itemCode":"ELC-001","description":"Samsung Galaxy S24","quantity":1,)"
        R"("unitPrice":5000.00,"totalPrice":5000.00,"taxCode":"VAT16","taxRate":0.16,)"
        R"("taxAmount":689.66,"discount":0.00}],)"
        R"("summary":{"subtotal":4310.34,"totalTax":689.66,"totalDiscount":0.00,)"
        R"("totalAmount":5000.00,"currency":"ZMW"},)"
        R"("payment":{"method":"MOBILE_MONEY","transactionId":"MTN-1","amount":5000.00},)"
        R"("invoiceNumber":"PKS-20260512-001","invoiceDate":"2026-05-12T10:00:00.000Z"}})"
    );
}

TEST_CASE("the seeds' total of 5689.66 counts the tax twice and is never written") {
    const auto document = compose_invoice(facts({line("Samsung Galaxy S24", 1, Money{500'000})}));
    CHECK(document.find("5689.66") == std::string::npos);
    CHECK(document.find("vsdcNumber") == std::string::npos);
}

TEST_CASE("only VAT16 carries tax") {
    int codes = 0;
    for (const TaxCode code : {TaxCode::zero_rated, TaxCode::exempt, TaxCode::export_zero}) {
        const auto document = compose_invoice(facts({line("Maize", 3, Money{1'050}, code)}));
        CHECK(number_after(document, "taxRate") == Money{0});
        CHECK(number_after(document, "taxAmount") == Money{0});
        CHECK(number_after(document, "subtotal") == Money{3'150});
        CHECK(number_after(document, "totalAmount") == Money{3'150});
        ++codes;
    }
    CHECK(codes == 3);
}

TEST_CASE("for any lines net and tax make the total, and that is what was paid") {
    std::mt19937_64 random{20'260'512};
    int documents = 0;
    for (int n = 0; n < 500; ++n) {
        std::vector<OrderLine> lines;
        Money tax;
        Money total;
        const auto count = 1 + random() % 6;
        for (std::uint64_t i = 0; i < count; ++i) {
            const Money unit{static_cast<std::int64_t>(1 + random() % 10'000'000)};
            const auto quantity = static_cast<std::int64_t>(1 + random() % 50);
            const TaxCode code = random() % 4 == 0 ? TaxCode::exempt : TaxCode::vat16;
            lines.push_back(line("Line", quantity, unit, code));
            tax = tax + lines.back().vat;
            total = total + lines.back().line_total;
        }
        const auto document = compose_invoice(facts(lines));
        CHECK(number_after(document, "totalTax") == tax);
        CHECK(number_after(document, "totalAmount") == total);
        CHECK(number_after(document, "subtotal") + tax == total);
        CHECK(number_after(document, "amount", document.find("\"payment\"")) == total);
        JsonParser parser;
        CHECK(parser.parse(document).has_value());
        ++documents;
    }
    CHECK(documents == 500);
}

TEST_CASE("names with quotes and line breaks stay inside their texts") {
    auto strange = facts({line("A \"fine\" phone\n\\", 1, Money{100})});
    strange.buyer.name = "O'\"Neil";
    JsonParser parser;
    const auto document = compose_invoice(strange);
    const auto root = parser.parse(document);
    REQUIRE(root.has_value());
    CHECK(root->member("invoice")->member("buyer")->member("name")->text() == "O'\"Neil");
}
