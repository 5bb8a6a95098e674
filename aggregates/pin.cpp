#include "aggregates/pin.hpp"

namespace pakashop {

std::string delivery_pin(const PinKey& key, const DeliveryId& delivery, std::int64_t issue) {
    const Digest mac = hmac_sha256(key.secret, delivery.value + "#" + std::to_string(issue));
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i) number = number << 8 | mac[i];
    const std::string digits = std::to_string(number % 1'000'000);
    return std::string(6 - digits.size(), '0') + digits;
}

bool pin_matches(
    const PinKey& key,
    const DeliveryId& delivery,
    std::int64_t issue,
    std::string_view presented
) {
    return equal_in_constant_time(delivery_pin(key, delivery, issue), presented);
}

}  // namespace pakashop
