#include "aggregates/order.hpp"

#include "tests/aggregates/order_world.hpp"

using namespace pakashop;
using namespace pakashop::kit;
using enum Order::Refusal;

namespace {

Order::Place place(const TryId& by = the_try) {
    const OrderPlaced p = placed();
    return {p.order, p.buyer, by, p.lines, p.total, p.vat, p.address, p.notes, p.expires_at, p.at};
}

const FulfilmentAccepted mwila_accepts{mwila};
const FulfilmentReady mwila_is_ready{mwila};
const FulfilmentPickedUp mwila_picked_up{mwila, rider};
const FulfilmentAccepted banda_accepts{banda};
const FulfilmentReady banda_is_ready{banda};
const FulfilmentPickedUp banda_picked_up{banda, rider};
const Given<Order> nothing;
const Given<Order> unpaid{{placed()}};
const Given<Order> paid{{placed(), confirmed()}};
const Given<Order> carried{
    {placed(),
     confirmed(),
     mwila_accepts,
     mwila_is_ready,
     mwila_picked_up,
     banda_accepts,
     banda_is_ready,
     banda_picked_up}
};
constexpr Instant later = noon + hours(1);

OrderCancelled cancelled(bool after_payment) {
    return {the_order, the_try, all_lines(), after_payment, "changed my mind", later};
}
Order::Cancel cancel(Canceller who) { return {who, "changed my mind", later}; }
Order::CancelPart cancel_part(Canceller who, const ShopId& shop) {
    return {who, shop, "sold out", later};
}
FulfilmentCancelled part_cancelled(const ShopId& shop, std::vector<OrderLine> lines) {
    return {the_order, shop, the_try, std::move(lines), true, "sold out", later};
}

}  // namespace

TEST_CASE("the first try places the order, and any later one finds it placed") {
    nothing.when(place()).yields({placed()}).again().is_already_so();
    unpaid.when(place(TryId{"try_2"})).is_already_so();
    CHECK(Order::status(unpaid.state()) == OrderStatus::pending);
    CHECK(Order::reservation(unpaid.state()) == Reservation::held);
    CHECK(Order::expires_at(unpaid.state()) == noon + hours(24));
}

TEST_CASE("a question for an order places none, whatever the leader that is asked knows") {
    Order::Place question;
    question.order = the_order;
    question.try_id = the_try;
    nothing.when(question).refuses(try_closed);
    unpaid.when(question).is_already_so();
}

TEST_CASE("a closed try never places the order") {
    const std::vector<HeldUnits> held{{ProductId{"prd_1"}, 2}};
    const auto closed = nothing.when(Order::CloseTry{the_try, held});
    closed.yields({TryClosed{the_try, held}}).again().is_already_so();
    closed.when(place()).refuses(try_closed);
    closed.when(place(TryId{"try_2"})).when(Order::CloseTry{the_try, held}).is_already_so();
}

TEST_CASE("the try that placed the order is not closed any more, another one is") {
    unpaid.when(Order::CloseTry{the_try, {}}).is_already_so();
    const TryId other{"try_2"};
    unpaid.when(Order::CloseTry{other, {}}).yields({TryClosed{other, {}}}).again().is_already_so();
    CHECK(Order::placed(unpaid.state())->try_id == the_try);
}

TEST_CASE("the address is kept with the version it was sealed at") {
    const Given<Order> late{{TryClosed{TryId{"try_0"}, {}}, placed()}};
    CHECK(Order::placed(late.state())->address.version == 2);
    CHECK(Order::placed(unpaid.state())->address.version == 1);
}

TEST_CASE("a captured payment confirms the order once") {
    const Order::Confirm confirm{first_payment, Invoicing::live, noon + minutes(2)};
    const auto done = unpaid.when(confirm);
    done.yields({confirmed()}).again().is_already_so();
    CHECK(Order::status(done.state()) == OrderStatus::confirmed);
    CHECK(Order::reservation(done.state()) == Reservation::committed);
    nothing.when(confirm).is_already_so();
    unpaid.when(cancel(Canceller::buyer)).when(confirm).is_already_so();
}

TEST_CASE("a shop accepts its part, then has it ready; neither can be skipped or turned back") {
    nothing.when(Order::Accept{mwila}).refuses(not_found);
    unpaid.when(Order::Accept{mwila}).refuses(illegal_transition);
    paid.when(Order::Accept{ShopId{"shp_other"}}).refuses(not_found);
    paid.when(Order::MarkReady{mwila}).refuses(illegal_transition);
    const auto accepted = paid.when(Order::Accept{mwila});
    accepted.yields({mwila_accepts}).again().is_already_so();
    const auto ready = accepted.when(Order::MarkReady{mwila});
    ready.yields({mwila_is_ready}).again().is_already_so();
    ready.when(Order::Accept{mwila}).refuses(illegal_transition);
    carried.when(Order::MarkReady{mwila}).refuses(illegal_transition);
}

TEST_CASE("the order is as far as its least advanced live part") {
    const Given<Order> mixed{{placed(), confirmed(), mwila_accepts, mwila_is_ready}};
    CHECK(Order::status(mixed.state()) == OrderStatus::confirmed);
    const auto alone = mixed.when(cancel_part(Canceller::shop, banda));
    CHECK(Order::status(alone.state()) == OrderStatus::shipped);
    CHECK(Order::parts(alone.state())[0].status == OrderStatus::shipped);
    CHECK(Order::parts(alone.state())[1].status == OrderStatus::cancelled);
}

TEST_CASE("a part is picked up once it is ready, and delivered once it is picked up") {
    const Order::PickUp pick_up{mwila, rider};
    const Order::Deliver deliver{{mwila, banda}, later};
    nothing.when(pick_up).is_already_so();
    nothing.when(deliver).is_already_so();
    paid.when(pick_up).is_already_so();
    paid.when(deliver).is_already_so();
    const Given<Order> ready{{placed(), confirmed(), mwila_accepts, mwila_is_ready}};
    ready.when(pick_up).yields({mwila_picked_up}).again().is_already_so();
    const auto delivered = carried.when(deliver);
    delivered.yields({OrderDelivered{the_order, {mwila, banda}, later}}).again().is_already_so();
    CHECK(Order::status(delivered.state()) == OrderStatus::delivered);
}

TEST_CASE("an unpaid order is cancelled as a whole by its buyer or an admin") {
    nothing.when(cancel(Canceller::buyer)).refuses(not_found);
    unpaid.when(cancel(Canceller::shop)).refuses(illegal_transition);
    unpaid.when(cancel(Canceller::admin)).yields({cancelled(false)});
    const auto gone = unpaid.when(cancel(Canceller::buyer));
    gone.yields({cancelled(false)}).again().is_already_so();
    CHECK(Order::status(gone.state()) == OrderStatus::cancelled);
    CHECK(Order::reservation(gone.state()) == Reservation::released);
    gone.when(Order::Accept{mwila}).refuses(illegal_transition);
}

TEST_CASE("who may cancel from where is C-06, to the letter") {
    struct Row {
        OrderStatus status;
        bool buyer, shop, admin;
    };
    const std::vector<OrderEvent> way{
        confirmed(),
        mwila_accepts,
        mwila_is_ready,
        mwila_picked_up,
        OrderDelivered{the_order, {mwila}, later}
    };
    const std::vector<Row> table{
        {OrderStatus::confirmed, true, true, true},
        {OrderStatus::processing, true, true, true},
        {OrderStatus::shipped, false, true, true},
        {OrderStatus::out_for_delivery, false, false, false},
        {OrderStatus::delivered, false, false, false},
    };
    std::vector<OrderEvent> history{placed()};
    for (std::size_t i = 0; i < table.size(); ++i) {
        history.push_back(way[i]);
        const Given<Order> here{history};
        CHECK(Order::parts(here.state())[0].status == table[i].status);
        const auto check = [&](Canceller who, bool allowed) {
            const auto outcome = here.when(cancel_part(who, mwila));
            if (allowed)
                outcome.yields({part_cancelled(mwila, mwilas_lines())});
            else
                outcome.refuses(illegal_transition);
        };
        check(Canceller::buyer, table[i].buyer);
        check(Canceller::shop, table[i].shop);
        check(Canceller::admin, table[i].admin);
    }
}

TEST_CASE("the whole order is cancelled only while every live part may be") {
    paid.when(cancel(Canceller::buyer)).yields({cancelled(true)}).again().is_already_so();
    paid.when(cancel(Canceller::shop)).refuses(illegal_transition);
    const Given<Order> one_ready{{placed(), confirmed(), mwila_accepts, mwila_is_ready}};
    one_ready.when(cancel(Canceller::buyer)).refuses(illegal_transition);
    one_ready.when(cancel(Canceller::admin)).yields({cancelled(true)});
    const Given<Order> one_gone{
        {placed(), confirmed(), mwila_accepts, mwila_is_ready, mwila_picked_up}
    };
    one_gone.when(cancel(Canceller::admin)).refuses(illegal_transition);
    carried.when(cancel(Canceller::admin)).refuses(illegal_transition);
}

TEST_CASE("a cancelled order names only the lines that were still live") {
    const Given<Order> one_left{{placed(), confirmed(), part_cancelled(mwila, mwilas_lines())}};
    const OrderCancelled rest{the_order, the_try, bandas_lines(), true, "changed my mind", later};
    one_left.when(cancel(Canceller::buyer)).yields({rest});
}

TEST_CASE("a shop cancels its part and the others go on; the last one cancels the order") {
    nothing.when(cancel_part(Canceller::shop, mwila)).refuses(not_found);
    paid.when(cancel_part(Canceller::shop, ShopId{"shp_other"})).refuses(not_found);
    const auto one = paid.when(cancel_part(Canceller::shop, mwila));
    one.yields({part_cancelled(mwila, mwilas_lines())}).again().is_already_so();
    const OrderCancelled last{the_order, the_try, bandas_lines(), true, "sold out", later};
    one.when(cancel_part(Canceller::shop, banda)).yields({last}).again().is_already_so();
}

TEST_CASE("before payment a part is cancelled only when it is the whole order") {
    unpaid.when(cancel_part(Canceller::buyer, mwila)).refuses(illegal_transition);
    unpaid.when(cancel_part(Canceller::shop, mwila)).refuses(illegal_transition);
    OrderPlaced single = placed();
    single.lines = bandas_lines();
    const Given<Order> small{{single}};
    const OrderCancelled whole{the_order, the_try, bandas_lines(), false, "sold out", later};
    for (const Canceller who : {Canceller::buyer, Canceller::shop, Canceller::admin})
        small.when(cancel_part(who, banda)).yields({whole}).again().is_already_so();
}

TEST_CASE("an unpaid order expires when its time is up, and no other does") {
    nothing.when(Order::Expire{later}).refuses(not_found);
    unpaid.when(Order::Expire{noon + hours(24) - milliseconds(1)}).refuses(not_due);
    const Instant due = noon + hours(24);
    const auto expired = unpaid.when(Order::Expire{due});
    expired.yields({OrderExpired{the_order, the_try, all_lines(), due}}).again().is_already_so();
    CHECK(Order::status(expired.state()) == OrderStatus::cancelled);
    paid.when(Order::Expire{due}).is_already_so();
}

TEST_CASE("an event that cannot follow stops the fold") {
    CHECK_THROWS_AS(Given<Order>({mwila_accepts}), CorruptStream);
    CHECK_THROWS_AS(Given<Order>({placed(), placed()}), CorruptStream);
    CHECK_THROWS_AS(Given<Order>({placed(), confirmed(), mwila_is_ready}), CorruptStream);
    CHECK_THROWS_AS(Given<Order>({placed(), confirmed(), OrderExpired{}}), CorruptStream);
}

TEST_CASE("whatever is asked of an order in whatever sequence, it stays whole") {
    const auto draw = [](Dice& dice, std::size_t) -> Order::Command {
        const ShopId shop = dice.pick({mwila, banda, ShopId{"shp_other"}});
        const auto who = dice.pick({Canceller::buyer, Canceller::shop, Canceller::admin});
        const TryId by = dice.pick({the_try, TryId{"try_2"}});
        switch (dice.roll(16)) {
            case 0:
                return place(by);
            case 1:
                return Order::CloseTry{by, {}};
            case 2:
            case 3:
                return Order::Confirm{first_payment, Invoicing::mock, later};
            case 4:
                return Order::Deliver{{shop}, later};
            case 5:
                return dice.roll(4) ? Order::Command{Order::Accept{shop}} : cancel(who);
            case 6:
                return dice.roll(4) ? Order::Command{Order::Accept{shop}} : cancel_part(who, shop);
            case 7:
                return Order::Expire{dice.pick({later, noon + hours(24)})};
            case 8:
            case 9:
            case 10:
                return Order::PickUp{shop, rider};
            case 11:
            case 12:
            case 13:
                return Order::MarkReady{shop};
            default:
                return Order::Accept{shop};
        }
    };
    std::size_t happened = 0;
    for (unsigned seed = 1; seed <= 300; ++seed) {
        INFO("seed " << seed);
        happened += play<Order>(seed, 60, draw, [](const auto& state, const auto& command) {
            CHECK(settled<Order>(state, command));
            if (!Order::placed(state)) return;
            CHECK(Order::parts(state).size() == 2);
            const bool over = Order::status(state) == OrderStatus::cancelled;
            CHECK(over == (Order::reservation(state) == Reservation::released));
        });
    }
    CHECK(happened > 1000);
}
