#pragma once

#include <variant>

#include "events/words.hpp"

/// A delivery partner: a person or a company. Key: the agent.
namespace pakashop {

enum class AgentType { individual, company };
constexpr auto enum_names(AgentType) {
    return std::array<std::string_view, 2>{"INDIVIDUAL", "COMPANY"};
}

/// A paper an admin can look at before deciding (DLV-03).
struct AgentDocument {
    PublicText kind;
    PublicText url;
    static constexpr auto fields() {
        return std::tuple{field("kind", &AgentDocument::kind), field("url", &AgentDocument::url)};
    }
    friend bool operator==(const AgentDocument&, const AgentDocument&) = default;
};

/// A person or a company asks to deliver (DLV-01, DLV-02).
struct AgentApplied {
    static constexpr std::string_view type = "agent.applied.v1";  // Stored for ever.
    AgentId agent;
    UserId user;
    AgentType type_{};
    Sealed<PublicText> full_name;
    Sealed<PublicText> phone;
    std::optional<Sealed<PublicText>> nrc;
    PublicText vehicle_type;
    std::optional<PublicText> registration;
    std::optional<PublicText> legal_name;
    std::optional<PublicText> pacra_number;
    std::vector<AgentDocument> documents;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("agent", &AgentApplied::agent),
            field("user", &AgentApplied::user),
            field("type", &AgentApplied::type_),
            field("fullName", &AgentApplied::full_name),
            field("phone", &AgentApplied::phone),
            field("nrc", &AgentApplied::nrc),
            field("vehicleType", &AgentApplied::vehicle_type),
            unpublished("registration", &AgentApplied::registration),
            field("legalName", &AgentApplied::legal_name),
            field("pacraNumber", &AgentApplied::pacra_number),
            unpublished("documents", &AgentApplied::documents),
            field("at", &AgentApplied::at)
        };
    }
    friend bool operator==(const AgentApplied&, const AgentApplied&) = default;
};
static_assert(lists_every_member<AgentApplied>);

/// PENDING → ACTIVE (DLV-05).
struct AgentApproved {
    static constexpr std::string_view type = "agent.approved.v1";  // Stored for ever.
    AgentId agent;
    UserId user;
    AgentType type_{};
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("agent", &AgentApproved::agent),
            field("user", &AgentApproved::user),
            field("type", &AgentApproved::type_),
            field("at", &AgentApproved::at)
        };
    }
    friend bool operator==(const AgentApproved&, const AgentApproved&) = default;
};
static_assert(lists_every_member<AgentApproved>);

/// Declined, with a specific reason (DLV-06); the person may apply again.
struct AgentRejected {
    static constexpr std::string_view type = "agent.rejected.v1";  // Stored for ever.
    AgentId agent;
    PublicText reason;
    static constexpr auto fields() {
        return std::tuple{
            field("agent", &AgentRejected::agent), field("reason", &AgentRejected::reason)
        };
    }
    friend bool operator==(const AgentRejected&, const AgentRejected&) = default;
};
static_assert(lists_every_member<AgentRejected>);

/// ACTIVE → SUSPENDED (DLV-07).
struct AgentSuspended {
    static constexpr std::string_view type = "agent.suspended.v1";  // Stored for ever.
    AgentId agent;
    PublicText reason;
    static constexpr auto fields() {
        return std::tuple{
            field("agent", &AgentSuspended::agent), field("reason", &AgentSuspended::reason)
        };
    }
    friend bool operator==(const AgentSuspended&, const AgentSuspended&) = default;
};
static_assert(lists_every_member<AgentSuspended>);

/// SUSPENDED → ACTIVE (DLV-08).
struct AgentActivated {
    static constexpr std::string_view type = "agent.activated.v1";  // Stored for ever.
    AgentId agent;
    static constexpr auto fields() { return std::tuple{field("agent", &AgentActivated::agent)}; }
    friend bool operator==(const AgentActivated&, const AgentActivated&) = default;
};
static_assert(lists_every_member<AgentActivated>);

/// The agent takes deliveries, or not for now (DLV-12).
struct AvailabilityChanged {
    static constexpr std::string_view type = "agent.availability_changed.v1";  // Stored for ever.
    AgentId agent;
    bool available = false;
    static constexpr auto fields() {
        return std::tuple{
            field("agent", &AvailabilityChanged::agent),
            field("available", &AvailabilityChanged::available)
        };
    }
    friend bool operator==(const AvailabilityChanged&, const AvailabilityChanged&) = default;
};
static_assert(lists_every_member<AvailabilityChanged>);

/// Every event of this family; the variant is the registry.
using AgentEvent = std::variant<
    AgentApplied,
    AgentApproved,
    AgentRejected,
    AgentSuspended,
    AgentActivated,
    AvailabilityChanged>;

}  // namespace pakashop
