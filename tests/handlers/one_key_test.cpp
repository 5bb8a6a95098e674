#include "tests/handlers/one_key.hpp"

#include <algorithm>

#include "aggregates/pin.hpp"

using namespace pakashop;
using namespace pakashop::kit;

namespace {

constexpr Duration ttl = hours(24);
const std::string id = the_order.value;

PinKey key() {
    PinKey made;
    made.secret.fill(7);
    return made;
}

Order::Place place() {
    const OrderPlaced p = placed();
    return {
        p.order, p.buyer, p.try_id, p.lines, p.total, p.vat, p.address, p.notes, p.expires_at, p.at
    };
}
Payment::Initiate initiate(Instant now) {
    return {Provider::pawapay, Operator::mtn, secret("+260970000001"), minutes(15), now};
}
Payment::RecordCapture capture(const PaymentId& payment, Instant now) {
    return {payment, the_total, "tx", Evidence::signed_callback, Invoicing::live, now};
}
Delivery::CaptureProof prove(Instant now) {
    return {
        rider,
        SignatureId{"sig_ord_1_1"},
        secret("aW1hZ2U="),
        secret("[[]]"),
        secret("Mary Banda"),
        {},
        {},
        "signed",
        now
    };
}

/// Placed, paid for, both parts packed.
OneKey packed() {
    OneKey world;
    CHECK(world.run<Order>(id, place()));
    CHECK(world.run<Payment>(id, initiate(noon)));
    CHECK(world.run<Payment>(id, capture(first_payment, noon)));
    for (const ShopId& shop : {mwila, banda}) {
        CHECK(world.run<Order>(id, Order::Accept{shop}));
        CHECK(world.run<Order>(id, Order::MarkReady{shop}));
    }
    return world;
}

std::ptrdiff_t times(const OneKey& world, std::string_view type) {
    return std::ranges::count(world.story(), type);
}

/// Whatever came late, or a second time, is owed back.
void check_late_money(const Payment::Opened& payment) {
    for (const auto& attempt : payment.attempts) {
        const bool late =
            attempt.status == AttemptStatus::captured && payment.captured != attempt.payment;
        const auto owed =
            std::ranges::find(payment.refunds, attempt.payment, &Payment::Refund::late);
        CHECK(late == (owed != payment.refunds.end()));
        if (late) CHECK(owed->amount == attempt.amount);
    }
}

/// The money of the order's own streams: what was captured lies with its lines or is owed back.
void check_books(OneKey& world) {
    const auto* payment = std::get_if<Payment::Opened>(&world.state<Payment>(id));
    if (payment) check_late_money(*payment);
    if (!payment || !payment->captured) {
        CHECK(Settlement::lines(world.state<Settlement>(id)).empty());
        return;
    }
    Money with_lines;
    for (const auto& line : Settlement::lines(world.state<Settlement>(id))) {
        CHECK(line.share.vendor_amount + line.share.platform_fee == line.share.gross);
        if (line.status != SettlementStatus::cancelled) with_lines = with_lines + line.share.gross;
    }
    Money owed;
    for (const auto& refund : payment->refunds) {
        if (!refund.late) owed = owed + refund.amount;
    }
    CHECK(with_lines + owed == payment->amount);
}

}  // namespace

TEST_CASE("one capture confirms the order, holds its money, opens its delivery and its invoices") {
    OneKey world;
    CHECK(world.run<Order>(id, place()));
    CHECK(world.run<Payment>(id, initiate(noon)));
    CHECK(world.effects_open() == 1);
    CHECK(world.run<Payment>(id, capture(first_payment, noon)));
    CHECK(Order::status(world.state<Order>(id)) == OrderStatus::confirmed);
    CHECK(Settlement::lines(world.state<Settlement>(id)).size() == 3);
    CHECK(Delivery::status(world.state<Delivery>(id)) == DeliveryStatus::unassigned);
    CHECK(Invoice::status(world.state<Invoice>("inv_ord_1_2")) == InvoiceStatus::pending);
    CHECK(times(world, "effect.finished.v1") == 1);
    CHECK(world.effects_open() == 1);  // The PIN's message.
    check_books(world);
}

TEST_CASE("pickup, PIN and signature deliver the order and release its lines") {
    OneKey world = packed();
    CHECK(world.run<Delivery>(id, Delivery::Claim{rider, true, noon}));
    CHECK(world.run<Delivery>(id, Delivery::PickUp{rider, {}, ttl, noon}));
    CHECK(Order::status(world.state<Order>(id)) == OrderStatus::out_for_delivery);
    const std::string pin = delivery_pin(key(), DeliveryId{"dlv_ord_1_1"}, 2);
    CHECK(world.run<Delivery>(id, Delivery::ConfirmPin{rider, pin, key(), noon}));
    CHECK(world.run<Delivery>(id, prove(noon)));
    CHECK(Order::status(world.state<Order>(id)) == OrderStatus::delivered);
    for (const auto& line : Settlement::lines(world.state<Settlement>(id)))
        CHECK(line.status == SettlementStatus::releasable);
    CHECK(times(world, "settlement.released.v1") == 1);
    check_books(world);
}

TEST_CASE("a shop that drops out of a half collected order sends the rest on its way") {
    OneKey world = packed();
    CHECK(world.run<Delivery>(id, Delivery::Claim{rider, true, noon}));
    CHECK(world.run<Delivery>(id, Delivery::PickUp{rider, banda, ttl, noon}));
    CHECK(world.run<Order>(id, Order::CancelPart{Canceller::shop, mwila, "broken", noon}));
    CHECK(Order::status(world.state<Order>(id)) == OrderStatus::out_for_delivery);
    CHECK(Delivery::status(world.state<Delivery>(id)) == DeliveryStatus::picked_up);
    CHECK(times(world, "payment.refund_owed.v1") == 1);
    check_books(world);
}

TEST_CASE("a cancelled paid order owes everything back and is not delivered") {
    OneKey world = packed();
    CHECK(world.run<Order>(id, Order::Cancel{Canceller::admin, "fraud", noon}));
    CHECK(Delivery::status(world.state<Delivery>(id)) == DeliveryStatus::failed);
    CHECK(Payment::closed(world.state<Payment>(id)));
    check_books(world);
}

TEST_CASE("money for an expired order is late, confirms nothing and is owed back at once") {
    OneKey world;
    CHECK(world.run<Order>(id, place()));
    CHECK(world.run<Payment>(id, initiate(noon + hours(23))));
    CHECK(world.run<Order>(id, Order::Expire{noon + hours(24)}));
    CHECK(world.run<Payment>(id, capture(first_payment, noon + hours(24))));
    CHECK(times(world, "payment.late_capture.v1") == 1);
    CHECK(times(world, "order.confirmed.v1") == 0);
    CHECK(times(world, "payment.refund_owed.v1") == 1);
    CHECK(world.effects_open() == 0);
    check_books(world);
}

TEST_CASE("an attempt that expired is still asked after, and its money still pays") {
    OneKey world;
    CHECK(world.run<Order>(id, place()));
    CHECK(world.run<Payment>(id, initiate(noon)));
    CHECK(world.run<Payment>(id, Payment::Expire{first_payment, noon + minutes(15)}));
    CHECK(world.effects_open() == 1);
    CHECK(world.run<Payment>(id, capture(first_payment, noon + hours(3))));
    CHECK(times(world, "order.confirmed.v1") == 1);
    CHECK(times(world, "effect.finished.v1") == 1);
}

namespace {

/// Somebody does something to the order, or tries to.
void act(OneKey& world, Dice& dice, Instant now) {
    const ShopId shop = dice.pick({mwila, banda});
    const PaymentId payment = dice.pick({first_payment, PaymentId{"pay_ord_1_2"}});
    const auto who = dice.pick({Canceller::buyer, Canceller::shop, Canceller::admin});
    const auto issue = static_cast<std::int64_t>(dice.roll(3)) + 1;
    const std::string pin = delivery_pin(key(), DeliveryId{"dlv_ord_1_1"}, issue);
    switch (dice.roll(14)) {
        case 0:
            world.run<Order>(id, place());
            break;
        case 1:
            world.run<Payment>(id, initiate(now));
            break;
        case 2:
            world.run<Payment>(id, capture(payment, now));
            break;
        case 3:
            world.run<Payment>(id, Payment::Expire{payment, now});
            break;
        case 4:
            world.run<Order>(id, Order::MarkReady{shop});
            break;
        case 5:
            world.run<Delivery>(id, Delivery::Claim{rider, true, now});
            break;
        case 6:
            world.run<Delivery>(id, Delivery::PickUp{rider, shop, ttl, now});
            break;
        case 7:
            world.run<Delivery>(id, Delivery::ConfirmPin{rider, pin, key(), now});
            break;
        case 8:
            world.run<Delivery>(id, prove(now));
            break;
        case 9:
            if (dice.roll(8) == 0) world.run<Order>(id, Order::CancelPart{who, shop, "no", now});
            break;
        case 10:
            if (dice.roll(16) == 0) world.run<Order>(id, Order::Cancel{who, "no", now});
            break;
        case 11:
            world.run<Delivery>(id, Delivery::PickUp{rider, {}, ttl, now});
            break;
        case 12:
            world.run<Order>(id, Order::Expire{now});
            break;
        default:
            world.run<Order>(id, Order::Accept{shop});
            break;
    }
}

/// The parts of an order and the stops of its delivery say the same.
void check_parts(OneKey& world) {
    const auto* trip = Delivery::trip(world.state<Delivery>(id));
    if (!trip) return;
    const auto parts = Order::parts(world.state<Order>(id));
    REQUIRE(parts.size() == trip->stops.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const StopStatus stop = trip->stops[i].status;
        const OrderStatus part = parts[i].status;
        CHECK((stop == StopStatus::ready) == (part == OrderStatus::shipped));
        CHECK((stop == StopStatus::dropped) == (part == OrderStatus::cancelled));
        const bool carried =
            part == OrderStatus::out_for_delivery || part == OrderStatus::delivered;
        CHECK((stop == StopStatus::picked_up) == carried);
    }
}

}  // namespace

TEST_CASE("whoever does whatever, the streams of an order agree and its money adds up") {
    std::map<std::string_view, int> ends;
    for (unsigned seed = 1; seed <= 400; ++seed) {
        INFO("seed " << seed);
        Dice dice{seed};
        OneKey world;
        world.run<Order>(id, place());
        Instant now = noon;
        for (int i = 0; i < 120; ++i) {
            now = now + seconds(static_cast<std::int64_t>(dice.roll(600)));
            world.set_time(now);
            act(world, dice, now);
            check_books(world);
            check_parts(world);
        }
        CHECK(times(world, "payment.captured.v1") <= 1);
        CHECK(times(world, "delivery.proof_captured.v1") <= 1);
        ++ends[name_of(Order::status(world.state<Order>(id)))];
    }
    for (const std::string_view end : {"DELIVERED", "CANCELLED"}) {
        INFO("orders that ended " << std::string{end});
        CHECK(ends[end] > 10);
    }
}
