#include "aggregates/shop.hpp"

#include <algorithm>

#include "aggregates/present.hpp"

namespace pakashop {
namespace {

using State = Shop::State;
using Events = Shop::Events;
using Refusal = Shop::Refusal;
using Decision = Result<Events, Refusal>;

Events apply(const State& state, const Shop::Apply& c) {
    if (state.profile) return {};
    return {
        ShopApplied{
            .shop = c.shop,
            .owner = c.owner,
            .name = c.name,
            .seller_kind = c.seller_kind,
            .tpin = c.tpin,
            .address = c.address,
            .phone = c.phone,
            .at = c.now
        },
        PayoutMethodSet{c.shop, c.network, c.payout_phone, c.masked, c.now}
    };
}

// `event`, if the shop goes from `from` to `to`; nothing when it is there already.
template <class Event>
Decision move(const State& state, ShopStatus from, ShopStatus to, Event event) {
    if (!state.profile) return unexpected{Refusal::not_found};
    if (state.profile->status == to) return Events{};
    if (state.profile->status != from) return unexpected{Refusal::illegal_transition};
    return Events{std::move(event)};
}

Decision approve(const State& state, const Shop::Approve& c) {
    if (!state.profile) return unexpected{Refusal::not_found};
    const Shop::Profile& shop = *state.profile;
    const ShopApproved approved{shop.shop, shop.owner, shop.tpin, c.now};
    return move(state, ShopStatus::pending, ShopStatus::active, approved);
}

Decision set_payout_method(const State& state, const Shop::SetPayoutMethod& c) {
    if (!state.profile) return unexpected{Refusal::not_found};
    return Events{PayoutMethodSet{state.profile->shop, c.network, c.phone, c.masked, c.now}};
}

Events record_tpin(const State& state, const Shop::RecordTpin& c) {
    if (!state.profile || state.profile->tpin != c.tpin) return {};
    const TpinStatus word = c.valid ? TpinStatus::valid : TpinStatus::invalid;
    const bool waits = c.valid && !state.waiting.empty();
    if (state.profile->tpin_status == word && !waits) return {};
    Events events{TpinChecked{state.profile->shop, c.tpin, c.valid, c.now}};
    const std::size_t count = c.valid ? std::min(state.waiting.size(), settled_per_commit_max) : 0;
    for (std::size_t i = 0; i < count; ++i)
        events.emplace_back(SellerSettled{
            state.profile->shop, state.waiting[i].invoice, state.waiting[i].order, c.tpin, c.now
        });
    return events;
}

bool known(const State& state, const InvoiceId& invoice) {
    return std::ranges::find(state.settled_lately, invoice) != state.settled_lately.end() ||
           std::ranges::find(state.waiting, invoice, &Shop::SoldInvoice::invoice) !=
               state.waiting.end();
}

Events settle_seller(const State& state, const Shop::SettleSeller& c) {
    if (!state.profile || known(state, c.invoice)) return {};
    const Shop::Profile& shop = *state.profile;
    if (shop.tpin && shop.tpin_status == TpinStatus::valid)
        return {SellerSettled{shop.shop, c.invoice, c.order, *shop.tpin, c.now}};
    return {SellerUnknown{shop.shop, c.invoice, c.order, shop.tpin.value_or("")}};
}

ShopId shop_in(const State& state) { return state.profile ? state.profile->shop : ShopId{}; }

void apply_application(State& state, const ShopApplied& e) {
    state.profile = Shop::Profile{
        .shop = e.shop,
        .owner = e.owner,
        .name = e.name,
        .seller_kind = e.seller_kind,
        .status = ShopStatus::pending,
        .tpin = e.tpin,
        .tpin_status = TpinStatus::unchecked,
        .address = {e.address, state.version},
        .phone = {e.phone, state.version},
        .payout_method = std::nullopt
    };
}

void remember_settled(State& state, const InvoiceId& invoice) {
    const auto sold = std::ranges::find(state.waiting, invoice, &Shop::SoldInvoice::invoice);
    if (sold != state.waiting.end()) state.waiting.erase(sold);
    if (state.settled_lately.size() == settled_kept_max)
        state.settled_lately.erase(state.settled_lately.begin());
    state.settled_lately.push_back(invoice);
}

}  // namespace

Result<Shop::Events, Shop::Refusal> Shop::decide(const State& state, const Command& command) {
    return match(
        command,
        [&](const Apply& c) -> Decision { return apply(state, c); },
        [&](const Approve& c) -> Decision { return approve(state, c); },
        [&](const Reject& c) -> Decision {
            return move(
                state,
                ShopStatus::pending,
                ShopStatus::rejected,
                ShopRejected{shop_in(state), c.reason}
            );
        },
        [&](const Suspend& c) -> Decision {
            return move(
                state,
                ShopStatus::active,
                ShopStatus::suspended,
                ShopSuspended{shop_in(state), c.reason}
            );
        },
        [&](const Activate&) -> Decision {
            return move(
                state, ShopStatus::suspended, ShopStatus::active, ShopActivated{shop_in(state)}
            );
        },
        [&](const SetPayoutMethod& c) -> Decision { return set_payout_method(state, c); },
        [&](const RecordTpin& c) -> Decision { return record_tpin(state, c); },
        [&](const SettleSeller& c) -> Decision { return settle_seller(state, c); }
    );
}

Shop::State Shop::evolve(State state, const Event& event) {
    ++state.version;
    match(
        event,
        [&](const ShopApplied& e) { apply_application(state, e); },
        [&](const ShopApproved&) { present(state.profile).status = ShopStatus::active; },
        [&](const ShopRejected&) { present(state.profile).status = ShopStatus::rejected; },
        [&](const ShopSuspended&) { present(state.profile).status = ShopStatus::suspended; },
        [&](const ShopActivated&) { present(state.profile).status = ShopStatus::active; },
        [&](const PayoutMethodSet& e) {
            present(state.profile).payout_method =
                PayoutMethod{e.network, {e.phone, state.version}, e.masked};
        },
        [&](const TpinChecked& e) {
            present(state.profile).tpin_status = e.valid ? TpinStatus::valid : TpinStatus::invalid;
        },
        [&](const SellerSettled& e) { remember_settled(state, e.invoice); },
        [&](const SellerUnknown& e) { state.waiting.push_back({e.invoice, e.order}); }
    );
    return state;
}

}  // namespace pakashop
