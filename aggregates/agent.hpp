#pragma once

#include "aggregates/decider.hpp"
#include "events/agent.hpp"
#include "events/statuses.hpp"

namespace pakashop {

/// The one agent a user can be: `agt_` and what follows `usr_` (AUT-10).
AgentId agent_id_of(const UserId& user);

/// A delivery partner. Its id derives from its user's, so one person has one (AUT-10).
/// Stream: agent:<agent>; key: the agent.
struct Agent {
    /// Who applied, and what became of it. Sealed fields stay in the event.
    struct Profile {
        AgentId agent;
        UserId user;
        AgentType type{};
        AgentStatus status{};
        bool available = false;            ///< As the agent last said.
        std::optional<PublicText> reason;  ///< Why REJECTED or SUSPENDED.
        static constexpr auto fields() {
            return std::tuple{
                field("agent", &Profile::agent),
                field("user", &Profile::user),
                field("type", &Profile::type),
                field("status", &Profile::status),
                field("available", &Profile::available),
                field("reason", &Profile::reason)
            };
        }
        friend bool operator==(const Profile&, const Profile&) = default;
    };
    struct State {
        std::optional<Profile> profile;

        /// ACTIVE and available: may claim a delivery.
        bool takes_deliveries() const;
        static constexpr auto fields() { return std::tuple{field("profile", &State::profile)}; }
        friend bool operator==(const State&, const State&) = default;
    };

    /// Applies; while PENDING, ACTIVE or SUSPENDED: application_exists (C-25). A repeat is known by
    /// its command id only, because a second application is refused.
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
    /// Changed only while ACTIVE.
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
static_assert(Decider<Agent>);
static_assert(lists_every_member<Agent::State>);
static_assert(lists_every_member<Agent::Profile>);

}  // namespace pakashop
