#include "aggregates/provider_reference.hpp"
#include "handlers/complete_schedule.hpp"
#include "tests/handlers/reactor_world.hpp"

using namespace pakashop;
using kit::ReactorWorld;

namespace {

const std::string order = kit::the_order.value;
const std::string reference = provider_reference(kit::first_payment);

void earn(ReactorWorld& world, const ShopId& shop, const std::string& item, Money money) {
    const std::vector<AccountLine> lines{{kit::the_order, {item}, money}};
    world.run<Account>(shop.value, shop.value, Account::NoteHeld{shop, kit::the_order, lines});
    world.run<Account>(shop.value, shop.value, Account::Release{shop, kit::the_order, lines});
}

SettlementRequest request(ReactorWorld& world, const std::string& name) {
    SettlementRequest request;
    request.run = "run_" + name;
    request.command = derived_command_id("test", name, "settlement");
    request.fingerprint = sha256(name);
    request.now = world.clock.now();
    return request;
}

Result<SettlementResult, SettlementFailure> run(ReactorWorld& world, const std::string& name) {
    return run_settlement(
        {world.engine, world.vault, world.reference, world.schedule}, request(world, name)
    );
}

OrderStatus status(ReactorWorld& world) { return Order::status(world.state<Order>(order, order)); }

/// A vault in which one shop's secrets are damaged.
class DamagedVault final : public kit::PlainVault {
public:
    explicit DamagedVault(const ShopId& shop) : damaged_{shop.value} {}

    std::optional<std::string> open(const Ciphertext& sealed, std::string_view context) override {
        if (context.find(damaged_) != std::string_view::npos) throw CorruptStream{"damaged"};
        return kit::PlainVault::open(sealed, context);
    }

private:
    std::string damaged_;
};

/// A record at that key whose bytes are lost after it was made.
void damage_order(ReactorWorld& world, const std::string& id) {
    world.run<Order>(id, id, Order::CloseTry{{"try_old"}, {}});
    const PartitionId partition = world.engine.partition_of_key(id);
    world.log.damage(partition, world.log.state(partition).place.seq - 1, "damaged");
}

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

TEST_CASE("shops are paid once in each period, also when its beginning was slept through") {
    ReactorWorld world;
    world.open_shop(kit::mwila, "1234567890");
    const std::string& shop = kit::mwila.value;
    const auto account = [&] { return world.state<Account>(shop, shop); };
    world.schedule.shops = {kit::mwila};
    earn(world, kit::mwila, "itm_1", Money{1'000});
    world.scheduler.look();
    CHECK(account().payouts.empty());
    world.clock.advance(world.settings.settlement_interval);
    world.scheduler.look();
    CHECK(account().payouts.size() == 1);
    earn(world, kit::mwila, "itm_2", Money{1'000});
    world.scheduler.look();
    CHECK(account().payouts.size() == 1);
    world.schedule.unavailable = true;
    world.clock.advance(world.settings.settlement_interval);
    world.scheduler.look();
    CHECK(account().payouts.size() == 1);
    world.schedule.unavailable = false;
    world.scheduler.look();
    CHECK(account().payouts.size() == 2);
    earn(world, kit::mwila, "itm_3", Money{1'000});
    Scheduler restarted{world.context(), world.schedule};
    restarted.look();
    CHECK(account().payouts.size() == 2);
    world.clock.advance(world.settings.settlement_interval);
    Scheduler later{world.context(), world.schedule};
    later.look();
    CHECK(account().payouts.size() == 3);
}

TEST_CASE("while rows are missing no settlement run chooses shops, and none is finished") {
    ReactorWorld world;
    world.open_shop(kit::mwila, "");
    earn(world, kit::mwila, "itm_1", Money{500});
    world.schedule.shops = {kit::mwila};
    world.clock.advance(world.settings.settlement_interval);
    bool complete = false;
    CompleteSchedule queue{std::make_unique<kit::FakeSchedule>(world.schedule), [&] {
                               return complete;
                           }};
    const SettlementContext context{world.engine, world.vault, world.reference, queue};
    Scheduler scheduler{world.context(), queue};
    scheduler.look();
    const auto early = run_settlement(context, request(world, "1"));
    REQUIRE(!early.has_value());
    CHECK(std::get<ReadFailure>(early.error()) == ReadFailure::unavailable);
    CHECK(world.state<Account>(kit::mwila.value, kit::mwila.value).payouts.empty());
    complete = true;
    CHECK(run_settlement(context, request(world, "1"))->payouts.size() == 1);
    earn(world, kit::mwila, "itm_2", Money{500});
    scheduler.look();
    CHECK(world.state<Account>(kit::mwila.value, kit::mwila.value).payouts.size() == 2);
}

TEST_CASE("a shop whose secrets are damaged keeps no other from being paid") {
    ReactorWorld world;
    for (const ShopId& shop : {kit::mwila, kit::banda}) {
        world.open_shop(shop, "");
        earn(world, shop, "itm_" + shop.value, Money{500});
    }
    world.schedule.shops = {kit::banda, kit::mwila};
    DamagedVault vault{kit::banda};
    const SettlementContext context{world.engine, vault, world.reference, world.schedule};
    const auto done = run_settlement(context, request(world, "1"));
    REQUIRE(done->payouts.size() == 1);
    CHECK(done->payouts.front().shop == kit::mwila);
    CHECK(done->passed_over == std::vector<std::string>{kit::banda.value + ": damaged"});
}

TEST_CASE("a history that cannot be read keeps no other from its time") {
    ReactorWorld world;
    damage_order(world, "ord_bad");
    const OrderId never{"ord_never"};
    world.schedule.tries = {{{"ord_bad"}, {"try_x"}, {}}, {never, {"try_alone"}, {}}};
    world.scheduler.look();
    const auto unplaced = world.state<Order>(never.value, never.value);
    CHECK(unplaced.closed_tries == std::vector<TryId>{{"try_alone"}});
    CHECK(world.notices_of("schedule_failed") == 1);
}

TEST_CASE("a settlement run pays active shops only, and once for the same request") {
    ReactorWorld world;
    for (const ShopId& shop : {kit::mwila, kit::banda}) {
        world.open_shop(shop, "");
        earn(world, shop, "itm_" + shop.value, Money{500});
    }
    world.run<Shop>(kit::banda.value, kit::banda.value, Shop::Suspend{"fraud"});
    world.schedule.shops = {kit::banda, kit::mwila, {"shp_nobody"}};
    const auto first = run(world, "1");
    REQUIRE(first->payouts.size() == 1);
    CHECK(first->payouts.front().shop == kit::mwila);
    CHECK(first->payouts.front().amount == Money{500});
    CHECK(first->payouts.front().lines == 1);
    CHECK(!first->replayed);
    CHECK(!first->position.empty());
    world.schedule.unavailable = true;
    const auto records = world.records();
    const auto again = run(world, "1");
    CHECK(again->payouts == first->payouts);
    CHECK(again->replayed);
    CHECK(world.records() == records);
    CHECK(world.state<Account>(kit::mwila.value, kit::mwila.value).payouts.size() == 1);
    CHECK(world.state<Account>(kit::banda.value, kit::banda.value).releasable() == Money{500});
    CHECK(!run(world, "2").has_value());
}

TEST_CASE("a settlement run that found nothing pays nothing later, and is no other request's") {
    ReactorWorld world;
    world.open_shop(kit::mwila, "");
    CHECK(run(world, "1")->payouts.empty());
    earn(world, kit::mwila, "itm_1", Money{500});
    world.schedule.shops = {kit::mwila};
    const auto again = run(world, "1");
    CHECK(again->payouts.empty());
    CHECK(again->replayed);
    SettlementRequest other = request(world, "1");
    other.fingerprint = sha256("another body");
    const auto refused =
        run_settlement({world.engine, world.vault, world.reference, world.schedule}, other);
    REQUIRE(!refused.has_value());
    CHECK(std::get<pakashop::Outcome>(refused.error()).kind == pakashop::Outcome::Kind::key_reused);
    CHECK(run(world, "2")->payouts.size() == 1);
}

TEST_CASE("a settlement run that was interrupted goes on, and counts what it had asked for") {
    ReactorWorld world;
    world.open_shop(kit::mwila, "");
    earn(world, kit::mwila, "itm_1", Money{500});
    const SettlementRequest asked = request(world, "1");
    const std::string stream = stream_of<SettlementRun>(asked.run);
    world.run<SettlementRun>(stream, asked.run, SettlementRun::Start{asked.run, asked.now});
    world.run<SettlementRun>(stream, asked.run, SettlementRun::Choose{{kit::mwila}});
    const auto done = run(world, "1");
    REQUIRE(done->payouts.size() == 1);
    CHECK(done->payouts.front().amount == Money{500});
    const auto state = world.state<SettlementRun>(stream, asked.run);
    CHECK(state.finished);
    CHECK(state.payouts == done->payouts);
}

TEST_CASE("an interrupted run counts every payout, also of a shop that was suspended meanwhile") {
    ReactorWorld world;
    world.open_shop(kit::mwila, "");
    for (const char* item : {"itm_1", "itm_2"}) {
        earn(world, kit::mwila, item, payout_amount_max);
    }
    const SettlementRequest asked = request(world, "1");
    const std::string stream = stream_of<SettlementRun>(asked.run);
    world.run<SettlementRun>(stream, asked.run, SettlementRun::Start{asked.run, asked.now});
    world.run<SettlementRun>(stream, asked.run, SettlementRun::Choose{{kit::mwila}});
    const std::string account = stream_of<Account>(kit::mwila.value);
    for (const char* what : {"payout 1", "payout 2"}) {
        const Account::RequestPayout payout{
            kit::mwila,
            Operator::airtel,
            Sealed<PublicText>{Subject{"usr_owner_" + kit::mwila.value}, "+260973000222"},
            "+26097…222",
            asked.now,
            asked.mover
        };
        const CommandId id = derived_command_id(to_hex(asked.command), what, account);
        const KeyedCommand keyed{kit::mwila.value, {account, Account::Command{payout}}};
        ask(world.engine, system_command(id, keyed, asked.actor, asked.trace, asked.now));
    }
    world.run<Shop>(kit::mwila.value, kit::mwila.value, Shop::Suspend{"fraud"});
    earn(world, kit::mwila, "itm_3", Money{500});
    const auto done = run(world, "1");
    CHECK(done->payouts.size() == 2);
    const auto state = world.state<Account>(kit::mwila.value, kit::mwila.value);
    CHECK(state.payouts.size() == 2);
    CHECK(state.releasable() == Money{500});
}

TEST_CASE("a run goes on until nothing is left that fits a payout") {
    ReactorWorld world;
    world.open_shop(kit::mwila, "");
    for (const char* item : {"itm_1", "itm_2", "itm_3"})
        earn(world, kit::mwila, item, payout_amount_max);
    world.schedule.shops = {kit::mwila};
    const auto done = run(world, "1");
    CHECK(done->payouts.size() == 3);
    CHECK(world.state<Account>(kit::mwila.value, kit::mwila.value).releasable() == Money{});
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
    // The rows still show units of tries that were closed: those are let go, once.
    const auto records = world.records();
    world.clock.advance(minutes(1));
    world.scheduler.look();
    CHECK(world.records() == records + 2);
    world.clock.advance(minutes(1));
    world.scheduler.look();
    CHECK(world.records() == records + 2);
}
