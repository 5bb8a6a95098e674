#include "projections/shops.hpp"

#include "events/kernel/match.hpp"
#include "events/statuses.hpp"
#include "projections/cells.hpp"
#include "projections/tables.hpp"

namespace pakashop::model {
namespace {

RowChanges applied(const ShopApplied& e) {
    return {insert(
        tables::shops,
        {{"id", e.shop.value},
         {"owner", e.owner.value},
         {"name", e.name},
         {"seller_kind", word(e.seller_kind)},
         {"status", word(ShopStatus::pending)},
         {"tpin", or_nothing(e.tpin)},
         {"tpin_status", word(TpinStatus::unchecked)},
         {"address", opened(e.address)},
         {"phone", opened(e.phone)},
         {"created_at", e.at}}
    )};
}

RowChanges moved(const ShopId& shop, ShopStatus status, Value reason) {
    return {patch(
        tables::shops, {shop.value}, {{"status", word(status)}, {"reason", std::move(reason)}}
    )};
}

RowChanges paid_at(const PayoutMethodSet& e) {
    return {patch(
        tables::shops,
        {e.shop.value},
        {{"payout_network", word(e.network)},
         {"payout_phone", opened(e.phone)},
         {"payout_masked", e.masked}}
    )};
}

RowChanges checked(const TpinChecked& e) {
    return {patch(
        tables::shops,
        {e.shop.value},
        {{"tpin", e.tpin},
         {"tpin_status", word(e.valid ? TpinStatus::valid : TpinStatus::invalid)},
         {"tpin_checked_at", e.at}}
    )};
}

RowChanges of_shop(const ShopEvent& event) {
    return match(
        event,
        [](const ShopApplied& e) { return applied(e); },
        [](const ShopApproved& e) {
            return RowChanges{patch(
                tables::shops,
                {e.shop.value},
                {{"status", word(ShopStatus::active)}, {"approved_at", e.at}}
            )};
        },
        [](const ShopRejected& e) { return moved(e.shop, ShopStatus::rejected, e.reason); },
        [](const ShopSuspended& e) { return moved(e.shop, ShopStatus::suspended, e.reason); },
        [](const ShopActivated& e) { return moved(e.shop, ShopStatus::active, Value{}); },
        [](const PayoutMethodSet& e) { return paid_at(e); },
        [](const TpinChecked& e) { return checked(e); },
        [](const OneOf<SellerSettled, SellerUnknown> auto&) { return RowChanges{}; }
    );
}

RowChanges project(const EventMeta&, const AnyEvent& event) {
    if (const auto* shop = std::get_if<ShopEvent>(&event)) return of_shop(*shop);
    return {};
}

constexpr std::array own_tables{&tables::shops};
constexpr std::array<std::string_view, 1> families{"shop"};

}  // namespace

constinit const Projection shops_projection{"shops", own_tables, families, project};

}  // namespace pakashop::model
