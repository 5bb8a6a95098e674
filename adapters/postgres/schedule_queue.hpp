#pragma once

#include <memory>
#include <string>

#include "handlers/ports/schedule_queue.hpp"

namespace pakashop::postgres {

/// What falls due, from the read models schedule_due, stock_holds, accounts and invoices.
class ScheduleQueue final : public pakashop::ScheduleQueue {
public:
    explicit ScheduleQueue(std::string url);
    ~ScheduleQueue() override;

    Result<std::vector<DueTime>, ReadFailure>
    due(DueTime::Kind kind, Instant now, std::size_t limit) override;
    Result<std::vector<OpenTry>, ReadFailure> open_tries(Instant held_before, std::size_t limit)
        override;
    Result<std::vector<ShopId>, ReadFailure> shops_to_pay(const ShopId& after, std::size_t limit)
        override;
    Result<std::vector<ExhaustedInvoice>, ReadFailure> exhausted_invoices(std::size_t limit
    ) override;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace pakashop::postgres
