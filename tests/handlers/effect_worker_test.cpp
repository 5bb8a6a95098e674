#include <chrono>
#include <thread>

#include "aggregates/provider_reference.hpp"
#include "handlers/policies/effect_ids.hpp"
#include "tests/handlers/reactor_world.hpp"
#include "tests/kit/eventually.hpp"

using namespace pakashop;
using kit::Mood;
using kit::ReactorWorld;

namespace {

const std::string order = kit::the_order.value;
const EffectId first_deposit = deposit_effect(kit::first_payment);
const std::string first_reference = provider_reference(kit::first_payment);

}  // namespace

// ---------------------------------------------------------------- deposits

TEST_CASE("a payment is asked for once, and captured when the provider says so") {
    ReactorWorld world;
    world.place();
    const PaymentId payment = world.initiate();
    world.settle();
    CHECK(world.money.requests() == 1);
    CHECK(world.money.transfers().at(first_reference).phone == "+260963000222");
    CHECK(world.money.transfers().at(first_reference).amount == kit::the_total);
    CHECK(world.attempt_status(payment) == AttemptStatus::pending);
    world.money.complete(first_reference);
    world.after(seconds(10));
    CHECK(world.attempt_status(payment) == AttemptStatus::captured);
    CHECK(world.outcome_of(order, first_deposit) == "captured");
    CHECK(world.money.requests() == 1);
    CHECK(world.money.finds() == 1);
    CHECK(world.money.last_traceparent().starts_with("00-4bf92f35"));
}

TEST_CASE("polling an open payment begins no second request and less and less often") {
    ReactorWorld world;
    world.place();
    const PaymentId payment = world.initiate();
    world.settle();
    for (int i = 0; i < 60; ++i) world.after(seconds(10));
    CHECK(world.money.requests() == 1);
    CHECK(world.money.finds() == 5);
    CHECK(world.attempt_status(payment) == AttemptStatus::pending);
}

TEST_CASE("a worker that dies between grant and call costs no payment and makes no second") {
    ReactorWorld world;
    world.place();
    world.initiate();
    world.begin_and_die(order, first_deposit);
    world.settle();
    CHECK(world.money.requests() == 0);
    world.after(seconds(34));
    CHECK(world.money.requests() == 0);
    world.after(seconds(1));
    CHECK(world.money.finds() == 1);
    CHECK(world.money.requests() == 1);
}

TEST_CASE("a worker that dies after the call asks, and does not call again") {
    ReactorWorld world;
    world.place();
    const PaymentId payment = world.initiate();
    world.begin_and_die(order, first_deposit);
    world.money.request_deposit(
        {first_reference, kit::the_order, payment, Operator::mtn, "+260963000222", kit::the_total},
        {}
    );
    world.money.complete(first_reference);
    world.after(seconds(35));
    CHECK(world.attempt_status(payment) == AttemptStatus::captured);
    CHECK(world.money.requests() == 1);
}

TEST_CASE("a lost reply is asked after; a lost request goes out again under the same reference") {
    for (const Mood mood : {Mood::accept_silently, Mood::lose, Mood::later, Mood::not_sent}) {
        ReactorWorld world;
        world.place();
        world.money.moods.next({mood});
        const PaymentId payment = world.initiate();
        world.settle();
        CHECK(world.attempt_status(payment) == AttemptStatus::initiated);
        world.after(seconds(5));
        CHECK(world.attempt_status(payment) == AttemptStatus::pending);
        CHECK(world.money.transfers().size() == 1);
        CHECK(world.money.requests() == 1);
    }
}

TEST_CASE("a refused payment has failed with the provider's words, and another may follow") {
    ReactorWorld world;
    world.place();
    world.money.moods.next({Mood::refuse});
    const PaymentId payment = world.initiate();
    world.settle();
    CHECK(world.attempt_status(payment) == AttemptStatus::failed);
    const auto state = world.state<Payment>(order, order);
    CHECK(Payment::find(state, payment)->failure->code == "REFUSED_ON_CUE");
    CHECK(world.outcome_of(order, first_deposit) == "failed");
    const PaymentId second = world.initiate();
    world.settle();
    CHECK(world.attempt_status(second) == AttemptStatus::pending);
    CHECK(world.money.transfers().size() == 1);
}

TEST_CASE("another amount than was asked for confirms nothing and ends the asking") {
    ReactorWorld world;
    world.place();
    const PaymentId payment = world.initiate();
    world.settle();
    world.money.complete(first_reference, Money{kit::the_total.ngwee - 100});
    world.after(seconds(10));
    CHECK(world.attempt_status(payment) == AttemptStatus::unknown);
    CHECK(world.outcome_of(order, first_deposit) == "amount_mismatch");
    const auto state = world.state<Order>(order, order);
    CHECK(Order::status(state) == OrderStatus::pending);
}

TEST_CASE("a mock payment is captured without a call") {
    ReactorWorld world;
    world.place();
    const PaymentId payment = world.initiate(Provider::mock);
    world.settle();
    CHECK(world.attempt_status(payment) == AttemptStatus::captured);
    CHECK(world.money.transfers().empty());
    CHECK(world.money.finds() == 0);
}

TEST_CASE("nobody is asked to pay for an order that was cancelled meanwhile") {
    ReactorWorld world;
    world.place();
    const PaymentId payment = world.initiate();
    const Order::Cancel cancel{Canceller::buyer, "changed my mind", world.clock.now()};
    world.run<Order>(order, order, cancel);
    world.settle();
    CHECK(world.money.transfers().empty());
    const auto state = world.state<Payment>(order, order);
    CHECK(Payment::find(state, payment)->failure->code == "ORDER_CLOSED");
}

TEST_CASE("money that was asked for before its order was cancelled is waited for") {
    ReactorWorld world;
    world.place();
    world.money.moods.next({Mood::lose});
    const PaymentId payment = world.initiate();
    world.settle();
    const Order::Cancel cancel{Canceller::buyer, "changed my mind", world.clock.now()};
    world.run<Order>(order, order, cancel);
    world.after(seconds(5));
    CHECK(world.attempt_status(payment) == AttemptStatus::initiated);
    world.money.request_deposit(
        {first_reference, kit::the_order, payment, Operator::mtn, "+260963000222", kit::the_total},
        {}
    );
    world.money.complete(first_reference);
    world.after(minutes(5));
    CHECK(world.attempt_status(payment) == AttemptStatus::captured);
    const auto state = world.state<Payment>(order, order);
    CHECK(std::get<Payment::Opened>(state).refunds.size() == 1);
}

// ---------------------------------------------------------------- the table is a hint

TEST_CASE("rows of the past, and rows that come again and again, call nobody") {
    ReactorWorld world;
    world.pay();
    world.register_buyer();
    world.after(seconds(5));
    const int requests = world.money.requests();
    const int finds = world.money.finds();
    const auto messages = world.messenger.delivered().size();
    CHECK(messages == 1);
    const auto records = world.records();
    for (int i = 0; i < 5; ++i) {
        world.effects.restore_everything();
        world.worker.run_once();
        world.clock.advance(minutes(1));
    }
    CHECK(world.money.requests() == requests);
    CHECK(world.money.finds() == finds);
    CHECK(world.messenger.delivered().size() == messages);
    CHECK(world.records() == records);
}

TEST_CASE("a dropped table does nothing, and once it is back everything goes on") {
    ReactorWorld world;
    world.effects.drop();
    world.place();
    const PaymentId payment = world.initiate();
    world.settle();
    CHECK(world.money.requests() == 0);
    world.effects.restore_everything();
    world.settle();
    CHECK(world.money.requests() == 1);
    CHECK(world.attempt_status(payment) == AttemptStatus::pending);
}

TEST_CASE("what is requested is taken up at once, before the table shows it") {
    ReactorWorld world;
    world.effects.drop();
    world.worker.start();
    world.place();
    const PaymentId payment = world.initiate();
    CHECK(kit::eventually([&] { return world.attempt_status(payment) == AttemptStatus::pending; }));
    CHECK(world.money.requests() == 1);
}

TEST_CASE("two nodes with the same rows ask for each payment once") {
    ReactorWorld world;
    EffectWorker other{world.context(), world.effects, world.schedule, {}};
    world.worker.start();
    other.start();
    int asked = 0;
    for (int i = 0; i < 25; ++i) {
        const OrderId id{"ord_many_" + std::to_string(i)};
        const std::string& key = id.value;
        world.run<Payment>(
            key, key, Payment::Open{id, kit::the_buyer, Money{10'000}, world.clock.now()}
        );
        const Payment::Initiate initiate{
            Provider::pawapay,
            Operator::mtn,
            kit::secret("+260963000222"),
            minutes(15),
            world.clock.now()
        };
        world.run<Payment>(key, key, initiate);
        ++asked;
    }
    for (int i = 0; i < 500 && world.money.transfers().size() < 25; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    other.stop();
    world.worker.stop();
    CHECK(asked == 25);
    CHECK(world.money.transfers().size() == 25);
    CHECK(world.money.requests() == 25);
}

// ---------------------------------------------------------------- outages

TEST_CASE("an outage writes nothing to the log, and ends by itself") {
    ReactorWorld world;
    world.place();
    world.money.moods.set_down(true);
    const PaymentId payment = world.initiate();
    world.settle();
    CHECK(world.notices_of("provider_away") == 1);
    CHECK(world.worker.figures().front().breaker_open);
    const auto records = world.records();
    for (int i = 0; i < 10; ++i) world.after(minutes(1));
    CHECK(world.records() == records);
    world.money.moods.set_down(false);
    world.after(minutes(1));
    CHECK(world.attempt_status(payment) == AttemptStatus::pending);
    CHECK(world.notices_of("provider_back") == 1);
    CHECK(!world.worker.figures().front().breaker_open);
}

TEST_CASE("a provider that is away holds up nobody else") {
    ReactorWorld world;
    world.pay();
    world.register_buyer();
    world.money.moods.set_down(true);
    world.after(seconds(5));
    CHECK(world.messenger.delivered().size() == 1);
}

TEST_CASE("what providers answered, and how fast, is counted") {
    ReactorWorld world;
    world.pay();
    const auto figures = world.worker.figures();
    REQUIRE(figures.size() == 3);
    CHECK(figures[0].provider == "pawapay");
    CHECK(figures[0].attempts == 2);
    CHECK(figures[0].answered == 2);
    CHECK(figures[0].failed + figures[0].away == 0);
    std::uint64_t counted = 0;
    for (const std::uint64_t each : figures[0].latency_counts) counted += each;
    CHECK(counted == 2);
}

// ---------------------------------------------------------------- PIN messages

TEST_CASE("the buyer is told the PIN once, on the account's phone") {
    ReactorWorld world;
    world.register_buyer();
    world.pay();
    world.settle();
    const auto messages = world.messenger.delivered();
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].phone == "+260977123456");
    const auto delivery = world.state<Delivery>(order, order);
    const auto* trip = Delivery::trip(delivery);
    CHECK(messages[0].pin == delivery_pin(world.context().pin_key, trip->delivery, 1));
    CHECK(messages[0].order == kit::the_order);
}

TEST_CASE("a message goes out again only when it certainly did not go out") {
    struct Row {
        Mood mood;
        std::size_t delivered;
        int told;
    };
    for (const Row row :
         {Row{Mood::not_sent, 1, 0},
          Row{Mood::later, 1, 0},
          Row{Mood::accept_silently, 1, 1},
          Row{Mood::lose, 0, 1},
          Row{Mood::refuse, 0, 0}}) {
        ReactorWorld world;
        world.register_buyer();
        world.messenger.moods.next({row.mood});
        world.pay();
        for (int i = 0; i < 5; ++i) world.after(minutes(1));
        INFO(static_cast<int>(row.mood));
        CHECK(world.messenger.delivered().size() == row.delivered);
        CHECK(world.notices_of("pin_message_unknown") == row.told);
    }
}

TEST_CASE("a worker that dies over a message leaves it, because it may be on its way") {
    ReactorWorld world;
    world.register_buyer();
    world.messenger.moods.set_down(true);
    world.pay();
    world.settle();
    const DeliveryId delivery = Delivery::trip(world.state<Delivery>(order, order))->delivery;
    world.clock.advance(seconds(5));
    world.begin_and_die(order, pin_effect(delivery, 1));
    world.messenger.moods.set_down(false);
    world.after(minutes(1));
    CHECK(world.messenger.delivered().empty());
    CHECK(world.outcome_of(order, pin_effect(delivery, 1)) == "unknown");
    world.run<Delivery>(order, order, Delivery::ReissuePin{hours(24), world.clock.now()});
    world.settle();
    CHECK(world.messenger.delivered().size() == 1);
}

TEST_CASE("a PIN that was replaced, or is dead, is not told") {
    ReactorWorld world;
    world.register_buyer();
    world.messenger.moods.set_down(true);
    world.pay();
    world.run<Delivery>(order, order, Delivery::ReissuePin{hours(24), world.clock.now()});
    world.messenger.moods.set_down(false);
    world.after(minutes(1));
    const auto messages = world.messenger.delivered();
    REQUIRE(messages.size() == 1);
    const DeliveryId delivery = Delivery::trip(world.state<Delivery>(order, order))->delivery;
    CHECK(messages[0].pin == delivery_pin(world.context().pin_key, delivery, 2));
    world.messenger.moods.set_down(true);
    world.run<Delivery>(order, order, Delivery::ReissuePin{hours(24), world.clock.now()});
    world.settle();
    world.messenger.moods.set_down(false);
    world.after(hours(25));
    CHECK(world.messenger.delivered().size() == 1);
    CHECK(world.outcome_of(order, pin_effect(delivery, 3)) == "expired");
}
