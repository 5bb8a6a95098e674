#include "aggregates/settlement_run.hpp"

#include "tests/kit/given.hpp"

using namespace pakashop;
using namespace pakashop::kit;

namespace {

constexpr Instant noon{1'778'580'000'000};
const PublicText run = "run_1";
const ShopId mwila{"shp_mwila"};
const ShopId banda{"shp_banda"};
const RequestedPayout payout{PayoutId{"pot_shp_mwila_1"}, mwila, Money{500}, 2};

const SettlementRunStarted started{run, noon};
const SettlementShopsChosen chosen{run, {banda, mwila}};
const SettlementShopsPaid paid{run, {payout}};
const SettlementRunFinished finished{run, noon};

const Given<SettlementRun> nothing;
const Given<SettlementRun> begun{{started}};
const Given<SettlementRun> paying{{started, chosen}};
const Given<SettlementRun> over{{started, chosen, paid, finished}};

}  // namespace

TEST_CASE("a settlement run starts once") {
    nothing.when(SettlementRun::Start{run, noon}).yields({started}).again().is_already_so();
    over.when(SettlementRun::Start{run, noon}).is_already_so();
}

TEST_CASE("shops are chosen while no others are being paid") {
    const SettlementRun::Choose choose{{banda, mwila}};
    nothing.when(choose).is_already_so();
    begun.when(choose).yields({chosen}).again().is_already_so();
    begun.when(SettlementRun::Choose{}).is_already_so();
    over.when(choose).is_already_so();
    CHECK(paying.state().last_chosen == mwila);
}

TEST_CASE("what chosen shops were paid is counted once") {
    const SettlementRun::RecordPaid record{{payout}};
    nothing.when(record).is_already_so();
    begun.when(record).is_already_so();
    const auto done = paying.when(record);
    done.yields({paid}).again().is_already_so();
    CHECK(done.state().payouts == std::vector{payout});
    CHECK(done.state().last_chosen == mwila);
}

TEST_CASE("a run is finished between pages, and stays so") {
    const SettlementRun::Finish finish{noon};
    nothing.when(finish).is_already_so();
    paying.when(finish).is_already_so();
    begun.when(finish).yields({finished}).again().is_already_so();
    CHECK(over.state().finished);
}

TEST_CASE("a settlement run's event that cannot follow stops the fold") {
    CHECK_THROWS_AS(Given<SettlementRun>({chosen}), CorruptStream);
    CHECK_THROWS_AS(Given<SettlementRun>({started, started}), CorruptStream);
    CHECK_THROWS_AS(Given<SettlementRun>({started, finished, paid}), CorruptStream);
}
