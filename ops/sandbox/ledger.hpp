/// All that the sandbox knows, built up from facts. Changing it means committing a fact, so what
/// is in memory is always what the file will say after a restart. Not safe for several threads.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ops/sandbox/facts.hpp"

namespace pakashop::sandbox {

/// Settings as the command line gave them.
struct Defaults {
    std::string webhook_url;  ///< For deposits, payouts and refunds alike.
    std::string flutterwave_url;
    std::int64_t delay_ms = 200;
};

class Ledger {
public:
    explicit Ledger(const Defaults& defaults);

    /// Applies a fact and keeps its line for the file.
    void commit(const Fact& fact);

    /// Applies a line of the file; false when it cannot be read.
    [[nodiscard]] bool replay(std::string_view line);

    /// The lines committed since the last call, oldest first.
    [[nodiscard]] std::vector<std::string> take_unsaved();

    /// The entry of that id, or null. Valid until the next commit.
    [[nodiscard]] const Entry* entry(std::string_view id) const;

    /// All entries in the order they were accepted.
    [[nodiscard]] const std::vector<std::string>& entry_ids() const { return entry_order_; }

    /// The refunds of a deposit, oldest first.
    [[nodiscard]] std::vector<const Entry*> refunds_of(std::string_view deposit) const;

    /// The id of an entry whose plan is due at `now`; empty when there is none.
    [[nodiscard]] std::string due_entry(Instant now) const;

    /// Pending callbacks by (due, number).
    [[nodiscard]] const std::set<std::pair<Instant, std::int64_t>>& callback_order() const {
        return callback_order_;
    }
    [[nodiscard]] const std::map<std::int64_t, Callback>& callbacks() const { return callbacks_; }

    /// The earliest instant at which an entry's plan is due.
    [[nodiscard]] std::optional<Instant> next_entry_due() const;

    /// The document of that taxpayer and number, or null. Valid until the next commit.
    [[nodiscard]] const Invoice* invoice(const std::string& tpin, const std::string& number) const;
    [[nodiscard]] const std::vector<Invoice>& invoices() const { return invoices_; }
    [[nodiscard]] const std::vector<Message>& messages() const { return messages_; }
    [[nodiscard]] const std::vector<Rule>& rules() const { return rules_; }

    /// Settings in force: the command line's, overridden by `PUT /sandbox/config`. Every part is
    /// there.
    [[nodiscard]] const SettingsChanged& settings() const { return settings_; }

    [[nodiscard]] std::int64_t clock_offset_ms() const { return clock_offset_ms_; }

    /// What is in the wallet: an opening balance, deposits collected, payouts and refunds taken at
    /// acceptance and given back when they fail.
    [[nodiscard]] Ngwee wallet() const { return wallet_; }

    /// A number no callback, rule, invoice or message of this ledger has had.
    [[nodiscard]] std::int64_t next_number() { return ++last_number_; }

private:
    void apply(const Fact& fact);
    void apply(const Entry& entry);
    void apply(const Callback& callback);
    void apply(const CallbackTried& tried);
    void apply(const Invoice& invoice);
    void apply(const Message& message);
    void apply(const SettingsChanged& settings);
    void apply(const Rule& rule);
    void apply(const RuleFired& fired);
    void apply(const RulesCleared& cleared);
    void apply(const ClockMoved& moved);
    void apply(const Reset& reset);
    void count_number(std::int64_t number);

    std::unordered_map<std::string, Entry> entries_;
    std::vector<std::string> entry_order_;
    std::unordered_map<std::string, std::vector<std::string>> refunds_;
    std::set<std::pair<Instant, std::string>> entry_due_;
    std::map<std::int64_t, Callback> callbacks_;
    std::set<std::pair<Instant, std::int64_t>> callback_order_;
    std::vector<Invoice> invoices_;
    std::map<std::pair<std::string, std::string>, std::size_t> invoice_places_;
    std::vector<Message> messages_;
    std::vector<Rule> rules_;
    SettingsChanged settings_;
    std::int64_t clock_offset_ms_ = 0;
    std::int64_t last_number_ = 0;
    Ngwee wallet_;
    std::vector<std::string> unsaved_;
};

/// Whether nothing will change any more, in the provider's words (FAILED, COMPLETED, REVERSED).
[[nodiscard]] bool is_final(std::string_view status);

}  // namespace pakashop::sandbox
