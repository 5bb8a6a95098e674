#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "handlers/ports/schedule_queue.hpp"
#include "handlers/reactors/reactor.hpp"
#include "handlers/settlement_run.hpp"

namespace pakashop {

struct SchedulerOptions {
    Duration pause = milliseconds(500);  ///< Between looks.
    Duration sweep_every = seconds(30);
    Duration hold_age = minutes(2);  ///< Older holds of tries that lost are let go (3.1).
    /// Since when nobody but this process places orders, on a log of one writer: the tries before
    /// that died with the process that made them, and are let go at once.
    Instant alone_since{};
    Duration grace = minutes(10);  ///< Past its end, for a provider that does not answer.
    std::size_t rows_per_look = 500;
};

/// What happens by the clock: orders and payment attempts end, shops are paid, holds that nobody
/// came back for are let go. One thread; each firing is a command whose decider has the last word,
/// so firing twice, late, or on several nodes changes nothing. A row whose history cannot be read
/// is told as a notice, and keeps no other from its time.
class Scheduler {
public:
    Scheduler(ReactorContext context, ScheduleQueue& queue, SchedulerOptions options = {});
    ~Scheduler();
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    void start();
    /// Ends the thread. Idempotent. Before the engine stops.
    void stop();

    /// One look on the caller's thread instead.
    void look();

private:
    void run();
    template <class Step>
    void guarded(Step step);
    void fire_due();
    void expire_orders(const std::vector<DueTime>& rows, Instant now);
    void expire_payment(const DueTime& row);
    /// True when the provider has had its last word, or keeps silent for too long.
    bool last_word_heard(const DueTime& row, const Payment::Attempt& attempt);
    void settle_if_due();
    bool settle(const std::string& run);
    void sweep_if_due();
    void close_try(const OpenTry& open);
    void release_units(const OpenTry& open);
    Outcome fire(const CommandId& id, KeyedCommand command);

    ReactorContext context_;
    ScheduleQueue& queue_;
    const SchedulerOptions options_;
    std::int64_t settled_period_ = -1;
    Instant next_sweep_;
    Instant silent_until_;  ///< A provider that did not answer is left alone for a moment.
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace pakashop
