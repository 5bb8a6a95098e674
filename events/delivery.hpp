#pragma once

#include <variant>

#include "events/words.hpp"

/// One delivery of an order, with its shops as stops, its PIN and its proof. Key: the order.
namespace pakashop {

/// The order is paid, so it will be delivered (C-48): one delivery, the shops are its stops.
struct DeliveryOpened {
    static constexpr std::string_view type = "delivery.opened.v1";  // Stored for ever.
    DeliveryId delivery;
    OrderId order;
    UserId buyer;
    std::vector<ShopId> stops;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("delivery", &DeliveryOpened::delivery),
            field("order", &DeliveryOpened::order),
            field("buyer", &DeliveryOpened::buyer),
            field("stops", &DeliveryOpened::stops),
            field("at", &DeliveryOpened::at)
        };
    }
    friend bool operator==(const DeliveryOpened&, const DeliveryOpened&) = default;
};
static_assert(lists_every_member<DeliveryOpened>);

/// A new PIN counts from now on and every older one is dead (POD-01, C-12). The PIN itself is
/// derived from the delivery and this number; it is stored nowhere.
struct PinIssued {
    static constexpr std::string_view type = "delivery.pin_issued.v1";  // Stored for ever.
    DeliveryId delivery;
    OrderId order;
    UserId buyer;
    std::int64_t issue = 0;
    Instant expires_at;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("delivery", &PinIssued::delivery),
            field("order", &PinIssued::order),
            field("buyer", &PinIssued::buyer),
            field("issue", &PinIssued::issue),
            field("expiresAt", &PinIssued::expires_at),
            field("at", &PinIssued::at)
        };
    }
    friend bool operator==(const PinIssued&, const PinIssued&) = default;
};
static_assert(lists_every_member<PinIssued>);

/// An agent has the delivery, by an admin's choice or by claiming it (C-24).
struct AgentAssigned {
    static constexpr std::string_view type = "delivery.agent_assigned.v1";  // Stored for ever.
    DeliveryId delivery;
    OrderId order;
    AgentId agent;
    bool claimed = false;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("delivery", &AgentAssigned::delivery),
            field("order", &AgentAssigned::order),
            field("agent", &AgentAssigned::agent),
            field("claimed", &AgentAssigned::claimed),
            field("at", &AgentAssigned::at)
        };
    }
    friend bool operator==(const AgentAssigned&, const AgentAssigned&) = default;
};
static_assert(lists_every_member<AgentAssigned>);

/// The agent gave the delivery back before picking anything up.
struct AgentReleased {
    static constexpr std::string_view type = "delivery.agent_released.v1";  // Stored for ever.
    DeliveryId delivery;
    OrderId order;
    AgentId agent;
    PublicText reason;
    static constexpr auto fields() {
        return std::tuple{
            field("delivery", &AgentReleased::delivery),
            field("order", &AgentReleased::order),
            field("agent", &AgentReleased::agent),
            field("reason", &AgentReleased::reason)
        };
    }
    friend bool operator==(const AgentReleased&, const AgentReleased&) = default;
};
static_assert(lists_every_member<AgentReleased>);

/// A stop's part is packed and waits for the agent.
struct StopReady {
    static constexpr std::string_view type = "delivery.stop_ready.v1";  // Stored for ever.
    DeliveryId delivery;
    OrderId order;
    ShopId shop;
    static constexpr auto fields() {
        return std::tuple{
            field("delivery", &StopReady::delivery),
            field("order", &StopReady::order),
            field("shop", &StopReady::shop)
        };
    }
    friend bool operator==(const StopReady&, const StopReady&) = default;
};
static_assert(lists_every_member<StopReady>);

/// The agent took a shop's part along.
struct StopPickedUp {
    static constexpr std::string_view type = "delivery.stop_picked_up.v1";  // Stored for ever.
    DeliveryId delivery;
    OrderId order;
    ShopId shop;
    AgentId agent;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("delivery", &StopPickedUp::delivery),
            field("order", &StopPickedUp::order),
            field("shop", &StopPickedUp::shop),
            field("agent", &StopPickedUp::agent),
            field("at", &StopPickedUp::at)
        };
    }
    friend bool operator==(const StopPickedUp&, const StopPickedUp&) = default;
};
static_assert(lists_every_member<StopPickedUp>);

/// A shop's part was cancelled, so the delivery no longer stops there.
struct StopDropped {
    static constexpr std::string_view type = "delivery.stop_dropped.v1";  // Stored for ever.
    DeliveryId delivery;
    OrderId order;
    ShopId shop;
    static constexpr auto fields() {
        return std::tuple{
            field("delivery", &StopDropped::delivery),
            field("order", &StopDropped::order),
            field("shop", &StopDropped::shop)
        };
    }
    friend bool operator==(const StopDropped&, const StopDropped&) = default;
};
static_assert(lists_every_member<StopDropped>);

/// Every live part is on its way (TRK-01).
struct DeliveryDeparted {
    static constexpr std::string_view type = "delivery.departed.v1";  // Stored for ever.
    DeliveryId delivery;
    OrderId order;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("delivery", &DeliveryDeparted::delivery),
            field("order", &DeliveryDeparted::order),
            field("at", &DeliveryDeparted::at)
        };
    }
    friend bool operator==(const DeliveryDeparted&, const DeliveryDeparted&) = default;
};
static_assert(lists_every_member<DeliveryDeparted>);

/// A wrong PIN was presented; durable before its answer (P2). The fifth locks (C-12).
struct PinRefused {
    static constexpr std::string_view type = "delivery.pin_refused.v1";  // Stored for ever.
    DeliveryId delivery;
    std::int64_t attempts_left = 0;
    std::optional<Instant> locked_until;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("delivery", &PinRefused::delivery),
            field("attemptsLeft", &PinRefused::attempts_left),
            field("lockedUntil", &PinRefused::locked_until),
            field("at", &PinRefused::at)
        };
    }
    friend bool operator==(const PinRefused&, const PinRefused&) = default;
};
static_assert(lists_every_member<PinRefused>);

/// The right PIN, once (POD-02, POD-04): the signature may be captured.
struct PinAccepted {
    static constexpr std::string_view type = "delivery.pin_accepted.v1";  // Stored for ever.
    DeliveryId delivery;
    OrderId order;
    AgentId agent;
    SignatureId signature;
    std::int64_t issue = 0;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("delivery", &PinAccepted::delivery),
            field("order", &PinAccepted::order),
            field("agent", &PinAccepted::agent),
            field("signature", &PinAccepted::signature),
            field("issue", &PinAccepted::issue),
            field("at", &PinAccepted::at)
        };
    }
    friend bool operator==(const PinAccepted&, const PinAccepted&) = default;
};
static_assert(lists_every_member<PinAccepted>);

/// The proof of delivery (POD-07..POD-10, C-22). `legacy_hash` is the seeds' formula;
/// `proof_hash` covers every field, length-prefixed; `proof_signature` is the platform's Ed25519
/// over it.
struct ProofCaptured {
    static constexpr std::string_view type = "delivery.proof_captured.v1";  // Stored for ever.
    DeliveryId delivery;
    OrderId order;
    SignatureId signature;
    AgentId agent;
    std::int64_t issue = 0;
    Sealed<PublicText> image;
    Sealed<PublicText> strokes;
    Sealed<PublicText> signatory_name;
    std::optional<Sealed<PublicText>> signatory_phone;
    std::optional<Sealed<Location>> location;
    Digest legacy_hash;
    Digest proof_hash;
    PublicText proof_signature;
    Instant captured_at;
    static constexpr auto fields() {
        return std::tuple{
            field("delivery", &ProofCaptured::delivery),
            field("order", &ProofCaptured::order),
            field("signature", &ProofCaptured::signature),
            field("agent", &ProofCaptured::agent),
            field("issue", &ProofCaptured::issue),
            field("image", &ProofCaptured::image),
            field("strokes", &ProofCaptured::strokes),
            field("signatoryName", &ProofCaptured::signatory_name),
            field("signatoryPhone", &ProofCaptured::signatory_phone),
            field("location", &ProofCaptured::location),
            field("legacyHash", &ProofCaptured::legacy_hash),
            field("proofHash", &ProofCaptured::proof_hash),
            field("proofSignature", &ProofCaptured::proof_signature),
            field("capturedAt", &ProofCaptured::captured_at)
        };
    }
    friend bool operator==(const ProofCaptured&, const ProofCaptured&) = default;
};
static_assert(lists_every_member<ProofCaptured>);

/// The goods are with the buyer, proven (ORD-06).
struct DeliveryCompleted {
    static constexpr std::string_view type = "delivery.completed.v1";  // Stored for ever.
    DeliveryId delivery;
    OrderId order;
    std::vector<ShopId> shops;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("delivery", &DeliveryCompleted::delivery),
            field("order", &DeliveryCompleted::order),
            field("shops", &DeliveryCompleted::shops),
            field("at", &DeliveryCompleted::at)
        };
    }
    friend bool operator==(const DeliveryCompleted&, const DeliveryCompleted&) = default;
};
static_assert(lists_every_member<DeliveryCompleted>);

/// Every part of the order was cancelled, so nothing is left to deliver.
struct DeliveryAbandoned {
    static constexpr std::string_view type = "delivery.abandoned.v1";  // Stored for ever.
    DeliveryId delivery;
    OrderId order;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("delivery", &DeliveryAbandoned::delivery),
            field("order", &DeliveryAbandoned::order),
            field("at", &DeliveryAbandoned::at)
        };
    }
    friend bool operator==(const DeliveryAbandoned&, const DeliveryAbandoned&) = default;
};
static_assert(lists_every_member<DeliveryAbandoned>);

/// Every event of this family; the variant is the registry.
using DeliveryEvent = std::variant<
    DeliveryOpened,
    PinIssued,
    AgentAssigned,
    AgentReleased,
    StopReady,
    StopPickedUp,
    StopDropped,
    DeliveryDeparted,
    PinRefused,
    PinAccepted,
    ProofCaptured,
    DeliveryCompleted,
    DeliveryAbandoned>;

}  // namespace pakashop
