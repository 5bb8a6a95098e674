#pragma once

#include "events/kernel/ids.hpp"

/// What the effects of the shop's own intents are called, so that whoever holds the intent finds
/// its effect: `effect:<this id>`. Stored for ever.
namespace pakashop {

inline EffectId deposit_effect(const PaymentId& payment) {
    return {"eff_deposit_" + payment.value};
}
inline EffectId payout_effect(const PayoutId& payout) { return {"eff_payout_" + payout.value}; }
inline EffectId invoice_effect(const InvoiceId& invoice) { return {"eff_zra_" + invoice.value}; }
inline EffectId tpin_effect(const ShopId& shop) { return {"eff_tpin_" + shop.value}; }
inline EffectId pin_effect(const DeliveryId& delivery, std::int64_t issue) {
    return {"eff_pin_" + delivery.value + "_" + std::to_string(issue)};
}

}  // namespace pakashop
