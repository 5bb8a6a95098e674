#include "ops/sandbox/zra_document.hpp"

#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ops/sandbox/clock.hpp"
#include "ops/sandbox/text.hpp"

namespace pakashop::sandbox {
namespace {

using nlohmann::json;

/// Wide enough for a product of any two amounts.
__extension__ typedef __int128 Wide;

/// Ends the reading of a document; never leaves this file.
struct Fault {
    DocumentFault fault;
};

[[noreturn]] void fail(std::string pointer, std::string detail) {
    throw Fault{{std::move(pointer), std::move(detail)}};
}

/// An object of the document and where it stands.
struct Node {
    const json& value;
    std::string pointer;

    Node child(const std::string& name) const {
        const auto found = value.find(name);
        if (found == value.end()) fail(pointer + "/" + name, "is missing");
        return {*found, pointer + "/" + name};
    }

    Node object(const std::string& name) const {
        Node node = child(name);
        if (!node.value.is_object()) fail(node.pointer, "has to be an object");
        return node;
    }

    std::string text(const std::string& name) const {
        const Node node = child(name);
        if (!node.value.is_string() || node.value.get_ref<const std::string&>().empty()) {
            fail(node.pointer, "has to be a text");
        }
        return node.value.get<std::string>();
    }

    std::string text_or(const std::string& name, const std::string& otherwise) const {
        return value.contains(name) ? text(name) : otherwise;
    }

    /// A number that is whole when counted in units of 1/scale.
    std::int64_t scaled(const std::string& name, std::int64_t scale) const {
        constexpr double beyond = 1e15;
        constexpr double drift = 1e-4;
        const Node node = child(name);
        if (!node.value.is_number()) fail(node.pointer, "has to be a number");
        const double units = node.value.get<double>() * static_cast<double>(scale);
        const double whole = std::round(units);
        if (units < 0 || units > beyond || std::abs(units - whole) > drift) {
            fail(node.pointer, fmt::format("has to be ≥ 0 and in units of 1/{}", scale));
        }
        return static_cast<std::int64_t>(whole);
    }

    Ngwee money(const std::string& name) const { return scaled(name, 100); }

    void expect(const std::string& name, Ngwee wanted) const {
        const Ngwee found = money(name);
        if (found == wanted) return;
        fail(
            pointer + "/" + name,
            fmt::format("is {} and should be {}", format_amount(found), format_amount(wanted))
        );
    }
};

/// Sums over the lines of a document.
struct Sums {
    Ngwee gross = 0;
    Ngwee tax = 0;
    Ngwee discount = 0;
};

void add_line(const Node& line, Sums& sums) {
    constexpr std::int64_t standard_rate = 1600;
    constexpr std::int64_t quantity_scale = 100;
    for (const auto* name : {"itemCode", "description"}) (void)line.text(name);
    const auto quantity = line.scaled("quantity", quantity_scale);
    if (quantity == 0) fail(line.pointer + "/quantity", "has to be more than nothing");
    const auto rate = line.scaled("taxRate", 10'000);
    const bool is_standard = line.text("taxCode") == "VAT16";
    if (is_standard && rate != standard_rate) fail(line.pointer + "/taxRate", "VAT16 is 0.16");
    const auto price_of_all = static_cast<Wide>(line.money("unitPrice")) * quantity;
    if (price_of_all % quantity_scale != 0) {
        fail(line.pointer + "/totalPrice", "quantity and unit price make no whole ngwee");
    }
    const Ngwee discount = line.money("discount");
    const Ngwee gross = static_cast<Ngwee>(price_of_all / quantity_scale) - discount;
    if (gross < 0) fail(line.pointer + "/discount", "is more than the price");
    line.expect("totalPrice", gross);
    line.expect("taxAmount", tax_inside(gross, rate));
    sums.gross += gross;
    sums.tax += tax_inside(gross, rate);
    sums.discount += discount;
}

Sums add_lines(const Node& invoice) {
    constexpr std::size_t lines_max = 10'000;
    const Node items = invoice.child("items");
    if (!items.value.is_array() || items.value.empty() || items.value.size() > lines_max) {
        fail(items.pointer, "has to be an array with at least one line");
    }
    Sums sums;
    for (std::size_t i = 0; i < items.value.size(); ++i) {
        const Node line{items.value[i], fmt::format("{}/{}", items.pointer, i)};
        if (!line.value.is_object()) fail(line.pointer, "has to be an object");
        add_line(line, sums);
    }
    return sums;
}

void check_sums(const Node& invoice, const Sums& sums) {
    const Node summary = invoice.object("summary");
    summary.expect("subtotal", sums.gross - sums.tax);
    summary.expect("totalTax", sums.tax);
    summary.expect("totalDiscount", sums.discount);
    summary.expect("totalAmount", sums.gross);
    if (summary.text("currency") != "ZMW") fail(summary.pointer + "/currency", "has to be ZMW");
    const Node payment = invoice.object("payment");
    for (const auto* name : {"method", "transactionId"}) (void)payment.text(name);
    payment.expect("amount", sums.gross);
}

std::string read_tpin(const Node& seller) {
    std::string tpin = seller.text("tpin");
    if (tpin.size() != 10 || !all_digits(tpin)) fail(seller.pointer + "/tpin", "has 10 digits");
    return tpin;
}

TaxDocument read_invoice(const Node& invoice) {
    TaxDocument document;
    const Node seller = invoice.object("seller");
    document.seller_tpin = read_tpin(seller);
    (void)seller.text("businessName");
    (void)invoice.object("buyer").text("name");
    document.number = invoice.text("invoiceNumber");
    if (!parse_instant(invoice.text("invoiceDate"))) {
        fail(invoice.pointer + "/invoiceDate", "has to be an RFC 3339 date and time");
    }
    document.kind = invoice.text_or("kind", "INVOICE");
    if (document.kind != "INVOICE" && document.kind != "CREDIT_NOTE") {
        fail(invoice.pointer + "/kind", "has to be INVOICE or CREDIT_NOTE");
    }
    if (document.kind == "CREDIT_NOTE") {
        document.original_number = invoice.text("originalInvoiceNumber");
    }
    const Sums sums = add_lines(invoice);
    check_sums(invoice, sums);
    document.total = sums.gross;
    return document;
}

}  // namespace

std::expected<TaxDocument, DocumentFault> read_tax_document(std::string_view body) {
    const json document = json::parse(body, nullptr, false);
    if (!document.is_object()) return std::unexpected{DocumentFault{"", "no JSON object"}};
    try {
        return read_invoice(Node{document, ""}.object("invoice"));
    } catch (const Fault& fault) {
        return std::unexpected{fault.fault};
    }
}

bool same_json(std::string_view left, std::string_view right) {
    const json one = json::parse(left, nullptr, false);
    return !one.is_discarded() && one == json::parse(right, nullptr, false);
}

Ngwee tax_inside(Ngwee gross, std::int64_t rate) {
    const Wide whole = 10'000 + rate;
    return static_cast<Ngwee>((static_cast<Wide>(gross) * rate * 2 + whole) / (2 * whole));
}

}  // namespace pakashop::sandbox
