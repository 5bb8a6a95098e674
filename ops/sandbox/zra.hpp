/// The tax authority in the seed's dialect, under `/zra` (api.md, "The sandbox").
#pragma once

#include "ops/sandbox/pawapay.hpp"

namespace pakashop::sandbox {

/// Answers a call whose path begins with `/zra`:
///   POST /zra/invoices        201 a receipt; 200 the same receipt for the same document again;
///                             409 for another document under the same number; 422 when it does
///                             not add up or the taxpayer is unknown
///   GET  /zra/taxpayers/:tpin 200 `{tpin, name, status}` or 404
/// Both need x-api-key, x-client-id and x-client-secret, whatever they are: else 401.
[[nodiscard]] Reply answer_zra(const Desk& desk, const Call& call);

/// Whether the authority knows the number: ten digits, the first not 9.
[[nodiscard]] bool is_known_tpin(std::string_view tpin);

}  // namespace pakashop::sandbox
