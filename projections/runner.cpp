#include "projections/runner.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "projections/batch_writer.hpp"

namespace pakashop::model {

using SteadyClock = std::chrono::steady_clock;
using Outcome = ApplyResult::Outcome;

/// The runner's thread and all it knows. Everything below `run` happens on that thread alone.
class Runner::Loop {
public:
    Loop(
        Log& log,
        Vault& vault,
        RowStore& store,
        std::span<const Projection* const> projections,
        RunnerOptions options
    )
        : log_{log},
          store_{store},
          options_{std::move(options)},
          reader_{log, vault, projections},
          writer_{store, options_.group, [this] { note_written(); }},
          pause_{options_.retry_first} {}
    ~Loop() { stop(); }

    void start() {
        thread_ = std::thread{[this] { run(); }};
    }
    void stop();
    void notify();
    void note_written();
    RunnerStatus status() const;

    Positions positions;
    std::function<void(const BatchReport&)> report;
    std::function<void(const std::string&)> halted;

private:
    void run();
    void step();
    void open();
    void stand_by();
    void read_more();
    void all_is_well();
    void hand_over();
    void finish(BatchWriter::Written written);
    void publish(const BatchWriter::Written& written);
    std::vector<std::uint64_t> ends_of_log();
    void aim_at(std::vector<std::uint64_t> goals);
    bool goals_reached() const;
    void tell_caught_up();
    void look_at_place();
    void lost_the_place();
    void open_later(RunnerHealth health, std::string reason);
    void reading_stopped(const ReadStop& why);
    void set_health(RunnerHealth health, std::string reason);
    void back_off();
    void sleep();
    bool pacing() const {
        return growing_.events < options_.events_max && SteadyClock::now() < next_batch_;
    }
    bool paused() const { return SteadyClock::now() < not_before_; }

    mutable std::mutex mutex_;  // Guards what follows, up to the empty line.
    std::condition_variable wake_;
    bool kicked_ = false;
    bool written_ = false;  ///< What was handed over was tried.
    bool stopping_ = false;
    RunnerStatus status_;
    std::vector<std::uint64_t> goals_;  ///< Where each partition of the log ended at `open`.

    Log& log_;
    RowStore& store_;
    const RunnerOptions options_;
    LogReader reader_;
    BatchWriter writer_;
    Batch growing_;
    bool opened_ = false;
    bool nothing_new_ = false;
    bool reading_failed_ = false;
    SteadyClock::time_point next_batch_{};
    SteadyClock::time_point look_again_{};
    SteadyClock::time_point not_before_{};  ///< No try before; grows with each failure in a row.
    std::chrono::milliseconds pause_;
    std::thread thread_;
};

void Runner::Loop::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    notify();
    if (thread_.joinable()) thread_.join();
}

void Runner::Loop::notify() {
    {
        const std::lock_guard lock{mutex_};
        kicked_ = true;
    }
    wake_.notify_one();
}

void Runner::Loop::note_written() {
    {
        const std::lock_guard lock{mutex_};
        kicked_ = written_ = true;
    }
    wake_.notify_one();
}

RunnerStatus Runner::Loop::status() const {
    const std::lock_guard lock{mutex_};
    RunnerStatus status = status_;
    status.caught_up = status.caught_up || goals_reached();
    return status;
}

void Runner::Loop::run() {
    const auto running = [&] {
        const std::lock_guard lock{mutex_};
        return !stopping_ && status_.health != RunnerHealth::halted;
    };
    while (running()) {
        step();
        positions.expire(SteadyClock::now());
        sleep();
    }
    const auto last = writer_.wait();
    if (last && last->result.outcome == Outcome::applied) publish(*last);
    positions.give_up();
    const std::lock_guard lock{mutex_};
    if (status_.health != RunnerHealth::halted) status_.health = RunnerHealth::stopped;
}

void Runner::Loop::step() {
    nothing_new_ = true;
    if (auto written = writer_.take_back()) finish(*std::move(written));
    if (options_.may_write && !options_.may_write()) return stand_by();
    if (!opened_) {
        if (!writer_.busy() && !paused()) open();
        return;
    }
    hand_over();
    const bool full = growing_.events >= options_.events_max;
    if (!full && !paused() && !pacing()) read_more();
    hand_over();
}

void Runner::Loop::open() {
    auto checkpoints = store_.checkpoints(options_.group, log_.generation(), log_.partitions());
    if (!checkpoints) {
        if (checkpoints.error() == StoreFailure::damaged) {
            return set_health(
                RunnerHealth::halted, "the read model was made from another generation of the log"
            );
        }
        return open_later(RunnerHealth::store_away, "the checkpoints cannot be read");
    }
    const auto there = reader_.go_to(*checkpoints);
    if (!there) return reading_stopped(there.error());
    opened_ = true;
    nothing_new_ = false;  // Nobody has looked yet: the next step does, without a pause.
    growing_ = Batch{};
    auto goals = ends_of_log();
    aim_at({});  // The places of a store that was lost reach no goal.
    for (const Checkpoint& each : *checkpoints) {
        positions.publish(each.partition, each.state.place.seq);
    }
    aim_at(std::move(goals));
}

// Another node writes: what is readable is what the store says. What was read here and not handed
// over is read again, should it come to that.
void Runner::Loop::stand_by() {
    opened_ = false;
    if (writer_.busy() || paused() || SteadyClock::now() < look_again_) return;
    look_again_ = SteadyClock::now() + options_.idle;
    const auto now = store_.places(options_.group, log_.generation(), log_.partitions());
    if (!now) return open_later(RunnerHealth::store_away, "the checkpoints cannot be read");
    for (const Checkpoint& each : *now) positions.publish(each.partition, each.state.place.seq);
    all_is_well();
    tell_caught_up();
}

std::vector<std::uint64_t> Runner::Loop::ends_of_log() {
    std::vector<std::uint64_t> ends;
    for (std::uint32_t i = 0; i < log_.partitions(); ++i) {
        ends.push_back(log_.end(static_cast<PartitionId>(i)).value_or(UINT64_MAX));
    }
    return ends;
}

void Runner::Loop::aim_at(std::vector<std::uint64_t> goals) {
    const std::lock_guard lock{mutex_};
    goals_ = std::move(goals);
    status_.caught_up = false;
}

// Goals are offsets, positions count records: on a log that holds void records only a read that
// finds nothing more tells (read_more).
bool Runner::Loop::goals_reached() const {
    for (std::size_t i = 0; i < goals_.size(); ++i) {
        if (positions.at(static_cast<PartitionId>(i)) < goals_[i]) return false;
    }
    return !goals_.empty();
}

void Runner::Loop::tell_caught_up() {
    const std::lock_guard lock{mutex_};
    status_.caught_up = true;
}

// Of every partition: one that is left out would wait for the pause behind this batch, and the
// next.
void Runner::Loop::read_more() {
    nothing_new_ = false;
    for (std::uint32_t i = 0; i < log_.partitions() && !nothing_new_; ++i) {
        const auto some = reader_.read_into(growing_, options_.read_bytes_max);
        if (!some) return reading_stopped(some.error());
        nothing_new_ = !*some;
        if (growing_.events >= options_.events_max) break;
    }
    const bool idle = nothing_new_ && growing_.empty() && !writer_.busy();
    if (idle || reading_failed_) all_is_well();
    if (!idle) return;
    tell_caught_up();
    if (SteadyClock::now() < look_again_) return;
    look_again_ = SteadyClock::now() + options_.look;
    look_at_place();
}

void Runner::Loop::all_is_well() {
    reading_failed_ = false;
    pause_ = options_.retry_first;
    set_health(RunnerHealth::following, {});
}

void Runner::Loop::hand_over() {
    if (writer_.busy() || growing_.empty() || pacing()) return;
    const bool busy = growing_.events >= options_.busy_events;
    const bool behind = growing_.events >= options_.events_max;
    const bool rests = busy && !behind;
    next_batch_ = SteadyClock::now() + (rests ? options_.pace : std::chrono::milliseconds{0});
    writer_.hand_over(std::exchange(growing_, Batch{}));
}

void Runner::Loop::finish(BatchWriter::Written written) {
    switch (written.result.outcome) {
        case Outcome::applied:
            return publish(written);
        case Outcome::superseded:
            return lost_the_place();
        case Outcome::unknown:      // The commit may have happened: only the checkpoints know.
        case Outcome::unavailable:  // Likewise begun anew: the store may come back another one.
            return open_later(RunnerHealth::store_away, std::move(written.result.detail));
        case Outcome::refused:
            return open_later(RunnerHealth::stuck, std::move(written.result.detail));
    }
}

void Runner::Loop::publish(const BatchWriter::Written& written) {
    const Batch& batch = written.batch;
    const std::uint64_t rows = batch.changes.rows();
    {
        const std::lock_guard lock{mutex_};
        status_.batches += 1;
        status_.records += batch.records;
        status_.events += batch.events;
        status_.rows += rows;
        status_.newest = std::max(status_.newest, batch.newest);
    }
    if (!reading_failed_) all_is_well();
    for (const CheckpointMove& move : batch.moves) {
        positions.publish(move.to.partition, move.to.state.place.seq);
    }
    if (report) report({batch.records, batch.events, rows, written.took, batch.newest});
}

// A store that was dropped and made again stands at the beginning; nothing else would tell before
// the next commit.
void Runner::Loop::look_at_place() {
    const auto now = store_.places(options_.group, log_.generation(), log_.partitions());
    if (!now) return open_later(RunnerHealth::store_away, "the checkpoints cannot be read");
    const bool same = std::ranges::all_of(*now, [&](const Checkpoint& each) {
        return each.state.place.seq == positions.at(each.partition);
    });
    if (!same) lost_the_place();
}

// Checkpoints behind ours: the store went back in time, and is filled again from there. Ahead of
// ours: somebody else writes these rows, on a cluster perhaps because this node was asleep.
void Runner::Loop::lost_the_place() {
    const auto now = store_.checkpoints(options_.group, log_.generation(), log_.partitions());
    if (!now) return open_later(RunnerHealth::store_away, "the checkpoints cannot be read");
    opened_ = false;
    const bool ahead = std::ranges::any_of(*now, [&](const Checkpoint& each) {
        return each.state.place.seq > positions.at(each.partition);
    });
    if (ahead && !options_.may_write)
        set_health(RunnerHealth::halted, "another runner writes this group");
}

// What was read but not written is read again.
void Runner::Loop::open_later(RunnerHealth health, std::string reason) {
    opened_ = false;
    set_health(health, std::move(reason));
    back_off();
}

void Runner::Loop::reading_stopped(const ReadStop& why) {
    reading_failed_ = true;
    switch (why.kind) {
        case ReadStop::Kind::halted:
            return set_health(RunnerHealth::halted, why.reason);
        case ReadStop::Kind::log_away:
            set_health(RunnerHealth::log_away, why.reason);
            return back_off();
        case ReadStop::Kind::undigested:
            set_health(RunnerHealth::stuck, why.reason);
            return back_off();
    }
}

void Runner::Loop::set_health(RunnerHealth health, std::string reason) {
    if (health == RunnerHealth::halted && halted) halted(reason);
    const std::lock_guard lock{mutex_};
    status_.health = health;
    status_.reason = std::move(reason);
}

void Runner::Loop::back_off() {
    not_before_ = SteadyClock::now() + pause_;
    pause_ = std::min(pause_ * 2, options_.retry_last);
}

void Runner::Loop::sleep() {
    // While a batch is given time to grow, what comes in meanwhile is read at once afterwards; what
    // was written is told at once.
    const bool growing = pacing();
    std::unique_lock lock{mutex_};
    if (growing) {
        wake_.wait_until(lock, next_batch_, [&] { return written_ || stopping_; });
    } else if (nothing_new_) {
        wake_.wait_for(lock, options_.idle, [&] { return kicked_ || stopping_; });
    }
    kicked_ = written_ = false;
}

Runner::Runner(
    Log& log,
    Vault& vault,
    RowStore& store,
    std::span<const Projection* const> projections,
    RunnerOptions options
)
    : loop_{std::make_unique<Loop>(log, vault, store, projections, std::move(options))} {}

Runner::~Runner() = default;

void Runner::on_batch(std::function<void(const BatchReport&)> report) {
    loop_->report = std::move(report);
}

void Runner::on_halt(std::function<void(const std::string&)> listener) {
    loop_->halted = std::move(listener);
}

void Runner::start() { loop_->start(); }

void Runner::stop() { loop_->stop(); }

void Runner::notify() { loop_->notify(); }

void Runner::wait_until(
    PartitionId partition,
    std::uint64_t records,
    Positions::Deadline deadline,
    Positions::Callback done
) {
    loop_->positions.wait_until(partition, records, deadline, std::move(done));
}

std::uint64_t Runner::position(PartitionId partition) const {
    return loop_->positions.at(partition);
}

RunnerStatus Runner::status() const { return loop_->status(); }

}  // namespace pakashop::model
