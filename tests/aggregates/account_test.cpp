#include "aggregates/account.hpp"

#include "tests/kit/walk.hpp"

using namespace pakashop;
using namespace pakashop::kit;

namespace {

const ShopId shop{"shp_1"};
const UserId owner{"usr_1"};
const OrderId order{"ord_1"};
const PayoutId payout{"pot_shp_1_1"};
const PayoutId second_payout{"pot_shp_1_2"};
constexpr Instant noon{1'778'580'000'000};
const Sealed<PublicText> phone{Subject{owner.value}, "+260960000002"};
const ProviderFailure closed_wallet{"RECIPIENT_NOT_FOUND", "no such wallet"};

AccountLine line(int n, Money amount) {
    return {order, ItemId{"itm_ord_1_" + std::to_string(n)}, amount};
}
const AccountLine one = line(1, Money{475'000});
const AccountLine two = line(2, Money{9'500});

const FundsHeld both_held{shop, order, {one, two}};
const FundsReleased both_released{shop, order, {one, two}};
const Account::RequestPayout ask{shop, Operator::mtn, phone, "•2", noon};

PayoutRequested requested(const PayoutId& id, std::vector<AccountLine> lines, Money amount) {
    return {
        .payout = id,
        .shop = shop,
        .amount = amount,
        .lines = std::move(lines),
        .network = Operator::mtn,
        .phone = phone,
        .masked = "•2",
        .provider_reference = id == payout ? "fae2d6a1" : "",
        .at = noon
    };
}

const Given<Account> nothing;
const Given<Account> held{{both_held}};
const Given<Account> releasable{{both_held, both_released}};
const Given<Account> paying{
    {both_held, both_released, requested(payout, {one, two}, Money{484'500})}
};

struct Balances {
    Money held;
    Money releasable;
    Money in_payout;
    Money paid_out;
    friend bool operator==(const Balances&, const Balances&) = default;
};
Balances balances(const Account::State& state) {
    return {state.held(), state.releasable(), state.in_payout(), state.paid_out()};
}

}  // namespace

TEST_CASE("held lines are noted once") {
    const auto noted = nothing.when(Account::NoteHeld{shop, order, {one, two}});
    noted.yields({both_held}).again().is_already_so();
    CHECK(balances(noted.state()) == Balances{Money{484'500}, {}, {}, {}});
    nothing.when(Account::NoteHeld{shop, order, {one, one}}
    ).yields({FundsHeld{shop, order, {one}}});
    nothing.when(Account::NoteHeld{shop, order, {}}).is_already_so();
}

TEST_CASE("a line is noted no more once it is in a later place") {
    releasable.when(Account::NoteHeld{shop, order, {one}}).is_already_so();
    paying.when(Account::NoteHeld{shop, order, {one}}).is_already_so();
    const AccountLine three = line(3, Money{1});
    paying.when(Account::NoteHeld{shop, order, {one, three}}
    ).yields({FundsHeld{shop, order, {three}}});
}

TEST_CASE("held lines are released once, with the amounts they were noted with") {
    const auto released = held.when(Account::Release{shop, order, {line(1, Money{1}), two}});
    released.yields({both_released}).again().is_already_so();
    CHECK(balances(released.state()) == Balances{{}, Money{484'500}, {}, {}});
    held.when(Account::Release{shop, order, {one, one}}
    ).yields({FundsReleased{shop, order, {one}}});
}

TEST_CASE("a line nobody noted is never released") {
    nothing.when(Account::Release{shop, order, {one}}).is_already_so();
    paying.when(Account::Release{shop, order, {one}}).is_already_so();
}

TEST_CASE("only held lines are cancelled") {
    held.when(Account::CancelHeld{shop, order, {one}})
        .yields({FundsCancelled{shop, order, {one}}})
        .again()
        .is_already_so();
    releasable.when(Account::CancelHeld{shop, order, {one}}).is_already_so();
    nothing.when(Account::CancelHeld{shop, order, {one}}).is_already_so();
}

TEST_CASE("a payout takes all that is releasable, under a number of the shop's own") {
    const auto asked = releasable.when(ask);
    REQUIRE(asked.events().size() == 1);
    const auto event = std::get<PayoutRequested>(asked.events()[0]);
    CHECK(event.payout == payout);
    CHECK(event.amount == Money{484'500});
    CHECK(event.lines == std::vector{one, two});
    CHECK(event.provider_reference.size() == 36);
    CHECK(event.provider_reference[14] == '4');
    CHECK(balances(asked.state()) == Balances{{}, {}, Money{484'500}, {}});
    asked.again().is_already_so();
}

TEST_CASE("nothing releasable, or worth nothing, is not paid out") {
    nothing.when(ask).is_already_so();
    held.when(ask).is_already_so();
    const AccountLine worthless = line(9, Money{0});
    const Given<Account> given{
        {FundsHeld{shop, order, {worthless}}, FundsReleased{shop, order, {worthless}}}
    };
    given.when(ask).is_already_so();
}

TEST_CASE("a payout may begin while another is under way") {
    const AccountLine three = line(3, Money{100});
    const auto asked = paying.when(Account::NoteHeld{shop, order, {three}})
                           .when(Account::Release{shop, order, {three}})
                           .when(ask);
    REQUIRE(asked.events().size() == 1);
    CHECK(std::get<PayoutRequested>(asked.events()[0]).payout == second_payout);
    CHECK(std::get<PayoutRequested>(asked.events()[0]).amount == Money{100});
    CHECK(asked.state().in_payout() == Money{484'600});
}

TEST_CASE("a payout takes the oldest lines when there are more than it may hold") {
    std::vector<AccountLine> many;
    for (int n = 0; n < static_cast<int>(payout_lines_max) + 2; ++n)
        many.push_back(line(9'000 - n, Money{10}));
    const Given<Account> given{{FundsHeld{shop, order, many}, FundsReleased{shop, order, many}}};
    const auto first = given.when(ask);
    const auto taken = std::get<PayoutRequested>(first.events().at(0)).lines;
    CHECK(taken.size() == payout_lines_max);
    CHECK(taken.front() == many.front());
    const auto rest = first.again();
    CHECK(std::get<PayoutRequested>(rest.events().at(0)).lines.size() == 2);
    rest.again().is_already_so();
}

TEST_CASE("the provider takes an instruction once") {
    paying.when(Account::RecordAccepted{payout, noon})
        .yields({PayoutAccepted{payout, noon}})
        .again()
        .is_already_so();
    paying.when(Account::RecordAccepted{second_payout, noon}).is_already_so();
    nothing.when(Account::RecordAccepted{payout, noon}).is_already_so();
}

TEST_CASE("a completed payout is paid out, once") {
    const PayoutCompleted completed{payout, shop, Money{484'500}, {one, two}, "PP-1", noon};
    const auto done = paying.when(Account::RecordCompleted{payout, Money{484'500}, "PP-1", noon});
    done.yields({completed}).again().is_already_so();
    CHECK(balances(done.state()) == Balances{{}, {}, {}, Money{484'500}});
    CHECK(done.state().lines.empty());
    nothing.when(Account::RecordCompleted{payout, Money{1}, "PP-1", noon}).is_already_so();
}

TEST_CASE("a payout that was taken back gives its lines back, once, for a new payout") {
    const auto done = paying.when(Account::RecordCompleted{payout, Money{484'500}, "PP-1", noon});
    const auto back = done.when(Account::RecordFailed{payout, closed_wallet, noon});
    back.yields({PayoutReversed{payout, shop, Money{484'500}, {one, two}, closed_wallet, noon}});
    back.again().is_already_so();
    back.when(Account::RecordCompleted{payout, Money{484'500}, "PP-1", noon}).is_already_so();
    CHECK(balances(back.state()) == Balances{{}, Money{484'500}, {}, {}});
    const auto asked = back.when(ask);
    CHECK(std::get<PayoutRequested>(asked.events().at(0)).payout == second_payout);
    CHECK(std::get<PayoutRequested>(asked.events().at(0)).lines == std::vector{one, two});
    done.when(Account::NoteHeld{shop, order, {one}}).is_already_so();
}

TEST_CASE("only the newest completed payouts are kept, the last one whatever its size") {
    std::vector<AccountEvent> history;
    const auto pay = [&](int number, int lines_each) {
        std::vector<AccountLine> lines;
        for (int n = 0; n < lines_each; ++n)
            lines.push_back({order, ItemId{child_id("itm", std::to_string(number), n)}, Money{1}});
        const PayoutId id{child_id("pot", "shp_1", static_cast<std::uint64_t>(number))};
        const Money sum{lines_each};
        history.insert(
            history.end(),
            {FundsHeld{shop, order, lines},
             FundsReleased{shop, order, lines},
             requested(id, lines, sum),
             PayoutCompleted{id, shop, sum, lines, "PP", noon}}
        );
        return id;
    };
    const PayoutId first = pay(1, 900);
    const PayoutId second = pay(2, 900);
    const PayoutId third = pay(3, 900);
    const Given<Account> given{history};
    given.when(Account::RecordFailed{first, closed_wallet, noon}).is_already_so();
    CHECK(given.when(Account::RecordFailed{second, closed_wallet, noon}).events().size() == 1);
    CHECK(given.when(Account::RecordFailed{third, closed_wallet, noon}).events().size() == 1);
    const PayoutId huge = pay(4, static_cast<int>(completed_lines_kept_max) + 1);
    const Given<Account> later{history};
    CHECK(later.state().completed.size() == 1);
    CHECK(later.when(Account::RecordFailed{huge, closed_wallet, noon}).events().size() == 1);
}

TEST_CASE("a payout of another amount than was sent is noted once and stays under way") {
    const Account::RecordCompleted odd{payout, Money{484'499}, "PP-1", noon};
    const auto noted = paying.when(odd);
    noted.yields({PayoutMismatched{payout, shop, Money{484'500}, Money{484'499}, "PP-1", noon}});
    noted.again().is_already_so();
    CHECK(noted.state().in_payout() == Money{484'500});
    const auto other = noted.when(Account::RecordCompleted{payout, Money{1}, "PP-1", noon});
    CHECK(other.events().size() == 1);
    const auto right = noted.when(Account::RecordCompleted{payout, Money{484'500}, "PP-1", noon});
    CHECK(right.state().paid_out() == Money{484'500});
    const auto failed = noted.when(Account::RecordFailed{payout, closed_wallet, noon});
    CHECK(failed.state().releasable() == Money{484'500});
}

TEST_CASE("a payout holds no more money than the provider moves at once") {
    const Money most = payout_amount_max;
    const std::vector<AccountLine> lines{
        line(1, Money{most.ngwee - 10}),
        line(2, Money{11}),
        line(3, Money{10}),
        line(4, Money{most.ngwee + 1})
    };
    const Given<Account> given{{FundsHeld{shop, order, lines}, FundsReleased{shop, order, lines}}};
    CHECK(Account::has_payable(given.state()));
    const auto first = given.when(ask);
    const auto filled = std::get<PayoutRequested>(first.events().at(0));
    CHECK(filled.amount == most);
    CHECK(filled.lines == std::vector{lines[0], lines[2]});
    const auto second = first.again();
    const auto rest = std::get<PayoutRequested>(second.events().at(0));
    CHECK(rest.lines == std::vector{lines[1]});
    second.again().is_already_so();
    CHECK(!Account::has_payable(second.state()));
    CHECK(second.state().releasable() == lines[3].amount);
}

TEST_CASE("who moves a payout's money is decided when it is requested") {
    auto mock = ask;
    mock.mover = Provider::mock;
    const auto asked = releasable.when(mock);
    CHECK(std::get<PayoutRequested>(asked.events().at(0)).mover == Provider::mock);
    CHECK(asked.state().payouts.at(payout.value).mover == Provider::mock);
    CHECK(!paying.state().payouts.at(payout.value).mover.has_value());
}

TEST_CASE("the lines of a failed payout are releasable again, for a payout of a new number") {
    const PayoutFailed failed{payout, shop, Money{484'500}, {one, two}, closed_wallet, noon};
    const auto done = paying.when(Account::RecordFailed{payout, closed_wallet, noon});
    done.yields({failed}).again().is_already_so();
    CHECK(balances(done.state()) == Balances{{}, Money{484'500}, {}, {}});
    const auto asked = done.when(ask);
    CHECK(std::get<PayoutRequested>(asked.events().at(0)).payout == second_payout);
    nothing.when(Account::RecordFailed{payout, closed_wallet, noon}).is_already_so();
}

TEST_CASE("an account's event about a line that is elsewhere is corrupt") {
    const auto corrupt = [](const AccountEvent& event) {
        return Account::evolve(Account::State{}, event);
    };
    CHECK_THROWS_AS(corrupt(both_released), CorruptStream);
    CHECK_THROWS_AS(corrupt(PayoutAccepted{payout, noon}), CorruptStream);
    CHECK_THROWS_AS(corrupt(PayoutFailed{payout, shop, {}, {}, {}, noon}), CorruptStream);
    CHECK_THROWS_AS(corrupt(PayoutReversed{payout, shop, {}, {}, {}, noon}), CorruptStream);
    CHECK_THROWS_AS(corrupt(PayoutMismatched{payout, shop, {}, {}, "", noon}), CorruptStream);
}

TEST_CASE("what a payout's reactor needs stands in the state") {
    Walk<Account> walk{shop.value};
    walk.step(Account::NoteHeld{shop, order, {one}}, false);
    walk.step(Account::Release{shop, order, {one}}, false);
    walk.step(ask, false);
    const Account::Payout& under_way = walk.state().payouts.at(payout.value);
    CHECK(open_at(under_way.phone, walk.stream(), "phone", walk.vault()) == "+260960000002");
    CHECK(under_way.amount == one.amount);
    CHECK(under_way.network == Operator::mtn);
}

namespace {

std::vector<AccountLine> any_lines(Dice& dice) {
    std::vector<AccountLine> lines;
    for (std::int64_t n = dice.between(0, 4); n > 0; --n)
        lines.push_back(line(static_cast<int>(dice.between(1, 40)), Money{dice.between(0, 900)}));
    return lines;
}

Account::Command any_command(Dice& dice) {
    const PayoutId any_payout{"pot_shp_1_" + std::to_string(dice.between(1, 12))};
    switch (dice.between(0, 8)) {
        case 0:
        case 1:
            return Account::NoteHeld{shop, order, any_lines(dice)};
        case 2:
        case 3:
            return Account::Release{shop, order, any_lines(dice)};
        case 4:
            return Account::CancelHeld{shop, order, any_lines(dice)};
        case 5:
            return ask;
        case 6:
            return Account::RecordAccepted{any_payout, noon};
        case 7:
            return Account::RecordFailed{any_payout, closed_wallet, noon};
        default:
            return Account::RecordCompleted{any_payout, Money{dice.between(0, 1'500)}, "PP", noon};
    }
}

// The evidence fits the payout more often than chance would have it.
Account::Command fitting(Account::Command command, const Account::State& state) {
    auto* completed = std::get_if<Account::RecordCompleted>(&command);
    if (!completed) return command;
    const auto found = state.payouts.find(completed->payout.value);
    if (found != state.payouts.end()) completed->amount = found->second.amount;
    return command;
}

}  // namespace

TEST_CASE("whatever happens, an account's four balances are what was noted and not cancelled") {
    std::size_t paid_out = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        Dice dice{seed};
        Walk<Account> walk{shop.value};
        Money expected;
        for (int i = 0; i < 250; ++i) {
            auto command = any_command(dice);
            if (!dice.once_in(4)) command = fitting(std::move(command), walk.state());
            for (const auto& event : walk.step(command, false)) {
                if (const auto* e = std::get_if<FundsHeld>(&event))
                    for (const auto& each : e->lines) expected = expected + each.amount;
                if (const auto* e = std::get_if<FundsCancelled>(&event))
                    for (const auto& each : e->lines) expected = expected - each.amount;
                if (std::holds_alternative<PayoutCompleted>(event)) ++paid_out;
            }
            const auto now = balances(walk.state());
            CHECK(now.held + now.releasable + now.in_payout + now.paid_out == expected);
            Money under_way;
            for (const auto& [id, each] : walk.state().payouts) under_way = under_way + each.amount;
            CHECK(now.in_payout == under_way);
        }
    }
    CHECK(paid_out > 0);
}
