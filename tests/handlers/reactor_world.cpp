#include "tests/handlers/reactor_world.hpp"

#include <algorithm>
#include <thread>

#include "aggregates/provider_reference.hpp"
#include "handlers/policies/effect_ids.hpp"

namespace pakashop::kit {

ReactorWorld::ReactorWorld()
    : worker{context(), effects, schedule, {.threads_per_provider = 2}},
      scheduler{context(), schedule} {
    reference.attach();
    processes.attach();
    worker.attach();
    engine.on_commit([this](const auto& commit) { effects.follow(*commit); });
    REQUIRE(engine.start().has_value());
    processes.resume_all();
    settings.zra_invoicing_enabled = true;
    settings.provider = ProviderChoice::pawapay;
}

ReactorWorld::~ReactorWorld() {
    worker.stop();
    scheduler.stop();
    engine.stop();
}

ReactorContext ReactorWorld::context() {
    return {
        engine,
        vault,
        reference,
        clock,
        money,
        tax,
        messenger,
        PinKey{sha256("pin key")},
        [this] { return settings; },
        [this](const Notice& notice) {
            const std::lock_guard lock{mutex_};
            notices_.push_back(notice);
        }
    };
}

pakashop::Outcome ReactorWorld::submit(KeyedCommand command) {
    const CommandId id = derived_command_id("test", std::to_string(++commands_), command.key);
    const Actor person{"usr_test", "CUSTOMER", "test"};
    const Trace trace{"", "corr", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"};
    return ask(engine, system_command(id, std::move(command), person, trace, clock.now()));
}

void ReactorWorld::rest() {
    for (int quiet = 0; quiet < 3;) {
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
        quiet = processes.outstanding() == 0 ? quiet + 1 : 0;
    }
}

void ReactorWorld::settle() {
    for (int round = 0; round < 100; ++round) {
        rest();
        if (worker.run_once() == 0 && processes.outstanding() == 0) return;
    }
    FAIL("it does not come to rest");
}

void ReactorWorld::after(Duration span) {
    clock.advance(span);
    settle();
}

std::uint64_t ReactorWorld::records() {
    std::uint64_t count = 0;
    for (PartitionId partition = 0; partition < log.partitions(); ++partition) {
        const std::uint64_t end = log.state(partition).place.seq;
        for (std::uint64_t seq = 0; seq < end; ++seq) {
            const auto record = decode_record(*log.record(partition, seq));
            if (record && record->record.kind == RecordKind::commit) ++count;
        }
    }
    return count;
}

int ReactorWorld::notices_of(std::string_view code) {
    const std::lock_guard lock{mutex_};
    return static_cast<int>(std::ranges::count(notices_, code, &Notice::code));
}

void ReactorWorld::open_shop(const ShopId& shop, const std::string& tpin) {
    const UserId owner{"usr_owner_" + shop.value};
    const auto secret_of = [&](std::string text) {
        return Sealed<PublicText>{Subject{owner.value}, std::move(text)};
    };
    run<Shop>(
        shop.value,
        shop.value,
        Shop::Apply{
            shop,
            owner,
            "Shop " + shop.value,
            SellerKind::merchant,
            tpin.empty() ? std::nullopt : std::optional<PublicText>{tpin},
            secret_of("1 Cairo Road, Lusaka"),
            secret_of("+260977000001"),
            Operator::airtel,
            secret_of("+260973000222"),
            "+26097…222",
            clock.now()
        }
    );
    run<Shop>(shop.value, shop.value, Shop::Approve{clock.now()});
    settle();
}

void ReactorWorld::register_buyer() {
    const auto mine = [](std::string text) { return secret(std::move(text)); };
    run<Login>(
        "login:abc",
        "abc",
        Login::Register{
            the_buyer,
            mine("chanda@example.com"),
            mine("+260977123456"),
            mine("Chanda"),
            mine("hash"),
            {Role::customer},
            std::nullopt,
            clock.now()
        }
    );
    rest();
}

void ReactorWorld::place() {
    run<Order>(
        the_order.value,
        the_order.value,
        Order::Place{
            the_order,
            the_buyer,
            the_try,
            all_lines(),
            the_total,
            Money{72'461},
            the_address(),
            std::nullopt,
            clock.now() + hours(24),
            clock.now()
        }
    );
}

PaymentId ReactorWorld::initiate(Provider provider) {
    const Payment::Initiate initiate{
        provider, Operator::mtn, secret("+260963000222"), minutes(15), clock.now()
    };
    const auto outcome = run<Payment>(the_order.value, the_order.value, initiate);
    const auto* started = find_event<PaymentEvent, PaymentInitiated>(outcome);
    REQUIRE(started);
    return started->payment;
}

void ReactorWorld::pay() {
    place();
    const PaymentId payment = initiate();
    settle();
    money.complete(provider_reference(payment));
    after(seconds(10));
    REQUIRE(attempt_status(payment) == AttemptStatus::captured);
}

AttemptStatus ReactorWorld::attempt_status(const PaymentId& payment) {
    const auto whole = state<Payment>(the_order.value, the_order.value);
    const Payment::Attempt* attempt = Payment::find(whole, payment);
    REQUIRE(attempt);
    return attempt->status;
}

std::string ReactorWorld::outcome_of(const std::string& key, const EffectId& effect) {
    const auto whole = state<Effect>(key, effect.value);
    const auto* finished = std::get_if<Effect::Finished>(&whole);
    return finished ? finished->outcome : std::string{};
}

void ReactorWorld::begin_and_die(const std::string& key, const EffectId& effect) {
    const Effect::Begin begin{EffectWorkerOptions{}.attempt_lease, clock.now()};
    const auto outcome = run<Effect>(key, effect.value, begin);
    const auto* begun = find_event<EffectEvent, EffectBegun>(outcome);
    REQUIRE(begun);
}

}  // namespace pakashop::kit
