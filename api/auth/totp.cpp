#include "api/auth/totp.hpp"

#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "events/kernel/require.hpp"

namespace pakashop::api {
namespace {

constexpr std::int64_t step_ms = 30'000;
constexpr std::size_t secret_bytes = 20;
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool passed_over(char c) { return c == ' ' || c == '-' || c == '='; }

/// As one segment of a URI.
std::string percent_encoded(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain)
            result += c;
        else
            result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return result;
}

std::array<std::uint8_t, 20>
hmac_sha1(std::span<const std::uint8_t> key, std::span<const std::uint8_t> message) {
    std::array<std::uint8_t, 20> digest{};
    unsigned length = 0;
    const auto* done = HMAC(
        EVP_sha1(),
        key.data(),
        static_cast<int>(key.size()),
        message.data(),
        message.size(),
        digest.data(),
        &length
    );
    require(done != nullptr && length == digest.size(), "HMAC-SHA-1 is available");
    return digest;
}

}  // namespace

Bytes make_totp_secret() {
    Bytes secret(secret_bytes);
    const bool random = RAND_bytes(secret.data(), static_cast<int>(secret.size())) == 1;
    require(random, "the system gives random bytes");
    return secret;
}

std::string to_base32(std::span<const std::uint8_t> bytes) {
    std::string text;
    std::uint32_t pending = 0;
    int bits = 0;
    for (const auto byte : bytes) {
        pending = (pending << 8) | byte;
        for (bits += 8; bits >= 5; bits -= 5) text += alphabet[(pending >> (bits - 5)) & 31];
    }
    if (bits > 0) text += alphabet[(pending << (5 - bits)) & 31];
    return text;
}

std::optional<Bytes> from_base32(std::string_view text) {
    Bytes bytes;
    std::uint32_t pending = 0;
    int bits = 0;
    for (const char c : text) {
        if (passed_over(c)) continue;
        const auto digit = alphabet.find(upper(c));
        if (digit == alphabet.npos) return std::nullopt;
        pending = (pending << 5) | static_cast<std::uint32_t>(digit);
        bits += 5;
        if (bits < 8) continue;
        bits -= 8;
        bytes.push_back(static_cast<std::uint8_t>(pending >> bits));
    }
    return bytes;
}

std::string otpauth_uri(std::string_view secret_base32, std::string_view account) {
    return fmt::format(
        "otpauth://totp/Pakashop:{}?secret={}&issuer=Pakashop&algorithm=SHA1&digits=6&period=30",
        percent_encoded(account),
        secret_base32
    );
}

std::int64_t totp_step(Instant at) { return at.ms / step_ms; }

std::string totp_code(std::span<const std::uint8_t> secret, std::int64_t step) {
    std::array<std::uint8_t, 8> counter{};
    for (std::size_t i = 0; i < counter.size(); ++i) {
        counter[i] = static_cast<std::uint8_t>(step >> (56 - 8 * i));
    }
    const auto digest = hmac_sha1(secret, counter);
    const std::size_t offset = digest[19] & 15u;  // RFC 4226 section 5.3.
    const std::uint32_t number = (digest[offset] & 0x7Fu) << 24 | digest[offset + 1] << 16 |
                                 digest[offset + 2] << 8 | digest[offset + 3];
    return fmt::format("{:06}", number % 1'000'000);
}

std::optional<std::int64_t> accept_totp(
    std::span<const std::uint8_t> secret,
    std::string_view code,
    Instant now,
    std::optional<std::int64_t> last_accepted
) {
    const std::int64_t current = totp_step(now);
    std::optional<std::int64_t> accepted;
    // All three are computed whatever the outcome, so the time taken says nothing.
    for (std::int64_t step = current - 1; step <= current + 1; ++step) {
        const bool fits = equal_in_constant_time(totp_code(secret, step), code);
        const bool fresh = !last_accepted || step > *last_accepted;
        if (fits && fresh && !accepted) accepted = step;
    }
    return accepted;
}

}  // namespace pakashop::api
