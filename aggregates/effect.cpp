#include "aggregates/effect.hpp"

namespace pakashop {
namespace {

using Decision = Result<Effect::Events, Effect::Refusal>;
using Events = Effect::Events;
using Refusal = Effect::Refusal;
using State = Effect::State;
using Open = Effect::Open;
using Finished = Effect::Finished;

Decision request(const State& state, const Effect::Request& c) {
    if (std::holds_alternative<Open>(state)) return Events{};
    return Events{EffectRequested{c.effect, c.kind, c.subject, c.due_at, c.expires_at, c.now}};
}

Decision begin(const State& state, const Effect::Begin& c) {
    if (std::holds_alternative<Effect::Unrequested>(state)) return unexpected{Refusal::not_found};
    const Open* open = Effect::open(state);
    if (!open) return unexpected{Refusal::effect_closed};
    if (open->expires_at && c.now >= *open->expires_at) return unexpected{Refusal::effect_expired};
    if (open->running && c.now < open->running->lease_until)
        return unexpected{Refusal::attempt_running};
    if (c.now < open->due_at) return unexpected{Refusal::not_due};
    return Events{EffectBegun{open->effect, open->kind, open->attempts + 1, c.now + c.lease, c.now}
    };
}

/// A worker whose attempt was taken over, or whose matter is settled, has nothing to say any more.
Decision defer(const State& state, const Effect::Defer& c) {
    if (std::holds_alternative<Effect::Unrequested>(state)) return unexpected{Refusal::not_found};
    const Open* open = Effect::open(state);
    if (!open || !open->running || open->running->attempt != c.attempt) return Events{};
    return Events{EffectDeferred{open->effect, c.attempt, c.reason, c.due_at}};
}

Decision reschedule(const State& state, const Effect::Reschedule& c) {
    const Open* open = Effect::open(state);
    if (!open || (!open->running && open->due_at == c.due_at)) return Events{};
    return Events{EffectDeferred{open->effect, open->attempts, c.reason, c.due_at}};
}

Decision finish(const State& state, const Effect::Finish& c) {
    const Open* open = Effect::open(state);
    if (!open) return Events{};
    return Events{EffectFinished{open->effect, c.outcome}};
}

void begin(State& state, const EffectBegun& e) {
    auto& open = expect<Open>(state);
    open.attempts = e.attempt;
    open.running = Effect::Running{e.attempt, e.lease_until};
}

void defer(State& state, const EffectDeferred& e) {
    auto& open = expect<Open>(state);
    open.running.reset();
    open.due_at = e.due_at;
}

void finish(State& state, const EffectFinished& e) {
    auto& open = expect<Open>(state);
    state = Finished{
        std::move(open.effect), open.kind, std::move(open.subject), open.attempts, e.outcome
    };
}

}  // namespace

auto Effect::decide(const State& state, const Command& command) -> Result<Events, Refusal> {
    return match(
        command,
        [&](const Request& c) { return request(state, c); },
        [&](const Begin& c) { return begin(state, c); },
        [&](const Defer& c) { return defer(state, c); },
        [&](const Reschedule& c) { return reschedule(state, c); },
        [&](const Finish& c) { return finish(state, c); }
    );
}

auto Effect::evolve(State state, const Event& event) -> State {
    match(
        event,
        [&](const EffectRequested& e) {
            if (open(state)) throw CorruptStream{"an open effect is requested again"};
            state = Open{
                e.effect, e.kind, e.subject, attempts(state), std::nullopt, e.due_at, e.expires_at
            };
        },
        [&](const EffectBegun& e) { begin(state, e); },
        [&](const EffectDeferred& e) { defer(state, e); },
        [&](const EffectFinished& e) { finish(state, e); }
    );
    return state;
}

const Effect::Open* Effect::open(const State& state) { return std::get_if<Open>(&state); }

std::int64_t Effect::attempts(const State& state) {
    return match(
        state,
        [](const Unrequested&) { return std::int64_t{0}; },
        [](const OneOf<Open, Finished> auto& s) { return s.attempts; }
    );
}

}  // namespace pakashop
