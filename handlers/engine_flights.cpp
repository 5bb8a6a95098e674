#include <algorithm>

#include "handlers/engine.hpp"

/// The way of a batch: staged, written, synced, settled.
namespace pakashop {
namespace {

// Batches under way at once; those that are written when a sync begins are synced together.
constexpr std::size_t flights_max = 8;
// Fewer commands wait for the flight before them and go as one.
constexpr std::size_t second_flight_min = 24;

}  // namespace

// What is staged counts against the queue, so that a slow disk sheds load instead of hoarding it.
// What a shard staged before its log failed waits until that one is led again.
void Engine::start_flush() {
    staged_ = 0;
    for (const auto& shard : shards_) {
        if (unled_[shard->partition()] || !shard->has_staged()) continue;
        staged_ += shard->staged_count();
        note_waiting(shard->partition());
    }
    auto flight = may_start_flush() ? begin_flight() : nullptr;
    {
        const std::lock_guard lock{mutex_};
        waiting_.store(inbox_.size() + staged_);
    }
    if (flight) pass_on(std::move(flight), to_write_, wake_writer_);
}

bool Engine::may_start_flush() const {
    if (staged_ == 0 || !failed_.empty() || !alone_.empty()) return false;
    return under_way_ == 0 || (staged_ >= second_flight_min && under_way_ < flights_max);
}

std::unique_ptr<Engine::Flight> Engine::begin_flight() {
    auto flight = std::make_unique<Flight>();
    ++under_way_;
    for (const auto& shard : shards_) {
        if (!shard->has_staged() || unled_[shard->partition()]) continue;
        flight->loads.push_back(shard->begin_flight());
        flight->shards.push_back(shard.get());
        staged_ -= flight->loads.back().staged.size();
    }
    return flight;
}

void Engine::pass_on(std::unique_ptr<Flight> flight, Flights& to, std::condition_variable& wake) {
    const std::lock_guard lock{mutex_};
    to.push_back(std::move(flight));
    wake.notify_one();
}

// Nothing once there will be no more.
std::unique_ptr<Engine::Flight> Engine::next_of(Flights& flights, std::condition_variable& wake) {
    std::unique_lock lock{mutex_};
    wake.wait(lock, [&] { return !flights.empty() || writers_stop_; });
    if (flights.empty()) return nullptr;
    auto first = std::move(flights.front());
    flights.pop_front();
    return first;
}

void Engine::write_loop() {
    while (auto flight = next_of(to_write_, wake_writer_)) {
        std::vector<PartitionBatch> batches;
        batches.reserve(flight->shards.size());
        for (std::size_t i = 0; i < flight->shards.size(); ++i) {
            batches.push_back(flight->shards[i]->encode(flight->loads[i]));
        }
        flight->under_way = log_.begin_append(batches);
        pass_on(std::move(flight), to_sync_, wake_syncer_);
    }
}

void Engine::sync_loop() {
    while (auto flight = next_of(to_sync_, wake_syncer_)) {
        flight->outcomes = flight->under_way.get();
        pass_on(std::move(flight), answered_, wake_engine_);
    }
}

void Engine::take_completions() {
    std::deque<std::unique_ptr<Flight>> answered;
    {
        const std::lock_guard lock{mutex_};
        answered.swap(answered_);
    }
    for (const auto& flight : answered) {
        --under_way_;
        flushes_.fetch_add(1, std::memory_order_relaxed);
        settle_flight(*flight);
        for (const auto& listener : flush_listeners_) listener();
    }
    if (!failed_.empty()) settle_failures();
}

// What follows a batch that failed has failed with it, and is settled with it.
void Engine::settle_flight(const Flight& flight) {
    for (std::size_t i = 0; i < flight.shards.size(); ++i) {
        Shard* shard = flight.shards[i];
        if (std::ranges::find(failed_, shard, &Failure::first) != failed_.end()) continue;
        if (flight.outcomes[i] == AppendOutcome::durable) {
            settle(*shard, flight.outcomes[i]);
        } else {
            failed_.emplace_back(shard, flight.outcomes[i]);
        }
    }
}

// Leading again reads and writes the log, so nothing else may be under way.
void Engine::settle_failures() {
    if (under_way_ > 0) return;
    for (const auto& [shard, outcome] : std::exchange(failed_, {})) settle(*shard, outcome);
}

void Engine::note_waiting(PartitionId partition) {
    if (!stuck_since(partition)) stuck_since_[partition] = std::chrono::steady_clock::now();
}

// What is still under way has waited since this answer at the most. Of what was let go nobody waits
// for any.
void Engine::note_answer(const Shard& shard) {
    if (!leads_[shard.partition()]) return;
    stuck_since_[shard.partition()] =
        shard.has_flights() ? std::chrono::steady_clock::now() : never;
}

}  // namespace pakashop
