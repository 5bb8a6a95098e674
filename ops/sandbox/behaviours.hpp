/// Misbehaviour on request: which rules a call meets, and what they do to it.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ops/sandbox/exchange.hpp"
#include "ops/sandbox/ledger.hpp"

namespace pakashop::sandbox {

/// What a rule's `match` is compared with. `ids` are all names of the thing: its own id, the
/// client's reference, the deposit of a refund.
struct Subject {
    std::string phone;
    std::string tpin;
    std::vector<std::string> ids = {};
};

/// Whether api.md knows the word.
[[nodiscard]] bool is_provider(std::string_view word);
[[nodiscard]] bool is_operation(std::string_view word);
[[nodiscard]] bool is_behaviour(std::string_view word);

/// Fires the first rule, in the order they were made, that answers the call in the provider's
/// stead: outage, error_500, error_429, error_401, html_502. Nothing was accepted then. `body_of`
/// renders the provider's own error document for (status, code).
using ErrorBody = std::string (*)(int status, std::string_view code);
[[nodiscard]] std::optional<Reply> fire_instead(
    Ledger& ledger,
    std::string_view provider,
    std::string_view operation,
    const Subject& subject,
    ErrorBody body_of
);

/// Fires one rule of that behaviour if there is one, and returns its `ms` (or `ms_default`).
[[nodiscard]] std::optional<std::int64_t> fire(
    Ledger& ledger,
    std::string_view provider,
    std::string_view operation,
    std::string_view behaviour,
    const Subject& subject,
    std::int64_t ms_default = 3000
);

/// How long `timeout_after_accept` keeps its caller waiting, unless `ms` says otherwise.
inline constexpr std::int64_t silence_ms = 30'000;

}  // namespace pakashop::sandbox
