#pragma once

#include "projections/projection.hpp"

/// The books: every movement of money as balanced postings (reliability (b)), and what
/// /admin/books reads.
namespace pakashop::model {

/// Table ledger: one row debits an account and credits another. Postings about an order's lines
/// follow from its settlement stream, so they belong to the order's key.
///
/// | event           | debit      | credit                           |
/// |-----------------|------------|----------------------------------|
/// | PaymentCaptured | captured   | held                             |
/// |  …it corrects   | suspense   | captured                         |
/// | LateCapture     | captured   | refund_payable                   |
/// | AmountMismatch  | captured   | suspense                         |
/// | LinesReleased   | held       | releasable, and platform_fees    |
/// | LinesInPayout   | releasable | in_payout                        |
/// | LinesPaidOut    | in_payout  | paid_out                         |
/// | LinesReturned   | in_payout  | releasable                       |
/// | LinesReversed   | paid_out   | releasable                       |
/// | LinesCancelled  | held       | refund_payable                   |
extern const Projection ledger_projection;

/// The columns of books_sql, in ngwee. `captured` is all money received; `difference` is it less
/// the rest. Those that begin with `checked_` are the same sums from payments and settlement lines
/// as they are now, not from postings; `checked_orders` and `checked_lines` tell how many there
/// are to look at.
namespace columns {
using enum ColumnType;
inline constexpr std::array books{
    Column{"captured", integer},
    Column{"held", integer},
    Column{"releasable", integer},
    Column{"in_payout", integer},
    Column{"paid_out", integer},
    Column{"platform_fees", integer},
    Column{"delivery_fees", integer},
    Column{"refund_payable", integer},
    Column{"refunded", integer},
    Column{"suspense", integer},
    Column{"difference", integer},
    Column{"checked_captured", integer},
    Column{"checked_held", integer},
    Column{"checked_releasable", integer},
    Column{"checked_in_payout", integer},
    Column{"checked_paid_out", integer},
    Column{"checked_platform_fees", integer},
    Column{"checked_refund_payable", integer},
    Column{"checked_suspense", integer},
    Column{"checked_orders", integer},
    Column{"checked_lines", integer},
};
}  // namespace columns

/// $1 an instant or nothing: the books then, or now. One row of columns::books. One statement, so
/// that postings and what they are checked against are of the same moment.
extern const std::string_view books_sql;

}  // namespace pakashop::model
