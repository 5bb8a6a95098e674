#include "aggregates/provider_reference.hpp"
#include "tests/handlers/reactor_world.hpp"

using namespace pakashop;
using kit::ReactorWorld;

namespace {

const std::string order = kit::the_order.value;
const std::string reference = provider_reference(kit::first_payment);

OrderStatus status(ReactorWorld& world) { return Order::status(world.state<Order>(order, order)); }

/// A payment that the provider took, at the end of its quarter of an hour.
struct ExpiringWorld : ReactorWorld {
    PaymentId payment;

    ExpiringWorld() {
        place();
        payment = initiate();
        settle();
        const Instant end = clock.now() + minutes(15);
        schedule.times = {{DueTime::Kind::payment_expiry, payment.value, order, end}};
        clock.advance(seconds(15 * 60 - 1));
        scheduler.look();
        REQUIRE(attempt_status(payment) == AttemptStatus::pending);
        clock.advance(seconds(1));
    }
};

}  // namespace

TEST_CASE("an unpaid order ends when its time is over, and asking again changes nothing") {
    ReactorWorld world;
    world.place();
    const Instant end = world.clock.now() + hours(24);
    world.schedule.times = {{DueTime::Kind::order_expiry, order, order, end}};
    world.scheduler.look();
    CHECK(status(world) == OrderStatus::pending);
    world.clock.advance(hours(24));
    world.scheduler.look();
    CHECK(status(world) == OrderStatus::cancelled);
    world.settle();
    const auto records = world.records();
    for (int i = 0; i < 5; ++i) world.scheduler.look();
    CHECK(world.records() == records);
}

TEST_CASE("an attempt nobody answered expires") {
    ExpiringWorld world;
    world.scheduler.look();
    CHECK(world.attempt_status(world.payment) == AttemptStatus::expired);
}

TEST_CASE("before an attempt expires the provider has the last word") {
    ExpiringWorld world;
    world.money.complete(reference);
    world.scheduler.look();
    CHECK(world.attempt_status(world.payment) == AttemptStatus::captured);
    CHECK(status(world) == OrderStatus::confirmed);
    ExpiringWorld other;
    other.money.fail(reference, "PAYER_LIMIT_REACHED");
    other.scheduler.look();
    CHECK(other.attempt_status(other.payment) == AttemptStatus::failed);
}

TEST_CASE("a provider that keeps silent is waited for, but not for ever") {
    ExpiringWorld world;
    world.money.moods.set_down(true);
    world.scheduler.look();
    const int finds = world.money.finds();
    world.scheduler.look();
    CHECK(world.money.finds() == finds);
    world.clock.advance(minutes(9));
    world.scheduler.look();
    CHECK(world.attempt_status(world.payment) == AttemptStatus::pending);
    world.clock.advance(minutes(1));
    world.scheduler.look();
    CHECK(world.attempt_status(world.payment) == AttemptStatus::expired);
}

TEST_CASE("rows that are wrong or early do nothing") {
    ReactorWorld world;
    world.place();
    const PaymentId payment = world.initiate();
    const Instant past{0};
    world.schedule.times = {
        {DueTime::Kind::order_expiry, order, order, past},
        {DueTime::Kind::order_expiry, "ord_nothing", "ord_nothing", past},
        {DueTime::Kind::payment_expiry, payment.value, order, past},
        {DueTime::Kind::payment_expiry, "pay_nothing", order, past},
    };
    world.scheduler.look();
    CHECK(status(world) == OrderStatus::pending);
    CHECK(world.attempt_status(payment) == AttemptStatus::initiated);
}

TEST_CASE("shops are paid once in each period, and the first look pays nobody") {
    ReactorWorld world;
    world.open_shop(kit::mwila, "1234567890");
    const std::string& shop = kit::mwila.value;
    const auto earn = [&](const std::string& item) {
        const std::vector<AccountLine> lines{{kit::the_order, {item}, Money{1'000}}};
        world.run<Account>(shop, shop, Account::NoteHeld{kit::mwila, kit::the_order, lines});
        world.run<Account>(shop, shop, Account::Release{kit::mwila, kit::the_order, lines});
    };
    const auto account = [&] { return world.state<Account>(shop, shop); };
    world.schedule.shops = {kit::mwila};
    earn("itm_1");
    world.scheduler.look();
    CHECK(account().payouts.empty());
    world.clock.advance(world.settings.settlement_interval);
    world.scheduler.look();
    CHECK(account().payouts.size() == 1);
    earn("itm_2");
    world.scheduler.look();
    CHECK(account().payouts.size() == 1);
    world.schedule.unavailable = true;
    world.clock.advance(world.settings.settlement_interval);
    world.scheduler.look();
    CHECK(account().payouts.size() == 1);
    world.schedule.unavailable = false;
    world.scheduler.look();
    CHECK(account().payouts.size() == 2);
}

TEST_CASE("a settlement run pays active shops only, and once for the same request") {
    ReactorWorld world;
    for (const ShopId& shop : {kit::mwila, kit::banda}) {
        world.open_shop(shop, "");
        const std::vector<AccountLine> lines{{kit::the_order, {"itm_" + shop.value}, Money{500}}};
        world.run<Account>(shop.value, shop.value, Account::NoteHeld{shop, kit::the_order, lines});
        world.run<Account>(shop.value, shop.value, Account::Release{shop, kit::the_order, lines});
    }
    world.run<Shop>(kit::banda.value, kit::banda.value, Shop::Suspend{"fraud"});
    world.schedule.shops = {kit::banda, kit::mwila, {"shp_nobody"}};
    const auto run = [&] {
        return run_settlement(
            {world.engine, world.vault, world.reference, world.schedule},
            {"request 1", {}, {}, world.clock.now()}
        );
    };
    const auto first = run();
    REQUIRE(first->size() == 1);
    CHECK(first->front().shop == kit::mwila);
    CHECK(first->front().amount == Money{500});
    CHECK(first->front().lines == 1);
    const auto again = run();
    REQUIRE(again->size() == 1);
    CHECK(again->front().payout == first->front().payout);
    CHECK(world.state<Account>(kit::mwila.value, kit::mwila.value).payouts.size() == 1);
    CHECK(world.state<Account>(kit::banda.value, kit::banda.value).releasable() == Money{500});
    world.schedule.unavailable = true;
    CHECK(!run().has_value());
}

TEST_CASE("holds of a try that lost are let go, those of the one that won are kept") {
    ReactorWorld world;
    world.place();
    const std::vector<HeldUnits> held{{{"prd_1"}, 2}};
    const TryId lost{"try_lost"};
    const OrderId never{"ord_never"};
    world.schedule.tries = {
        {kit::the_order, kit::the_try, held},
        {kit::the_order, lost, held},
        {never, {"try_alone"}, held},
    };
    world.scheduler.look();
    const auto placed = world.state<Order>(order, order);
    CHECK(placed.closed_tries == std::vector<TryId>{lost});
    const auto unplaced = world.state<Order>(never.value, never.value);
    CHECK(unplaced.closed_tries == std::vector<TryId>{{"try_alone"}});
    world.settle();
    const auto records = world.records();
    world.clock.advance(minutes(1));
    world.scheduler.look();
    CHECK(world.records() == records);
}
