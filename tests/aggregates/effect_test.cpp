#include "aggregates/effect.hpp"

#include "tests/aggregates/order_world.hpp"

using namespace pakashop;
using namespace pakashop::kit;
using enum Effect::Refusal;

namespace {

const EffectId effect{"eff_deposit_pay_ord_1_1"};
constexpr Instant expires = noon + minutes(15);
constexpr Instant lease_end = noon + seconds(30);

const Effect::Request request{effect, EffectKind::deposit, "pay_ord_1_1", noon, expires, noon};
const EffectRequested requested{effect, EffectKind::deposit, "pay_ord_1_1", noon, expires, noon};
const EffectBegun begun{effect, EffectKind::deposit, 1, lease_end, noon};
const EffectFinished finished{effect, "captured"};
const Given<Effect> nothing;
const Given<Effect> open{{requested}};
const Given<Effect> running{{requested, begun}};
const Given<Effect> done{{requested, begun, finished}};

Effect::Begin begin(Instant now) { return {seconds(30), now}; }

}  // namespace

TEST_CASE("an effect is requested once, and opens again after it was finished") {
    nothing.when(request).yields({requested}).again().is_already_so();
    const auto reopened = done.when(request);
    reopened.yields({requested}).again().is_already_so();
    reopened.when(begin(noon))
        .yields({EffectBegun{effect, EffectKind::deposit, 2, lease_end, noon}});
}

TEST_CASE("one attempt is granted, and no other beside it") {
    nothing.when(begin(noon)).refuses(not_found);
    open.when(begin(noon)).yields({begun}).again().refuses(attempt_running);
    running.when(begin(lease_end - milliseconds(1))).refuses(attempt_running);
    done.when(begin(noon)).refuses(effect_closed);
    open.when(begin(noon - milliseconds(1))).refuses(not_due);
    open.when(begin(expires)).refuses(effect_expired);
}

TEST_CASE("a lease that ran out makes room for the next attempt") {
    const EffectBegun second{effect, EffectKind::deposit, 2, lease_end + seconds(30), lease_end};
    running.when(begin(lease_end)).yields({second});
}

TEST_CASE("a deferred effect is due later, and a stale worker defers nothing") {
    const Effect::Defer defer{1, "timeout", noon + minutes(1)};
    nothing.when(defer).refuses(not_found);
    const auto deferred = running.when(defer);
    deferred.yields({EffectDeferred{effect, 1, "timeout", noon + minutes(1)}});
    deferred.again().is_already_so();
    deferred.when(begin(noon + seconds(59))).refuses(not_due);
    open.when(defer).is_already_so();
    done.when(defer).is_already_so();
    running.when(Effect::Defer{2, "timeout", noon}).is_already_so();
    CHECK(Effect::attempts(deferred.state()) == 1);
}

TEST_CASE("a result seen elsewhere moves the next attempt") {
    const Effect::Reschedule move{"refused", noon + minutes(5)};
    nothing.when(move).is_already_so();
    done.when(move).is_already_so();
    const auto moved = running.when(move);
    moved.yields({EffectDeferred{effect, 1, "refused", noon + minutes(5)}});
    moved.again().is_already_so();
    CHECK_FALSE(Effect::open(moved.state())->running);
    open.when(move).yields({EffectDeferred{effect, 0, "refused", noon + minutes(5)}});
}

TEST_CASE("a finished effect is over") {
    const Effect::Finish finish{"captured"};
    nothing.when(finish).is_already_so();
    open.when(finish).yields({finished});
    running.when(finish).yields({finished}).again().is_already_so();
    CHECK(Effect::open(done.state()) == nullptr);
    CHECK(Effect::attempts(done.state()) == 1);
    CHECK(Effect::attempts(nothing.state()) == 0);
}

TEST_CASE("an effect's event that cannot follow stops the fold") {
    CHECK_THROWS_AS(Given<Effect>({begun}), CorruptStream);
    CHECK_THROWS_AS(Given<Effect>({requested, requested}), CorruptStream);
    CHECK_THROWS_AS(Given<Effect>({requested, finished, begun}), CorruptStream);
}

TEST_CASE("whatever workers ask, an attempt is never granted while another runs") {
    Instant clock = noon;
    std::int64_t granted = 0;
    const auto draw = [&](Dice& dice, std::size_t step) -> Effect::Command {
        if (step == 0) {
            clock = noon;
            granted = 0;
        }
        clock = clock + seconds(static_cast<std::int64_t>(dice.roll(20)));
        const auto attempt = static_cast<std::int64_t>(dice.roll(6));
        switch (dice.roll(8)) {
            case 0:
                return Effect::Request{effect, EffectKind::payout, "pot_1", clock, {}, clock};
            case 1:
                return Effect::Defer{attempt, "later", clock + seconds(10)};
            case 2:
                return Effect::Reschedule{"later", clock + seconds(10)};
            case 3:
                return dice.roll(4) ? Effect::Command{begin(clock)} : Effect::Finish{"done"};
            default:
                return begin(clock);
        }
    };
    std::size_t happened = 0;
    for (unsigned seed = 1; seed <= 300; ++seed) {
        INFO("seed " << seed);
        happened += play<Effect>(seed, 80, draw, [&](const auto& state, const auto& command) {
            CHECK(settled<Effect>(state, command));
            CHECK(Effect::attempts(state) >= granted);
            CHECK(Effect::attempts(state) <= granted + 1);
            granted = Effect::attempts(state);
        });
    }
    CHECK(happened > 1000);
}
