/// pawaPay's Merchant API v2 under `/pawapay` (providers.md, 1.3 to 1.8).
#pragma once

#include <string>

#include "ops/sandbox/exchange.hpp"
#include "ops/sandbox/ledger.hpp"
#include "ops/sandbox/signatures.hpp"

namespace pakashop::sandbox {

/// What a provider's routes work with during one call.
struct Desk {
    Ledger& ledger;
    Instant now;   ///< The sandbox's own time.
    Instant wall;  ///< The time of the machine: clients' signatures are dated by it.
};

/// The keys of both sides.
struct SignatureKeys {
    KeyFinder client_keys;   ///< Those of `PUT /sandbox/config`.
    std::string public_pem;  ///< What callbacks are to be checked with.
};

/// The id of the key that signs callbacks.
inline constexpr std::string_view callback_key_id = "HTTP_EC_P256_KEY:1";

/// Answers a call whose path begins with `/pawapay`. Every call but availability and public-key
/// needs a bearer token, whatever it is. An initiation has to be signed once client keys are
/// registered, and a signature that is there has to be good: else 403 HTTP_SIGNATURE_ERROR.
[[nodiscard]] Reply answer_pawapay(const Desk& desk, const SignatureKeys& keys, const Call& call);

}  // namespace pakashop::sandbox
