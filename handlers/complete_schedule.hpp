#pragma once

#include <functional>
#include <memory>

#include "handlers/ports/schedule_queue.hpp"

namespace pakashop {

/// A schedule queue that names shops to pay only while the rows show everything durable: a
/// settlement run that finds nobody is finished for good, so it must not look at half the rows.
class CompleteSchedule final : public ScheduleQueue {
public:
    /// `shows_all`: whether the rows show all that is durable by now; may block for some seconds.
    CompleteSchedule(std::unique_ptr<ScheduleQueue> queue, std::function<bool()> shows_all)
        : queue_{std::move(queue)}, shows_all_{std::move(shows_all)} {}

    Result<std::vector<DueTime>, ReadFailure>
    due(DueTime::Kind kind, Instant now, std::size_t limit) override {
        return queue_->due(kind, now, limit);
    }
    Result<std::vector<OpenTry>, ReadFailure> open_tries(Instant held_before, std::size_t limit)
        override {
        return queue_->open_tries(held_before, limit);
    }
    /// Unavailable while the rows are behind.
    Result<std::vector<ShopId>, ReadFailure> shops_to_pay(const ShopId& after, std::size_t limit)
        override {
        if (!shows_all_()) return unexpected{ReadFailure::unavailable};
        return queue_->shops_to_pay(after, limit);
    }
    Result<std::vector<ExhaustedInvoice>, ReadFailure> exhausted_invoices(std::size_t limit
    ) override {
        return queue_->exhausted_invoices(limit);
    }

private:
    std::unique_ptr<ScheduleQueue> queue_;
    std::function<bool()> shows_all_;
};

}  // namespace pakashop
