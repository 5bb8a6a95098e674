#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "handlers/breaker.hpp"
#include "handlers/ports/effects_queue.hpp"
#include "handlers/ports/schedule_queue.hpp"
#include "handlers/reactors/reactor.hpp"

namespace pakashop {

struct EffectWorkerOptions {
    int threads_per_provider = 2;
    std::size_t calls_per_second_max = 100;  ///< To one provider.
    /// How long an attempt may take before another may be granted; longer than its calls together.
    Duration attempt_lease = seconds(35);
    std::size_t rows_per_look = 4;
    Duration idle_wait = milliseconds(500);
    BreakerOptions breaker{};
};

/// Upper bounds of the latency buckets in milliseconds; one more bucket lies above the last.
constexpr std::array<std::int64_t, 8> latency_bounds_ms{10, 50, 100, 250, 500, 1000, 2500, 5000};

/// How work with one provider goes; for health and metrics.
struct ProviderFigures {
    std::string_view provider;
    bool breaker_open = false;
    std::uint64_t attempts = 0;  ///< Granted.
    std::uint64_t answered = 0;
    std::uint64_t failed = 0;
    std::uint64_t away = 0;
    std::uint64_t latency_sum_ms = 0;
    std::array<std::uint64_t, latency_bounds_ms.size() + 1> latency_counts{};
};

/// Does what is due outside. The rows of the queue are hints: each attempt is granted by the log
/// before anything is called, so a table that is empty, behind, restored or wrong can never make it
/// pay, invoice or message twice. Every provider has threads, a breaker and a rate of its own, so
/// that one that hangs holds up nobody else (WAP-04).
class EffectWorker {
public:
    EffectWorker(
        ReactorContext context,
        EffectsQueue& queue,
        ScheduleQueue& schedule,
        EffectWorkerOptions options = {}
    );
    ~EffectWorker();
    EffectWorker(const EffectWorker&) = delete;
    EffectWorker& operator=(const EffectWorker&) = delete;

    /// Hears of every effect as it is requested, so that it is taken up at once and not when the
    /// read model shows it; what is missed here is found there. Before the engine starts.
    void attach();
    /// Starts the threads. The engine runs by then.
    void start();
    /// Finishes the attempts under way and joins the threads. Idempotent. Before the engine stops.
    void stop();

    /// One look at every provider's queue on the caller's thread instead: does what is due and
    /// returns the number of attempts begun.
    std::size_t run_once();

    std::vector<ProviderFigures> figures() const;

private:
    struct Lane;

    void hear(const Commit& commit);
    void run(Lane& lane);
    void run_fresh(Lane& lane);
    std::size_t look(Lane& lane);
    bool may_begin(Lane& lane, EffectKind kind);
    void probe(Lane& lane);
    void send_exhausted_invoices_again(Lane& lane);
    bool attempt(Lane& lane, const DueEffect& row);
    std::optional<Effect::Open> due_effect(const Lane& lane, const DueEffect& row);
    std::optional<Grant> begin(const DueEffect& row, const Effect::Open& open);
    Trace origin_of(const DueEffect& row) const;
    Reaction react_safely(const Grant& grant);
    void note(Lane& lane, const Reaction& reaction);
    void defer(const Grant& grant, Duration after, const std::string& reason);
    void conclude_attempt(const Grant& grant, const Next& next);

    ReactorContext context_;
    EffectsQueue& queue_;
    ScheduleQueue& schedule_;
    const EffectWorkerOptions options_;
    std::vector<std::unique_ptr<Lane>> lanes_;
    std::vector<std::thread> threads_;
    std::atomic<bool> stopping_{false};
};

}  // namespace pakashop
