#include "ops/benchmarks/load.hpp"

#include <thread>
#include <utility>

#include "ops/benchmarks/trade.hpp"

namespace pakashop::bench {
namespace {

constexpr std::uint64_t products = 2'000;
constexpr std::uint64_t buyers = 500;
constexpr double per_second_max = 200'000;

}  // namespace

Load::Load(Machine& machine) : engine_{machine.engine()}, clock_{machine.clock()} {
    offer_products(engine_, clock_, products);
    // A buyer's first order makes a key, which is synced by itself; theirs are made before.
    for (std::uint64_t n = 0; n < buyers; ++n) machine.vault().seal({buyer_id(n).value}, "", "{}");
}

LoadFigures Load::run(std::uint64_t waiting, std::chrono::seconds time) {
    const auto seconds = static_cast<double>(time.count());
    reset(waiting, true, per_second_max * seconds);
    const auto began = steady_now();
    for (std::uint64_t i = 0; i < waiting; ++i) send(steady_now());
    std::this_thread::sleep_for(time);
    const auto count = static_cast<double>(answered_.load());
    const double took = seconds_since(began);
    refill_ = false;
    done_.get_future().wait();
    return figures(count, took);
}

LoadFigures Load::run_paced(double per_second, std::chrono::seconds time) {
    const auto seconds = static_cast<double>(time.count());
    const auto count = static_cast<std::uint64_t>(per_second * seconds);
    if (count == 0) give_up("there is no pace to keep");
    reset(count, false, per_second * seconds);
    const auto began = steady_now();
    const std::chrono::duration<double> step{1 / per_second};
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto after =
            std::chrono::duration_cast<SteadyTime::duration>(static_cast<double>(i) * step);
        std::this_thread::sleep_until(began + after);
        send(began + after);
    }
    done_.get_future().wait();
    return figures(static_cast<double>(count), seconds_since(began));
}

void Load::reset(std::uint64_t under_way, bool refill, double expected) {
    answered_ = 0;
    refill_ = refill;
    under_way_ = under_way;
    milliseconds_.clear();
    milliseconds_.reserve(static_cast<std::size_t>(expected));
    done_ = {};
}

void Load::send(SteadyTime due) {
    Command command = next();
    command.reply = [this, due](const Outcome& outcome) {
        if (outcome.kind != Outcome::Kind::committed) give_up("a command was not committed");
        answered(due);
    };
    engine_.submit(std::move(command));
}

void Load::answered(SteadyTime due) {
    milliseconds_.push_back(static_cast<float>(1'000 * seconds_since(due)));
    answered_.fetch_add(1, std::memory_order_relaxed);
    if (refill_) return send(steady_now());
    if (--under_way_ == 0) done_.set_value();
}

// Five commands an order. Since what is held is sold, the states stay those of a shop that trades.
Command Load::next() {
    const std::uint64_t n = number_.fetch_add(1);
    const std::uint64_t order = n / 5;
    const std::uint64_t step = n % 5;
    const std::uint64_t product = (order * 7 + step % 3) % products;
    const Instant now = clock_.now();
    if (step == 2) return place_command(order, order % buyers, now);
    return step < 2 ? hold_command(order, product, now) : sell_command(order, product, now);
}

LoadFigures Load::figures(double count, double seconds) {
    return {count / seconds, percentile(milliseconds_, 0.50), percentile(milliseconds_, 0.99)};
}

}  // namespace pakashop::bench
