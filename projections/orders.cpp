#include "projections/orders.hpp"

#include <algorithm>

#include "events/kernel/match.hpp"
#include "projections/cells.hpp"
#include "projections/tables.hpp"

namespace pakashop::model {
namespace {

std::vector<ShopId> shops_of(const std::vector<OrderLine>& lines) {
    std::vector<ShopId> shops;
    for (const OrderLine& line : lines) {
        if (std::ranges::find(shops, line.shop) == shops.end()) shops.push_back(line.shop);
    }
    return shops;
}

Money sum_of(const std::vector<OrderLine>& lines) {
    Money sum;
    for (const OrderLine& line : lines) sum.ngwee += line.line_total.ngwee;
    return sum;
}

RowChange new_order(const OrderPlaced& e) {
    const DeliveryAddress* to = e.address.value();
    const bool placed_on_map = to && to->location;
    return insert(
        tables::orders,
        {{"id", e.order.value},
         {"buyer", e.buyer.value},
         {"phase", word(OrderStatus::pending)},
         {"last_attempt", word(PaymentStatus::pending)},
         {"reservation", word(Reservation::held)},
         {"items_total", amount(sum_of(e.lines))},
         {"delivery_fee", std::int64_t{0}},
         {"discount", std::int64_t{0}},
         {"vat", amount(e.vat)},
         {"total", amount(e.total)},
         {"first_name", to ? Value{to->first_name} : Value{}},
         {"last_name", to ? Value{to->last_name} : Value{}},
         {"line1", to ? Value{to->line1} : Value{}},
         {"city", to ? Value{to->city} : Value{}},
         {"province", to ? or_nothing(to->province) : Value{}},
         {"phone", to ? Value{to->phone} : Value{}},
         {"lat_e6", placed_on_map ? Value{to->location->lat_e6} : Value{}},
         {"lng_e6", placed_on_map ? Value{to->location->lng_e6} : Value{}},
         {"notes", opened(e.notes)},
         {"try", e.try_id.value},
         {"expires_at", e.expires_at},
         {"created_at", e.at}}
    );
}

RowChange new_item(const OrderPlaced& e, std::int64_t position) {
    const OrderLine& line = e.lines[static_cast<std::size_t>(position)];
    return insert(
        tables::order_items,
        {{"id", line.item.value},
         {"order_id", e.order.value},
         {"position", position},
         {"product", line.product.value},
         {"shop", line.shop.value},
         {"name", line.name},
         {"item_code", line.item_code},
         {"tax_code", word(line.tax_code)},
         {"quantity", line.quantity},
         {"unit_price", amount(line.unit_price)},
         {"line_total", amount(line.line_total)},
         {"vat", amount(line.vat)},
         {"tier_min_quantity", line.tier ? Value{line.tier->min_quantity} : Value{}},
         {"tier_price", line.tier ? amount(line.tier->price) : Value{}},
         {"commission_ppm", line.commission.ppm},
         {"cancelled", false}}
    );
}

RowChange new_part(const OrderPlaced& e, const ShopId& shop, std::int64_t position) {
    return insert(
        tables::fulfilments,
        {{"order_id", e.order.value},
         {"shop", shop.value},
         {"position", position},
         {"buyer", e.buyer.value},
         {"status", word(OrderStatus::pending)},
         {"created_at", e.at}}
    );
}

RowChanges placed(const OrderPlaced& e) {
    RowChanges out{new_order(e)};
    for (std::size_t i = 0; i < e.lines.size(); ++i) {
        out.push_back(new_item(e, static_cast<std::int64_t>(i)));
    }
    std::int64_t position = 0;
    for (const ShopId& shop : shops_of(e.lines)) out.push_back(new_part(e, shop, position++));
    return out;
}

RowChanges confirmed(const OrderConfirmed& e) {
    RowChanges out{patch(
        tables::orders,
        {e.order.value},
        {{"phase", word(OrderStatus::confirmed)},
         {"reservation", word(Reservation::committed)},
         {"confirmed_at", e.at}}
    )};
    for (const ShopId& shop : shops_of(e.lines)) {
        out.push_back(patch(
            tables::fulfilments,
            {e.order.value, shop.value},
            {{"status", word(OrderStatus::confirmed)}}
        ));
    }
    return out;
}

RowChange part_moved(
    std::string_view order,
    const ShopId& shop,
    OrderStatus status,
    std::string_view when,
    Instant at
) {
    return patch(
        tables::fulfilments,
        {std::string{order}, shop.value},
        {{"status", word(status)}, {when, at}}
    );
}

RowChanges delivered(const OrderDelivered& e) {
    RowChanges out{patch(
        tables::orders,
        {e.order.value},
        {{"phase", word(OrderStatus::delivered)}, {"delivered_at", e.at}}
    )};
    for (const ShopId& shop : e.shops) {
        out.push_back(part_moved(e.order.value, shop, OrderStatus::delivered, "delivered_at", e.at)
        );
    }
    return out;
}

void cancel_lines(
    RowChanges& out,
    const OrderId& order,
    const std::vector<OrderLine>& lines,
    const PublicText& reason,
    Instant at
) {
    for (const OrderLine& line : lines) {
        out.push_back(patch(tables::order_items, {line.item.value}, {{"cancelled", true}}));
    }
    for (const ShopId& shop : shops_of(lines)) {
        out.push_back(patch(
            tables::fulfilments,
            {order.value, shop.value},
            {{"status", word(OrderStatus::cancelled)},
             {"cancel_reason", reason},
             {"cancelled_at", at}}
        ));
    }
}

RowChanges cancelled(
    const OrderId& order,
    const std::vector<OrderLine>& lines,
    const PublicText& reason,
    Instant at
) {
    RowChanges out{patch(
        tables::orders,
        {order.value},
        {{"phase", word(OrderStatus::cancelled)},
         {"reservation", word(Reservation::released)},
         {"cancel_reason", reason},
         {"cancelled_at", at}}
    )};
    cancel_lines(out, order, lines, reason, at);
    return out;
}

RowChanges part_cancelled(const FulfilmentCancelled& e) {
    RowChanges out;
    cancel_lines(out, e.order, e.lines, e.reason, e.at);
    return out;
}

RowChanges picked_up(const EventMeta& meta, const FulfilmentPickedUp& e) {
    return {patch(
        tables::fulfilments,
        {std::string{meta.stream_id()}, e.shop.value},
        {{"status", word(OrderStatus::out_for_delivery)},
         {"agent", e.agent.value},
         {"picked_up_at", meta.at}}
    )};
}

RowChanges of_order(const EventMeta& meta, const OrderEvent& event) {
    const std::string_view order = meta.stream_id();
    return match(
        event,
        [](const OrderPlaced& e) { return placed(e); },
        [](const OrderConfirmed& e) { return confirmed(e); },
        [&](const FulfilmentAccepted& e) {
            return RowChanges{
                part_moved(order, e.shop, OrderStatus::processing, "accepted_at", meta.at)
            };
        },
        [&](const FulfilmentReady& e) {
            return RowChanges{part_moved(order, e.shop, OrderStatus::shipped, "ready_at", meta.at)};
        },
        [&](const FulfilmentPickedUp& e) { return picked_up(meta, e); },
        [](const OrderDelivered& e) { return delivered(e); },
        [](const FulfilmentCancelled& e) { return part_cancelled(e); },
        [](const OrderCancelled& e) { return cancelled(e.order, e.lines, e.reason, e.at); },
        [](const OrderExpired& e) { return cancelled(e.order, e.lines, "EXPIRED", e.at); },
        [](const TryClosed&) { return RowChanges{}; }
    );
}

RowChanges attempt_went(std::string_view order, PaymentStatus how) {
    return {patch(tables::orders, {std::string{order}}, {{"last_attempt", word(how)}})};
}

RowChanges of_payment(const EventMeta& meta, const PaymentEvent& event) {
    const std::string_view order = meta.stream_id();
    return match(
        event,
        [&](const PaymentInitiated&) { return attempt_went(order, PaymentStatus::pending); },
        [&](const OneOf<PaymentFailed, PaymentExpired> auto&) {
            return attempt_went(order, PaymentStatus::failed);
        },
        // Money of another amount is being looked at, whatever was said of its attempt before.
        [&](const AmountMismatch&) { return attempt_went(order, PaymentStatus::pending); },
        [](const OneOf<PaymentCaptured, LateCapture> auto& e) {
            return RowChanges{patch(tables::orders, {e.order.value}, {{"payment", e.payment.value}})
            };
        },
        [](const OneOf<PaymentOpened, PaymentPending, PaymentClosed, RefundOwed> auto&) {
            return RowChanges{};
        }
    );
}

RowChanges project(const EventMeta& meta, const AnyEvent& event) {
    if (const auto* order = std::get_if<OrderEvent>(&event)) return of_order(meta, *order);
    if (const auto* payment = std::get_if<PaymentEvent>(&event)) return of_payment(meta, *payment);
    return {};
}

constexpr std::array own_tables{&tables::orders, &tables::order_items, &tables::fulfilments};
constexpr std::array<std::string_view, 2> families{"order", "payment"};

OrderStatus status_in(const std::string& word) {
    const auto status = enum_from_name<OrderStatus>(word);
    require(status.has_value(), "a read model holds a status the program knows");
    return *status;
}

}  // namespace

constinit const Projection orders_projection{"orders", own_tables, families, project};

OrderStatus order_status(const Row& order, std::span<const Row> fulfilments) {
    const OrderStatus phase = status_in(order.text("phase"));
    if (phase != OrderStatus::confirmed) return phase;
    OrderStatus least = OrderStatus::cancelled;
    for (const Row& part : fulfilments) least = std::min(least, status_in(part.text("status")));
    return least;
}

OrderStatus phase_of(OrderStatus status) {
    const bool of_parts = status == OrderStatus::processing || status == OrderStatus::shipped ||
                          status == OrderStatus::out_for_delivery;
    return of_parts ? OrderStatus::confirmed : status;
}

PaymentStatus order_payment_status(const Row& order) {
    if (!order.is_null("payment")) return PaymentStatus::paid;
    const bool failed = order.text("last_attempt") == name_of(PaymentStatus::failed);
    return failed ? PaymentStatus::failed : PaymentStatus::pending;
}

}  // namespace pakashop::model
