#pragma once

#include <variant>

#include "events/words.hpp"

/// What an order's lines are worth to shops and platform, and where that money is. Key: the order.
namespace pakashop {

/// The lines' money is in the provider's wallet and may not be paid out (SET-02).
struct LinesHeld {
    static constexpr std::string_view type = "settlement.held.v1";  // Stored for ever.
    OrderId order;
    std::vector<SettlementShare> lines;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("order", &LinesHeld::order),
            field("lines", &LinesHeld::lines),
            field("at", &LinesHeld::at)
        };
    }
    friend bool operator==(const LinesHeld&, const LinesHeld&) = default;
};
static_assert(lists_every_member<LinesHeld>);

/// Delivery is proven: the shops' shares may be paid out (SET-03), fees are earned.
struct LinesReleased {
    static constexpr std::string_view type = "settlement.released.v1";  // Stored for ever.
    OrderId order;
    std::vector<SettlementShare> lines;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("order", &LinesReleased::order),
            field("lines", &LinesReleased::lines),
            field("at", &LinesReleased::at)
        };
    }
    friend bool operator==(const LinesReleased&, const LinesReleased&) = default;
};
static_assert(lists_every_member<LinesReleased>);

/// A payout that contains these lines is under way (C-11).
struct LinesInPayout {
    static constexpr std::string_view type = "settlement.in_payout.v1";  // Stored for ever.
    OrderId order;
    PayoutId payout;
    std::vector<SettlementShare> lines;
    static constexpr auto fields() {
        return std::tuple{
            field("order", &LinesInPayout::order),
            field("payout", &LinesInPayout::payout),
            field("lines", &LinesInPayout::lines)
        };
    }
    friend bool operator==(const LinesInPayout&, const LinesInPayout&) = default;
};
static_assert(lists_every_member<LinesInPayout>);

/// The payout that contained these lines arrived (SET-04, C-11).
struct LinesPaidOut {
    static constexpr std::string_view type = "settlement.paid_out.v1";  // Stored for ever.
    OrderId order;
    PayoutId payout;
    std::vector<SettlementShare> lines;
    static constexpr auto fields() {
        return std::tuple{
            field("order", &LinesPaidOut::order),
            field("payout", &LinesPaidOut::payout),
            field("lines", &LinesPaidOut::lines)
        };
    }
    friend bool operator==(const LinesPaidOut&, const LinesPaidOut&) = default;
};
static_assert(lists_every_member<LinesPaidOut>);

/// The payout failed; the lines are releasable again (C-11).
struct LinesReturned {
    static constexpr std::string_view type = "settlement.returned.v1";  // Stored for ever.
    OrderId order;
    PayoutId payout;
    std::vector<SettlementShare> lines;
    PublicText reason;
    static constexpr auto fields() {
        return std::tuple{
            field("order", &LinesReturned::order),
            field("payout", &LinesReturned::payout),
            field("lines", &LinesReturned::lines),
            field("reason", &LinesReturned::reason)
        };
    }
    friend bool operator==(const LinesReturned&, const LinesReturned&) = default;
};
static_assert(lists_every_member<LinesReturned>);

/// The payout that contained these lines was taken back; they are releasable again (C-11).
struct LinesReversed {
    static constexpr std::string_view type = "settlement.reversed.v1";  // Stored for ever.
    OrderId order;
    PayoutId payout;
    std::vector<SettlementShare> lines;
    PublicText reason;
    static constexpr auto fields() {
        return std::tuple{
            field("order", &LinesReversed::order),
            field("payout", &LinesReversed::payout),
            field("lines", &LinesReversed::lines),
            field("reason", &LinesReversed::reason)
        };
    }
    friend bool operator==(const LinesReversed&, const LinesReversed&) = default;
};
static_assert(lists_every_member<LinesReversed>);

/// Held lines whose part was cancelled: their gross is owed back to the buyer.
struct LinesCancelled {
    static constexpr std::string_view type = "settlement.cancelled.v1";  // Stored for ever.
    OrderId order;
    std::vector<SettlementShare> lines;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("order", &LinesCancelled::order),
            field("lines", &LinesCancelled::lines),
            field("at", &LinesCancelled::at)
        };
    }
    friend bool operator==(const LinesCancelled&, const LinesCancelled&) = default;
};
static_assert(lists_every_member<LinesCancelled>);

/// Every event of this family; the variant is the registry.
using SettlementEvent = std::variant<
    LinesHeld,
    LinesReleased,
    LinesInPayout,
    LinesPaidOut,
    LinesReturned,
    LinesReversed,
    LinesCancelled>;

}  // namespace pakashop
