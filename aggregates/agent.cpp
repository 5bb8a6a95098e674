#include "aggregates/agent.hpp"

#include "aggregates/present.hpp"

namespace pakashop {
namespace {

using State = Agent::State;
using Events = Agent::Events;
using Refusal = Agent::Refusal;
using Decision = Result<Events, Refusal>;

// `event`, if the agent goes from `from` to `to`; nothing when it is there already.
template <class Event>
Decision move(const State& state, AgentStatus from, AgentStatus to, Event event) {
    if (!state.profile) return unexpected{Refusal::not_found};
    if (state.profile->status == to) return Events{};
    if (state.profile->status != from) return unexpected{Refusal::illegal_transition};
    return Events{std::move(event)};
}

Decision approve(const State& state, const Agent::Approve& c) {
    if (!state.profile) return unexpected{Refusal::not_found};
    const Agent::Profile& agent = *state.profile;
    const AgentApproved approved{agent.agent, agent.user, agent.type, c.now};
    return move(state, AgentStatus::pending, AgentStatus::active, approved);
}

Decision set_availability(const State& state, const Agent::SetAvailability& c) {
    if (!state.profile) return unexpected{Refusal::not_found};
    if (state.profile->available == c.available) return Events{};
    if (state.profile->status != AgentStatus::active)
        return unexpected{Refusal::illegal_transition};
    return Events{AvailabilityChanged{state.profile->agent, c.available}};
}

AgentId agent_in(const State& state) { return state.profile ? state.profile->agent : AgentId{}; }

void set_status(State& state, AgentStatus status, std::optional<PublicText> reason) {
    Agent::Profile& agent = present(state.profile);
    agent.status = status;
    agent.reason = std::move(reason);
}

}  // namespace

AgentId agent_id_of(const UserId& user) {
    return {"agt_" + user.value.substr(user.value.find('_') + 1)};
}

bool Agent::State::takes_deliveries() const {
    return profile && profile->status == AgentStatus::active && profile->available;
}

Result<Agent::Events, Agent::Refusal> Agent::decide(const State& state, const Command& command) {
    return match(
        command,
        [&](const Apply& c) -> Decision {
            if (state.profile && state.profile->status != AgentStatus::rejected)
                return unexpected{Refusal::application_exists};
            return Events{c.application};
        },
        [&](const Approve& c) -> Decision { return approve(state, c); },
        [&](const Reject& c) -> Decision {
            return move(
                state,
                AgentStatus::pending,
                AgentStatus::rejected,
                AgentRejected{agent_in(state), c.reason}
            );
        },
        [&](const Suspend& c) -> Decision {
            return move(
                state,
                AgentStatus::active,
                AgentStatus::suspended,
                AgentSuspended{agent_in(state), c.reason}
            );
        },
        [&](const Activate&) -> Decision {
            return move(
                state, AgentStatus::suspended, AgentStatus::active, AgentActivated{agent_in(state)}
            );
        },
        [&](const SetAvailability& c) -> Decision { return set_availability(state, c); }
    );
}

Agent::State Agent::evolve(State state, const Event& event) {
    match(
        event,
        [&](const AgentApplied& e) {
            state.profile = Profile{e.agent, e.user, e.type_, AgentStatus::pending, false, {}};
        },
        [&](const AgentApproved&) { set_status(state, AgentStatus::active, std::nullopt); },
        [&](const AgentRejected& e) { set_status(state, AgentStatus::rejected, e.reason); },
        [&](const AgentSuspended& e) { set_status(state, AgentStatus::suspended, e.reason); },
        [&](const AgentActivated&) { set_status(state, AgentStatus::active, std::nullopt); },
        [&](const AvailabilityChanged& e) { present(state.profile).available = e.available; }
    );
    return state;
}

}  // namespace pakashop
