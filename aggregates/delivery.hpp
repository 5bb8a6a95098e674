#pragma once

#include "aggregates/decider.hpp"
#include "aggregates/pin.hpp"
#include "events/delivery.hpp"

namespace pakashop {

/// One delivery: its stops, its agent, its PIN, its proof.
/// Stream: delivery:<order>; key: the order.
struct Delivery {
    // STATE

    /// From the policy on OrderConfirmed; total. Issues the first PIN.
    struct Open {
        OrderId order;
        UserId buyer;
        std::vector<ShopId> stops;
        Duration pin_ttl;
        Instant now;
    };
    /// An admin chooses the agent.
    struct Assign {
        AgentId agent;
        Instant now;
    };
    /// An available agent takes it; first wins (C-24).
    struct Claim {
        AgentId agent;
        Instant now;
    };
    /// The assigned agent gives it back before any pickup.
    struct Release {
        AgentId agent;
        PublicText reason;
    };
    /// From the policy on FulfilmentReady; total.
    struct NoteReady {
        ShopId shop;
    };
    /// One stop, or all that are ready. The last live one departs, and a new PIN is issued (C-12).
    struct PickUp {
        AgentId agent;
        std::optional<ShopId> shop;
        Duration pin_ttl;
        Instant now;
    };
    /// From the policies on cancelled parts; total. With no live stop left the delivery is
    /// abandoned; if all others were picked up already it departs.
    struct DropStops {
        std::vector<ShopId> shops;
        Duration pin_ttl;
        Instant now;
    };
    /// A new PIN, the old one dies (buyer or admin).
    struct ReissuePin {
        Duration pin_ttl;
        Instant now;
    };
    /// Tier 1 (POD-04, C-33). A wrong PIN is an event, because it must be remembered; the fifth
    /// locks for 15 minutes.
    struct ConfirmPin {
        AgentId agent;
        std::string pin;
        PinKey key;
        Instant now;
    };
    /// Tier 2 (POD-07): the only path to DELIVERED. Hashes are computed here; the signature over
    /// proof_hash is the caller's.
    struct CaptureProof {
        AgentId agent;
        SignatureId signature;
        Sealed<PublicText> image;
        Sealed<PublicText> strokes;
        Sealed<PublicText> signatory_name;
        std::optional<Sealed<PublicText>> signatory_phone;
        std::optional<Sealed<Location>> location;
        PublicText proof_signature;
        Instant now;
    };
    using Command = std::variant<
        Open,
        Assign,
        Claim,
        Release,
        NoteReady,
        PickUp,
        DropStops,
        ReissuePin,
        ConfirmPin,
        CaptureProof>;

    using Event = DeliveryEvent;
    using Events = std::vector<Event>;

    /// Why not; named like the api's problem codes.
    enum class Refusal {
        not_found,
        already_assigned,
        illegal_transition,
        not_ready,
        pin_locked,
        pin_expired,
        pin_used
    };
    friend constexpr auto enum_names(Refusal) {
        return std::array<std::string_view, 7>{
            "not_found",
            "already_assigned",
            "illegal_transition",
            "not_ready",
            "pin_locked",
            "pin_expired",
            "pin_used"
        };
    }

    static constexpr std::string_view category = "delivery";
    static Result<Events, Refusal> decide(const State& state, const Command& command);
    static State evolve(State state, const Event& event);
};

}  // namespace pakashop
