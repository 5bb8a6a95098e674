#include "aggregates/provider_reference.hpp"
#include "handlers/policies/effect_ids.hpp"
#include "tests/handlers/reactor_world.hpp"

using namespace pakashop;
using kit::Mood;
using kit::ReactorWorld;

namespace {

/// A shop with one earned line that is being paid out.
struct PayoutWorld : ReactorWorld {
    PayoutId payout;
    std::string reference;
    EffectId effect;

    explicit PayoutWorld(Provider mover = Provider::pawapay) {
        open_shop(kit::mwila, "1234567890");
        const std::vector<AccountLine> lines{{kit::the_order, {"itm_1"}, Money{9'499}}};
        const std::string& shop = kit::mwila.value;
        run<Account>(shop, shop, Account::NoteHeld{kit::mwila, kit::the_order, lines});
        run<Account>(shop, shop, Account::Release{kit::mwila, kit::the_order, lines});
        schedule.shops = {kit::mwila};
        SettlementRequest request;
        request.run = "run_1";
        request.command = derived_command_id("test", "settlement", "run_1");
        request.now = clock.now();
        request.mover = mover;
        const auto done = run_settlement({engine, vault, reference_view(), schedule}, request);
        REQUIRE(done->payouts.size() == 1);
        payout = done->payouts.front().payout;
        reference = provider_reference(payout);
        effect = payout_effect(payout);
    }
    Reference& reference_view() { return ReactorWorld::reference; }
    Account::State account() { return state<Account>(kit::mwila.value, kit::mwila.value); }
};

}  // namespace

TEST_CASE("a payout is sent once to the shop's own wallet, and completed on evidence") {
    PayoutWorld world;
    world.settle();
    CHECK(world.money.requests() == 1);
    CHECK(world.money.transfers().at(world.reference).phone == "+260973000222");
    CHECK(world.account().payouts.begin()->second.status == PayoutStatus::sent);
    world.money.complete(world.reference);
    world.after(seconds(10));
    CHECK(world.account().paid_out() == Money{9'499});
    CHECK(world.account().payouts.empty());
    CHECK(world.outcome_of(kit::mwila.value, world.effect) == "completed");
    CHECK(world.money.requests() == 1);
}

TEST_CASE("a payout is never sent twice, whatever is lost on the way") {
    for (const Mood mood : {Mood::accept_silently, Mood::lose, Mood::later, Mood::not_sent}) {
        PayoutWorld world;
        world.money.moods.next({mood});
        world.settle();
        world.after(seconds(5));
        CHECK(world.money.transfers().size() == 1);
        CHECK(world.money.requests() == 1);
        world.money.complete(world.reference);
        world.after(minutes(1));
        CHECK(world.account().paid_out() == Money{9'499});
    }
}

TEST_CASE("a payout that failed is releasable again") {
    PayoutWorld world;
    world.settle();
    world.money.fail(world.reference, "RECIPIENT_NOT_FOUND");
    world.after(seconds(10));
    CHECK(world.account().releasable() == Money{9'499});
    CHECK(world.outcome_of(kit::mwila.value, world.effect) == "failed");
}

TEST_CASE("a payout of another amount stays under way, and somebody is told") {
    PayoutWorld world;
    world.settle();
    world.money.complete(world.reference, Money{1});
    world.after(seconds(10));
    CHECK(world.account().in_payout() == Money{9'499});
    CHECK(world.notices_of("transfer_contradicts") == 1);
    const int finds = world.money.finds();
    for (int i = 0; i < 48; ++i) world.after(hours(1));
    CHECK(world.notices_of("transfer_contradicts") == 1);
    CHECK(world.money.finds() > finds);
    CHECK(world.money.finds() < finds + 12);
    world.money.complete(world.reference, Money{9'499});
    for (int i = 0; i < 48; ++i) world.after(hours(1));
    CHECK(world.account().paid_out() == Money{9'499});
}

TEST_CASE("a payout that is mock when it is requested calls nobody, whatever is chosen later") {
    PayoutWorld world{Provider::mock};
    world.settle();
    CHECK(world.account().paid_out() == Money{9'499});
    CHECK(world.money.transfers().empty());
    PayoutWorld real;
    real.settings.provider = ProviderChoice::mock;
    real.settle();
    CHECK(real.money.requests() == 1);
}

TEST_CASE("a payout that was taken back after it had arrived is releasable again") {
    PayoutWorld world;
    world.settle();
    world.money.complete(world.reference);
    world.after(seconds(10));
    const Account::RecordFailed taken_back{
        world.payout, {"UNSPECIFIED_FAILURE", "taken back"}, world.clock.now()
    };
    world.run<Account>(kit::mwila.value, kit::mwila.value, taken_back);
    world.settle();
    CHECK(world.account().releasable() == Money{9'499});
    CHECK(world.account().paid_out() == Money{});
}
