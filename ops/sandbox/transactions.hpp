/// The life of a deposit, a payout and a refund inside the provider: accepted, decided by the
/// phone number and by the behaviours asked for, told to the client, perhaps given back.
#pragma once

#include <string>
#include <string_view>

#include "ops/sandbox/behaviours.hpp"
#include "ops/sandbox/ledger.hpp"
#include "ops/sandbox/pawapay_request.hpp"

namespace pakashop::sandbox {

/// How a transaction ends: COMPLETED, FAILED with a code, or never (an empty status).
struct Outcome {
    std::string_view status;
    std::string_view failure_code;
};

/// What the last three digits of a Zambian number say for an operator (providers.md 1.8); every
/// other number succeeds. A refund always does.
[[nodiscard]] Outcome
outcome_of(Operation operation, std::string_view operator_code, std::string_view phone);

/// What `match` may find an entry by.
[[nodiscard]] Subject subject_of(const Entry& entry);
[[nodiscard]] Subject subject_of(const Initiation& asked, const Entry* deposit);

/// Records a movement of money that nothing speaks against, and plans its end. `deposit` is what a
/// refund gives back, null otherwise; `amount` is the amount to move. Fires wrong_amount, enqueue,
/// reverse, not_found_window and the behaviours of callbacks.
const Entry&
accept(Ledger& ledger, const Initiation& asked, const Entry* deposit, Ngwee amount, Instant now);

/// Brings every transaction whose time has come to its next state and plans its callbacks.
void settle_due(Ledger& ledger, Instant now);

/// Plans one more honest callback at once, whatever was planned before.
void resend(Ledger& ledger, const Entry& entry, Instant now);

/// The JSON of a transaction as pawaPay shows it: in a status query with the client's reference,
/// in a callback without it.
enum class View { query, callback };
[[nodiscard]] std::string render(const Entry& entry, View view);

}  // namespace pakashop::sandbox
