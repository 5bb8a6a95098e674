#pragma once

#include "aggregates/decider.hpp"
#include "events/shop.hpp"

namespace pakashop {

/// A seller.
/// Stream: shop:<shop>; key: the shop.
struct Shop {
    // STATE

    /// Applies; the payout method comes with it.
    struct Apply {
        ShopId shop;
        UserId owner;
        PublicText name;
        SellerKind seller_kind;
        std::optional<PublicText> tpin;
        Sealed<PublicText> address;
        Sealed<PublicText> phone;
        Operator network;
        Sealed<PublicText> payout_phone;
        PublicText masked;
        Instant now;
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
    /// Where the shop is paid from the next payout on.
    struct SetPayoutMethod {
        Operator network;
        Sealed<PublicText> phone;
        PublicText masked;
        Instant now;
    };
    /// The registry's word. Becoming valid settles every waiting invoice (C-37).
    struct RecordTpin {
        PublicText tpin;
        bool valid;
        Instant now;
    };
    /// From the process on InvoiceRequested; total.
    struct SettleSeller {
        InvoiceId invoice;
        OrderId order;
        Instant now;
    };
    using Command = std::variant<
        Apply,
        Approve,
        Reject,
        Suspend,
        Activate,
        SetPayoutMethod,
        RecordTpin,
        SettleSeller>;

    using Event = ShopEvent;
    using Events = std::vector<Event>;

    /// Why not; named like the api's problem codes.
    enum class Refusal { not_found, illegal_transition };
    friend constexpr auto enum_names(Refusal) {
        return std::array<std::string_view, 2>{"not_found", "illegal_transition"};
    }

    static constexpr std::string_view category = "shop";
    static Result<Events, Refusal> decide(const State& state, const Command& command);
    static State evolve(State state, const Event& event);
};

}  // namespace pakashop
