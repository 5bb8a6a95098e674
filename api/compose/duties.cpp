#include "api/compose/duties.hpp"

#include <spdlog/spdlog.h>

namespace pakashop::api {

Duties::Duties(
    const Config& config,
    Log& log,
    ReadSide& read_side,
    std::function<ReactorContext()> context
)
    : config_{config}, log_{log}, read_side_{read_side}, context_{std::move(context)} {}

void Duties::begin_alone(Instant now) {
    const std::lock_guard lock{mutex_};
    begin_egress();
    if (!config_.has_role(duty_scheduler)) return;
    SchedulerOptions options;
    options.alone_since = now;
    begin_scheduler(options);
}

void Duties::change(const std::string& duty, bool begun) {
    SPDLOG_INFO("{} {}", begun ? "begins:" : "ends:", duty);
    if (duty == duty_projections) {
        writes_rows_ = begun;
        read_side_.runner().notify();
        return;
    }
    const bool publishes = duty == duty_egress;
    publishes ? end(egress_) : end(scheduler_);
    if (!begun) return;
    const std::lock_guard lock{mutex_};
    publishes ? begin_egress() : begin_scheduler({});
}

// What it does now may take seconds to end: nobody who asks waits for that.
template <class Duty>
void Duties::end(std::unique_ptr<Duty>& duty) {
    std::unique_ptr<Duty> ending;
    {
        const std::lock_guard lock{mutex_};
        ending = std::move(duty);
    }
}

void Duties::end() {
    end(scheduler_);
    end(egress_);
}

// While a duty changes the relay needs no word: it looks by itself.
void Duties::notify() {
    read_side_.runner().notify();
    const std::unique_lock lock{mutex_, std::try_to_lock};
    if (lock && egress_) egress_->relay().notify();
}

std::optional<model::EgressStatus> Duties::egress_status() {
    const std::lock_guard lock{mutex_};
    if (!egress_) return std::nullopt;
    return egress_->relay().status();
}

void Duties::begin_egress() {
    egress_ = open_egress(config_, log_);
    if (egress_) egress_->relay().start();
}

void Duties::begin_scheduler(SchedulerOptions options) {
    scheduler_ = std::make_unique<Scheduler>(context_(), read_side_.schedule(), options);
    scheduler_->start();
}

}  // namespace pakashop::api
