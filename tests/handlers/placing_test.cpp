#include <atomic>
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
    CHECK(market.held(table) == 0);
}

TEST_CASE("of products that are unavailable only those are named, not those that are too few") {
    Market market;
    const ProductId ghost{"prd_ghost"};
    const Placed placed = market.place(basket({{chair, 4}, {ghost, 1}, {table, 1}}), 1);
    CHECK(placed.kind == Placed::Kind::product_unavailable);
    CHECK(placed.lacking == std::vector{ghost});
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

TEST_CASE("a request that comes while the same one is under way waits and is its repeat") {
    for (int round = 0; round < 20; ++round) {
        Market market;
        auto first = market.begin(basket({{chair, 3}}, "try_0"), 1);
        auto second = market.begin(basket({{chair, 3}}, "try_1"), 1);
        const Placed placed = first.get();
        const Placed repeat = second.get();
        CHECK(placed.kind == Placed::Kind::placed);
        REQUIRE(repeat.kind == Placed::Kind::placed);
        CHECK(repeat.outcome.replayed);
        CHECK(repeat.outcome.commit->hash == placed.outcome.commit->hash);
        CHECK(market.held(chair) == 3);
        CHECK(market.commits_named("order.place") == 1);
    }
}

TEST_CASE("another body under the key of a request under way is refused") {
    Market market;
    std::promise<void> gate;
    market.engine->post([&] { gate.get_future().wait(); });
    auto first = market.begin(basket({{chair, 1}}, "try_0"), 1);
    auto second = market.begin(basket({{chair, 2}}, "try_1"), 1, "another body");
    gate.set_value();
    CHECK(first.get().kind == Placed::Kind::placed);
    const Placed other = second.get();
    CHECK(other.kind == Placed::Kind::failed);
    CHECK(other.outcome.kind == Answer::Kind::key_reused);
    CHECK(market.held(chair) == 1);
}

TEST_CASE("what comes too late begins nothing, and the same request may try again") {
    Market market;
    std::promise<void> gate;
    market.engine->post([&] { gate.get_future().wait(); });
    auto late = market.begin(basket({{chair, 1}}), 1);
    market.clock.advance(seconds(3));
    gate.set_value();
    const Placed failed = late.get();
    CHECK(failed.kind == Placed::Kind::failed);
    CHECK(failed.outcome.kind == Answer::Kind::overloaded);
    CHECK(market.commits_named("product.hold") == 0);
    CHECK(market.place(basket({{chair, 1}}, "try_2"), 1).kind == Placed::Kind::placed);
    CHECK(market.held(chair) == 1);
}

TEST_CASE("a full engine places nothing and says so at once") {
    EngineOptions options;
    options.queue_max = 0;
    EngineRig rig{options};
    rig.start();
    const Placed refused = rig.place(basket({{chair, 1}}), 1);
    CHECK(refused.kind == Placed::Kind::failed);
    CHECK(refused.outcome.kind == Answer::Kind::overloaded);
    CHECK(rig.engine->figures().refusals_overload == 1);
}

TEST_CASE("a try that was closed meanwhile leaves nothing, and may be made anew") {
    Market market;
    const Order::CloseTry close{TryId{"try_1"}, {}};
    market.ask(command_to<Order>(the_order.value, close, 50));
    const Placed failed = market.place(basket({{chair, 1}}, "try_1"), 1);
    CHECK(failed.kind == Placed::Kind::failed);
    CHECK(failed.outcome.kind == Answer::Kind::overloaded);
    CHECK(market.held(chair) == 0);
    CHECK(market.place(basket({{chair, 1}}, "try_2"), 1).kind == Placed::Kind::placed);
    CHECK(market.held(chair) == 1);
}

namespace {

/// A log whose disk stands still when a test says so.
class SlowLog final : public Log {
public:
    explicit SlowLog(MemoryLog& log) : log_{log} {}

    void stand_still() { still_ = true; }
    void go_on() {
        still_ = false;
        still_.notify_all();
    }
    std::string_view generation() const override { return log_.generation(); }
    std::uint32_t partitions() const override { return log_.partitions(); }
    bool exclusive() const override { return log_.exclusive(); }
    std::future<std::vector<AppendOutcome>> begin_append(std::span<const PartitionBatch> batches
    ) override {
        still_.wait(true);
        return log_.begin_append(batches);
    }
    Result<std::vector<LogEntry>, LogFailure>
    read(PartitionId partition, std::uint64_t offset, std::size_t bytes_max) override {
        return log_.read(partition, offset, bytes_max);
    }
    Result<std::uint64_t, LogFailure> end(PartitionId partition) override {
        return log_.end(partition);
    }

private:
    MemoryLog& log_;
    std::atomic<bool> still_{false};
};

}  // namespace

TEST_CASE("who waits for a disk that stands still is told in time, and nothing stays held") {
    EngineRig rig;
    SlowLog slow{rig.log};
    rig.engine = std::make_unique<Engine>(slow, rig.log, rig.vault, rig.clock, EngineOptions{});
    rig.desk = std::make_unique<PlacingDesk>(*rig.engine);
    REQUIRE(rig.engine->start().has_value());
    rig.offer_units(chair, 3);
    slow.stand_still();
    auto waiting = rig.begin(basket({{chair, 1}}), 1);
    std::promise<void> begun;
    // What a task sends is decided before the tasks that were posted meanwhile.
    rig.engine->post([&] { rig.engine->post([&] { begun.set_value(); }); });
    begun.get_future().get();
    rig.clock.advance(seconds(3));
    const Placed failed = waiting.get();
    CHECK(failed.kind == Placed::Kind::failed);
    CHECK(failed.outcome.kind == Answer::Kind::overloaded);
    slow.go_on();
    CHECK(eventually([&] { return rig.commits_named("product.release_hold") == 1; }));
    CHECK(rig.state<Product>(chair.value).held == 0);
    CHECK(rig.place(basket({{chair, 1}}, "try_2"), 1).kind == Placed::Kind::placed);
    CHECK(rig.state<Product>(chair.value).held == 1);
    rig.stop();
}

TEST_CASE("the last units go to one of many buyers who want them at once") {
    Market market;
    std::vector<std::future<Placed>> ends;
    for (std::uint64_t n = 0; n < 12; ++n) {
        Basket wanted = basket({{chair, 1}, {table, 1}}, "try_" + std::to_string(n));
        wanted.order = OrderId{"ord_" + std::to_string(n)};
        ends.push_back(market.begin(std::move(wanted), 100 + n));
    }
    std::size_t placed = 0;
    for (auto& end : ends) placed += end.get().kind == Placed::Kind::placed;
    CHECK(placed == 3);
    CHECK(market.held(chair) == 3);
    CHECK(market.held(table) == 3);
}
