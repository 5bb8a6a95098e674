#pragma once

#include "events/kernel/ids.hpp"
#include "events/kernel/sealed.hpp"

namespace pakashop {

/// The id under which a provider knows our deposit: SHA-256("deposit:" + payment id), stamped and
/// spelled as a UUIDv4 (architecture 3.2). The same payment always has the same one, so a call that
/// is repeated is the same call to the provider.
PublicText provider_reference(const PaymentId& payment);
/// The same for a payout: SHA-256("payout:" + payout id).
PublicText provider_reference(const PayoutId& payout);

}  // namespace pakashop
