#pragma once

#include <variant>

#include "events/words.hpp"

/// One settlement run: which shops it looked at, and what it asked for. Key: settlement_run:<run>.
namespace pakashop {

/// One payout of a run.
struct RequestedPayout {
    PayoutId payout;
    ShopId shop;
    Money amount;
    std::int64_t lines = 0;
    static constexpr auto fields() {
        return std::tuple{
            field("payout", &RequestedPayout::payout),
            field("shop", &RequestedPayout::shop),
            field("amount", &RequestedPayout::amount),
            field("lines", &RequestedPayout::lines)
        };
    }
    friend bool operator==(const RequestedPayout&, const RequestedPayout&) = default;
};

/// Somebody, or the schedule, asked for the run (SET-04).
struct SettlementRunStarted {
    static constexpr std::string_view type = "settlement_run.started.v1";  // Stored for ever.
    PublicText run;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("run", &SettlementRunStarted::run), field("at", &SettlementRunStarted::at)
        };
    }
    friend bool operator==(const SettlementRunStarted&, const SettlementRunStarted&) = default;
};
static_assert(lists_every_member<SettlementRunStarted>);

/// The shops that are paid next. Known before the first of them is, so that a run that was
/// interrupted asks the same shops again and counts what it had asked for already.
struct SettlementShopsChosen {
    static constexpr std::string_view type = "settlement_run.shops_chosen.v1";  // Stored for ever.
    PublicText run;
    std::vector<ShopId> shops;
    static constexpr auto fields() {
        return std::tuple{
            field("run", &SettlementShopsChosen::run), field("shops", &SettlementShopsChosen::shops)
        };
    }
    friend bool operator==(const SettlementShopsChosen&, const SettlementShopsChosen&) = default;
};
static_assert(lists_every_member<SettlementShopsChosen>);

/// Those shops were paid, with these payouts.
struct SettlementShopsPaid {
    static constexpr std::string_view type = "settlement_run.shops_paid.v1";  // Stored for ever.
    PublicText run;
    std::vector<RequestedPayout> payouts;
    static constexpr auto fields() {
        return std::tuple{
            field("run", &SettlementShopsPaid::run), field("payouts", &SettlementShopsPaid::payouts)
        };
    }
    friend bool operator==(const SettlementShopsPaid&, const SettlementShopsPaid&) = default;
};
static_assert(lists_every_member<SettlementShopsPaid>);

/// No shop was left: the run is over, and pays nothing any more.
struct SettlementRunFinished {
    static constexpr std::string_view type = "settlement_run.finished.v1";  // Stored for ever.
    PublicText run;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("run", &SettlementRunFinished::run), field("at", &SettlementRunFinished::at)
        };
    }
    friend bool operator==(const SettlementRunFinished&, const SettlementRunFinished&) = default;
};
static_assert(lists_every_member<SettlementRunFinished>);

/// Every event of this family; the variant is the registry.
using SettlementRunEvent = std::variant<
    SettlementRunStarted,
    SettlementShopsChosen,
    SettlementShopsPaid,
    SettlementRunFinished>;

}  // namespace pakashop
