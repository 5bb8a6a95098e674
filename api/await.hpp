#pragma once

#include <chrono>
#include <exception>
#include <expected>
#include <memory>
#include <type_traits>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/ports/read_models.hpp"
#include "api/positions.hpp"
#include "handlers/commit_watch.hpp"
#include "handlers/engine.hpp"
#include "handlers/placing.hpp"

/// From callbacks and threads to coroutines, and back onto the server's thread.
namespace pakashop::api {

template <class T>
using Awaitable = boost::asio::awaitable<T>;

/// Waits for `start` to call back once, from any thread, with a T.
template <class T, class Start>
Awaitable<T> from_callback(Start start) {
    auto initiation = [start = std::move(start)](auto handler) mutable {
        using Handler = decltype(handler);
        auto executor = boost::asio::get_associated_executor(handler);
        auto shared = std::make_shared<Handler>(std::move(handler));
        start([shared, executor](T value) {
            boost::asio::post(executor, [shared, value = std::move(value)]() mutable {
                (*shared)(std::move(value));
            });
        });
    };
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(T)>(
        std::move(initiation), boost::asio::use_awaitable
    );
}

/// What becomes of a command.
Awaitable<Outcome> ask(Engine& engine, Command command);

/// What becomes of several, in their order.
Awaitable<std::vector<Outcome>> ask_all(Engine& engine, std::vector<Command> commands);

/// What becomes of a basket.
Awaitable<Placed> place(PlacingDesk& desk, Basket basket, PlacingRequest request);

/// What work came to, or what it threw on its way to another thread.
template <class Work>
using Attempt = std::expected<std::invoke_result_t<Work&>, std::exception_ptr>;

template <class Work>
Attempt<Work> attempt(Work& work) {
    try {
        return work();
    } catch (...) {
        return std::unexpected{std::current_exception()};
    }
}

/// Runs blocking work (a query) on a pool thread. What it throws is thrown where it is awaited: on
/// the pool it would end the process.
template <class Work>
Awaitable<std::invoke_result_t<Work&>> on_pool(boost::asio::thread_pool& pool, Work work) {
    auto start = [&pool, work = std::move(work)](auto done) mutable {
        boost::asio::post(pool, [work = std::move(work), done = std::move(done)]() mutable {
            done(attempt(work));
        });
    };
    auto outcome = co_await from_callback<Attempt<Work>>(std::move(start));
    if (!outcome) std::rethrow_exception(outcome.error());
    co_return *std::move(outcome);
}

/// Where the log of this node ends now.
Position end_of_log(const Engine& engine);

/// Waits until all records before `position` are visible in the read models; false when they are
/// not in time.
Awaitable<bool>
visible(ReadProgress& progress, const Position& position, std::chrono::milliseconds patience);

/// Looks at `holds` now and after every commit of `key`, until it is true or the time is up. True
/// when it came true: a route uses it to await what a process does at another key.
Awaitable<bool> until(
    CommitWatch& watch,
    std::string key,
    std::function<bool()> holds,
    std::chrono::milliseconds patience
);

}  // namespace pakashop::api
