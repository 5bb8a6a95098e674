#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "handlers/commit.hpp"
#include "handlers/ports/effects_queue.hpp"
#include "handlers/ports/schedule_queue.hpp"

/// The tables that say what is due, as bad as a test wants them.
namespace pakashop::kit {

/// The worst table that still holds rows: it hands out what it has to everybody, again and again,
/// and can be dropped or restored from a very old backup.
class FakeEffects final : public EffectsQueue {
public:
    Result<std::vector<DueEffect>, ReadFailure>
    lease(std::span<const EffectKind> kinds, Instant now, std::size_t limit, Duration) override;
    void wait(Duration) override;
    void wake() override {}

    void follow(const Commit& commit);
    /// All rows are gone, and none come.
    void drop();
    /// Every effect there ever was is due now.
    void restore_everything();

private:
    struct Row {
        DueEffect effect;
        Instant due_at;
    };
    std::mutex mutex_;
    std::map<std::string, Row> rows_;
    std::map<std::string, Row> ever_;
    bool dropped_ = false;
};

/// What a test puts in.
class FakeSchedule final : public ScheduleQueue {
public:
    std::vector<DueTime> times;
    std::vector<OpenTry> tries;
    std::vector<ShopId> shops;
    std::vector<ExhaustedInvoice> exhausted;
    bool unavailable = false;

    Result<std::vector<DueTime>, ReadFailure>
    due(DueTime::Kind kind, Instant now, std::size_t limit) override;
    Result<std::vector<OpenTry>, ReadFailure> open_tries(Instant held_before, std::size_t limit)
        override;
    Result<std::vector<ShopId>, ReadFailure> shops_to_pay(const ShopId& after, std::size_t limit)
        override;
    Result<std::vector<ExhaustedInvoice>, ReadFailure> exhausted_invoices(std::size_t limit
    ) override;
};

}  // namespace pakashop::kit
