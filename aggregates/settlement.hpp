#pragma once

#include "aggregates/decider.hpp"
#include "events/settlement.hpp"
#include "events/statuses.hpp"

namespace pakashop {

/// What an order's lines are worth, and where that money is. Lines move on their own (SET-12).
/// Stream: settlement:<order>; key: the order.
struct Settlement {
    /// One line; `payout` is the last one that contained it.
    struct Line {
        SettlementShare share;
        SettlementStatus status = SettlementStatus::held;
        std::optional<PayoutId> payout;
    };
    struct Nothing {};
    struct Shared {
        OrderId order;
        std::vector<Line> lines;
    };
    using State = std::variant<Nothing, Shared>;

    /// From the policy on OrderConfirmed; total. Computes each share: fee = line × rate, rounded
    /// half up, vendor = line − fee.
    struct Hold {
        OrderId order;
        std::vector<OrderLine> lines;
        Instant now;
    };
    /// From the policy on OrderDelivered; total: HELD lines of these shops become RELEASABLE.
    struct Release {
        std::vector<ShopId> shops;
        Instant now;
    };
    /// From the process on PayoutRequested; total.
    struct MarkInPayout {
        PayoutId payout;
        std::vector<ItemId> items;
    };
    /// From the process on PayoutCompleted; total.
    struct MarkPaidOut {
        PayoutId payout;
        std::vector<ItemId> items;
    };
    /// From the process on PayoutFailed; total.
    struct MarkReturned {
        PayoutId payout;
        std::vector<ItemId> items;
        PublicText reason;
    };
    /// From the process on PayoutReversed; total: lines paid out with it.
    struct MarkReversed {
        PayoutId payout;
        std::vector<ItemId> items;
        PublicText reason;
    };
    /// From the policies on OrderCancelled and FulfilmentCancelled when paid; total: HELD lines of
    /// these shops are cancelled.
    struct Cancel {
        std::vector<ShopId> shops;
        Instant now;
    };
    using Command =
        std::variant<Hold, Release, MarkInPayout, MarkPaidOut, MarkReturned, MarkReversed, Cancel>;

    using Event = SettlementEvent;
    using Events = std::vector<Event>;

    /// Why not; named like the api's problem codes.
    enum class Refusal { not_found };
    friend constexpr auto enum_names(Refusal) {
        return std::array<std::string_view, 1>{"not_found"};
    }

    static constexpr std::string_view category = "settlement";
    static Result<Events, Refusal> decide(const State& state, const Command& command);
    static State evolve(State state, const Event& event);

    /// The lines, in the order's order; empty before it was paid.
    static std::span<const Line> lines(const State& state);
};
static_assert(Decider<Settlement>);

}  // namespace pakashop
