#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "events/kernel/json.hpp"
#include "handlers/ports/mobile_money.hpp"

/// pawaPay's JSON about transfers, read into the port's values: the bodies of callbacks and the
/// `data` of status queries have one shape.
namespace pakashop::pawapay {

using Statement = std::variant<DepositStatement, PayoutStatement, RefundStatement>;

/// Which id names the transfer says what it is: `refundId`, `payoutId` or `depositId`. What is
/// wrong otherwise. Only the id is required; a status we do not know is pending.
Result<Statement, std::string> read_statement(JsonValue object);

/// The same from a callback's raw body. Verify its signature first.
Result<Statement, std::string> read_callback(std::string_view body);

/// The `failureReason` of a reply or a statement; nothing when there is none.
std::optional<ProviderFailure> read_failure(JsonValue object);

/// A number as pawaPay wants it: digits without a plus.
std::string msisdn(std::string_view phone);
/// An amount as pawaPay takes it in every operation: without zeros that say nothing (`5000`,
/// `104.5`).
std::string canonical_amount(Money amount);

}  // namespace pakashop::pawapay
