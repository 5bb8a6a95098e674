#pragma once

#include "aggregates/decider.hpp"
#include "aggregates/pin.hpp"
#include "aggregates/proof.hpp"
#include "events/delivery.hpp"
#include "events/statuses.hpp"

namespace pakashop {

/// One delivery: its stops, its agent, its PIN, its proof.
/// Stream: delivery:<order>; key: the order.
struct Delivery {
    /// One shop on the way.
    struct Stop {
        ShopId shop;
        StopStatus status = StopStatus::waiting;
    };
    /// The newest issue of the PIN, and the wrong tries against it. The PIN itself is nowhere.
    struct Pin {
        std::int64_t issue = 0;
        Instant expires_at;
        std::int64_t wrong_tries = 0;
        Instant locked_until;
    };
    /// What every phase knows.
    struct Trip {
        DeliveryId delivery;
        OrderId order;
        UserId buyer;
        std::vector<Stop> stops;
        Pin pin;
    };
    struct Unopened {};
    /// Stops are still to be picked up. `released_by` gave it back last.
    struct Collecting {
        Trip trip;
        std::optional<AgentId> agent;
        std::optional<AgentId> released_by;
    };
    /// Every live part is on its way; the PIN counts.
    struct Departed {
        Trip trip;
        AgentId agent;
    };
    /// The PIN was right; the signature is awaited.
    struct Confirmed {
        Trip trip;
        AgentId agent;
        SignatureId signature;
    };
    /// Proven: the goods are with the buyer.
    struct Delivered {
        Trip trip;
        AgentId agent;
        SignatureId signature;
    };
    /// Every part was cancelled.
    struct Abandoned {
        Trip trip;
        std::optional<AgentId> agent;
    };
    using State = std::variant<Unopened, Collecting, Departed, Confirmed, Delivered, Abandoned>;

    /// From the policy on OrderConfirmed; total. Issues the first PIN.
    struct Open {
        OrderId order;
        UserId buyer;
        std::vector<ShopId> stops;
        Duration pin_ttl;
        Instant now;
    };
    /// An admin chooses the agent, who has to be ACTIVE.
    struct Assign {
        AgentId agent;
        bool active;  ///< As the agent's own stream has it.
        Instant now;
        /// Who may be replaced: an agent who has it and is not active any more. Before the first
        /// pickup.
        std::optional<AgentId> instead_of{};
    };
    /// An available agent takes it; first wins (C-24).
    struct Claim {
        AgentId agent;
        bool available;  ///< As the agent's own stream has it.
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
        PinKey key;  ///< Secret, like the PIN: neither is ever printed or logged.
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
        agent_unavailable,
        illegal_transition,
        not_ready,
        pin_locked,
        pin_expired,
        pin_used
    };
    friend constexpr auto enum_names(Refusal) {
        return std::array<std::string_view, 8>{
            "not_found",
            "already_assigned",
            "agent_unavailable",
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

    /// Wrong tries until the PIN locks, and for how long it does then (C-12).
    static constexpr std::int64_t wrong_tries_max = 5;
    static constexpr Duration lock_time = minutes(15);

    /// Id, buyer, stops and PIN issue; null before the order was paid.
    static const Trip* trip(const State& state);
    /// The assigned agent; null when there is none.
    static const AgentId* agent(const State& state);
    /// The signature that is awaited or given; null before the right PIN.
    static const SignatureId* signature(const State& state);
    /// Asked of an opened delivery.
    static DeliveryStatus status(const State& state);
    /// Tries left at that moment: 0 while locked.
    static std::int64_t tries_left(const Pin& pin, Instant now);
    /// What the proof's hash covers when this command captures it now; the caller signs
    /// `proof_hash` of it. Nothing unless the signature is awaited from this agent.
    static std::optional<ProofFields> proof_fields(const State& state, const CaptureProof& command);
};
static_assert(Decider<Delivery>);

}  // namespace pakashop
