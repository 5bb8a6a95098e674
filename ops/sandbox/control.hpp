/// The sandbox's own calls, under `/sandbox`: looking into it and telling it to misbehave.
#pragma once

#include "ops/sandbox/pawapay.hpp"

namespace pakashop::sandbox {

/// Answers a call whose path begins with `/sandbox` (api.md, "The sandbox"). What cannot be
/// understood is answered with a problem document: 400 malformed_json, 422 validation_failed, 404
/// not_found, 409 not_final. `has_webhook_secret` says whether the HMAC mode may be chosen.
[[nodiscard]] Reply answer_control(const Desk& desk, const Call& call, bool has_webhook_secret);

/// `application/problem+json` with a stable code.
[[nodiscard]] Reply problem(int status, std::string_view code, std::string_view detail);

}  // namespace pakashop::sandbox
