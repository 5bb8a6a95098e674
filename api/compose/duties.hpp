#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "api/compose/egress.hpp"
#include "api/compose/read_side.hpp"
#include "handlers/scheduler.hpp"
#include "projections/egress.hpp"

namespace pakashop::api {

/// What one process of a cluster does at a time, by the names of the roles.
constexpr const char* duty_projections = "projections";
constexpr const char* duty_egress = "egress";
constexpr const char* duty_scheduler = "scheduler";

/// What this process does of it now. On one machine that is all its roles say; on a cluster duties
/// come and go. Safe from any thread but the engine's, unless it says otherwise.
class Duties {
public:
    /// All of them outlive it. `context` is asked whenever the scheduler begins.
    Duties(
        const Config& config,
        Log& log,
        ReadSide& read_side,
        std::function<ReactorContext()> context
    );

    /// On one machine, once nobody else acts: publishes and fires what is due, by its roles.
    void begin_alone(Instant now);
    /// On a cluster.
    void change(const std::string& duty, bool begun);
    /// Publishes and fires nothing more.
    void end();

    /// Whether the rows of the read models are written here. Also from the engine's thread.
    bool writes_rows() const { return writes_rows_.load(); }
    /// The log may have grown. Cheap; from the engine's thread.
    void notify();
    /// Nothing where nobody publishes.
    std::optional<model::EgressStatus> egress_status();

private:
    template <class Duty>
    void end(std::unique_ptr<Duty>& duty);
    void begin_egress();
    void begin_scheduler(SchedulerOptions options);

    const Config& config_;
    Log& log_;
    ReadSide& read_side_;
    std::function<ReactorContext()> context_;
    std::atomic<bool> writes_rows_{false};
    std::mutex mutex_;
    std::unique_ptr<Scheduler> scheduler_;
    std::unique_ptr<EgressSide> egress_;
};

}  // namespace pakashop::api
