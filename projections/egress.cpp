#include "projections/egress.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "projections/egress_start.hpp"
#include "projections/log_follower.hpp"

namespace pakashop::model {

using SteadyClock = std::chrono::steady_clock;

/// The relay's thread and all it knows. Everything below `run` happens on that thread alone.
class Egress::Loop {
public:
    Loop(Log& log, EventSink& sink, EgressOptions options)
        : log_{log}, sink_{sink}, options_{options}, follower_{log}, pause_{options.retry_first} {
        status_.places.resize(log.partitions());
    }
    ~Loop() { stop(); }

    void start() {
        thread_ = std::thread{[this] { run(); }};
    }
    void stop();
    void notify();
    EgressStatus status() const;

    std::function<void(EgressHealth, const std::string&)> listener;

private:
    void run();
    bool running() const;
    void step();
    bool open();
    std::optional<ReadStop> read();
    void take(const DecodedRecord& record);
    bool is_new(const PublicEvent& event);
    bool publish();
    void moved();
    bool remember();
    bool check_same_history();
    void problem(SinkProblem problem);
    void reading_stopped(const ReadStop& why);
    void all_is_well();
    void set_health(EgressHealth health, std::string reason);
    void back_off();
    void sleep();

    mutable std::mutex mutex_;  // Guards what follows, up to the empty line.
    std::condition_variable wake_;
    bool kicked_ = false;
    bool stopping_ = false;
    EgressStatus status_;

    Log& log_;
    EventSink& sink_;
    const EgressOptions options_;
    LogFollower follower_;
    std::vector<EgressPlace> places_;        ///< By partition; empty until the first open.
    std::vector<std::uint64_t> remembered_;  ///< By partition: the position the sink remembers.
    std::vector<PublicEvent> batch_;
    std::string contradiction_;  ///< How the topics turned out not to be this log's.
    bool opened_ = false;
    bool end_checked_ = false;  ///< Whether the topics were compared with the log's end.
    bool nothing_new_ = false;
    SteadyClock::time_point remember_next_{};
    SteadyClock::time_point not_before_{};  ///< No try before; grows with each failure in a row.
    std::chrono::milliseconds pause_;
    std::thread thread_;
};

void Egress::Loop::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    sink_.interrupt();
    notify();
    if (thread_.joinable()) thread_.join();
}

void Egress::Loop::notify() {
    {
        const std::lock_guard lock{mutex_};
        kicked_ = true;
    }
    wake_.notify_one();
}

EgressStatus Egress::Loop::status() const {
    const std::lock_guard lock{mutex_};
    return status_;
}

void Egress::Loop::run() {
    while (running()) {
        step();
        sleep();
    }
    if (status().health != EgressHealth::halted) set_health(EgressHealth::stopped, {});
}

bool Egress::Loop::running() const {
    const std::lock_guard lock{mutex_};
    return !stopping_ && status_.health != EgressHealth::halted;
}

void Egress::Loop::step() {
    nothing_new_ = true;
    if (SteadyClock::now() < not_before_) return;
    if (!opened_ && !open()) return;
    const auto stopped = read();
    if (!contradiction_.empty()) return set_health(EgressHealth::halted, contradiction_);
    if (!publish()) return;  // Also what was read before the place where reading stopped.
    if (stopped) return reading_stopped(*stopped);
    if (nothing_new_ && !check_same_history()) return;
    if (remember()) all_is_well();
}

// What this process knows to be published counts as well as what the sink remembers: it may be
// ahead of it by what happened since.
bool Egress::Loop::open() {
    auto found = sink_.open(log_.generation(), log_.partitions());
    if (!found) {
        problem(std::move(found.error()));
        return false;
    }
    std::vector<EgressPlace> places;
    std::vector<Checkpoint> checkpoints;
    remembered_.clear();
    for (std::size_t i = 0; i < found->size(); ++i) {
        SinkPartition& one = (*found)[i];
        const auto seq_of = [](const EgressPlace& each) { return each.checkpoint.state.place.seq; };
        remembered_.push_back(one.place ? seq_of(*one.place) : 0);
        if (!places_.empty() && seq_of(places_[i]) >= remembered_.back()) one.place = places_[i];
        places.push_back(place_to_start(log_.generation(), static_cast<PartitionId>(i), one));
        checkpoints.push_back(places.back().checkpoint);
    }
    if (const auto there = follower_.go_to(checkpoints); !there) {
        reading_stopped(there.error());
        return false;
    }
    places_ = std::move(places);
    batch_.clear();
    end_checked_ = false;
    opened_ = true;
    return true;
}

std::optional<ReadStop> Egress::Loop::read() {
    const auto taker = [this](const DecodedRecord& record) { take(record); };
    while (batch_.size() < options_.events_max && contradiction_.empty()) {
        const auto some = follower_.read_next(options_.read_bytes_max, taker);
        if (!some) return some.error();
        if (!*some) break;
        nothing_new_ = false;
    }
    return std::nullopt;
}

void Egress::Loop::take(const DecodedRecord& record) {
    for (PublicEvent& event : public_events(record)) {
        if (is_new(event)) batch_.push_back(std::move(event));
    }
}

bool Egress::Loop::is_new(const PublicEvent& event) {
    const auto& last = places_[event.partition].last;
    const auto published = last.find(event.family);
    if (published == last.end() || event.position > published->second.position) return true;
    if (event.position == published->second.position && event.id != published->second.id) {
        contradiction_ = "family " + published->first + ", partition " +
                         std::to_string(event.partition) + ": the topic ends with event " +
                         published->second.id + " where the log has " + event.id;
    }
    return false;
}

bool Egress::Loop::publish() {
    if (!batch_.empty()) {
        if (auto done = sink_.publish(batch_); !done) {
            problem(std::move(done.error()));
            return false;
        }
        for (PublicEvent& event : batch_) {
            auto& last = places_[event.partition].last;
            last[std::string{event.family}] = {event.position, std::move(event.id)};
        }
    }
    moved();
    return true;
}

// Every event of all that was read is published.
void Egress::Loop::moved() {
    for (EgressPlace& each : places_) {
        each.checkpoint = follower_.at(each.checkpoint.partition);
    }
    const std::lock_guard lock{mutex_};
    for (std::size_t i = 0; i < places_.size(); ++i) {
        status_.places[i] = places_[i].checkpoint.state.place.seq;
    }
    status_.published += batch_.size();
    batch_.clear();
}

bool Egress::Loop::remember() {
    if (SteadyClock::now() < remember_next_) return true;
    std::vector<EgressPlace> news;
    for (std::size_t i = 0; i < places_.size(); ++i) {
        if (places_[i].checkpoint.state.place.seq != remembered_[i]) news.push_back(places_[i]);
    }
    if (news.empty()) return true;
    if (auto done = sink_.remember(log_.generation(), news); !done) {
        problem(std::move(done.error()));
        return false;
    }
    for (const EgressPlace& each : news) {
        remembered_[each.checkpoint.partition] = each.checkpoint.state.place.seq;
    }
    remember_next_ = SteadyClock::now() + options_.remember;
    return true;
}

// A topic that ends beyond the log's end was filled from a log that had more: what is written from
// now on would be taken for published.
bool Egress::Loop::check_same_history() {
    if (std::exchange(end_checked_, true)) return true;
    for (const EgressPlace& place : places_) {
        for (const auto& [family, event] : place.last) {
            if (event.position.seq < place.checkpoint.state.place.seq) continue;
            set_health(
                EgressHealth::halted,
                "family " + family + ", partition " + std::to_string(place.checkpoint.partition) +
                    ": the topic ends with position " + to_text(event.position) +
                    ", the log before it"
            );
            return false;
        }
    }
    return true;
}

// How far a part of the batch came shows when the topics are looked at again.
void Egress::Loop::problem(SinkProblem problem) {
    opened_ = false;
    if (!running()) return;  // It was interrupted.
    const bool refused = problem.kind == SinkProblem::Kind::refused;
    set_health(refused ? EgressHealth::halted : EgressHealth::sink_away, std::move(problem.reason));
    back_off();
}

void Egress::Loop::reading_stopped(const ReadStop& why) {
    switch (why.kind) {
        case ReadStop::Kind::halted:
            return set_health(EgressHealth::halted, why.reason);
        case ReadStop::Kind::log_away:
            set_health(EgressHealth::log_away, why.reason);
            return back_off();
        case ReadStop::Kind::undigested:
            set_health(EgressHealth::stuck, why.reason);
            return back_off();
    }
}

void Egress::Loop::all_is_well() {
    pause_ = options_.retry_first;
    set_health(EgressHealth::following, {});
}

void Egress::Loop::set_health(EgressHealth health, std::string reason) {
    {
        const std::lock_guard lock{mutex_};
        if (status_.health == health && status_.reason == reason) return;
        status_.health = health;
        status_.reason = reason;
    }
    if (listener) listener(health, reason);
}

void Egress::Loop::back_off() {
    not_before_ = SteadyClock::now() + pause_;
    pause_ = std::min(pause_ * 2, options_.retry_last);
}

void Egress::Loop::sleep() {
    std::unique_lock lock{mutex_};
    if (nothing_new_) {
        wake_.wait_for(lock, options_.idle, [&] { return kicked_ || stopping_; });
    }
    kicked_ = false;
}

Egress::Egress(Log& log, EventSink& sink, EgressOptions options)
    : loop_{std::make_unique<Loop>(log, sink, options)} {}

Egress::~Egress() = default;

void Egress::on_health(std::function<void(EgressHealth, const std::string&)> listener) {
    loop_->listener = std::move(listener);
}

void Egress::start() { loop_->start(); }

void Egress::stop() { loop_->stop(); }

void Egress::notify() { loop_->notify(); }

EgressStatus Egress::status() const { return loop_->status(); }

}  // namespace pakashop::model
