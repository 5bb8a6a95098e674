#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <mutex>

#include "adapters/memory/memory_log.hpp"
#include "handlers/effect_worker.hpp"
#include "handlers/process_runner.hpp"
#include "handlers/scheduler.hpp"
#include "tests/aggregates/order_world.hpp"
#include "tests/kit/plain_vault.hpp"

/// A whole shop in memory, with an outside world that does what a test asks for and keeps books of
/// its own.
namespace pakashop::kit {

class HandClock final : public Clock {
public:
    Instant now() const override { return Instant{ms_.load()}; }
    void advance(Duration by) { ms_ += by.ms; }

private:
    std::atomic<std::int64_t> ms_{noon.ms};
};

/// How the outside takes the next request.
enum class Mood {
    accept,
    refuse,           ///< For good.
    later,            ///< An error of its own.
    not_sent,         ///< No connection.
    accept_silently,  ///< It does it, and the reply is lost.
    lose              ///< Request and reply are lost.
};

/// Moods for the next requests, in order; then `accept`. While it is down nothing is reached.
class Moods {
public:
    void next(std::initializer_list<Mood> moods);
    void set_down(bool down) { down_ = down; }
    bool down() const { return down_; }
    Mood take();

private:
    std::mutex mutex_;
    std::deque<Mood> moods_;
    std::atomic<bool> down_{false};
};

class FakeMoney final : public MobileMoney {
public:
    /// What the provider keeps of a transfer.
    struct Transfer {
        std::string phone;
        Money amount;
        TransferStatement word;
        int requests = 0;  ///< How often it was asked for, the same way each time.
    };
    Moods moods;

    CallResult<Acceptance> request_deposit(const DepositRequest&, const Trace&) override;
    CallResult<Acceptance> request_payout(const PayoutRequest&, const Trace&) override;
    CallResult<std::optional<DepositStatement>>
    find_deposit(std::string_view reference, const Trace&) override;
    CallResult<std::optional<PayoutStatement>> find_payout(std::string_view reference, const Trace&)
        override;
    bool answers() override { return !moods.down(); }

    /// It comes to an end: by default with the amount that was asked for.
    void complete(const std::string& reference, std::optional<Money> amount = {});
    void fail(const std::string& reference, const std::string& code);
    std::map<std::string, Transfer> transfers();
    int requests();
    int finds() const { return finds_; }
    std::string last_traceparent();

private:
    CallResult<Acceptance> take(TransferStatement word, std::string phone, Money amount);
    template <class Statement>
    CallResult<std::optional<Statement>> find(std::string_view reference);

    std::mutex mutex_;
    std::map<std::string, Transfer> transfers_;
    std::atomic<int> finds_{0};
    std::string traceparent_;
};

class FakeTax final : public TaxAuthority {
public:
    Moods moods;

    CallResult<TaxReceipt> transmit(std::string_view document, const Trace&) override;
    CallResult<std::optional<Taxpayer>> find_taxpayer(std::string_view tpin, const Trace&) override;
    bool answers() override { return !moods.down(); }

    /// Every document that arrived, each as often as it did.
    std::vector<std::string> received();

private:
    std::mutex mutex_;
    std::vector<std::string> received_;
};

class FakeMessenger final : public Messenger {
public:
    Moods moods;

    CallResult<MessageId> send_pin(const PinMessage& message, const Trace&) override;
    bool answers() override { return !moods.down(); }

    std::vector<PinMessage> delivered();

private:
    std::mutex mutex_;
    std::vector<PinMessage> delivered_;
};

/// The worst table that still holds rows: it hands out what it has to everybody, again and again,
/// and can be dropped or restored from a very old backup.
class FakeEffects final : public EffectsQueue {
public:
    Result<std::vector<DueEffect>, ReadFailure>
    lease(std::span<const EffectKind> kinds, Instant now, std::size_t limit, Duration) override;
    void wait(Duration) override;
    void wake() override {}

    void follow(const Commit& commit);
    /// All rows are gone, and none come.
    void drop();
    /// Every effect there ever was is due now.
    void restore_everything();

private:
    struct Row {
        DueEffect effect;
        Instant due_at;
    };
    std::mutex mutex_;
    std::map<std::string, Row> rows_;
    std::map<std::string, Row> ever_;
    bool dropped_ = false;
};

/// What a test puts in.
class FakeSchedule final : public ScheduleQueue {
public:
    std::vector<DueTime> times;
    std::vector<OpenTry> tries;
    std::vector<ShopId> shops;
    std::vector<ExhaustedInvoice> exhausted;
    bool unavailable = false;

    Result<std::vector<DueTime>, ReadFailure>
    due(DueTime::Kind kind, Instant now, std::size_t limit) override;
    Result<std::vector<OpenTry>, ReadFailure> open_tries(Instant held_before, std::size_t limit)
        override;
    Result<std::vector<ShopId>, ReadFailure> shops_to_pay(const ShopId& after, std::size_t limit)
        override;
    Result<std::vector<ExhaustedInvoice>, ReadFailure> exhausted_invoices(std::size_t limit
    ) override;
};

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
