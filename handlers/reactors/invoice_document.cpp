#include "handlers/reactors/invoice_document.hpp"

#include "events/kernel/require.hpp"

namespace pakashop {
namespace {

/// An amount as a JSON number with its two places: the authority wants numbers, we have integers.
JsonWriter& write_amount(JsonWriter& out, std::string_view name, Money amount) {
    return out.key(name).raw(to_decimal(amount));
}

void write_party(JsonWriter& out, std::string_view name, const InvoiceFacts::Party& party) {
    const bool sells = name == "seller";
    out.key(name).begin_object();
    if (!party.tpin.empty()) out.key("tpin").text(party.tpin);
    out.key(sells ? "businessName" : "name").text(party.name);
    if (!party.address.empty()) out.key("address").text(party.address);
    if (!party.phone.empty()) out.key("phone").text(party.phone);
    out.end_object();
}

void write_line(JsonWriter& out, const OrderLine& line) {
    require(line.unit_price * line.quantity == line.line_total, "a line is worth its units");
    out.begin_object();
    out.key("itemCode").text(line.item_code).key("description").text(line.name);
    out.key("quantity").integer(line.quantity);
    write_amount(out, "unitPrice", line.unit_price);
    write_amount(out, "totalPrice", line.line_total);
    out.key("taxCode").text(name_of(line.tax_code));
    out.key("taxRate").raw(to_decimal(vat_rate(line.tax_code)));
    write_amount(out, "taxAmount", line.vat);
    write_amount(out, "discount", Money{0});
    out.end_object();
}

}  // namespace

std::string compose_invoice(const InvoiceFacts& facts) {
    Money total;
    Money tax;
    for (const OrderLine& line : facts.lines) {
        total = total + line.line_total;
        tax = tax + line.vat;
    }
    std::string document;
    JsonWriter out{document};
    out.begin_object().key("invoice").begin_object();
    write_party(out, "seller", facts.seller);
    write_party(out, "buyer", facts.buyer);
    out.key("items").begin_array();
    for (const OrderLine& line : facts.lines) write_line(out, line);
    out.end_array();
    out.key("summary").begin_object();
    write_amount(out, "subtotal", total - tax);
    write_amount(out, "totalTax", tax);
    write_amount(out, "totalDiscount", Money{0});
    write_amount(out, "totalAmount", total);
    out.key("currency").text("ZMW").end_object();
    out.key("payment").begin_object();
    out.key("method").text(facts.payment_method);
    out.key("transactionId").text(facts.payment_transaction);
    write_amount(out, "amount", total).end_object();
    out.key("invoiceNumber").text(facts.number);
    out.key("invoiceDate").text(to_rfc3339(facts.dated));
    out.end_object().end_object();
    return document;
}

}  // namespace pakashop
