#pragma once

#include <mutex>

#include "adapters/memory/memory_log.hpp"
#include "handlers/effect_worker.hpp"
#include "handlers/process_runner.hpp"
#include "handlers/scheduler.hpp"
#include "tests/aggregates/order_world.hpp"
#include "tests/handlers/fake_providers.hpp"
#include "tests/handlers/fake_queues.hpp"
#include "tests/kit/hand_clock.hpp"
#include "tests/kit/plain_vault.hpp"

/// A whole shop in memory, with an outside world that does what a test asks for.
namespace pakashop::kit {

/// One node with all of this around it. The order of order_world.hpp can be placed in it.
class ReactorWorld {
public:
    ReactorWorld();
    ~ReactorWorld();

    /// A command to the stream of `Aggregate` with this id, and what became of it.
    template <class Aggregate>
    pakashop::Outcome
    run(const std::string& key, const std::string& id, typename Aggregate::Command what) {
        return submit({key, {stream_of<Aggregate>(id), AnyCommand{std::move(what)}}});
    }
    template <class Aggregate>
    typename Aggregate::State state(const std::string& key, const std::string& id) {
        const auto partition = engine.partition_of_key(key);
        return std::get<typename Aggregate::State>(
            load_stream(log, partition, stream_of<Aggregate>(id)).state
        );
    }

    /// Works until nothing is due any more; processes come to rest as well.
    void settle();
    /// Time passes, then everything that is due happens.
    void after(Duration span);
    /// Records in the log, of all partitions.
    std::uint64_t records();
    int notices_of(std::string_view code);

    /// The shop of order_world.hpp applies, is approved, and its TPIN is found valid.
    void open_shop(const ShopId& shop, const std::string& tpin);
    /// The buyer registers, with a phone.
    void register_buyer();
    void place();
    /// Starts an attempt to pay; its id.
    PaymentId initiate(Provider provider = Provider::pawapay);
    /// Places and pays the order.
    void pay();
    AttemptStatus attempt_status(const PaymentId& payment);
    /// How the effect ended; empty while it is open.
    std::string outcome_of(const std::string& key, const EffectId& effect);
    /// Begins an attempt as a worker would that dies right after.
    void begin_and_die(const std::string& key, const EffectId& effect);

    HandClock clock;
    MemoryLog log{"test", 4};
    PlainVault vault;
    Engine engine{log, log, vault, clock, {}};
    Reference reference{engine};
    ProcessRunner processes{engine};
    FakeMoney money;
    FakeTax tax;
    FakeMessenger messenger;
    FakeEffects effects;
    FakeSchedule schedule;
    Settings settings;
    EffectWorker worker;
    Scheduler scheduler;

    /// All that reactors use, for another worker beside the first.
    ReactorContext context();

private:
    pakashop::Outcome submit(KeyedCommand command);
    void rest();

    std::mutex mutex_;
    std::vector<Notice> notices_;
    std::uint64_t commands_ = 0;
};

}  // namespace pakashop::kit
