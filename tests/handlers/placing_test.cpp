#include <future>

#include "tests/handlers/engine_rig.hpp"

using namespace pakashop;
using namespace pakashop::kit;

namespace {

const ProductId chair{"prd_chair"};
const ProductId table{"prd_table"};

/// An engine with three chairs and ten tables.
struct Market : EngineRig {
    Market() {
        start();
        offer_units(chair, 3);
        offer_units(table, 10);
    }
    std::int64_t held(const ProductId& product) { return state<Product>(product.value).held; }
    const Order::Placed* placed() {
        order = state<Order>(the_order.value);
        return Order::placed(order);
    }
    Order::State order;
};

}  // namespace

TEST_CASE("an order is placed at the prices its products decide, and its units are held") {
    Market market;
    const Placed placed = market.place(basket({{chair, 2}, {table, 3}}), 1);
    REQUIRE(placed.kind == Placed::Kind::placed);
    const Order::Placed* order = market.placed();
    REQUIRE(order != nullptr);
    REQUIRE(order->lines.size() == 2);
    CHECK(order->total == Money{5 * 5'000});
    CHECK(order->lines[0].quantity == 2);
    CHECK(order->lines[0].vat == vat_inside(Money{10'000}, vat_rate(TaxCode::vat16)));
    CHECK(market.held(chair) == 2);
    CHECK(market.held(table) == 3);
}

TEST_CASE("lines of one product are one hold and one line") {
    Market market;
    const Placed placed = market.place(basket({{chair, 1}, {table, 1}, {chair, 2}}), 1);
    REQUIRE(placed.kind == Placed::Kind::placed);
    const Order::Placed* order = market.placed();
    REQUIRE(order->lines.size() == 2);
    CHECK(order->lines[0].product == chair);
    CHECK(order->lines[0].quantity == 3);
    CHECK(order->total == Money{4 * 5'000});
    CHECK(market.held(chair) == 3);
}

TEST_CASE("an order that lacks one product leaves nothing held of any") {
    Market market;
    const Placed placed = market.place(basket({{table, 4}, {chair, 4}}), 1);
    CHECK(placed.kind == Placed::Kind::out_of_stock);
    CHECK(placed.lacking == std::vector{chair});
    market.settle();
    CHECK(market.held(chair) == 0);
    CHECK(market.held(table) == 0);
    CHECK(market.placed() == nullptr);
}

TEST_CASE("unknown, deleted and not to be sold products are unavailable, and hold nothing") {
    Market market;
    const ProductId ghost{"prd_ghost"};
    Placed placed = market.place(basket({{table, 1}, {ghost, 1}}), 1);
    CHECK(placed.kind == Placed::Kind::product_unavailable);
    CHECK(placed.lacking == std::vector{ghost});
    market.ask(command_to<Product>(chair.value, Product::Delete{}, 77));
    placed = market.place(basket({{chair, 1}, {table, 1}}, "try_2"), 2);
    CHECK(placed.kind == Placed::Kind::product_unavailable);
    market.may_sell = [](const ShopId&) { return false; };
    placed = market.place(basket({{table, 1}}, "try_3"), 3);
    CHECK(placed.kind == Placed::Kind::product_unavailable);
    market.settle();
    CHECK(market.held(table) == 0);
}

TEST_CASE("the same request again answers the same order and holds nothing more") {
    Market market;
    const Placed first = market.place(basket({{chair, 2}}, "try_1"), 1);
    const Placed again = market.place(basket({{chair, 2}}, "try_2"), 1);
    REQUIRE(first.kind == Placed::Kind::placed);
    REQUIRE(again.kind == Placed::Kind::placed);
    CHECK(again.outcome.replayed);
    CHECK(again.outcome.commit->hash == first.outcome.commit->hash);
    market.settle();
    CHECK(market.held(chair) == 2);
}

TEST_CASE("two executions of one request at once place one order") {
    for (int round = 0; round < 20; ++round) {
        Market market;
        std::promise<Placed> ends[2];
        for (int i = 0; i < 2; ++i) {
            PlacingRequest request;
            request.id = numbered_command(1);
            request.fingerprint = sha256("body");
            request.actor = somebody;
            request.now = noon;
            request.may_sell = market.may_sell;
            request.deadline = noon + seconds(2);
            place_order(
                *market.engine,
                basket({{table, 2}}, "try_" + std::to_string(i)),
                std::move(request),
                [&ends, i](Placed placed) { ends[i].set_value(std::move(placed)); }
            );
        }
        for (auto& end : ends) CHECK(end.get_future().get().kind == Placed::Kind::placed);
        market.settle();
        CHECK(market.held(table) == 2);
        CHECK(market.commits_named("order.place") == 1);
    }
}

TEST_CASE("what is not held in time is let go, and the same request may try again") {
    Market market;
    PlacingRequest request;
    std::promise<Placed> late;
    request.id = numbered_command(1);
    request.fingerprint = sha256("body");
    request.actor = somebody;
    request.now = noon;
    request.may_sell = market.may_sell;
    request.deadline = noon + seconds(2);
    std::promise<void> gate;
    market.engine->post([&] { gate.get_future().wait(); });
    place_order(*market.engine, basket({{chair, 1}}), request, [&](Placed placed) {
        late.set_value(std::move(placed));
    });
    market.clock.advance(seconds(3));
    gate.set_value();
    const Placed failed = late.get_future().get();
    CHECK(failed.kind == Placed::Kind::failed);
    CHECK(failed.outcome.kind == Answer::Kind::overloaded);
    market.settle();
    CHECK(market.held(chair) == 0);
    CHECK(market.place(basket({{chair, 1}}, "try_2"), 1).kind == Placed::Kind::placed);
    market.settle();
    CHECK(market.held(chair) == 1);
}

TEST_CASE("the last units go to one of many buyers who want them at once") {
    Market market;
    std::vector<std::promise<Placed>> ends(12);
    for (std::uint64_t n = 0; n < ends.size(); ++n) {
        Basket wanted = basket({{chair, 1}, {table, 1}}, "try_" + std::to_string(n));
        wanted.order = OrderId{"ord_" + std::to_string(n)};
        PlacingRequest request;
        request.id = numbered_command(100 + n);
        request.actor = somebody;
        request.now = noon;
        request.may_sell = market.may_sell;
        request.deadline = noon + seconds(2);
        place_order(*market.engine, std::move(wanted), std::move(request), [&, n](Placed placed) {
            ends[n].set_value(std::move(placed));
        });
    }
    std::size_t placed = 0;
    for (auto& end : ends) placed += end.get_future().get().kind == Placed::Kind::placed;
    CHECK(placed == 3);
    market.settle();
    CHECK(market.held(chair) == 3);
    CHECK(market.held(table) == 3);
}
