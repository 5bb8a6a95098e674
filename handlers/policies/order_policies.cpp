#include <algorithm>

#include "handlers/policies/rules.hpp"

/// What follows from an order's life.
namespace pakashop::policies {
namespace {

std::vector<ShopId> shops_of(const std::vector<OrderLine>& lines) {
    std::vector<ShopId> shops;
    for (const OrderLine& line : lines) {
        if (std::ranges::find(shops, line.shop) == shops.end()) shops.push_back(line.shop);
    }
    return shops;
}

StreamCommand placed_order_may_be_paid(const OrderPlaced& e) {
    return to<Payment>(e.order.value, Payment::Open{e.order, e.buyer, e.total, e.at});
}

StreamCommand paid_lines_are_held(const OrderConfirmed& e) {
    return to<Settlement>(e.order.value, Settlement::Hold{e.order, e.lines, e.at});
}

StreamCommand paid_order_is_delivered(const OrderConfirmed& e, Duration pin_ttl) {
    return to<Delivery>(
        e.order.value, Delivery::Open{e.order, e.buyer, shops_of(e.lines), pin_ttl, e.at}
    );
}

/// Each shop is a seller of its own (C-07); the n-th shop's invoice is inv_<order>_<n>.
Commands each_shop_invoices_its_part(const OrderConfirmed& e) {
    if (e.invoicing == Invoicing::off) return {};
    Commands commands;
    for (const ShopId& shop : shops_of(e.lines)) {
        const InvoiceId id{child_id("inv", e.order.value, commands.size() + 1)};
        std::vector<OrderLine> lines;
        std::ranges::copy_if(e.lines, std::back_inserter(lines), [&](const OrderLine& line) {
            return line.shop == shop;
        });
        commands.push_back(
            to<Invoice>(id.value, Invoice::Request{id, e.order, shop, std::move(lines), e.at})
        );
    }
    return commands;
}

Commands after_confirmation(const OrderConfirmed& e, Duration pin_ttl) {
    Commands commands{paid_lines_are_held(e), paid_order_is_delivered(e, pin_ttl)};
    for (StreamCommand& invoice : each_shop_invoices_its_part(e))
        commands.push_back(std::move(invoice));
    return commands;
}

StreamCommand ready_part_waits_for_its_agent(const FulfilmentReady& e, std::string_view order) {
    return to<Delivery>(order, Delivery::NoteReady{e.shop});
}

StreamCommand gone_order_takes_no_money(const OrderId& order, PublicText reason, Instant at) {
    return to<Payment>(order.value, Payment::Close{std::move(reason), at});
}

/// Parts that were paid and fall away: who gave up which shops' parts, and when.
struct PartsGone {
    const OrderId& order;
    std::vector<ShopId> shops;
    Instant at;
};

StreamCommand cancelled_parts_earn_nothing(const PartsGone& gone) {
    return to<Settlement>(gone.order.value, Settlement::Cancel{gone.shops, gone.at});
}

StreamCommand cancelled_parts_are_no_stops(const PartsGone& gone, Duration pin_ttl) {
    return to<Delivery>(gone.order.value, Delivery::DropStops{gone.shops, pin_ttl, gone.at});
}

Commands after_cancellation(const OrderCancelled& e, Duration pin_ttl) {
    Commands commands{gone_order_takes_no_money(e.order, e.reason, e.at)};
    if (!e.paid) return commands;
    const PartsGone gone{e.order, shops_of(e.lines), e.at};
    commands.push_back(cancelled_parts_earn_nothing(gone));
    commands.push_back(cancelled_parts_are_no_stops(gone, pin_ttl));
    return commands;
}

Commands after_part_cancelled(const FulfilmentCancelled& e, Duration pin_ttl) {
    if (!e.paid) return {};
    const PartsGone gone{e.order, {e.shop}, e.at};
    return {cancelled_parts_earn_nothing(gone), cancelled_parts_are_no_stops(gone, pin_ttl)};
}

StreamCommand delivered_lines_are_earned(const OrderDelivered& e) {
    return to<Settlement>(e.order.value, Settlement::Release{e.shops, e.at});
}

}  // namespace

Commands after(const OrderEvent& event, const PolicyContext& context) {
    return match(
        event,
        [](const OrderPlaced& e) { return Commands{placed_order_may_be_paid(e)}; },
        [&](const OrderConfirmed& e) { return after_confirmation(e, context.pin_ttl); },
        [&](const FulfilmentReady& e) {
            return Commands{ready_part_waits_for_its_agent(e, context.key)};
        },
        [](const OrderDelivered& e) { return Commands{delivered_lines_are_earned(e)}; },
        [&](const FulfilmentCancelled& e) { return after_part_cancelled(e, context.pin_ttl); },
        [&](const OrderCancelled& e) { return after_cancellation(e, context.pin_ttl); },
        [](const OrderExpired& e) {
            return Commands{gone_order_takes_no_money(e.order, "EXPIRED", e.at)};
        },
        [](const OneOf<TryClosed, FulfilmentAccepted, FulfilmentPickedUp> auto&) {
            return Commands{};
        }
    );
}

}  // namespace pakashop::policies
