#pragma once

#include <variant>

#include "events/words.hpp"

/// The numbers one taxpayer's invoices get on one business day. Key: invoice_series:<TPIN>:<day>.
namespace pakashop {

/// A number is given once per invoice and never again: the series has no gap (C-05).
struct NumberAllotted {
    static constexpr std::string_view type =
        "invoice_series.number_allotted.v1";  // Stored for ever.
    InvoiceId invoice;
    OrderId order;
    ShopId shop;
    PublicText tpin;
    std::int64_t sequence = 0;
    PublicText number;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("invoice", &NumberAllotted::invoice),
            field("order", &NumberAllotted::order),
            field("shop", &NumberAllotted::shop),
            field("tpin", &NumberAllotted::tpin),
            field("sequence", &NumberAllotted::sequence),
            field("number", &NumberAllotted::number),
            field("at", &NumberAllotted::at)
        };
    }
    friend bool operator==(const NumberAllotted&, const NumberAllotted&) = default;
};
static_assert(lists_every_member<NumberAllotted>);

/// Every event of this family; the variant is the registry.
using InvoiceSeriesEvent = std::variant<NumberAllotted>;

}  // namespace pakashop
