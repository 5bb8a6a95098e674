#include "handlers/effect_worker.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <random>
#include <utility>

#include "events/record_index.hpp"
#include "handlers/rate_budget.hpp"

namespace pakashop {
namespace {

constexpr Duration damaged_pause = minutes(15);
constexpr Duration broken_pause = minutes(1);
constexpr Duration recovery_every = minutes(30);
constexpr Duration recovery_pause = seconds(30);
constexpr std::size_t exhausted_max = 1'000;
constexpr std::size_t fresh_max = 256;

const Actor worker{"effect_worker", "SYSTEM", "reactor"};

/// An attempt's command is never a repeat of another: whether it is granted is the log's decision
/// each time anew.
CommandId fresh_id() {
    std::random_device random;
    CommandId id;
    for (auto& byte : id) byte = static_cast<std::uint8_t>(random());
    return id;
}

KeyedCommand to_effect(const std::string& key, const EffectId& effect, Effect::Command command) {
    return {key, {stream_of<Effect>(effect.value), std::move(command)}};
}

}  // namespace

/// One provider: what it is asked for, and how that goes.
struct EffectWorker::Lane {
    std::string_view provider;
    std::vector<EffectKind> kinds;
    std::function<bool()> answers;
    Breaker breaker;
    RateBudget budget;
    std::mutex fresh_mutex;
    std::condition_variable fresh_wake;
    std::deque<DueEffect> fresh;  ///< Requested just now; no more than `fresh_max`.
    bool taxes = false;
    std::atomic<std::int64_t> recovery_at_ms{0};   ///< When exhausted invoices are looked for.
    std::atomic<std::int64_t> recovered_at_ms{0};  ///< When some went out again.
    std::atomic<std::uint64_t> attempts{0};
    std::atomic<std::uint64_t> answered{0};
    std::atomic<std::uint64_t> failed{0};
    std::atomic<std::uint64_t> away{0};
    std::atomic<std::uint64_t> latency_sum_ms{0};
    std::array<std::atomic<std::uint64_t>, latency_bounds_ms.size() + 1> latency_counts{};

    Lane(
        std::string_view name,
        std::vector<EffectKind> served,
        std::function<bool()> probe,
        const EffectWorkerOptions& options
    )
        : provider{name},
          kinds{std::move(served)},
          answers{std::move(probe)},
          breaker{options.breaker},
          budget{options.calls_per_second_max} {}
};

EffectWorker::EffectWorker(
    ReactorContext context,
    EffectsQueue& queue,
    ScheduleQueue& schedule,
    EffectWorkerOptions options
)
    : context_{std::move(context)}, queue_{queue}, schedule_{schedule}, options_{options} {
    using enum EffectKind;
    const auto add = [&](std::string_view name, std::vector<EffectKind> kinds, auto& port) {
        lanes_.push_back(std::make_unique<Lane>(
            name, std::move(kinds), [&port] { return port.answers(); }, options_
        ));
    };
    add("pawapay", {deposit, payout}, context_.money);
    add("zra", {zra_invoice, tpin_check}, context_.tax);
    lanes_.back()->taxes = true;
    add("whatsapp", {pin_message}, context_.messenger);
}

EffectWorker::~EffectWorker() { stop(); }

void EffectWorker::attach() {
    context_.engine.on_commit([this](const auto& commit) { hear(*commit); });
}

void EffectWorker::start() {
    for (const auto& lane : lanes_) {
        for (int n = 0; n < options_.threads_per_provider; ++n) {
            threads_.emplace_back([this, &lane = *lane] { run(lane); });
        }
        threads_.emplace_back([this, &lane = *lane] { run_fresh(lane); });
    }
}

void EffectWorker::stop() {
    stopping_ = true;
    queue_.wake();
    for (const auto& lane : lanes_) {
        const std::lock_guard lock{lane->fresh_mutex};
        lane->fresh_wake.notify_all();
    }
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
}

std::size_t EffectWorker::run_once() {
    std::size_t begun = 0;
    for (const auto& lane : lanes_) begun += look(*lane);
    return begun;
}

void EffectWorker::run(Lane& lane) {
    while (!stopping_) {
        if (look(lane) == 0 && !stopping_) queue_.wait(options_.idle_wait);
    }
}

void EffectWorker::hear(const Commit& commit) {
    if (!context_.engine.leads(commit.partition)) return;  // It is heard where it is led.
    for (const CommittedEvent& event : commit.events) {
        const auto* effect = std::get_if<EffectEvent>(&event.event);
        const auto* requested = effect ? std::get_if<EffectRequested>(effect) : nullptr;
        if (!requested || requested->due_at > commit.at) continue;
        for (const auto& lane : lanes_) {
            if (std::ranges::find(lane->kinds, requested->kind) == lane->kinds.end()) continue;
            const std::lock_guard lock{lane->fresh_mutex};
            if (lane->fresh.size() >= fresh_max) continue;
            lane->fresh.push_back(
                {requested->effect, commit.key, requested->kind, requested->subject}
            );
            lane->fresh_wake.notify_one();
        }
    }
}

void EffectWorker::run_fresh(Lane& lane) {
    std::unique_lock lock{lane.fresh_mutex};
    while (true) {
        lane.fresh_wake.wait(lock, [&] { return stopping_ || !lane.fresh.empty(); });
        if (stopping_) return;
        const DueEffect row = std::move(lane.fresh.front());
        lane.fresh.pop_front();
        lock.unlock();
        if (may_begin(lane, row.kind) && lane.budget.take(context_.clock.now(), 1) == 1) {
            if (!attempt(lane, row)) lane.budget.give_back(1);
        }
        lock.lock();
    }
}

std::size_t EffectWorker::look(Lane& lane) {
    probe(lane);
    std::vector<EffectKind> kinds;
    std::ranges::copy_if(lane.kinds, std::back_inserter(kinds), [&](EffectKind kind) {
        return may_begin(lane, kind);
    });
    if (kinds.empty()) return 0;
    if (lane.taxes) send_exhausted_invoices_again(lane);
    const Instant now = context_.clock.now();
    const std::size_t room = lane.budget.take(now, options_.rows_per_look);
    if (room == 0) return 0;
    const auto rows = queue_.lease(kinds, now, room, options_.attempt_lease);
    if (rows && !rows->empty()) context_.catch_up();
    std::size_t begun = 0;
    for (const DueEffect& row : rows.value_or(std::vector<DueEffect>{})) {
        if (stopping_ || !may_begin(lane, row.kind)) break;
        begun += attempt(lane, row) ? 1 : 0;
    }
    lane.budget.give_back(room - begun);
    return begun;
}

// Mock receipts need no authority, so they are made while it is away.
bool EffectWorker::may_begin(Lane& lane, EffectKind kind) {
    if (lane.breaker.closed()) return true;
    return kind == EffectKind::zra_invoice && context_.settings().zra_mock_mode;
}

void EffectWorker::probe(Lane& lane) {
    if (!lane.breaker.take_probe(context_.clock.now())) return;
    const bool there = lane.answers();
    const Instant now = context_.clock.now();
    if (!lane.breaker.probed(there, now)) return;
    const std::int64_t soonest = lane.recovered_at_ms + recovery_every.ms;
    lane.recovery_at_ms = std::max(now.ms, soonest);
    context_.notice(
        {Notice::Level::info, "provider_back", std::string{lane.provider} + " answers again"}
    );
}

// ---------------------------------------------------------------- recovery (C-46)

// The retries are decided by each invoice: one that is no longer FAILED refuses. At the start, when
// the authority is back and from time to time, but never in quick turn: an authority may answer and
// still take no invoice.
void EffectWorker::send_exhausted_invoices_again(Lane& lane) {
    const Instant now = context_.clock.now();
    std::int64_t due = lane.recovery_at_ms;
    const std::int64_t next = (now + recovery_every).ms;
    if (now.ms < due || !lane.recovery_at_ms.compare_exchange_strong(due, next)) return;
    const auto exhausted = schedule_.exhausted_invoices(exhausted_max);
    const bool possible = exhausted && (exhausted->empty() || lane.answers());
    if (!possible) {
        lane.recovery_at_ms = (now + recovery_pause).ms;
        return;
    }
    if (exhausted->empty()) return;
    lane.recovered_at_ms = now.ms;
    context_.notice(
        {Notice::Level::info,
         "invoices_go_out_again",
         std::to_string(exhausted->size()) + " failed invoices, oldest first"}
    );
    const std::string origin = "recovery " + std::to_string(now.ms);
    for (const ExhaustedInvoice& each : *exhausted) {
        const std::string stream = stream_of<Invoice>(each.invoice.value);
        KeyedCommand retry{each.order.value, {stream, Invoice::Command{Invoice::Retry{now}}}};
        const CommandId id = derived_command_id(origin, "retry", stream);
        ask(context_.engine, system_command(id, std::move(retry), worker, {}, now));
    }
}

// ---------------------------------------------------------------- one attempt

// A history that cannot be read stops its own effect only, and is told each time.
bool EffectWorker::attempt(Lane& lane, const DueEffect& row) {
    try {
        const auto open = due_effect(lane, row);
        const auto grant = open ? begin(row, *open) : std::nullopt;
        if (!grant) return false;
        lane.attempts.fetch_add(1, std::memory_order_relaxed);
        const Reaction reaction = react_safely(*grant);
        note(lane, reaction);
        conclude_attempt(*grant, reaction.next);
        return true;
    } catch (const CorruptStream& damage) {
        context_.notice({Notice::Level::error, "history_damaged", damage.what()});
        return false;
    }
}

// What the log says of the effect counts, whatever the row says. Asking first keeps stale rows from
// becoming refused commands, and tells whether an attempt was left without a result.
std::optional<Effect::Open> EffectWorker::due_effect(const Lane& lane, const DueEffect& row) {
    const auto state = load<Effect>(context_, row.key, row.effect.value);
    const Effect::Open* open = Effect::open(state);
    const Instant now = context_.clock.now();
    if (!open || std::ranges::find(lane.kinds, open->kind) == lane.kinds.end()) return std::nullopt;
    if (open->running && now < open->running->lease_until) return std::nullopt;
    if (open->expires_at && now >= *open->expires_at) {
        const CommandId id = derived_command_id(row.effect.value, "expired", row.key);
        auto finish = to_effect(row.key, row.effect, Effect::Finish{"expired"});
        ask(context_.engine, system_command(id, std::move(finish), worker, {}, now));
        return std::nullopt;
    }
    if (now < open->due_at) return std::nullopt;
    return *open;
}

std::optional<Grant> EffectWorker::begin(const DueEffect& row, const Effect::Open& open) {
    const CommandId id = fresh_id();
    Trace trace = origin_of(row);
    auto command =
        to_effect(row.key, row.effect, Effect::Begin{options_.attempt_lease, context_.clock.now()});
    const Outcome outcome =
        ask(context_.engine,
            system_command(id, std::move(command), worker, trace, context_.clock.now()));
    const auto* begun = find_event<EffectEvent, EffectBegun>(outcome);
    if (!begun) return std::nullopt;
    trace.causation = to_hex(id);
    // An attempt in between that we did not see may have been left as well.
    const bool resumed = open.running.has_value() || begun->attempt != open.attempts + 1;
    Grant grant{
        row.effect, open.kind, row.key, open.subject, begun->attempt, resumed, std::move(trace)
    };
    // The id was made for this attempt alone, so a commit that is told late is still its own grant.
    // One with no time left for a call is given back: nobody was called.
    const Instant needed = context_.clock.now() + Duration{options_.attempt_lease.ms / 2};
    if (begun->lease_until >= needed) return grant;
    if (!resumed) defer(grant, {}, "late");
    return std::nullopt;
}

void EffectWorker::defer(const Grant& grant, Duration after, const std::string& reason) {
    const Instant due = context_.clock.now() + after;
    Effect::Defer command{grant.attempt, reason, due};
    record(context_, grant, "defer", to_effect(grant.key, grant.effect, std::move(command)));
}

Trace EffectWorker::origin_of(const DueEffect& row) const {
    Engine& engine = context_.engine;
    const PartitionId partition = engine.partition_of_key(row.key);
    const auto places = engine.store().stream(partition, stream_of<Effect>(row.effect.value), 0);
    if (places.empty()) return {};
    const auto bytes = engine.store().record(partition, places.front());
    auto decoded = bytes ? decode_record(*bytes) : unexpected{RecordError::truncated};
    if (decoded) decoded = original_of(*std::move(decoded));
    if (!decoded) throw CorruptStream{"the record that requested an effect cannot be read"};
    return decoded->record.trace;
}

Reaction EffectWorker::react_safely(const Grant& grant) {
    try {
        return react(context_, grant);
    } catch (const CorruptStream& damage) {
        context_.notice({Notice::Level::error, "history_damaged", damage.what()});
        return {Later{damaged_pause, "history_damaged"}};
    } catch (const std::exception& error) {
        context_.notice(
            {Notice::Level::error, "reactor_failed", grant.effect.value + ": " + error.what()}
        );
        return {Later{broken_pause, "reactor_failed"}};
    }
}

void EffectWorker::note(Lane& lane, const Reaction& reaction) {
    constexpr auto relaxed = std::memory_order_relaxed;
    bool opened = false;
    switch (reaction.reach) {
        case Reach::not_called:
            return;
        case Reach::answered:
            lane.answered.fetch_add(1, relaxed);
            lane.breaker.answered();
            break;
        case Reach::failed:
            lane.failed.fetch_add(1, relaxed);
            opened = lane.breaker.failed(context_.clock.now());
            break;
        case Reach::away:
            lane.away.fetch_add(1, relaxed);
            opened = lane.breaker.away(context_.clock.now());
            break;
    }
    const auto took = std::max<std::int64_t>(reaction.call_ms, 0);
    const auto bucket = std::ranges::lower_bound(latency_bounds_ms, took);
    const auto index = static_cast<std::size_t>(bucket - latency_bounds_ms.begin());
    lane.latency_counts[index].fetch_add(1, relaxed);
    lane.latency_sum_ms.fetch_add(static_cast<std::uint64_t>(took), relaxed);
    if (!opened) return;
    context_.notice(
        {Notice::Level::warning, "provider_away", std::string{lane.provider} + " does not answer"}
    );
}

// A callback, or the result's own commit, may have closed or rescheduled it: then nothing is said.
void EffectWorker::conclude_attempt(const Grant& grant, const Next& next) {
    if (std::holds_alternative<Unrecorded>(next)) return;
    const auto state = load<Effect>(context_, grant.key, grant.effect.value);
    const Effect::Open* open = Effect::open(state);
    if (!open || !open->running || open->running->attempt != grant.attempt) return;
    match(
        next,
        [&](const Later& later) { defer(grant, later.after, later.reason); },
        [&](const Done& done) {
            record(
                context_,
                grant,
                "finish",
                to_effect(grant.key, grant.effect, Effect::Finish{done.outcome})
            );
        },
        [&](const Recorded&) { defer(grant, broken_pause, "still_open"); },
        [](const Unrecorded&) {}
    );
}

std::vector<ProviderFigures> EffectWorker::figures() const {
    std::vector<ProviderFigures> all;
    for (const auto& lane : lanes_) {
        ProviderFigures one;
        one.provider = lane->provider;
        one.breaker_open = !lane->breaker.closed();
        one.attempts = lane->attempts;
        one.answered = lane->answered;
        one.failed = lane->failed;
        one.away = lane->away;
        one.latency_sum_ms = lane->latency_sum_ms;
        std::ranges::copy(lane->latency_counts, one.latency_counts.begin());
        all.push_back(one);
    }
    return all;
}

}  // namespace pakashop
