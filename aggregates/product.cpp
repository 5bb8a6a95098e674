#include "aggregates/product.hpp"

#include <algorithm>

#include "aggregates/present.hpp"

namespace pakashop {
namespace {

using State = Product::State;
using Events = Product::Events;
using Refusal = Product::Refusal;
using Decision = Result<Events, Refusal>;

// What is for sale; null for a product that is not, or no longer.
const Product::Listing* offer(const State& state) {
    return state.listing && !state.listing->deleted ? &*state.listing : nullptr;
}

bool sound_price(Money price) { return price.ngwee > 0 && price <= amount_max; }

// Two tiers from one quantity on would leave the price to chance.
bool sound_tiers(const std::vector<WholesaleTier>& tiers) {
    return std::ranges::all_of(tiers, [&](const WholesaleTier& tier) {
        const auto same =
            std::ranges::count(tiers, tier.min_quantity, &WholesaleTier::min_quantity);
        return same == 1 && tier.min_quantity > 0 && tier.min_quantity <= stock_max &&
               sound_price(tier.price);
    });
}

Decision list(const State& state, const Product::List& c) {
    if (state.listing) return Events{};
    if (!sound_price(c.price) || !sound_tiers(c.tiers))
        return unexpected{Refusal::validation_failed};
    if (c.stock < 0 || c.stock > stock_max) return unexpected{Refusal::validation_failed};
    return Events{ProductListed{
        .product = c.product,
        .shop = c.shop,
        .sku = c.sku,
        .name = c.name,
        .description = c.description,
        .price = c.price,
        .stock = c.stock,
        .categories = c.categories,
        .item_code = c.item_code,
        .tax_code = c.tax_code,
        .tiers = c.tiers,
        .images = c.images,
        .at = c.now
    }};
}

// What is asked for, if it differs from what is so.
template <class T>
std::optional<T> difference(const std::optional<T>& asked, const T& current) {
    return asked == current ? std::nullopt : asked;
}

Decision change(const State& state, const Product::Change& c) {
    const Product::Listing* const now = offer(state);
    if (!now) return unexpected{Refusal::not_found};
    if (c.price && !sound_price(*c.price)) return unexpected{Refusal::validation_failed};
    if (c.tiers && !sound_tiers(*c.tiers)) return unexpected{Refusal::validation_failed};
    ProductChanged changed{
        .product = now->product,
        .name = difference(c.name, now->name),
        .description = difference(c.description, now->description),
        .price = difference(c.price, now->price),
        .categories = difference(c.categories, now->categories),
        .item_code = difference(c.item_code, now->item_code),
        .tax_code = difference(c.tax_code, now->tax_code),
        .tiers = difference(c.tiers, now->tiers),
        .images = difference(c.images, now->images)
    };
    ProductChanged nothing;
    nothing.product = now->product;
    if (changed == nothing) return Events{};
    return Events{std::move(changed)};
}

Decision adjust_stock(const State& state, const Product::AdjustStock& c) {
    const Product::Listing* const now = offer(state);
    if (!now) return unexpected{Refusal::not_found};
    if (c.delta < -stock_max || c.delta > stock_max) return unexpected{Refusal::validation_failed};
    const std::int64_t after = state.on_hand + c.delta;
    if (after < state.held) return unexpected{Refusal::out_of_stock};
    if (c.delta > 0 && after > stock_max) return unexpected{Refusal::validation_failed};
    if (c.delta == 0) return Events{};
    return Events{StockAdjusted{now->product, c.delta, c.reason}};
}

Decision hold(const State& state, const Product::Hold& c) {
    if (state.holds.contains(c.try_id.value)) return Events{};
    const Product::Listing* const now = offer(state);
    if (!now) return unexpected{Refusal::product_unavailable};
    if (c.quantity < 1) return unexpected{Refusal::validation_failed};
    if (c.quantity > state.available()) return unexpected{Refusal::out_of_stock};
    const auto [unit_price, tier] = now->price_for(c.quantity);
    return Events{StockHeld{
        .product = now->product,
        .order = c.order,
        .try_id = c.try_id,
        .quantity = c.quantity,
        .shop = now->shop,
        .name = now->name,
        .item_code = now->item_code,
        .tax_code = now->tax_code,
        .unit_price = unit_price,
        .tier = tier,
        .at = c.now
    }};
}

// A hold ends once, as released or as sold; both events have the same shape.
template <class Ended>
Events end_hold(const State& state, const TryId& try_id) {
    const auto found = state.holds.find(try_id.value);
    if (found == state.holds.end() || !state.listing) return {};
    return {Ended{state.listing->product, found->second.order, try_id, found->second.quantity}};
}

Events return_units(const State& state, const Product::ReturnUnits& c) {
    if (!state.listing || c.quantity < 1) return {};
    return {UnitsReturned{state.listing->product, c.order, c.quantity}};
}

void apply_listing(State& state, const ProductListed& e) {
    state.listing = Product::Listing{
        .product = e.product,
        .shop = e.shop,
        .sku = e.sku,
        .name = e.name,
        .description = e.description,
        .price = e.price,
        .categories = e.categories,
        .item_code = e.item_code,
        .tax_code = e.tax_code,
        .tiers = e.tiers,
        .images = e.images
    };
    state.on_hand = e.stock;
}

void apply_change(State& state, const ProductChanged& e) {
    Product::Listing& listing = present(state.listing);
    const auto take = [](auto& current, const auto& changed) {
        if (changed) current = *changed;
    };
    take(listing.name, e.name);
    take(listing.description, e.description);
    take(listing.price, e.price);
    take(listing.categories, e.categories);
    take(listing.item_code, e.item_code);
    take(listing.tax_code, e.tax_code);
    take(listing.tiers, e.tiers);
    take(listing.images, e.images);
}

void remove_hold(State& state, const TryId& try_id) {
    const auto found = state.holds.find(try_id.value);
    if (found == state.holds.end()) throw CorruptStream{"a hold ends that never began"};
    state.held -= found->second.quantity;
    state.holds.erase(found);
}

}  // namespace

std::int64_t Product::State::available() const { return offer(*this) ? on_hand - held : 0; }

Product::UnitPrice Product::Listing::price_for(std::int64_t quantity) const {
    UnitPrice best{price, std::nullopt};
    for (const WholesaleTier& tier : tiers) {
        if (tier.min_quantity > quantity) continue;
        if (best.tier && best.tier->min_quantity >= tier.min_quantity) continue;
        best = {tier.price, tier};
    }
    return best;
}

Result<Product::Events, Product::Refusal>
Product::decide(const State& state, const Command& command) {
    return match(
        command,
        [&](const List& c) -> Decision { return list(state, c); },
        [&](const Change& c) -> Decision { return change(state, c); },
        [&](const Delete&) -> Decision {
            if (!state.listing) return unexpected{Refusal::not_found};
            if (state.listing->deleted) return Events{};
            return Events{ProductDeleted{state.listing->product}};
        },
        [&](const AdjustStock& c) -> Decision { return adjust_stock(state, c); },
        [&](const Hold& c) -> Decision { return hold(state, c); },
        [&](const ReleaseHold& c) -> Decision { return end_hold<HoldReleased>(state, c.try_id); },
        [&](const SellHold& c) -> Decision { return end_hold<HoldSold>(state, c.try_id); },
        [&](const ReturnUnits& c) -> Decision { return return_units(state, c); }
    );
}

Product::State Product::evolve(State state, const Event& event) {
    match(
        event,
        [&](const ProductListed& e) { apply_listing(state, e); },
        [&](const ProductChanged& e) { apply_change(state, e); },
        [&](const ProductDeleted&) { present(state.listing).deleted = true; },
        [&](const StockAdjusted& e) { state.on_hand += e.delta; },
        [&](const StockHeld& e) {
            state.held += e.quantity;
            state.holds[e.try_id.value] = {e.order, e.quantity};
        },
        [&](const HoldReleased& e) { remove_hold(state, e.try_id); },
        [&](const HoldSold& e) {
            remove_hold(state, e.try_id);
            state.on_hand -= e.quantity;
        },
        [&](const UnitsReturned& e) { state.on_hand += e.quantity; }
    );
    return state;
}

}  // namespace pakashop
