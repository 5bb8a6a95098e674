#include "tests/handlers/reactor_world.hpp"

#include <algorithm>
#include <thread>

#include "aggregates/provider_reference.hpp"
#include "handlers/policies/effect_ids.hpp"

namespace pakashop::kit {
namespace {

const ProviderFailure refusal{"REFUSED_ON_CUE", "as the test asked"};

/// The end that a mood has when nothing was done.
template <class T>
CallResult<T> end_of(Mood mood) {
    switch (mood) {
        case Mood::refuse:
            return Refused{refusal};
        case Mood::later:
            return TryLater{{"BUSY", "as the test asked"}, std::nullopt};
        case Mood::not_sent:
            return NotSent{"as the test asked"};
        case Mood::accept:
        case Mood::accept_silently:
        case Mood::lose:
            break;
    }
    return Unknown{"as the test asked"};
}

bool does_it(Mood mood) { return mood == Mood::accept || mood == Mood::accept_silently; }

}  // namespace

// ---------------------------------------------------------------- moods

void Moods::next(std::initializer_list<Mood> moods) {
    const std::lock_guard lock{mutex_};
    moods_.insert(moods_.end(), moods);
}

Mood Moods::take() {
    const std::lock_guard lock{mutex_};
    if (down_) return Mood::not_sent;
    if (moods_.empty()) return Mood::accept;
    const Mood mood = moods_.front();
    moods_.pop_front();
    return mood;
}

// ---------------------------------------------------------------- money

CallResult<Acceptance> FakeMoney::request_deposit(const DepositRequest& r, const Trace& trace) {
    {
        const std::lock_guard lock{mutex_};
        traceparent_ = trace.traceparent;
    }
    TransferStatement word;
    word.reference = r.reference;
    word.metadata = {{"orderId", r.order.value}, {"paymentId", r.payment.value}};
    return take(std::move(word), r.phone, r.amount);
}

CallResult<Acceptance> FakeMoney::request_payout(const PayoutRequest& r, const Trace&) {
    TransferStatement word;
    word.reference = r.reference;
    word.metadata = {{"shopId", r.shop.value}, {"payoutId", r.payout.value}};
    return take(std::move(word), r.phone, r.amount);
}

CallResult<Acceptance> FakeMoney::take(TransferStatement word, std::string phone, Money amount) {
    const Mood mood = moods.take();
    const std::lock_guard lock{mutex_};
    if (!does_it(mood)) return end_of<Acceptance>(mood);
    word.amount = amount;
    word.currency = "ZMW";
    word.status_word = "PROCESSING";
    const std::string reference = word.reference;
    const bool known = transfers_.contains(reference);
    Transfer& transfer =
        transfers_.try_emplace(reference, Transfer{phone, amount, std::move(word)}).first->second;
    CHECK(transfer.phone == phone);
    CHECK(transfer.amount == amount);
    ++transfer.requests;
    if (mood == Mood::accept_silently) return Unknown{"as the test asked"};
    return known ? Acceptance::known_before : Acceptance::accepted;
}

template <class Statement>
CallResult<std::optional<Statement>> FakeMoney::find(std::string_view reference) {
    ++finds_;
    if (moods.down()) return NotSent{"down"};
    const std::lock_guard lock{mutex_};
    const auto found = transfers_.find(std::string{reference});
    if (found == transfers_.end()) return std::optional<Statement>{};
    Statement statement;
    static_cast<TransferStatement&>(statement) = found->second.word;
    return std::optional<Statement>{std::move(statement)};
}

CallResult<std::optional<DepositStatement>>
FakeMoney::find_deposit(std::string_view reference, const Trace&) {
    return find<DepositStatement>(reference);
}

CallResult<std::optional<PayoutStatement>>
FakeMoney::find_payout(std::string_view reference, const Trace&) {
    return find<PayoutStatement>(reference);
}

void FakeMoney::complete(const std::string& reference, std::optional<Money> amount) {
    const std::lock_guard lock{mutex_};
    auto& word = transfers_.at(reference).word;
    word.status = TransferStatus::completed;
    word.status_word = "COMPLETED";
    word.provider_transaction = "MTN-1";
    if (amount) word.amount = amount;
}

void FakeMoney::fail(const std::string& reference, const std::string& code) {
    const std::lock_guard lock{mutex_};
    auto& word = transfers_.at(reference).word;
    word.status = TransferStatus::failed;
    word.status_word = "FAILED";
    word.failure = ProviderFailure{code, "as the test asked"};
}

std::map<std::string, FakeMoney::Transfer> FakeMoney::transfers() {
    const std::lock_guard lock{mutex_};
    return transfers_;
}

int FakeMoney::requests() {
    int count = 0;
    for (const auto& [reference, transfer] : transfers()) count += transfer.requests;
    return count;
}

std::string FakeMoney::last_traceparent() {
    const std::lock_guard lock{mutex_};
    return traceparent_;
}

// ---------------------------------------------------------------- tax and messages

CallResult<TaxReceipt> FakeTax::transmit(std::string_view document, const Trace&) {
    const Mood mood = moods.take();
    if (!does_it(mood)) return end_of<TaxReceipt>(mood);
    const std::lock_guard lock{mutex_};
    received_.emplace_back(document);
    if (mood == Mood::accept_silently) return Unknown{"as the test asked"};
    return TaxReceipt{"VSDC-1", R"({"vsdcNumber":"VSDC-1"})"};
}

CallResult<std::optional<Taxpayer>> FakeTax::find_taxpayer(std::string_view tpin, const Trace&) {
    const Mood mood = moods.take();
    if (mood != Mood::accept) return end_of<std::optional<Taxpayer>>(mood);
    if (tpin.starts_with('9')) return std::optional<Taxpayer>{};
    return std::optional{Taxpayer{"Somebody", true}};
}

std::vector<std::string> FakeTax::received() {
    const std::lock_guard lock{mutex_};
    return received_;
}

CallResult<MessageId> FakeMessenger::send_pin(const PinMessage& message, const Trace&) {
    const Mood mood = moods.take();
    if (!does_it(mood)) return end_of<MessageId>(mood);
    const std::lock_guard lock{mutex_};
    delivered_.push_back(message);
    if (mood == Mood::accept_silently) return Unknown{"as the test asked"};
    return MessageId{"wamid.1"};
}

std::vector<PinMessage> FakeMessenger::delivered() {
    const std::lock_guard lock{mutex_};
    return delivered_;
}

// ---------------------------------------------------------------- tables

Result<std::vector<DueEffect>, ReadFailure>
FakeEffects::lease(std::span<const EffectKind> kinds, Instant now, std::size_t limit, Duration) {
    const std::lock_guard lock{mutex_};
    std::vector<DueEffect> due;
    for (const auto& [id, row] : rows_) {
        const bool wanted = std::ranges::find(kinds, row.effect.kind) != kinds.end();
        if (wanted && row.due_at <= now && due.size() < limit) due.push_back(row.effect);
    }
    return due;
}

void FakeEffects::wait(Duration) { std::this_thread::sleep_for(std::chrono::milliseconds{2}); }

void FakeEffects::follow(const Commit& commit) {
    const std::lock_guard lock{mutex_};
    for (const CommittedEvent& event : commit.events) {
        const auto* family = std::get_if<EffectEvent>(&event.event);
        if (!family) continue;
        const std::string id{id_in(event.stream)};
        match(
            *family,
            [&](const EffectRequested& e) {
                const Row row{{e.effect, commit.key, e.kind, e.subject}, e.due_at};
                ever_[id] = row;
                if (!dropped_) rows_[id] = row;
            },
            [&](const EffectBegun& e) {
                if (rows_.contains(id)) rows_[id].due_at = e.lease_until;
            },
            [&](const EffectDeferred& e) {
                if (rows_.contains(id)) rows_[id].due_at = e.due_at;
            },
            [&](const EffectFinished&) { rows_.erase(id); }
        );
    }
}

void FakeEffects::drop() {
    const std::lock_guard lock{mutex_};
    rows_.clear();
    dropped_ = true;
}

void FakeEffects::restore_everything() {
    const std::lock_guard lock{mutex_};
    dropped_ = false;
    rows_ = ever_;
}

Result<std::vector<DueTime>, ReadFailure>
FakeSchedule::due(DueTime::Kind kind, Instant now, std::size_t limit) {
    if (unavailable) return unexpected{ReadFailure::unavailable};
    std::vector<DueTime> out;
    for (const DueTime& each : times) {
        const bool wanted = each.kind == kind && each.due_at <= now;
        if (wanted && out.size() < limit) out.push_back(each);
    }
    return out;
}

Result<std::vector<OpenTry>, ReadFailure> FakeSchedule::open_tries(Instant, std::size_t) {
    if (unavailable) return unexpected{ReadFailure::unavailable};
    return tries;
}

Result<std::vector<ShopId>, ReadFailure>
FakeSchedule::shops_to_pay(const ShopId& after, std::size_t limit) {
    if (unavailable) return unexpected{ReadFailure::unavailable};
    std::vector<ShopId> out;
    for (const ShopId& each : shops) {
        if (each > after && out.size() < limit) out.push_back(each);
    }
    return out;
}

Result<std::vector<ExhaustedInvoice>, ReadFailure> FakeSchedule::exhausted_invoices(std::size_t) {
    if (unavailable) return unexpected{ReadFailure::unavailable};
    return exhausted;
}

// ---------------------------------------------------------------- the node

ReactorWorld::ReactorWorld()
    : worker{context(), effects, schedule, {.threads_per_provider = 2}},
      scheduler{context(), schedule} {
    reference.attach();
    processes.attach();
    engine.on_commit([this](const auto& commit) { effects.follow(*commit); });
    REQUIRE(engine.start().has_value());
    processes.resume();
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
