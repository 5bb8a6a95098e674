/// The tax document of the seed's dialect: its shape and its arithmetic.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "ops/sandbox/amount.hpp"

namespace pakashop::sandbox {

/// What the authority keeps of a document that adds up.
struct TaxDocument {
    std::string seller_tpin;
    std::string number;
    std::string kind = "INVOICE";  ///< or CREDIT_NOTE, which names `original_number`.
    std::string original_number;
    Ngwee total = 0;
};

/// What is wrong with a document: where (a JSON pointer) and why.
struct DocumentFault {
    std::string pointer;
    std::string detail;
};

/// Reads `{"invoice":{seller, buyer, items, summary, payment, invoiceNumber, invoiceDate}}`.
/// Amounts are JSON numbers with at most two places. Prices include their tax (C-03), so
///   totalPrice = quantity × unitPrice − discount
///   taxAmount  = totalPrice × rate / (1 + rate), half up
///   subtotal + totalTax = totalAmount = Σ totalPrice = payment.amount
/// to the ngwee; VAT16 has the rate 0.16. A credit note is `"kind":"CREDIT_NOTE"` with
/// `originalInvoiceNumber`.
[[nodiscard]] std::expected<TaxDocument, DocumentFault> read_tax_document(std::string_view body);

/// Whether two texts are the same JSON, whatever their spacing and order of names.
[[nodiscard]] bool same_json(std::string_view left, std::string_view right);

/// The tax inside an amount that includes it, rounded half up. `rate` in ten-thousandths.
[[nodiscard]] Ngwee tax_inside(Ngwee gross, std::int64_t rate);

}  // namespace pakashop::sandbox
