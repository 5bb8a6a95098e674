#include "aggregates/provider_reference.hpp"
#include "handlers/policies/effect_ids.hpp"
#include "tests/handlers/reactor_world.hpp"

using namespace pakashop;
using kit::ReactorWorld;

namespace {

const std::string order = kit::the_order.value;
const EffectId first_deposit = deposit_effect(kit::first_payment);
const std::string first_reference = provider_reference(kit::first_payment);

/// A payment the provider took, whose quarter of an hour is over.
struct ExpiredWorld : ReactorWorld {
    PaymentId payment;

    ExpiredWorld() {
        place();
        payment = initiate();
        settle();
        clock.advance(minutes(15));
        run<Payment>(order, order, Payment::Expire{payment, clock.now()});
        settle();
        REQUIRE(attempt_status(payment) == AttemptStatus::expired);
    }
};

}  // namespace

TEST_CASE("an attempt that expired is asked after, ever more seldom, and its money still counts") {
    ExpiredWorld world;
    const int finds = world.money.finds();
    for (int i = 0; i < 180; ++i) world.after(minutes(1));
    CHECK(world.money.finds() > finds + 5);
    CHECK(world.money.finds() < finds + 15);
    world.money.complete(first_reference);
    world.after(hours(1));
    CHECK(world.attempt_status(world.payment) == AttemptStatus::captured);
    CHECK(world.outcome_of(order, first_deposit) == "captured");
    CHECK(world.money.requests() == 1);
}

TEST_CASE("asking after an expired attempt ends with the provider's no, or after two days") {
    ExpiredWorld failing;
    failing.money.fail(first_reference, "PAYMENT_NOT_APPROVED");
    failing.after(hours(1));
    CHECK(failing.outcome_of(order, first_deposit) == "FAILED");
    CHECK(failing.attempt_status(failing.payment) == AttemptStatus::expired);
    CHECK(failing.notices_of("transfer_contradicts") == 0);
    ExpiredWorld silent;
    silent.after(hours(48));
    CHECK(silent.outcome_of(order, first_deposit) == "expired");
}

TEST_CASE("an attempt that expired before anybody was asked is not sent any more") {
    ReactorWorld world;
    world.place();
    const PaymentId payment = world.initiate();
    world.clock.advance(minutes(15));
    world.run<Payment>(order, order, Payment::Expire{payment, world.clock.now()});
    world.settle();
    CHECK(world.money.requests() == 0);
    CHECK(world.outcome_of(order, first_deposit) == "ATTEMPT_OVER");
    ReactorWorld mock;
    mock.place();
    const PaymentId other = mock.initiate(Provider::mock);
    mock.clock.advance(minutes(15));
    mock.run<Payment>(order, order, Payment::Expire{other, mock.clock.now()});
    mock.settle();
    CHECK(mock.attempt_status(other) == AttemptStatus::expired);
}
