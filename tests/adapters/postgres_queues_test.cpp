#include <algorithm>
#include <array>
#include <thread>

#include <doctest/doctest.h>

#include "adapters/postgres/effects_queue.hpp"
#include "adapters/postgres/schedule_queue.hpp"
#include "tests/adapters/postgres_market.hpp"

namespace pakashop::postgres {
namespace {

using kit::PostgresMarket;

constexpr std::array deposits{EffectKind::deposit};
constexpr auto orders = DueTime::Kind::order_expiry;

void request(PostgresMarket& world, const std::string& id, Instant due) {
    const EffectId effect{id};
    world.recorder.commit(
        "ord_x",
        {{"effect:" + id,
          EffectEvent{EffectRequested{
              effect, EffectKind::deposit, "pay_" + id, due, std::nullopt, world.recorder.now()
          }}}}
    );
    world.recorder.flush();
}

std::vector<std::string> names(const Result<std::vector<DueEffect>, ReadFailure>& effects) {
    REQUIRE(effects.has_value());
    std::vector<std::string> out;
    for (const DueEffect& each : *effects) out.push_back(each.effect.value);
    return out;
}

TEST_CASE("due effects are handed out oldest first, each to one worker until its lease is over") {
    PostgresMarket world;
    const Instant now = world.recorder.now();
    request(world, "b", now - seconds(1));
    request(world, "a", now - seconds(2));
    request(world, "later", now + seconds(60));
    world.follow();
    EffectsQueue queue{world.schema.url()};
    EffectsQueue other{world.schema.url()};
    CHECK(names(queue.lease(deposits, now, 1, seconds(30))) == std::vector<std::string>{"a"});
    CHECK(names(other.lease(deposits, now, 9, seconds(30))) == std::vector<std::string>{"b"});
    CHECK(names(queue.lease(deposits, now, 9, seconds(30))).empty());
    CHECK(names(queue.lease(deposits, now + seconds(31), 9, seconds(30))).size() == 2);
    constexpr std::array others{EffectKind::payout, EffectKind::tpin_check};
    CHECK(names(queue.lease(others, now + hours(1), 9, seconds(30))).empty());
}

TEST_CASE("a lease lapses when the projection has changed its row") {
    PostgresMarket world;
    const Instant now = world.recorder.now();
    request(world, "a", now);
    world.follow();
    EffectsQueue queue{world.schema.url()};
    CHECK(names(queue.lease(deposits, now, 9, hours(1))).size() == 1);
    world.recorder.commit(
        "ord_x",
        {{"effect:a",
          EffectEvent{EffectBegun{{"a"}, EffectKind::deposit, 1, now + seconds(30), now}}}}
    );
    world.recorder.flush();
    world.follow();
    CHECK(names(queue.lease(deposits, now, 9, hours(1))).empty());
    world.recorder.commit(
        "ord_x", {{"effect:a", EffectEvent{EffectDeferred{{"a"}, 1, "busy", now + seconds(5)}}}}
    );
    world.recorder.flush();
    world.follow();
    CHECK(names(queue.lease(deposits, now, 9, hours(1))).empty());
    CHECK(names(queue.lease(deposits, now + seconds(5), 9, hours(1))).size() == 1);
}

TEST_CASE("many workers share the due effects without handing one out twice") {
    PostgresMarket world;
    const Instant now = world.recorder.now();
    for (int i = 0; i < 200; ++i) request(world, "e" + std::to_string(i), now);
    world.follow();
    EffectsQueue queue{world.schema.url()};
    std::vector<std::vector<std::string>> taken(4);
    {
        std::vector<std::jthread> workers;
        for (auto& mine : taken) {
            workers.emplace_back([&] {
                while (true) {
                    const auto some = queue.lease(deposits, now, 7, minutes(5));
                    if (!some || some->empty()) return;
                    for (const DueEffect& each : *some) mine.push_back(each.effect.value);
                }
            });
        }
    }
    std::vector<std::string> all;
    for (const auto& mine : taken) all.insert(all.end(), mine.begin(), mine.end());
    std::ranges::sort(all);
    CHECK(std::ranges::adjacent_find(all) == all.end());
    // A worker that finds every due row locked by others ends early; the rest is handed out later.
    for (const auto& name : names(queue.lease(deposits, now, 500, minutes(5)))) all.push_back(name);
    CHECK(all.size() == 200);
}

TEST_CASE("a waiting worker is woken by the projection, by wake, and by nothing else soon") {
    PostgresMarket world;
    world.follow();
    EffectsQueue queue{world.schema.url()};
    using Clock = std::chrono::steady_clock;
    queue.wait(milliseconds(300));  // The listener is connected by now.
    const auto began = Clock::now();
    std::jthread work{[&] {
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
        request(world, "a", world.recorder.now());
        world.follow();
    }};
    queue.wait(seconds(20));
    CHECK(Clock::now() - began < std::chrono::seconds{10});
    std::jthread waker{[&] {
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
        queue.wake();
    }};
    queue.wait(seconds(20));
    CHECK(Clock::now() - began < std::chrono::seconds{15});
}

TEST_CASE("without a server the queues say unavailable") {
    EffectsQueue effects{"postgresql://x:y@127.0.0.1:1/x"};
    CHECK(effects.lease(deposits, {}, 1, seconds(1)).error() == ReadFailure::unavailable);
    ScheduleQueue schedule{"postgresql://x:y@127.0.0.1:1/x"};
    CHECK(schedule.due(orders, {}, 1).error() == ReadFailure::unavailable);
}

TEST_CASE("the schedule names what is due, shops to pay and invoices that gave up") {
    PostgresMarket world{3};
    world.market.trade(200);
    world.recorder.commit(
        "ord_z",
        {{"invoice:inv_z",
          InvoiceEvent{
              InvoiceRequested{{"inv_z"}, {"ord_z"}, {"shp_1"}, {}, {}, {}, world.recorder.now()}
          }},
         {"invoice:inv_z",
          InvoiceEvent{
              InvoiceFailed{{"inv_z"}, {"ord_z"}, {"shp_1"}, 3, {"500", "no"}, world.recorder.now()}
          }}}
    );
    world.recorder.flush();
    world.follow();
    ScheduleQueue schedule{world.schema.url()};
    const Instant end = world.recorder.now() + hours(48);
    CHECK(schedule.due(orders, world.recorder.now() - hours(1), 10)->empty());
    CHECK(schedule.due(DueTime::Kind::payment_expiry, end, 1'000).has_value());
    const auto due = schedule.due(orders, end, 1'000).value();
    CHECK(due.size() > 3);
    CHECK(std::ranges::is_sorted(due, {}, &DueTime::due_at));
    CHECK(schedule.due(orders, end, 2)->size() == 2);
    const auto shops = schedule.shops_to_pay({}, 100).value();
    CHECK(shops.size() > 2);
    CHECK(schedule.shops_to_pay(shops[0], 100)->size() == shops.size() - 1);
    const auto invoices = schedule.exhausted_invoices(10).value();
    REQUIRE(invoices.size() == 1);
    CHECK(invoices[0].invoice.value == "inv_z");
}

TEST_CASE("a try that holds units of no placed order is named with all it holds") {
    PostgresMarket world;
    const auto hold = [&](const std::string& product, std::int64_t quantity) {
        world.recorder.commit(
            product,
            {{"product:" + product,
              ProductEvent{StockHeld{
                  {product},
                  {"ord_lost"},
                  {"try_lost"},
                  quantity,
                  {"shp_1"},
                  "Thing",
                  "GDS",
                  TaxCode::vat16,
                  {1},
                  std::nullopt,
                  world.recorder.now()
              }}}}
        );
    };
    hold("prd_1_1", 3);
    hold("prd_2_1", 2);
    world.recorder.flush();
    world.follow();
    ScheduleQueue schedule{world.schema.url()};
    CHECK(schedule.open_tries(world.recorder.now(), 10)->empty());
    const auto tries = schedule.open_tries(world.recorder.now() + seconds(1), 10).value();
    REQUIRE(tries.size() == 1);
    CHECK(tries[0].try_id.value == "try_lost");
    CHECK(tries[0].held == std::vector{HeldUnits{{"prd_1_1"}, 3}, HeldUnits{{"prd_2_1"}, 2}});
}

}  // namespace
}  // namespace pakashop::postgres
