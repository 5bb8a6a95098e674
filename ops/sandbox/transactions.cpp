#include "ops/sandbox/transactions.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "ops/sandbox/clock.hpp"
#include "ops/sandbox/text.hpp"

namespace pakashop::sandbox {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view provider = "pawapay";

/// One test number: what an operation on a wallet of this operator that ends so comes to.
struct TestNumber {
    Operation operation;
    std::string_view operator_code;
    std::string_view ending;
    Outcome outcome;
};

constexpr Outcome open_for_ever{"", ""};

constexpr Outcome failing(std::string_view code) { return {"FAILED", code}; }

constexpr std::string_view mtn = "MTN_MOMO_ZMB";
constexpr std::string_view airtel = "AIRTEL_OAPI_ZMB";
constexpr std::string_view zamtel = "ZAMTEL_ZMB";

constexpr std::array test_numbers{
    TestNumber{Operation::deposit, mtn, "019", failing("PAYER_LIMIT_REACHED")},
    TestNumber{Operation::deposit, mtn, "029", failing("PAYER_NOT_FOUND")},
    TestNumber{Operation::deposit, mtn, "039", failing("PAYMENT_NOT_APPROVED")},
    TestNumber{Operation::deposit, mtn, "069", failing("UNSPECIFIED_FAILURE")},
    TestNumber{Operation::deposit, mtn, "129", open_for_ever},
    TestNumber{Operation::payout, mtn, "079", failing("RECIPIENT_NOT_FOUND")},
    TestNumber{Operation::payout, mtn, "119", failing("UNSPECIFIED_FAILURE")},
    TestNumber{Operation::payout, mtn, "129", open_for_ever},
    TestNumber{Operation::deposit, airtel, "019", failing("PAYER_LIMIT_REACHED")},
    TestNumber{Operation::deposit, airtel, "039", failing("PAYMENT_NOT_APPROVED")},
    TestNumber{Operation::deposit, airtel, "049", failing("INSUFFICIENT_BALANCE")},
    TestNumber{Operation::deposit, airtel, "069", failing("UNSPECIFIED_FAILURE")},
    TestNumber{Operation::deposit, airtel, "129", open_for_ever},
    TestNumber{Operation::payout, airtel, "089", failing("RECIPIENT_NOT_FOUND")},
    TestNumber{Operation::payout, airtel, "119", failing("UNSPECIFIED_FAILURE")},
    TestNumber{Operation::payout, airtel, "129", open_for_ever},
    TestNumber{Operation::deposit, zamtel, "704", failing("INSUFFICIENT_BALANCE")},
    TestNumber{Operation::deposit, zamtel, "712", failing("UNSPECIFIED_FAILURE")},
    TestNumber{Operation::deposit, zamtel, "789", open_for_ever},
};

/// One kwacha less than asked; one more where there is none to take away.
Ngwee wrong_amount(Ngwee amount) { return amount > 100 ? amount - 100 : amount + 100; }

Outcome planned_outcome(const Ledger& ledger, const Entry& entry, Operation operation) {
    if (operation != Operation::deposit && ledger.wallet() < entry.amount) {
        return failing("PAWAPAY_WALLET_OUT_OF_FUNDS");
    }
    return outcome_of(operation, entry.operator_code, entry.phone);
}

/// The behaviours that change how the end is told.
void plan_telling(Ledger& ledger, Entry& entry, const Subject& subject) {
    const auto wants = [&](std::string_view behaviour) {
        return fire(ledger, provider, entry.kind, behaviour, subject);
    };
    Plan& plan = entry.plan;
    if (wants("duplicate_callback")) plan.callback_copies = 2;
    if (const auto late = wants("late_callback")) plan.callback_ms = *late;
    if (const auto reorder = wants("reorder")) {
        plan.yields = true;
        plan.callback_ms += *reorder;
    }
    if (wants("forged_signature")) plan.forged = true;
    if (wants("no_callback")) plan.callback_copies = 0;
}

/// The behaviours that change what happens and when.
void plan_course(Ledger& ledger, Entry& entry, const Subject& subject, Instant now) {
    const auto wants = [&](std::string_view behaviour) {
        return fire(ledger, provider, entry.kind, behaviour, subject);
    };
    if (wants("wrong_amount")) entry.amount = wrong_amount(entry.amount);
    if (const auto window = wants("not_found_window")) entry.plan.visible_from = now + *window;
    if (const auto reversal = wants("reverse")) entry.plan.reverse_ms = *reversal;
    if (const auto queue = wants("enqueue")) {
        entry.status = "ENQUEUED";
        entry.plan.at += *queue;
    }
}

void plan_outcome(Entry& entry, const Outcome& outcome) {
    entry.plan.status = outcome.status;
    entry.plan.failure_code = outcome.failure_code;
    const bool nothing_to_come = outcome.status.empty() && !entry.plan.forged;
    if (nothing_to_come) entry.plan.at = 0;
}

/// What stands in a callback: the truth, or in a forged one a success that never was.
std::string callback_body(const Entry& entry, bool forged) {
    if (!forged) return render(entry, View::callback);
    Entry lie = entry;
    lie.status = "COMPLETED";
    lie.failure_code.clear();
    return render(lie, View::callback);
}

/// Whether a callback of this kind is being held back for another to overtake it.
bool someone_yields(const Ledger& ledger, std::string_view kind) {
    return std::ranges::any_of(ledger.callbacks(), [&](const auto& numbered) {
        return numbered.second.yields && numbered.second.kind == kind;
    });
}

void plan_callbacks(Ledger& ledger, const Entry& entry, Instant now) {
    const bool overtakes = entry.plan.yields && someone_yields(ledger, entry.kind);
    for (int copy = 0; copy < entry.plan.callback_copies; ++copy) {
        ledger.commit(Callback{
            .number = ledger.next_number(),
            .entry = entry.id,
            .kind = entry.kind,
            .body = callback_body(entry, entry.plan.forged),
            .due = overtakes ? now : now + entry.plan.callback_ms,
            .first_tried = 0,
            .attempts = 0,
            .forged = entry.plan.forged,
            .yields = entry.plan.yields && !overtakes,
        });
    }
}

/// Takes an entry over the step its plan names.
Entry stepped(const Entry& before, Instant now) {
    Entry entry = before;
    entry.plan.at = 0;
    if (entry.plan.status.empty()) return entry;
    entry.status = entry.plan.status;
    entry.failure_code = entry.plan.failure_code;
    entry.final_at = now;
    const bool turns_back = entry.status == "COMPLETED" && entry.plan.reverse_ms >= 0;
    if (turns_back) {
        entry.plan.at = now + entry.plan.reverse_ms;
        entry.plan.status = "REVERSED";
        entry.plan.failure_code = "UNSPECIFIED_FAILURE";
    }
    return entry;
}

ordered_json party_of(const Entry& entry) {
    return {
        {"type", "MMO"},
        {"accountDetails", {{"phoneNumber", entry.phone}, {"provider", entry.operator_code}}}
    };
}

std::string_view sentence_of(std::string_view failure_code) {
    if (failure_code == "PAYER_NOT_FOUND") return "The number has no wallet with this provider.";
    if (failure_code == "PAYMENT_NOT_APPROVED") return "The payer did not approve the payment.";
    if (failure_code == "PAYER_LIMIT_REACHED") return "The payer's limit is used up.";
    if (failure_code == "INSUFFICIENT_BALANCE") return "The payer has not enough money.";
    if (failure_code == "RECIPIENT_NOT_FOUND") return "The recipient has no wallet here.";
    if (failure_code == "MANUALLY_CANCELLED") return "Cancelled while it was waiting.";
    if (failure_code == "PAWAPAY_WALLET_OUT_OF_FUNDS") return "The merchant's wallet is empty.";
    return "The provider gave no reason.";
}

}  // namespace

Outcome outcome_of(Operation operation, std::string_view operator_code, std::string_view phone) {
    for (const auto& number : test_numbers) {
        const bool same = number.operation == operation && number.operator_code == operator_code;
        if (same && phone.ends_with(number.ending)) return number.outcome;
    }
    return {"COMPLETED", ""};
}

Subject subject_of(const Entry& entry) {
    return {
        .phone = entry.phone, .tpin = "", .ids = {entry.id, entry.client_reference, entry.parent}
    };
}

Subject subject_of(const Initiation& asked, const Entry* deposit) {
    return {
        .phone = deposit == nullptr ? asked.phone : deposit->phone,
        .tpin = "",
        .ids = {asked.id, asked.client_reference, asked.deposit},
    };
}

const Entry&
accept(Ledger& ledger, const Initiation& asked, const Entry* deposit, Ngwee amount, Instant now) {
    const Subject subject = subject_of(asked, deposit);
    Entry entry;
    entry.id = asked.id;
    entry.kind = to_text(asked.operation);
    entry.amount = amount;
    entry.currency = asked.currency;
    entry.phone = deposit == nullptr ? asked.phone : deposit->phone;
    entry.operator_code = deposit == nullptr ? asked.operator_code : deposit->operator_code;
    entry.status = "ACCEPTED";
    entry.client_reference = asked.client_reference;
    entry.parent = asked.deposit;
    entry.customer_message = asked.customer_message;
    entry.metadata = asked.metadata;
    entry.provider_transaction_id = "SBX" + hex(sha256(entry.id)).substr(0, 16);
    entry.created_at = now;
    entry.plan.at = now + ledger.settings().delay_ms.value_or(0);
    plan_course(ledger, entry, subject, now);
    plan_telling(ledger, entry, subject);
    plan_outcome(entry, planned_outcome(ledger, entry, asked.operation));
    ledger.commit(entry);
    return *ledger.entry(entry.id);
}

void settle_due(Ledger& ledger, Instant now) {
    for (auto id = ledger.due_entry(now); !id.empty(); id = ledger.due_entry(now)) {
        const Entry after = stepped(*ledger.entry(id), now);
        ledger.commit(after);
        plan_callbacks(ledger, after, now);
    }
}

void resend(Ledger& ledger, const Entry& entry, Instant now) {
    ledger.commit(Callback{
        .number = ledger.next_number(),
        .entry = entry.id,
        .kind = entry.kind,
        .body = callback_body(entry, false),
        .due = now,
        .first_tried = 0,
        .attempts = 0,
        .forged = false,
        .yields = false,
    });
}

std::string render(const Entry& entry, View view) {
    // pawaPay has no word for a reversal: a payment that was turned back has failed.
    const std::string status = entry.status == "REVERSED" ? "FAILED" : entry.status;
    ordered_json out;
    out[entry.kind + "Id"] = entry.id;
    out["status"] = status;
    out["amount"] = format_amount(entry.amount);
    out["currency"] = entry.currency;
    out["country"] = "ZMB";
    out[entry.kind == "deposit" ? "payer" : "recipient"] = party_of(entry);
    if (!entry.customer_message.empty()) out["customerMessage"] = entry.customer_message;
    if (view == View::query && !entry.client_reference.empty()) {
        out["clientReferenceId"] = entry.client_reference;
    }
    out["created"] = rfc3339(entry.created_at);
    if (is_final(entry.status)) out["providerTransactionId"] = entry.provider_transaction_id;
    if (!entry.failure_code.empty()) {
        out["failureReason"] = {
            {"failureCode", entry.failure_code}, {"failureMessage", sentence_of(entry.failure_code)}
        };
    }
    if (!entry.metadata.empty()) out["metadata"] = ordered_json::parse(entry.metadata);
    return out.dump();
}

}  // namespace pakashop::sandbox
