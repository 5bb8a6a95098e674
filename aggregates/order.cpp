#include "aggregates/order.hpp"

#include <algorithm>

namespace pakashop {
namespace {

using Decision = Result<Order::Events, Order::Refusal>;
using Events = Order::Events;
using Refusal = Order::Refusal;

bool live(const Order::Part& part) { return part.status != OrderStatus::cancelled; }

/// Every shop once, in the order of its first line, and each at `status`.
std::vector<Order::Part> parts_at(const std::vector<OrderLine>& lines, OrderStatus status) {
    std::vector<Order::Part> parts;
    for (const OrderLine& line : lines) {
        if (std::ranges::find(parts, line.shop, &Order::Part::shop) == parts.end())
            parts.push_back({line.shop, status});
    }
    return parts;
}

std::optional<OrderStatus> part_status(const Order::State& state, const ShopId& shop) {
    for (const Order::Part& part : Order::parts(state)) {
        if (part.shop == shop) return part.status;
    }
    return std::nullopt;
}

std::vector<OrderLine> lines_of(const Order::Placed& placed, const std::vector<ShopId>& shops) {
    std::vector<OrderLine> lines;
    for (const OrderLine& line : placed.lines) {
        if (std::ranges::find(shops, line.shop) != shops.end()) lines.push_back(line);
    }
    return lines;
}

std::vector<ShopId> live_shops(const Order::State& state) {
    std::vector<ShopId> shops;
    for (const Order::Part& part : Order::parts(state)) {
        if (live(part)) shops.push_back(part.shop);
    }
    return shops;
}

bool paid(const Order::State& state) { return std::holds_alternative<Order::Paid>(state.phase); }

/// C-06, with api.md's small print.
bool may_cancel(Canceller who, OrderStatus part) {
    if (part <= OrderStatus::processing) return true;
    return part == OrderStatus::shipped && who != Canceller::buyer;
}

Decision place(const Order::State& state, const Order::Place& c) {
    if (Order::placed(state)) return Events{};
    // Without lines it only asks for an order that is there already. A leader that was deposed and
    // has not heard of it may not know that order.
    const bool asks = c.lines.empty();
    if (asks || std::ranges::find(state.closed_tries, c.try_id) != state.closed_tries.end())
        return unexpected{Refusal::try_closed};
    return Events{OrderPlaced{
        c.order, c.buyer, c.try_id, c.lines, c.total, c.vat, c.address, c.notes, c.expires_at, c.now
    }};
}

Decision close_try(const Order::State& state, const Order::CloseTry& c) {
    const auto* placed = Order::placed(state);
    if (placed && placed->try_id == c.try_id) return Events{};
    if (std::ranges::find(state.closed_tries, c.try_id) != state.closed_tries.end())
        return Events{};
    return Events{TryClosed{c.try_id, c.held}};
}

Decision confirm(const Order::State& state, const Order::Confirm& c) {
    const auto* waiting = std::get_if<Order::AwaitingPayment>(&state.phase);
    if (!waiting) return Events{};
    const Order::Placed& p = waiting->placed;
    return Events{
        OrderConfirmed{p.order, p.buyer, c.payment, p.try_id, p.lines, p.total, c.invoicing, c.now}
    };
}

/// One shop's part takes a step. Where it has arrived already, that is no news.
struct Step {
    const ShopId& shop;
    OrderStatus from;
    OrderStatus to;
};

Decision advance(const Order::State& state, const Step& step, Order::Event event) {
    const auto status = part_status(state, step.shop);
    if (!status) return unexpected{Refusal::not_found};
    if (*status == step.to) return Events{};
    if (*status != step.from) return unexpected{Refusal::illegal_transition};
    return Events{std::move(event)};
}

Decision pick_up(const Order::State& state, const Order::PickUp& c) {
    if (part_status(state, c.shop) != OrderStatus::shipped) return Events{};
    return Events{FulfilmentPickedUp{c.shop, c.agent}};
}

Decision deliver(const Order::State& state, const Order::Deliver& c) {
    std::vector<ShopId> shops;
    for (const ShopId& shop : c.shops) {
        if (part_status(state, shop) == OrderStatus::out_for_delivery) shops.push_back(shop);
    }
    if (shops.empty()) return Events{};
    return Events{OrderDelivered{Order::placed(state)->order, std::move(shops), c.now}};
}

OrderCancelled
cancelled(const Order::State& state, const Order::Placed& p, const PublicText& why, Instant now) {
    return {p.order, p.try_id, lines_of(p, live_shops(state)), paid(state), why, now};
}

Decision cancel(const Order::State& state, const Order::Cancel& c) {
    const auto* placed = Order::placed(state);
    if (!placed) return unexpected{Refusal::not_found};
    if (Order::status(state) == OrderStatus::cancelled) return Events{};
    // A shop speaks for its own part alone.
    if (c.who == Canceller::shop) return unexpected{Refusal::illegal_transition};
    for (const Order::Part& part : Order::parts(state)) {
        if (live(part) && !may_cancel(c.who, part.status))
            return unexpected{Refusal::illegal_transition};
    }
    return Events{cancelled(state, *placed, c.reason, c.now)};
}

Decision cancel_part(const Order::State& state, const Order::CancelPart& c) {
    const auto status = part_status(state, c.shop);
    if (!status) return unexpected{Refusal::not_found};
    if (*status == OrderStatus::cancelled) return Events{};
    if (!may_cancel(c.who, *status)) return unexpected{Refusal::illegal_transition};
    const Order::Placed& placed = *Order::placed(state);
    if (live_shops(state).size() == 1) return Events{cancelled(state, placed, c.reason, c.now)};
    // A payment may be under way, and what it asks for never changes.
    if (!paid(state)) return unexpected{Refusal::illegal_transition};
    return Events{FulfilmentCancelled{
        placed.order, c.shop, placed.try_id, lines_of(placed, {c.shop}), true, c.reason, c.now
    }};
}

Decision expire(const Order::State& state, const Order::Expire& c) {
    if (!Order::placed(state)) return unexpected{Refusal::not_found};
    const auto* waiting = std::get_if<Order::AwaitingPayment>(&state.phase);
    if (!waiting) return Events{};
    if (c.now < waiting->expires_at) return unexpected{Refusal::not_due};
    const Order::Placed& p = waiting->placed;
    return Events{OrderExpired{p.order, p.try_id, p.lines, c.now}};
}

/// The part an event speaks of, which has to stand where `decide` saw it.
Order::Part& part_in(Order::State& state, const ShopId& shop, OrderStatus from) {
    auto& parts = expect<Order::Paid>(state.phase).parts;
    const auto found = std::ranges::find(parts, shop, &Order::Part::shop);
    if (found == parts.end() || found->status != from)
        throw CorruptStream{"an order's part is not where its event says"};
    return *found;
}

void move_part(Order::State& state, const Step& step) {
    part_in(state, step.shop, step.from).status = step.to;
}

void place(Order::State& state, const OrderPlaced& e) {
    expect<Order::Unplaced>(state.phase);
    Order::Placed placed{
        e.order,
        e.buyer,
        e.try_id,
        e.lines,
        e.total,
        e.vat,
        {e.address, state.version},
        std::nullopt,
        e.at
    };
    if (e.notes) placed.notes = SealedAt<PublicText>{*e.notes, state.version};
    state.phase = Order::AwaitingPayment{std::move(placed), e.expires_at};
}

void confirm(Order::State& state, const OrderConfirmed& e) {
    auto& waiting = expect<Order::AwaitingPayment>(state.phase);
    auto parts = parts_at(waiting.placed.lines, OrderStatus::confirmed);
    state.phase = Order::Paid{std::move(waiting.placed), e.payment, std::move(parts)};
}

void cancel(Order::State& state) {
    if (auto* unpaid = std::get_if<Order::AwaitingPayment>(&state.phase)) {
        state.phase = Order::Cancelled{std::move(unpaid->placed), std::nullopt};
        return;
    }
    auto& done = expect<Order::Paid>(state.phase);
    state.phase = Order::Cancelled{std::move(done.placed), std::move(done.payment)};
}

void cancel_part(Order::State& state, const ShopId& shop) {
    auto& parts = expect<Order::Paid>(state.phase).parts;
    const auto found = std::ranges::find(parts, shop, &Order::Part::shop);
    if (found == parts.end() || !live(*found))
        throw CorruptStream{"an order's part is cancelled that was not live"};
    found->status = OrderStatus::cancelled;
}

}  // namespace

auto Order::decide(const State& state, const Command& command) -> Result<Events, Refusal> {
    return match(
        command,
        [&](const Place& c) { return place(state, c); },
        [&](const CloseTry& c) { return close_try(state, c); },
        [&](const Confirm& c) { return confirm(state, c); },
        [&](const Accept& c) {
            const Step step{c.shop, OrderStatus::confirmed, OrderStatus::processing};
            return advance(state, step, FulfilmentAccepted{c.shop});
        },
        [&](const MarkReady& c) {
            const Step step{c.shop, OrderStatus::processing, OrderStatus::shipped};
            return advance(state, step, FulfilmentReady{c.shop});
        },
        [&](const PickUp& c) { return pick_up(state, c); },
        [&](const Deliver& c) { return deliver(state, c); },
        [&](const Cancel& c) { return cancel(state, c); },
        [&](const CancelPart& c) { return cancel_part(state, c); },
        [&](const Expire& c) { return expire(state, c); }
    );
}

auto Order::evolve(State state, const Event& event) -> State {
    state.version += 1;
    match(
        event,
        [&](const OrderPlaced& e) { place(state, e); },
        [&](const TryClosed& e) { state.closed_tries.push_back(e.try_id); },
        [&](const OrderConfirmed& e) { confirm(state, e); },
        [&](const FulfilmentAccepted& e) {
            move_part(state, {e.shop, OrderStatus::confirmed, OrderStatus::processing});
        },
        [&](const FulfilmentReady& e) {
            move_part(state, {e.shop, OrderStatus::processing, OrderStatus::shipped});
        },
        [&](const FulfilmentPickedUp& e) {
            move_part(state, {e.shop, OrderStatus::shipped, OrderStatus::out_for_delivery});
        },
        [&](const OrderDelivered& e) {
            for (const ShopId& shop : e.shops)
                move_part(state, {shop, OrderStatus::out_for_delivery, OrderStatus::delivered});
        },
        [&](const FulfilmentCancelled& e) { cancel_part(state, e.shop); },
        [&](const OrderCancelled&) { cancel(state); },
        [&](const OrderExpired&) {
            expect<AwaitingPayment>(state.phase);
            cancel(state);
        }
    );
    return state;
}

const Order::Placed* Order::placed(const State& state) {
    return match(
        state.phase,
        [](const Unplaced&) -> const Placed* { return nullptr; },
        [](const OneOf<AwaitingPayment, Paid, Cancelled> auto& s) { return &s.placed; }
    );
}

std::vector<Order::Part> Order::parts(const State& state) {
    return match(
        state.phase,
        [](const Unplaced&) { return std::vector<Part>{}; },
        [](const AwaitingPayment& s) { return parts_at(s.placed.lines, OrderStatus::pending); },
        [](const Paid& s) { return s.parts; },
        [](const Cancelled& s) { return parts_at(s.placed.lines, OrderStatus::cancelled); }
    );
}

OrderStatus Order::status(const State& state) {
    require(placed(state) != nullptr, "the status of an order is asked once it is placed");
    OrderStatus least = OrderStatus::cancelled;
    for (const Part& part : parts(state)) {
        if (live(part)) least = std::min(least, part.status);
    }
    return least;
}

Reservation Order::reservation(const State& state) {
    require(placed(state) != nullptr, "the units of an order are asked once it is placed");
    if (std::holds_alternative<AwaitingPayment>(state.phase)) return Reservation::held;
    return paid(state) ? Reservation::committed : Reservation::released;
}

std::optional<Instant> Order::expires_at(const State& state) {
    const auto* waiting = std::get_if<AwaitingPayment>(&state.phase);
    return waiting ? std::optional{waiting->expires_at} : std::nullopt;
}

}  // namespace pakashop
