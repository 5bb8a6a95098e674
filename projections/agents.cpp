#include "projections/agents.hpp"

#include "events/kernel/match.hpp"
#include "events/statuses.hpp"
#include "projections/cells.hpp"
#include "projections/tables.hpp"

namespace pakashop::model {
namespace {

RowChanges applied(const AgentApplied& e) {
    return {insert(
        tables::agents,
        {{"id", e.agent.value},
         {"user_id", e.user.value},
         {"type", word(e.type_)},
         {"status", word(AgentStatus::pending)},
         {"available", false},
         {"full_name", opened(e.full_name)},
         {"phone", opened(e.phone)},
         {"nrc", opened(e.nrc)},
         {"vehicle_type", e.vehicle_type},
         {"registration", or_nothing(e.registration)},
         {"legal_name", or_nothing(e.legal_name)},
         {"pacra_number", or_nothing(e.pacra_number)},
         {"documents", json_of(e.documents)},
         {"created_at", e.at}}
    )};
}

RowChanges moved(const AgentId& agent, AgentStatus status, Value reason) {
    return {patch(
        tables::agents, {agent.value}, {{"status", word(status)}, {"reason", std::move(reason)}}
    )};
}

RowChanges of_agent(const AgentEvent& event) {
    return match(
        event,
        [](const AgentApplied& e) { return applied(e); },
        [](const AgentApproved& e) {
            return RowChanges{patch(
                tables::agents,
                {e.agent.value},
                {{"status", word(AgentStatus::active)}, {"reason", Value{}}, {"approved_at", e.at}}
            )};
        },
        [](const AgentRejected& e) { return moved(e.agent, AgentStatus::rejected, e.reason); },
        [](const AgentSuspended& e) { return moved(e.agent, AgentStatus::suspended, e.reason); },
        [](const AgentActivated& e) { return moved(e.agent, AgentStatus::active, Value{}); },
        [](const AvailabilityChanged& e) {
            return RowChanges{patch(tables::agents, {e.agent.value}, {{"available", e.available}})};
        }
    );
}

RowChanges project(const EventMeta&, const AnyEvent& event) {
    if (const auto* agent = std::get_if<AgentEvent>(&event)) return of_agent(*agent);
    return {};
}

constexpr std::array own_tables{&tables::agents};
constexpr std::array<std::string_view, 1> families{"agent"};

}  // namespace

constinit const Projection agents_projection{"agents", own_tables, families, project};

}  // namespace pakashop::model
