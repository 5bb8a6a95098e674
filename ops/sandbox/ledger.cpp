#include "ops/sandbox/ledger.hpp"

#include <algorithm>
#include <charconv>

namespace pakashop::sandbox {
namespace {

constexpr Ngwee opening_wallet = 1'000'000'000'00;  // One thousand million kwacha.

/// What an entry means for the wallet in the state it is in.
Ngwee wallet_effect(const Entry& entry) {
    if (entry.kind == "deposit") return entry.status == "COMPLETED" ? entry.amount : 0;
    return entry.status == "FAILED" || entry.status == "REVERSED" ? 0 : -entry.amount;
}

template <typename T>
void take_over(std::optional<T>& current, const std::optional<T>& change) {
    if (change) current = change;
}

}  // namespace

bool is_final(std::string_view status) {
    return status == "COMPLETED" || status == "FAILED" || status == "REVERSED";
}

Ledger::Ledger(const Defaults& defaults) : wallet_{opening_wallet} {
    settings_ = SettingsChanged{
        .deposit_url = defaults.webhook_url,
        .payout_url = defaults.webhook_url,
        .refund_url = defaults.webhook_url,
        .flutterwave_url = defaults.flutterwave_url,
        .delay_ms = defaults.delay_ms,
        .signing = "rfc9421",
        .client_keys = std::vector<ClientKey>{},
    };
}

void Ledger::commit(const Fact& fact) {
    apply(fact);
    unsaved_.push_back(encode(fact));
}

bool Ledger::replay(std::string_view line) {
    const auto fact = decode(line);
    if (fact) apply(*fact);
    return fact.has_value();
}

std::vector<std::string> Ledger::take_unsaved() { return std::exchange(unsaved_, {}); }

const Entry* Ledger::entry(std::string_view id) const {
    const auto found = entries_.find(std::string{id});
    return found == entries_.end() ? nullptr : &found->second;
}

std::vector<const Entry*> Ledger::refunds_of(std::string_view deposit) const {
    std::vector<const Entry*> refunds;
    const auto found = refunds_.find(std::string{deposit});
    if (found == refunds_.end()) return refunds;
    for (const auto& id : found->second) refunds.push_back(entry(id));
    return refunds;
}

std::string Ledger::due_entry(Instant now) const {
    if (entry_due_.empty() || entry_due_.begin()->first > now) return {};
    return entry_due_.begin()->second;
}

std::optional<Instant> Ledger::next_entry_due() const {
    if (entry_due_.empty()) return std::nullopt;
    return entry_due_.begin()->first;
}

const Invoice* Ledger::invoice(const std::string& tpin, const std::string& number) const {
    const auto found = invoice_places_.find({tpin, number});
    return found == invoice_places_.end() ? nullptr : &invoices_[found->second];
}

void Ledger::apply(const Fact& fact) {
    std::visit([this](const auto& f) { apply(f); }, fact);
}

void Ledger::apply(const Entry& entry) {
    const auto [place, is_new] = entries_.try_emplace(entry.id);
    Entry& kept = place->second;
    if (is_new) {
        entry_order_.push_back(entry.id);
        if (!entry.parent.empty()) refunds_[entry.parent].push_back(entry.id);
    } else {
        wallet_ -= wallet_effect(kept);
        if (kept.plan.at != 0) entry_due_.erase({kept.plan.at, kept.id});
    }
    kept = entry;
    wallet_ += wallet_effect(kept);
    if (kept.plan.at != 0) entry_due_.emplace(kept.plan.at, kept.id);
}

void Ledger::apply(const Callback& callback) {
    count_number(callback.number);
    if (const auto old = callbacks_.find(callback.number); old != callbacks_.end()) {
        callback_order_.erase({old->second.due, callback.number});
    }
    callback_order_.emplace(callback.due, callback.number);
    callbacks_.insert_or_assign(callback.number, callback);
}

void Ledger::apply(const CallbackTried& tried) {
    if (const auto entry = entries_.find(tried.entry); entry != entries_.end()) {
        ++entry->second.callbacks_sent;
    }
    const auto found = callbacks_.find(tried.number);
    if (found == callbacks_.end()) return;
    Callback& callback = found->second;
    callback_order_.erase({callback.due, tried.number});
    if (tried.next_due == 0) {
        callbacks_.erase(found);
        return;
    }
    ++callback.attempts;
    if (callback.first_tried == 0) callback.first_tried = tried.at;
    callback.due = tried.next_due;
    callback_order_.emplace(callback.due, tried.number);
}

void Ledger::apply(const Invoice& invoice) {
    count_number(invoice.receipt_number);
    const auto [place, is_new] =
        invoice_places_.try_emplace({invoice.tpin, invoice.number}, invoices_.size());
    if (is_new)
        invoices_.push_back(invoice);
    else
        invoices_[place->second] = invoice;
}

void Ledger::apply(const Message& message) { messages_.push_back(message); }

void Ledger::apply(const SettingsChanged& settings) {
    take_over(settings_.deposit_url, settings.deposit_url);
    take_over(settings_.payout_url, settings.payout_url);
    take_over(settings_.refund_url, settings.refund_url);
    take_over(settings_.flutterwave_url, settings.flutterwave_url);
    take_over(settings_.delay_ms, settings.delay_ms);
    take_over(settings_.signing, settings.signing);
    take_over(settings_.client_keys, settings.client_keys);
}

void Ledger::apply(const Rule& rule) {
    count_number(rule.number);
    rules_.push_back(rule);
}

void Ledger::apply(const RuleFired& fired) {
    const auto found = std::ranges::find(rules_, fired.number, &Rule::number);
    if (found != rules_.end()) ++found->fired;
}

void Ledger::apply(const RulesCleared& cleared) {
    std::erase_if(rules_, [&](const Rule& rule) {
        const bool all = cleared.behaviour.empty();
        return all || (rule.provider == cleared.provider && rule.operation == cleared.operation &&
                       rule.behaviour == cleared.behaviour);
    });
}

void Ledger::apply(const ClockMoved& moved) { clock_offset_ms_ = moved.offset_ms; }

void Ledger::apply(const Reset&) {
    entries_.clear();
    entry_order_.clear();
    refunds_.clear();
    entry_due_.clear();
    callbacks_.clear();
    callback_order_.clear();
    invoices_.clear();
    invoice_places_.clear();
    messages_.clear();
    rules_.clear();
    wallet_ = opening_wallet;
}

void Ledger::count_number(std::int64_t number) { last_number_ = std::max(last_number_, number); }

}  // namespace pakashop::sandbox
