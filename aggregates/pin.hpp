#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "events/kernel/hash.hpp"
#include "events/kernel/ids.hpp"

namespace pakashop {

/// The key all delivery PINs derive from (PIN_KEY_FILE). Lives in memory only, never in an event.
struct PinKey {
    Digest secret{};
};

/// The PIN of a delivery's n-th issue: HMAC(key, deliveryId ‖ n) as six digits (POD-01). Sender and
/// checker both derive it, so it is stored nowhere (architecture 2.7).
std::string delivery_pin(const PinKey& key, const DeliveryId& delivery, std::int64_t issue);

/// Compares in constant time.
bool pin_matches(
    const PinKey& key,
    const DeliveryId& delivery,
    std::int64_t issue,
    std::string_view presented
);

}  // namespace pakashop
