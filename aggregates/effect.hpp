#pragma once

#include "aggregates/decider.hpp"
#include "events/effect.hpp"

namespace pakashop {

/// One act upon the outside world (architecture 3.2).
/// Stream: effect:<effect id>; key: that of its intent.
struct Effect {
    /// An attempt that was granted: nobody else may call before its lease runs out.
    struct Running {
        std::int64_t attempt;
        Instant lease_until;
    };
    struct Unrequested {};
    struct Open {
        EffectId effect;
        EffectKind kind;
        PublicText subject;
        std::int64_t attempts = 0;
        std::optional<Running> running;
        Instant due_at;
        std::optional<Instant> expires_at;
    };
    /// Attempts count on when it is requested again.
    struct Finished {
        EffectId effect;
        EffectKind kind;
        PublicText subject;
        std::int64_t attempts = 0;
        PublicText outcome;
    };
    using State = std::variant<Unrequested, Open, Finished>;

    /// From a policy. On a finished one it opens again; on an open one: already so.
    struct Request {
        EffectId effect;
        EffectKind kind;
        PublicText subject;
        Instant due_at;
        std::optional<Instant> expires_at;
        Instant now;
    };
    /// Grants one attempt: only while open, due, not expired, and none is running (or its lease has
    /// run out).
    struct Begin {
        Duration lease;
        Instant now;
    };
    /// The running attempt is over, the matter is open.
    struct Defer {
        std::int64_t attempt;
        PublicText reason;
        Instant due_at;
    };
    /// From a policy that saw the result: the next attempt is due then; total.
    struct Reschedule {
        PublicText reason;
        Instant due_at;
    };
    /// Nothing is left to do; total.
    struct Finish {
        PublicText outcome;
    };
    using Command = std::variant<Request, Begin, Defer, Reschedule, Finish>;

    using Event = EffectEvent;
    using Events = std::vector<Event>;

    /// Why not; named like the api's problem codes.
    enum class Refusal { not_found, effect_closed, attempt_running, not_due, effect_expired };
    friend constexpr auto enum_names(Refusal) {
        return std::array<std::string_view, 5>{
            "not_found", "effect_closed", "attempt_running", "not_due", "effect_expired"
        };
    }

    static constexpr std::string_view category = "effect";
    static Result<Events, Refusal> decide(const State& state, const Command& command);
    static State evolve(State state, const Event& event);

    /// Kind, subject, attempts, due time and the running attempt while it is open; else null.
    static const Open* open(const State& state);
    /// Attempts granted so far.
    static std::int64_t attempts(const State& state);
};
static_assert(Decider<Effect>);

}  // namespace pakashop
