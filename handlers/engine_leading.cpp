#include <algorithm>

#include "handlers/engine.hpp"

/// Who leads: partitions taken up, given up, lost with the log, and led again.
namespace pakashop {
namespace {

constexpr auto lead_again_every = std::chrono::seconds{1};

std::string_view text_of(LeadFailure why) {
    switch (why) {
        case LeadFailure::log_unavailable:
            return "the log cannot be written";
        case LeadFailure::storage_low:
            return "too little space is left for the log";
        case LeadFailure::moved:
            return "the log was moved and is sealed";
        case LeadFailure::damaged:
            break;
    }
    return "the log is damaged";
}

}  // namespace

Result<void, EngineFailure> Engine::lead_now(PartitionId partition) {
    Shard& shard = *shards_[partition];
    const auto led = shard.lead(clock_.now());
    publish_place(shard);
    if (!led && led.error() != LeadFailure::storage_low) {
        const std::string where = "partition " + std::to_string(partition) + ": ";
        return unexpected{EngineFailure{led.error(), where + std::string{text_of(led.error())}}};
    }
    unled_[partition].reset();
    away_[partition] = false;
    stuck_since_[partition] = never;
    if (!led) lost_lead(partition, led.error());
    leads_[partition] = true;
    return {};
}

void Engine::lead(PartitionId partition, std::function<void(Result<void, EngineFailure>)> done) {
    alone_.push_back([this, partition, done = std::move(done)] { done(lead_now(partition)); });
}

void Engine::stop_leading(PartitionId partition) {
    leads_[partition] = false;
    unled_[partition] = Outcome::Kind::not_leading;
    away_[partition] = false;
    stuck_since_[partition] = never;
}

// The next leader waits for nothing then; should the record fail, it finds out by itself.
void Engine::resign(PartitionId partition, std::function<void()> done) {
    const bool led = !unled_[partition];
    stop_leading(partition);
    alone_.push_back([this, partition, led, done = std::move(done)] {
        Shard& shard = *shards_[partition];
        for (Command& command : shard.withdraw()) forward(std::move(command));
        if (led) shard.resign(clock_.now());
        done();
    });
}

void Engine::let_go(PartitionId partition, std::function<void()> done) {
    stop_leading(partition);
    Shard& shard = *shards_[partition];
    for (Command& command : shard.withdraw_waiting()) forward(std::move(command));
    alone_.push_back([this, &shard, done = std::move(done)] {
        for (Command& command : shard.withdraw()) forward(std::move(command));
        done();
    });
}

void Engine::settle(Shard& shard, AppendOutcome outcome) {
    if (outcome == AppendOutcome::regressed) {
        report_damage(shard.partition(), "the log lost what it had acknowledged");
    }
    const bool settled = shard.settle(outcome);
    if (settled) note_answer(shard);
    // What waits was given up already: whoever takes it over from here decides it.
    if (!settled && !leads_[shard.partition()]) return;
    if (!settled && !options_.may_lead(shard.partition())) {
        deposed(shard);
        return;
    }
    const auto led = settled ? Result<void, LeadFailure>{} : lead_after_failure(shard);
    publish_place(shard);
    if (!led) not_led(shard, led.error());
}

void Engine::not_led(Shard& shard, LeadFailure why) {
    lost_lead(shard.partition(), why);
    if (why == LeadFailure::storage_low) return;
    const std::string text{text_of(why)};
    if (why == LeadFailure::damaged) {
        freeze(shard.partition(), text);
    } else if (log_.exclusive() || why == LeadFailure::moved) {
        report_fatal(text);
    }
}

// A shared log may be away: it is asked beside this thread, and what is under way waits for that.
Result<void, LeadFailure> Engine::lead_after_failure(Shard& shard) {
    if (log_.exclusive()) return shard.lead(clock_.now());
    if (!probe_.valid()) begin_probe(shard.partition());
    return unexpected{LeadFailure::log_unavailable};
}

void Engine::lost_lead(PartitionId partition, LeadFailure why) {
    switch (why) {
        case LeadFailure::log_unavailable:
        case LeadFailure::moved:
            unled_[partition] = Outcome::Kind::log_unavailable;
            away_[partition] = some_away_ = true;
            return;
        case LeadFailure::storage_low:
            unled_[partition] = Outcome::Kind::storage_low;
            break;
        case LeadFailure::damaged:
            unled_[partition] = Outcome::Kind::halted;
            break;
    }
    away_[partition] = false;
}

// Somebody else leads now, as far as anybody can tell: what waits is for them to decide.
void Engine::deposed(Shard& shard) {
    stop_leading(shard.partition());
    for (Command& command : shard.withdraw()) forward(std::move(command));
    if (options_.on_deposed) options_.on_deposed(shard.partition());
}

// A log that is away takes its time for each record, and who leads next needs none of them.
void Engine::resign_all() {
    bool taken = true;
    for (const auto& shard : shards_) {
        const PartitionId partition = shard->partition();
        shard->give_up(Outcome::Kind::not_leading);
        const bool led = leads_[partition] && !unled_[partition];
        if (led && taken) taken = shard->resign(clock_.now()) == AppendOutcome::durable;
        leads_[partition] = false;
    }
}

void Engine::lead_again_if_due() {
    const bool due = last_tick_ - last_lead_ >= lead_again_every || probe_.valid();
    if (!due || !alone_.empty()) return;
    // Leading again needs the log for itself, as in settle_failures.
    alone_.push_back([this] { try_to_lead_again(); });
    run_alone();
}

// Asking a log that is away takes seconds; commands do not wait for that.
void Engine::begin_probe(PartitionId partition) {
    const auto ask = [this, partition] { return log_.end(partition).has_value(); };
    probe_ = std::async(std::launch::async, ask);
}

bool Engine::log_answers(PartitionId partition) {
    if (!probe_.valid()) begin_probe(partition);
    const bool known = probe_.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
    return known && probe_.get();
}

// Trying may take seconds, so one that cannot be led ends a round; the next begins behind it.
void Engine::try_to_lead_again() {
    bool answers = log_.exclusive();
    bool silent = false;
    const std::size_t first = again_from_;
    for (std::size_t i = 0; i < shards_.size(); ++i) {
        const auto& shard = shards_[(first + i) % shards_.size()];
        const PartitionId partition = shard->partition();
        if (!leads_[partition] || !unled_[partition] || shard->halted()) continue;
        if (!options_.may_lead(partition)) {
            deposed(*shard);
            continue;
        }
        if (!answers && !silent) {
            answers = log_answers(partition);
            silent = !answers && !probe_.valid();
            if (silent) again_from_ = partition + 1U;
            if (!answers && !silent) break;  // It is being asked.
        }
        if (silent) {
            shard->give_up(Outcome::Kind::log_unavailable);
            continue;
        }
        const auto led = shard->lead(clock_.now());
        publish_place(*shard);
        if (!led) {
            not_led(*shard, led.error());
            again_from_ = partition + 1U;
            break;
        }
        unled_[partition].reset();
        away_[partition] = false;
        stuck_since_[partition] = never;
    }
    some_away_ = std::ranges::any_of(away_, [](const auto& away) { return away.load(); });
    last_lead_ = std::chrono::steady_clock::now();
}

void Engine::publish_place(const Shard& shard) {
    durable_[shard.partition()].store(shard.admission().place().seq);
    offsets_[shard.partition()].store(shard.next_offset());
}

void Engine::freeze(PartitionId partition, std::string reason) {
    shards_[partition]->halt();
    stuck_since_[partition] = never;
    report_damage(partition, std::move(reason));
}

// On a log of its own a process cannot go on; of a shared one the other partitions may be sound.
void Engine::report_damage(PartitionId partition, std::string reason) {
    if (log_.exclusive()) {
        report_fatal(std::move(reason));
    } else if (options_.on_frozen) {
        options_.on_frozen(partition, std::move(reason));
    }
}

void Engine::report_fatal(std::string reason) {
    if (on_fatal_) on_fatal_(std::move(reason));
}

}  // namespace pakashop
