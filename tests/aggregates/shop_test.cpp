#include "aggregates/shop.hpp"

#include "tests/kit/walk.hpp"

using namespace pakashop;
using namespace pakashop::kit;
using enum Shop::Refusal;

namespace {

const ShopId shop{"shp_1"};
const UserId owner{"usr_1"};
const PublicText tpin = "1000000001";
constexpr Instant noon{1'778'580'000'000};
constexpr Instant later = noon + hours(1);

Sealed<PublicText> of_owner(std::string text) { return {Subject{owner.value}, std::move(text)}; }

Shop::Apply apply(std::optional<PublicText> number = tpin) {
    return {
        .shop = shop,
        .owner = owner,
        .name = "Mwila's",
        .seller_kind = SellerKind::merchant,
        .tpin = std::move(number),
        .address = of_owner("1 Cairo Road"),
        .phone = of_owner("+260970000001"),
        .network = Operator::mtn,
        .payout_phone = of_owner("+260960000002"),
        .masked = "+26096•••0002",
        .now = noon
    };
}

ShopApplied applied(std::optional<PublicText> number = tpin) {
    return {
        .shop = shop,
        .owner = owner,
        .name = "Mwila's",
        .seller_kind = SellerKind::merchant,
        .tpin = std::move(number),
        .address = of_owner("1 Cairo Road"),
        .phone = of_owner("+260970000001"),
        .at = noon
    };
}

const PayoutMethodSet method{shop, Operator::mtn, of_owner("+260960000002"), "+26096•••0002", noon};
const ShopApproved approved{shop, owner, tpin, noon};
const Given<Shop> nothing;
const Given<Shop> pending{{applied(), method}};
const Given<Shop> active{{applied(), method, approved}};
const Given<Shop> rejected{{applied(), method, ShopRejected{shop, "no papers"}}};
const Given<Shop> suspended{{applied(), method, approved, ShopSuspended{shop, "complaints"}}};

InvoiceId invoice(int n) { return {"inv_ord_" + std::to_string(n) + "_1"}; }
OrderId order(int n) { return {"ord_" + std::to_string(n)}; }
Shop::SettleSeller settle(int n) { return {invoice(n), order(n), noon}; }
SellerSettled settled(int n, Instant at) { return {shop, invoice(n), order(n), tpin, at}; }
SellerUnknown unknown(int n) { return {shop, invoice(n), order(n), tpin}; }
Shop::RecordTpin word(bool valid) { return {tpin, valid, later}; }
TpinChecked checked(bool valid) { return {shop, tpin, valid, later}; }

}  // namespace

TEST_CASE("a shop applies once, with its payout method") {
    const auto first = nothing.when(apply());
    first.yields({applied(), method}).again().is_already_so();
    const auto& profile = *first.state().profile;
    CHECK(profile.status == ShopStatus::pending);
    CHECK(profile.tpin_status == TpinStatus::unchecked);
    CHECK(profile.address.version == 1);
    CHECK(profile.payout_method->phone.version == 2);
}

TEST_CASE("each change of status is made from one status, and is already so from its own") {
    pending.when(Shop::Approve{noon}).yields({approved}).again().is_already_so();
    pending.when(Shop::Reject{"no papers"})
        .yields({ShopRejected{shop, "no papers"}})
        .again()
        .is_already_so();
    active.when(Shop::Suspend{"complaints"})
        .yields({ShopSuspended{shop, "complaints"}})
        .again()
        .is_already_so();
    suspended.when(Shop::Activate{}).yields({ShopActivated{shop}}).again().is_already_so();
}

TEST_CASE("no other change of status is possible") {
    rejected.when(Shop::Approve{noon}).refuses(illegal_transition);
    suspended.when(Shop::Approve{noon}).refuses(illegal_transition);
    active.when(Shop::Reject{"late"}).refuses(illegal_transition);
    suspended.when(Shop::Reject{"late"}).refuses(illegal_transition);
    pending.when(Shop::Suspend{"early"}).refuses(illegal_transition);
    rejected.when(Shop::Suspend{"late"}).refuses(illegal_transition);
    pending.when(Shop::Activate{}).refuses(illegal_transition);
    rejected.when(Shop::Activate{}).refuses(illegal_transition);
}

TEST_CASE("a shop that never applied is not found") {
    nothing.when(Shop::Approve{noon}).refuses(not_found);
    nothing.when(Shop::Reject{"x"}).refuses(not_found);
    nothing.when(Shop::Suspend{"x"}).refuses(not_found);
    nothing.when(Shop::Activate{}).refuses(not_found);
    nothing.when(Shop::SetPayoutMethod{Operator::mtn, of_owner("1"), "•", noon}).refuses(not_found);
    nothing.when(word(true)).is_already_so();
    nothing.when(settle(1)).is_already_so();
}

TEST_CASE("the payout method can be replaced") {
    const auto phone = of_owner("+260970000009");
    const auto changed = active.when(Shop::SetPayoutMethod{Operator::airtel, phone, "•9", later});
    changed.yields({PayoutMethodSet{shop, Operator::airtel, phone, "•9", later}});
    const auto& now = *changed.state().profile->payout_method;
    CHECK(now.network == Operator::airtel);
    CHECK(now.phone.version == 4);
}

TEST_CASE("the registry's word is taken for the shop's own TPIN only") {
    active.when(word(true)).yields({checked(true)}).again().is_already_so();
    active.when(word(false)).yields({checked(false)}).again().is_already_so();
    active.when(Shop::RecordTpin{"1000000002", true, later}).is_already_so();
    const Given<Shop> untaxed{{applied(std::nullopt), method}};
    untaxed.when(word(true)).is_already_so();
}

TEST_CASE("an invoice has its seller when the TPIN is valid") {
    const auto valid = active.when(word(true));
    valid.when(settle(1)).yields({settled(1, noon)}).again().is_already_so();
}

TEST_CASE("an invoice waits while the TPIN is unchecked, invalid or absent") {
    active.when(settle(1)).yields({unknown(1)}).again().is_already_so();
    active.when(word(false)).when(settle(1)).yields({unknown(1)}).again().is_already_so();
    const Given<Shop> untaxed{{applied(std::nullopt), method}};
    untaxed.when(settle(1)).yields({SellerUnknown{shop, invoice(1), order(1), ""}});
}

TEST_CASE("waiting invoices are settled, oldest first, when the TPIN becomes valid") {
    const Given<Shop> waiting{{applied(), method, approved, unknown(2), unknown(1)}};
    const auto valid = waiting.when(word(true));
    valid.yields({checked(true), settled(2, later), settled(1, later)}).again().is_already_so();
    CHECK(valid.state().waiting.empty());
    valid.when(settle(2)).is_already_so();
    waiting.when(word(false)).yields({checked(false)});
}

TEST_CASE("more waiting invoices than a commit holds are settled in turns") {
    std::vector<ShopEvent> history{applied(), method, approved};
    const int count = static_cast<int>(settled_per_commit_max) + 3;
    for (int n = 1; n <= count; ++n) history.emplace_back(unknown(n));
    const auto turn = Given<Shop>{history}.when(word(true));
    CHECK(turn.events().size() == settled_per_commit_max + 1);
    CHECK(turn.state().waiting.size() == 3);
    const auto rest = turn.again();
    CHECK(rest.events().size() == 4);
    rest.again().is_already_so();
}

TEST_CASE("a sealed field of a shop opens at the place its state names") {
    Walk<Shop> walk{shop.value};
    walk.step(apply(), false);
    const auto& profile = *walk.state().profile;
    const auto opened = [&](const SealedAt<PublicText>& field, std::string_view name) {
        return open_at(field, walk.stream(), name, walk.vault());
    };
    CHECK(opened(profile.address, "address") == "1 Cairo Road");
    CHECK(opened(profile.phone, "phone") == "+260970000001");
    CHECK(opened(profile.payout_method->phone, "phone") == "+260960000002");
    CHECK_THROWS_AS(opened(profile.phone, "address"), CorruptStream);
    walk.vault().forget(Subject{owner.value});
    CHECK(opened(profile.phone, "phone") == std::nullopt);
}

TEST_CASE("a shop's stream begins with its application") {
    CHECK_THROWS_AS(Shop::evolve(Shop::State{}, approved), CorruptStream);
}

namespace {

Shop::Command any_command(Dice& dice) {
    switch (dice.between(0, 9)) {
        case 0:
            return apply();
        case 1:
            return Shop::Approve{noon};
        case 2:
            if (dice.once_in(5)) return Shop::Reject{"no papers"};
            return Shop::Suspend{"complaints"};
        case 3:
            return Shop::Activate{};
        case 4:
            return Shop::SetPayoutMethod{Operator::zamtel, of_owner("+2"), "•", later};
        case 5:
            return word(dice.once_in(2));
        case 6:
            return Shop::RecordTpin{"9", true, later};
        default:
            return settle(static_cast<int>(dice.between(1, 60)));
    }
}

}  // namespace

TEST_CASE("whatever happens, an invoice gets its seller once") {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        CAPTURE(seed);
        Dice dice{seed};
        Walk<Shop> walk{shop.value};
        std::map<std::string, int> times;
        for (int i = 0; i < 200; ++i) {
            const auto command = any_command(dice);
            const bool repeatable = std::holds_alternative<Shop::SetPayoutMethod>(command);
            for (const auto& event : walk.step(command, repeatable)) {
                const auto* e = std::get_if<SellerSettled>(&event);
                if (e) CHECK(++times[e->invoice.value] == 1);
            }
            const auto& state = walk.state();
            const bool valid = state.profile && state.profile->tpin_status == TpinStatus::valid;
            CHECK((!valid || state.waiting.empty()));
        }
    }
}
