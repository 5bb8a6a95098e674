#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// How a personal field is sealed (architecture 2.7): AES-256-GCM whose nonce follows from what it
/// seals, so sealing the same twice gives the same bytes, and two different texts never share a
/// nonce. Pinned by tests/golden, for ever.
namespace pakashop {

/// What one data key yields by HKDF-SHA-256 (RFC 5869); derived once and kept by the caller. Wiped
/// from memory when it goes.
struct SealingKeys {
    explicit SealingKeys(std::span<const std::uint8_t, 32> data_key);
    SealingKeys(const SealingKeys&) = delete;
    SealingKeys& operator=(const SealingKeys&) = delete;
    ~SealingKeys();

    std::array<std::uint8_t, 32> encryption{};
    std::array<std::uint8_t, 32> nonce{};
};

/// base64(nonce 12 ‖ ciphertext ‖ tag 16) of `text`, bound to `context`. The nonce is the beginning
/// of HMAC-SHA-256(nonce key, length of context as 8 bytes big endian ‖ context ‖ text).
std::string seal_box(const SealingKeys& keys, std::string_view context, std::string_view text);

/// The text inside; nothing when the box was tampered with, or sealed by another key or for another
/// context.
std::optional<std::string>
open_box(const SealingKeys& keys, std::string_view context, std::string_view box);

}  // namespace pakashop
