#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>

#include "handlers/ask.hpp"
#include "handlers/placing.hpp"
#include "handlers/process_runner.hpp"
#include "handlers/stream_loader.hpp"
#include "tests/handlers/rig.hpp"
#include "tests/kit/eventually.hpp"

namespace pakashop::kit {

/// A whole engine on a log in memory, with its threads. `stop` and `start` are a restart of the
/// process: the log stays.
class EngineRig {
public:
    explicit EngineRig(EngineOptions options = {}) : options_{std::move(options)} {}
    /// The engine's thread ends before what it works on.
    ~EngineRig() {
        if (engine) engine->stop();
    }

    /// Starts it; with processes unless told otherwise.
    void start(bool with_processes = true);
    void stop();
    Answer ask(Command command) { return pakashop::ask(*engine, std::move(command)); }
    /// Offers a product and waits for it.
    void offer_units(const ProductId& product, std::int64_t stock);
    /// Places an order and waits for how it ended.
    Placed place(Basket basket, std::uint64_t n);
    /// Begins to place it.
    std::future<Placed> begin(Basket basket, std::uint64_t n, std::string_view body = "body");
    /// Waits until every command of the processes is acknowledged, 10 s at most.
    void settle();
    /// The durable state of a stream that is alone under its own id.
    template <class Aggregate>
    typename Aggregate::State state(const std::string& id) {
        const auto loaded =
            load_stream(log, engine->partition_of_key(id), stream_of<Aggregate>(id));
        return std::get<typename Aggregate::State>(loaded.state);
    }
    /// How many commits the log holds of commands with that name.
    std::size_t commits_named(std::string_view command_type);

    MemoryLog log{"g1", 8};
    MemoryKeyStore keys;
    SealingVault vault{keys};
    HandClock clock;
    std::function<bool(const ShopId&)> may_sell = [](const ShopId&) { return true; };
    std::optional<std::string> fatal;
    std::unique_ptr<Engine> engine;
    std::unique_ptr<PlacingDesk> desk;
    std::unique_ptr<ProcessRunner> processes;

private:
    EngineOptions options_;
};

/// A basket of `the_buyer`; each execution of it gets a try of its own.
Basket basket(std::vector<Basket::Line> lines, const std::string& try_id = "try_1");

}  // namespace pakashop::kit
