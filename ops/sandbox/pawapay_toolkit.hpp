/// The calls of pawaPay that move no money: what is open, who is whose customer, what is left.
#pragma once

#include "ops/sandbox/pawapay.hpp"

namespace pakashop::sandbox {

/// `{"failureReason":{…}}` with a status: pawaPay's shape of a refusal that names no id.
[[nodiscard]] Reply pawapay_failure(int status, std::string_view code, std::string_view message);

/// GET /v2/active-conf?country=&operationType=
[[nodiscard]] Reply active_configuration(const Call& call, const Ledger& ledger);

/// GET /v2/availability?country=&operationType=
[[nodiscard]] Reply availability(const Call& call);

/// POST /v2/predict-provider `{phoneNumber}`: any spelling of a Zambian number.
[[nodiscard]] Reply predict_provider(const Call& call);

/// GET /v2/wallet-balances
[[nodiscard]] Reply wallet_balances(const Ledger& ledger);

/// GET /v2/public-key/http
[[nodiscard]] Reply public_keys(const SignatureKeys& keys);

}  // namespace pakashop::sandbox
