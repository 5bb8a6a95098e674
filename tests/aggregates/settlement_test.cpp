#include "aggregates/settlement.hpp"

#include "tests/aggregates/order_world.hpp"

using namespace pakashop;
using namespace pakashop::kit;

namespace {

const ItemId first{"itm_ord_1_1"}, second{"itm_ord_1_2"}, third{"itm_ord_1_3"};
// Five per cent: of 5,000.00 exactly 250.00; of 250.10 half a ngwee rounds up; of 3.33 it is 0.17.
const SettlementShare first_share{first, mwila, Money{500'000}, Money{25'000}, Money{475'000}};
const SettlementShare second_share{second, banda, Money{25'010}, Money{1'251}, Money{23'759}};
const SettlementShare third_share{third, mwila, Money{333}, Money{17}, Money{316}};
const PayoutId payout{"pot_shp_mwila_1"};
const PayoutId next_payout{"pot_shp_mwila_2"};

const LinesHeld held{the_order, {first_share, second_share, third_share}, noon};
const LinesReleased released{the_order, {first_share, third_share}, noon};
const LinesInPayout in_payout{the_order, payout, {first_share, third_share}};
const LinesReturned returned{the_order, payout, {first_share, third_share}, "WALLET_LIMIT"};
const Given<Settlement> nothing;
const Given<Settlement> holding{{held}};
const Given<Settlement> earned{{held, released}};
const Given<Settlement> paying{{held, released, in_payout}};

}  // namespace

TEST_CASE("confirming holds every line's share, its fee rounded half up") {
    const Settlement::Hold hold{the_order, all_lines(), noon};
    nothing.when(hold).yields({held}).again().is_already_so();
    nothing.when(Settlement::Hold{the_order, {}, noon}).is_already_so();
    CHECK(Settlement::lines(nothing.state()).empty());
    CHECK(Settlement::lines(holding.state())[0].status == SettlementStatus::held);
}

TEST_CASE("a delivery releases the lines of its shops alone") {
    const Settlement::Release release{{mwila}, noon};
    nothing.when(release).is_already_so();
    const auto done = holding.when(release);
    done.yields({released}).again().is_already_so();
    CHECK(Settlement::lines(done.state())[1].status == SettlementStatus::held);
    CHECK(Settlement::lines(done.state())[2].status == SettlementStatus::releasable);
}

TEST_CASE("a cancelled part is not earned, and what is earned is not cancelled") {
    const Settlement::Cancel cancel{{mwila}, noon};
    nothing.when(cancel).is_already_so();
    holding.when(cancel)
        .yields({LinesCancelled{the_order, {first_share, third_share}, noon}})
        .again()
        .is_already_so();
    holding.when(cancel).when(Settlement::Release{{mwila}, noon}).is_already_so();
    earned.when(cancel).is_already_so();
}

TEST_CASE("lines enter a payout once they are releasable, and leave it paid") {
    const Settlement::MarkInPayout mark{payout, {first, third}};
    nothing.when(mark).is_already_so();
    holding.when(mark).is_already_so();
    earned.when(mark).yields({in_payout}).again().is_already_so();
    const Settlement::MarkPaidOut paid{payout, {first, third}};
    nothing.when(paid).is_already_so();
    earned.when(paid).is_already_so();
    paying.when(Settlement::MarkPaidOut{next_payout, {first, third}}).is_already_so();
    const auto done = paying.when(paid);
    done.yields({LinesPaidOut{the_order, payout, {first_share, third_share}}});
    done.again().is_already_so();
    CHECK(Settlement::lines(done.state())[0].payout == payout);
}

TEST_CASE("a failed payout gives its lines back, and a later one takes them") {
    const Settlement::MarkReturned failed{payout, {first, third}, "WALLET_LIMIT"};
    nothing.when(failed).is_already_so();
    const auto back = paying.when(failed);
    back.yields({returned}).again().is_already_so();
    back.when(Settlement::MarkInPayout{payout, {first, third}}).is_already_so();
    back.when(Settlement::MarkInPayout{next_payout, {first}}
    ).yields({LinesInPayout{the_order, next_payout, {first_share}}});
}

TEST_CASE("a payout that was taken back gives its lines back, and a later one takes them") {
    const Settlement::MarkReversed taken{payout, {first, third}, "UNSPECIFIED_FAILURE"};
    nothing.when(taken).is_already_so();
    paying.when(taken).is_already_so();
    const auto paid = paying.when(Settlement::MarkPaidOut{payout, {first, third}});
    paid.when(Settlement::MarkReversed{next_payout, {first}, "no"}).is_already_so();
    const auto back = paid.when(taken);
    back.yields({LinesReversed{the_order, payout, {first_share, third_share}, "UNSPECIFIED_FAILURE"}
    });
    back.again().is_already_so();
    CHECK(Settlement::lines(back.state())[0].status == SettlementStatus::releasable);
    back.when(Settlement::MarkInPayout{next_payout, {first}}
    ).yields({LinesInPayout{the_order, next_payout, {first_share}}});
}

TEST_CASE("a settlement event that cannot follow stops the fold") {
    CHECK_THROWS_AS(Given<Settlement>({released}), CorruptStream);
    CHECK_THROWS_AS(Given<Settlement>({held, held}), CorruptStream);
    CHECK_THROWS_AS(Given<Settlement>({held, in_payout}), CorruptStream);
}

TEST_CASE("fee and share are the line, to the ngwee, for any price and rate") {
    Dice dice{7};
    std::size_t checked = 0;
    for (int i = 0; i < 5000; ++i) {
        OrderLine any =
            line(1, mwila, Money{static_cast<std::int64_t>(dice.roll(1'000'000'000)) + 1});
        any.commission = Rate{static_cast<std::int64_t>(dice.roll(1'000'001))};
        const auto outcome = nothing.when(Settlement::Hold{the_order, {any}, noon});
        const auto share = Settlement::lines(outcome.state())[0].share;
        CHECK(share.vendor_amount + share.platform_fee == any.line_total);
        CHECK(share.platform_fee >= Money{0});
        CHECK(share.vendor_amount >= Money{0});
        ++checked;
    }
    CHECK(checked == 5000);
}

TEST_CASE("whatever happens to lines in whatever sequence, none is lost or paid twice") {
    const auto draw = [](Dice& dice, std::size_t) -> Settlement::Command {
        const ShopId shop = dice.pick({mwila, banda});
        const ItemId item = dice.pick({first, second, third});
        const PayoutId by = dice.pick({payout, next_payout, PayoutId{"pot_shp_mwila_3"}});
        switch (dice.roll(8)) {
            case 0:
                return Settlement::Hold{the_order, all_lines(), noon};
            case 1:
                return Settlement::Release{{shop}, noon};
            case 2:
                return Settlement::MarkPaidOut{by, {item}};
            case 3:
                return Settlement::MarkReturned{by, {item}, "no"};
            case 7:
                return Settlement::MarkReversed{by, {item}, "no"};
            case 4:
                return dice.roll(8) ? Settlement::Command{Settlement::Release{{shop}, noon}}
                                    : Settlement::Cancel{{shop}, noon};
            default:
                return Settlement::MarkInPayout{by, {item, first}};
        }
    };
    std::size_t happened = 0;
    for (unsigned seed = 1; seed <= 300; ++seed) {
        INFO("seed " << seed);
        happened += play<Settlement>(seed, 60, draw, [](const auto& state, const auto& command) {
            CHECK(settled<Settlement>(state, command));
            Money gross;
            for (const auto& each : Settlement::lines(state)) gross = gross + each.share.gross;
            CHECK((gross == the_total || Settlement::lines(state).empty()));
        });
    }
    CHECK(happened > 1000);
}
