#pragma once

#include <string>
#include <vector>

#include "events/kernel/result.hpp"
#include "events/words.hpp"
#include "handlers/ports/read_failure.hpp"

/// What the scheduler looks up in the read models. All of it only hints: each of its commands is
/// decided anew by the stream it is for.
namespace pakashop {

/// A row of `schedule_due`.
struct DueTime {
    enum class Kind { order_expiry, payment_expiry };
    Kind kind{};
    std::string subject;  ///< The order's or the payment's id.
    std::string key;      ///< The partition key.
    Instant due_at;
};

/// Units that a try of an order still holds although the order does not stand placed by it.
struct OpenTry {
    OrderId order;
    TryId try_id;
    std::vector<HeldUnits> held;  ///< By product.
};

/// An invoice that went through its whole schedule without a receipt.
struct ExhaustedInvoice {
    InvoiceId invoice;
    OrderId order;
};

/// Safe from any thread.
class ScheduleQueue {
public:
    virtual ~ScheduleQueue() = default;

    /// What of a kind is due at `now`, oldest first.
    virtual Result<std::vector<DueTime>, ReadFailure>
    due(DueTime::Kind kind, Instant now, std::size_t limit) = 0;

    /// Tries with rows in `stock_holds` from before `held_before`, without those whose order stands
    /// placed by that very try (`orders.try`); oldest first.
    virtual Result<std::vector<OpenTry>, ReadFailure>
    open_tries(Instant held_before, std::size_t limit) = 0;

    /// ACTIVE shops whose account has something releasable and whose id is above `after`, by id.
    virtual Result<std::vector<ShopId>, ReadFailure>
    shops_to_pay(const ShopId& after, std::size_t limit) = 0;

    /// Invoices that are FAILED after the last retry (`retry_count` 3), oldest first.
    virtual Result<std::vector<ExhaustedInvoice>, ReadFailure> exhausted_invoices(std::size_t limit
    ) = 0;
};

}  // namespace pakashop
