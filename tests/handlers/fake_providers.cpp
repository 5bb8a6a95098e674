#include "tests/handlers/fake_providers.hpp"

#include <doctest/doctest.h>

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

}  // namespace pakashop::kit
