#pragma once

#include "aggregates/decider.hpp"
#include "aggregates/sealed_at.hpp"
#include "events/order.hpp"
#include "events/statuses.hpp"

namespace pakashop {

/// Who cancels; each may from other states (C-06).
enum class Canceller { buyer, shop, admin };

/// One order with its shops' parts; its status is that of the least advanced live part (C-35).
/// Stream: order:<order>; key: the order.
struct Order {
    /// What was placed, frozen from then on (ORD-09).
    struct Placed {
        OrderId order;
        UserId buyer;
        TryId try_id;
        std::vector<OrderLine> lines;
        Money total;
        Money vat;
        SealedAt<DeliveryAddress> address;
        std::optional<SealedAt<PublicText>> notes;
        Instant at;
    };
    /// One shop's part; CANCELLED or one of CONFIRMED … DELIVERED.
    struct Part {
        ShopId shop;
        OrderStatus status;
    };
    struct Unplaced {};
    struct AwaitingPayment {
        Placed placed;
        Instant expires_at;
    };
    /// At least one part is live. The parts stand in the order of their first lines.
    struct Paid {
        Placed placed;
        PaymentId payment;
        std::vector<Part> parts;
    };
    /// Cancelled as a whole, or expired; `payment` when it had been paid.
    struct Cancelled {
        Placed placed;
        std::optional<PaymentId> payment;
    };
    using Phase = std::variant<Unplaced, AwaitingPayment, Paid, Cancelled>;
    /// Tries are closed before and after placing, so they stand beside the phase.
    struct State {
        Phase phase;
        std::vector<TryId> closed_tries;
        std::int64_t version = 0;
    };

    /// First Place wins; any later one is "already so" (architecture 3.1). A closed try is refused.
    struct Place {
        OrderId order;
        UserId buyer;
        TryId try_id;
        std::vector<OrderLine> lines;
        Money total;
        Money vat;
        Sealed<DeliveryAddress> address;
        std::optional<Sealed<PublicText>> notes;
        Instant expires_at;
        Instant now;
    };
    /// Gives a try up. On an order that stands placed by this very try: already so.
    struct CloseTry {
        TryId try_id;
        std::vector<HeldUnits> held;
    };
    /// From the policy on PaymentCaptured; total.
    struct Confirm {
        PaymentId payment;
        Invoicing invoicing;
        Instant now;
    };
    /// A shop, or an admin for it, accepts its part (ORD-13).
    struct Accept {
        ShopId shop;
    };
    /// The part is packed (ORD-14).
    struct MarkReady {
        ShopId shop;
    };
    /// From the policy on StopPickedUp; total.
    struct PickUp {
        ShopId shop;
        AgentId agent;
    };
    /// From the policy on DeliveryCompleted; total.
    struct Deliver {
        std::vector<ShopId> shops;
        Instant now;
    };
    /// Cancels everything that is live (C-06).
    struct Cancel {
        Canceller who;
        PublicText reason;
        Instant now;
    };
    /// Cancels one shop's part (C-08); the last live one cancels the order.
    struct CancelPart {
        Canceller who;
        ShopId shop;
        PublicText reason;
        Instant now;
    };
    /// From the schedule; before its time it is refused.
    struct Expire {
        Instant now;
    };
    using Command = std::variant<
        Place,
        CloseTry,
        Confirm,
        Accept,
        MarkReady,
        PickUp,
        Deliver,
        Cancel,
        CancelPart,
        Expire>;

    using Event = OrderEvent;
    using Events = std::vector<Event>;

    /// Why not; named like the api's problem codes.
    enum class Refusal { try_closed, illegal_transition, not_found, not_due };
    friend constexpr auto enum_names(Refusal) {
        return std::array<std::string_view, 4>{
            "try_closed", "illegal_transition", "not_found", "not_due"
        };
    }

    static constexpr std::string_view category = "order";
    static Result<Events, Refusal> decide(const State& state, const Command& command);
    static State evolve(State state, const Event& event);

    /// What was placed; null while nothing is.
    static const Placed* placed(const State& state);
    /// That of the least advanced live part; CANCELLED when none is live. Asked of a placed order.
    static OrderStatus status(const State& state);
    /// Each shop's part, in the order of first appearance in the lines.
    static std::vector<Part> parts(const State& state);
    /// Whether its units are set aside, sold, or free again. Asked of a placed order.
    static Reservation reservation(const State& state);
    /// Until when it may be paid; nothing once that is settled.
    static std::optional<Instant> expires_at(const State& state);
};
static_assert(Decider<Order>);

}  // namespace pakashop
