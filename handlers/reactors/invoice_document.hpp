#pragma once

#include <string>
#include <vector>

#include "events/words.hpp"

namespace pakashop {

/// All that stands in a tax invoice (ZRA-13..ZRA-18), in the clear.
struct InvoiceFacts {
    struct Party {
        std::string tpin;  ///< The seller's; empty for a buyer without one.
        std::string name;
        std::string address;
        std::string phone;
    };
    Party seller;
    Party buyer;
    std::vector<OrderLine> lines;
    std::string payment_method = "MOBILE_MONEY";
    std::string payment_transaction;  ///< The provider's id of the money.
    std::string number;
    Instant dated;
};

/// The document as it is sent, in the shape of the seeds with VAT inside the prices (C-03): per
/// line net + tax = gross, and subtotal + totalTax = totalAmount = payment.amount, which is this
/// shop's share of the order (C-52). Numbers are written from integers. The same facts always give
/// the same bytes. A line whose total is not quantity × unit price is a bug.
std::string compose_invoice(const InvoiceFacts& facts);

}  // namespace pakashop
