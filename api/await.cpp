#include "api/await.hpp"

#include <atomic>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

namespace pakashop::api {

namespace asio = boost::asio;

Awaitable<Outcome> ask(Engine& engine, Command command) {
    auto start = [&engine, command = std::move(command)](auto done) mutable {
        command.reply = [done = std::move(done)](const Outcome& outcome) { done(outcome); };
        engine.submit(std::move(command));
    };
    return from_callback<Outcome>(std::move(start));
}

Awaitable<std::vector<Outcome>> ask_all(Engine& engine, std::vector<Command> commands) {
    auto start = [&engine, commands = std::move(commands)](auto done) mutable {
        struct Gathered {
            std::vector<Outcome> outcomes;
            std::atomic<std::size_t> missing;
        };
        auto all = std::make_shared<Gathered>();
        all->outcomes.resize(commands.size());
        all->missing = commands.size();
        if (commands.empty()) return done({});
        for (std::size_t i = 0; i < commands.size(); ++i) {
            commands[i].reply = [all, i, done](const Outcome& outcome) {
                all->outcomes[i] = outcome;
                if (all->missing.fetch_sub(1) == 1) done(std::move(all->outcomes));
            };
            engine.submit(std::move(commands[i]));
        }
    };
    return from_callback<std::vector<Outcome>>(std::move(start));
}

Awaitable<Placed> place(PlacingDesk& desk, Basket basket, PlacingRequest request) {
    auto start = [&desk, basket = std::move(basket), request = std::move(request)](auto done
                 ) mutable { desk.place(std::move(basket), std::move(request), std::move(done)); };
    return from_callback<Placed>(std::move(start));
}

Position end_of_log(const Engine& engine) {
    Position out;
    for (std::uint32_t i = 0; i < engine.partitions(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        out[partition] = engine.durable_seq(partition);
    }
    return out;
}

namespace {

// The deadline is kept here as well: whoever calls back may itself be held up by PostgreSQL. The
// answer is posted to this very thread, and so comes after the sleep has begun.
Awaitable<bool> visible_by(
    ReadProgress& progress,
    PartitionId partition,
    std::uint64_t seq,
    std::chrono::steady_clock::time_point deadline
) {
    auto executor = co_await asio::this_coro::executor;
    auto timer = std::make_shared<asio::steady_timer>(executor, deadline);
    auto told = [timer, executor](bool) { asio::post(executor, [timer] { timer->cancel(); }); };
    progress.wait(partition, seq, deadline, std::move(told));
    boost::system::error_code woken;
    auto token = asio::redirect_error(asio::use_awaitable, woken);
    co_await timer->async_wait(token);
    co_return progress.position(partition) >= seq;
}

}  // namespace

Awaitable<bool>
visible(ReadProgress& progress, const Position& position, std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (const auto& [partition, seq] : position) {
        if (progress.position(partition) >= seq) continue;
        const bool there = co_await visible_by(progress, partition, seq, deadline);
        if (!there) co_return false;
    }
    co_return true;
}

namespace {

/// A watch on a key, for as long as this lives.
class Watching {
public:
    Watching(CommitWatch& watch, std::string key, std::function<void()> wake)
        : watch_{watch}, key_{std::move(key)}, ticket_{watch_.watch(key_, std::move(wake))} {}
    ~Watching() { watch_.forget(key_, ticket_); }
    Watching(const Watching&) = delete;
    Watching& operator=(const Watching&) = delete;

private:
    CommitWatch& watch_;
    std::string key_;
    CommitWatch::Ticket ticket_;
};

}  // namespace

// A commit between looking and sleeping is not lost: its wake-up is posted to this very thread, and
// so runs after the sleep has begun.
Awaitable<bool> until(
    CommitWatch& watch,
    std::string key,
    std::function<bool()> holds,
    std::chrono::milliseconds patience
) {
    auto executor = co_await asio::this_coro::executor;
    auto timer = std::make_shared<asio::steady_timer>(executor);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    auto wake = [timer, executor] { asio::post(executor, [timer] { timer->cancel(); }); };
    const Watching watching{watch, std::move(key), std::move(wake)};
    bool true_now = holds();
    while (!true_now && std::chrono::steady_clock::now() < deadline) {
        timer->expires_at(deadline);
        boost::system::error_code woken;
        auto token = asio::redirect_error(asio::use_awaitable, woken);
        co_await timer->async_wait(token);
        true_now = holds();
    }
    co_return true_now;
}

}  // namespace pakashop::api
