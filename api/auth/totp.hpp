#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "events/kernel/hash.hpp"
#include "events/kernel/time.hpp"

/// Time-based one-time passwords (RFC 6238): HMAC-SHA-1, six digits, steps of 30 s, as every
/// authenticator app has them.
namespace pakashop::api {

/// A new secret: 20 random bytes, as RFC 4226 section 4 recommends.
Bytes make_totp_secret();

/// Base 32 without padding (RFC 4648 section 6), the spelling people type.
std::string to_base32(std::span<const std::uint8_t> bytes);
/// Either case, spaces and padding passed over; nothing for other characters.
std::optional<Bytes> from_base32(std::string_view text);

/// `otpauth://totp/Pakashop:<account>?secret=…&issuer=Pakashop`, for a QR code.
std::string otpauth_uri(std::string_view secret_base32, std::string_view account);

/// The time step an instant lies in.
std::int64_t totp_step(Instant at);

/// The code of one step, with leading zeros.
std::string totp_code(std::span<const std::uint8_t> secret, std::int64_t step);

/// The step a code belongs to, when it is that of `now` or of a neighbouring step and later than
/// `last_accepted` (each step counts once, S6); nothing otherwise. Keep the step that was returned.
std::optional<std::int64_t> accept_totp(
    std::span<const std::uint8_t> secret,
    std::string_view code,
    Instant now,
    std::optional<std::int64_t> last_accepted
);

}  // namespace pakashop::api
