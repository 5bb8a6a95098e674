#pragma once

#include "aggregates/decider.hpp"
#include "events/agent.hpp"

namespace pakashop {

/// A delivery partner. Its id derives from its user's, so one person has one (AUT-10).
/// Stream: agent:<agent>; key: the agent.
struct Agent {
    // STATE

    /// Applies; while PENDING, ACTIVE or SUSPENDED: application_exists (C-25).
    struct Apply {
        AgentApplied application;
    };
    /// PENDING → ACTIVE.
    struct Approve {
        Instant now;
    };
    /// PENDING → REJECTED.
    struct Reject {
        PublicText reason;
    };
    /// ACTIVE → SUSPENDED.
    struct Suspend {
        PublicText reason;
    };
    /// SUSPENDED → ACTIVE.
    struct Activate {};
    /// Only while ACTIVE.
    struct SetAvailability {
        bool available;
    };
    using Command = std::variant<Apply, Approve, Reject, Suspend, Activate, SetAvailability>;

    using Event = AgentEvent;
    using Events = std::vector<Event>;

    /// Why not; named like the api's problem codes.
    enum class Refusal { not_found, illegal_transition, application_exists };
    friend constexpr auto enum_names(Refusal) {
        return std::array<std::string_view, 3>{
            "not_found", "illegal_transition", "application_exists"
        };
    }

    static constexpr std::string_view category = "agent";
    static Result<Events, Refusal> decide(const State& state, const Command& command);
    static State evolve(State state, const Event& event);
};

}  // namespace pakashop
