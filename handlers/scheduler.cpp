#include "handlers/scheduler.hpp"

#include <algorithm>

#include "handlers/evidence.hpp"
#include "handlers/policies/effect_ids.hpp"

namespace pakashop {
namespace {

constexpr std::size_t tries_per_sweep = 500;
constexpr Duration silence = seconds(5);

const Actor scheduler{"scheduler", "SYSTEM", "schedule"};

/// When the newest record was made; the beginning of time in an empty log.
Instant last_recorded(Engine& engine) {
    Instant newest{0};
    for (std::uint32_t i = 0; i < engine.partitions(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        const std::uint64_t end = engine.store().state(partition).place.seq;
        const auto bytes = end > 0 ? engine.store().record(partition, end - 1) : std::nullopt;
        const auto decoded = bytes ? decode_record(*bytes) : unexpected{RecordError::truncated};
        if (decoded) newest = std::max(newest, decoded->record.at);
    }
    return newest;
}

bool is_live(const Payment::Attempt& attempt) {
    return attempt.status == AttemptStatus::initiated || attempt.status == AttemptStatus::pending;
}

}  // namespace

Scheduler::Scheduler(ReactorContext context, ScheduleQueue& queue, SchedulerOptions options)
    : context_{std::move(context)}, queue_{queue}, options_{options} {}

Scheduler::~Scheduler() { stop(); }

void Scheduler::start() {
    thread_ = std::thread{[this] { run(); }};
}

void Scheduler::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Scheduler::run() {
    std::unique_lock lock{mutex_};
    while (!stopping_) {
        lock.unlock();
        look();
        lock.lock();
        wake_.wait_for(lock, std::chrono::milliseconds{options_.pause.ms}, [&] {
            return stopping_;
        });
    }
}

void Scheduler::look() {
    guarded([&] { fire_due(); });
    guarded([&] { settle_if_due(); });
    guarded([&] { sweep_if_due(); });
}

// A history that cannot be read must not keep everything else from its time.
template <class Step>
void Scheduler::guarded(Step step) {
    try {
        step();
    } catch (const std::exception& error) {
        context_.notice({Notice::Level::error, "schedule_failed", error.what()});
    }
}

Outcome Scheduler::fire(const CommandId& id, KeyedCommand command) {
    return ask(
        context_.engine, system_command(id, std::move(command), scheduler, {}, context_.clock.now())
    );
}

// ---------------------------------------------------------------- what falls due

// Kind by kind, so that payments whose provider is silent do not stand in the way of orders.
void Scheduler::fire_due() {
    const Instant now = context_.clock.now();
    const auto orders = queue_.due(DueTime::Kind::order_expiry, now, options_.rows_per_look);
    if (orders) expire_orders(*orders, now);
    const auto payments = queue_.due(DueTime::Kind::payment_expiry, now, options_.rows_per_look);
    if (!payments) return;
    for (const DueTime& row : *payments) {
        guarded([&] { expire_payment(row); });
    }
}

// Under one id per due time: a row that the read model still shows is the same command again.
void Scheduler::expire_orders(const std::vector<DueTime>& rows, Instant now) {
    std::vector<Command> commands;
    for (const DueTime& row : rows) {
        const std::string stream = stream_of<Order>(row.subject);
        const CommandId id = derived_command_id("expire", to_rfc3339(row.due_at), stream);
        KeyedCommand expire{row.key, {stream, Order::Command{Order::Expire{now}}}};
        commands.push_back(system_command(id, std::move(expire), scheduler, {}, now));
    }
    ask_all(context_.engine, std::move(commands));
}

void Scheduler::expire_payment(const DueTime& row) {
    const PaymentId payment{row.subject};
    const auto state = load<Payment>(context_, row.key, row.key);
    const Payment::Attempt* attempt = Payment::find(state, payment);
    if (!attempt || !is_live(*attempt) || context_.clock.now() < attempt->expires_at) return;
    if (!last_word_heard(row, *attempt)) return;
    const std::string stream = stream_of<Payment>(row.key);
    const CommandId id = derived_command_id("expire", payment.value, stream);
    const Payment::Expire expire{payment, context_.clock.now()};
    fire(id, {row.key, {stream, Payment::Command{expire}}});
}

// The money may have come while its callback got lost. What the provider says is recorded first;
// an attempt that it ended is then no longer live, and expiring it changes nothing.
bool Scheduler::last_word_heard(const DueTime& row, const Payment::Attempt& attempt) {
    const Instant now = context_.clock.now();
    const std::string effect_id = deposit_effect(attempt.payment).value;
    const auto effect = load<Effect>(context_, row.key, effect_id);
    const bool asked_for = attempt.provider == Provider::pawapay && Effect::attempts(effect) > 0;
    if (!asked_for || now >= attempt.expires_at + options_.grace) return true;
    if (now < silent_until_) return false;
    const auto result = context_.money.find_deposit(attempt.provider_reference, {});
    const auto* found = std::get_if<std::optional<DepositStatement>>(&result);
    if (!found) {
        silent_until_ = now + silence;
        return false;
    }
    if (!*found) return true;
    const EvidenceContext evidence{Evidence::status_query, context_.settings().invoicing(), now};
    Conclusion conclusion = conclude(**found, {OrderId{row.key}, attempt.payment}, evidence);
    if (conclusion.kind != Conclusion::Kind::submit) {
        context_.notice(
            {Notice::Level::error,
             "transfer_contradicts",
             attempt.payment.value + ": " + conclusion.reason}
        );
        return true;
    }
    return is_final(fire(conclusion.id, *std::move(conclusion.command)).kind);
}

// ---------------------------------------------------------------- settlement

// A period has one name on every node and in every life of the process, so it is settled once. What
// was settled before this process began is not known: the period of the newest record counts as
// looked after, and a boundary that passed since then is due.
void Scheduler::settle_if_due() {
    const Instant now = context_.clock.now();
    const std::int64_t interval_ms =
        std::max<std::int64_t>(context_.settings().settlement_interval.ms, minutes(1).ms);
    const std::int64_t period = now.ms / interval_ms;
    if (settled_period_ < 0) settled_period_ = last_recorded(context_.engine).ms / interval_ms;
    if (period == settled_period_) return;
    const std::string run =
        "schedule_" + std::to_string(interval_ms) + "_" + std::to_string(period);
    if (settle(run)) settled_period_ = period;  // Else the next look tries again.
}

// False when the read model or the log was away or behind. A period without anything to pay writes
// nothing.
bool Scheduler::settle(const std::string& run) {
    const auto anybody = queue_.shops_to_pay(ShopId{}, 1);
    if (!anybody) return false;
    if (anybody->empty()) return true;
    SettlementRequest request;
    request.run = run;
    request.command = derived_command_id("settlement", run, stream_of<SettlementRun>(run));
    request.fingerprint = sha256(to_hex(request.command));
    request.actor = scheduler;
    request.now = context_.clock.now();
    request.mover = context_.settings().payout_mover();
    const SettlementContext use{context_.engine, context_.vault, context_.reference, queue_};
    const auto done = run_settlement(use, request);
    if (!done) return false;
    for (const std::string& shop : done->passed_over) {
        context_.notice({Notice::Level::error, "settlement_passed_over", shop});
    }
    if (done->replayed || done->payouts.empty()) return true;
    context_.notice(
        {Notice::Level::info, "settlement_run", std::to_string(done->payouts.size()) + " payouts"}
    );
    return true;
}

// ---------------------------------------------------------------- the placing sweep

void Scheduler::sweep_if_due() {
    const Instant now = context_.clock.now();
    if (now < next_sweep_) return;
    const Instant held_before = std::max(now - options_.hold_age, options_.alone_since);
    const auto tries = queue_.open_tries(held_before, tries_per_sweep);
    if (!tries) return;
    // The read model may still be catching up with what an earlier process left.
    const bool just_started = now < options_.alone_since + minutes(1);
    next_sweep_ = now + (just_started ? seconds(1) : options_.sweep_every);
    for (const OpenTry& open : *tries) {
        guarded([&] { close_try(open); });
    }
}

// The order stream decides who lost: the read model may be behind, or wrong.
void Scheduler::close_try(const OpenTry& open) {
    const auto state = load<Order>(context_, open.order.value, open.order.value);
    const Order::Placed* placed = Order::placed(state);
    const bool won = placed && placed->try_id == open.try_id;
    const bool closed =
        std::ranges::find(state.closed_tries, open.try_id) != state.closed_tries.end();
    if (won) return;
    if (closed) return release_units(open);
    const std::string stream = stream_of<Order>(open.order.value);
    const CommandId id = derived_command_id("sweep", open.try_id.value, stream);
    const Order::CloseTry close{open.try_id, open.held};
    fire(id, {open.order.value, {stream, Order::Command{close}}});
}

// Closed before, and yet the read model shows units: those it had not shown when the try was
// closed.
void Scheduler::release_units(const OpenTry& open) {
    for (const HeldUnits& held : open.held) {
        const std::string stream = stream_of<Product>(held.product.value);
        const CommandId id = derived_command_id("sweep release", open.try_id.value, stream);
        const Product::ReleaseHold release{open.order, open.try_id};
        fire(id, {held.product.value, {stream, Product::Command{release}}});
    }
}

}  // namespace pakashop
