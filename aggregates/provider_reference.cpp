#include "aggregates/provider_reference.hpp"

#include <span>
#include <string>
#include <string_view>

namespace pakashop {
namespace {

// A digest in the shape of a UUIDv4 (RFC 9562, 5.4), which is the only one pawaPay takes.
PublicText uuid_of(std::string_view purpose, std::string_view id) {
    Digest digest = Sha256{}.add(purpose).add(":").add(id).finish();
    digest[6] = static_cast<std::uint8_t>(0x40 | (digest[6] & 0x0f));  // Version 4.
    digest[8] = static_cast<std::uint8_t>(0x80 | (digest[8] & 0x3f));  // The RFC's variant.
    std::string text = to_hex(std::span{digest}.first(16));
    for (const std::size_t hyphen : {20, 16, 12, 8}) text.insert(hyphen, 1, '-');
    return text;
}

}  // namespace

PublicText provider_reference(const PaymentId& payment) {
    return uuid_of("deposit", payment.value);
}

PublicText provider_reference(const PayoutId& payout) { return uuid_of("payout", payout.value); }

}  // namespace pakashop
