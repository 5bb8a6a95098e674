#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pakashop {

using Bytes = std::vector<std::uint8_t>;
/// The 32 bytes of a SHA-256.
using Digest = std::array<std::uint8_t, 32>;

/// SHA-256 over pieces: `Sha256{}.add(a).add(b).finish()` hashes a‖b without joining them.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    Sha256& add(std::span<const std::uint8_t> bytes);
    Sha256& add(std::string_view text);
    /// The digest of everything added. The object must not be used after it.
    Digest finish();

private:
    void* context_;
};

Digest sha256(std::string_view text);
Digest sha256(std::span<const std::uint8_t> bytes);

/// HMAC-SHA-256 (RFC 2104) over pieces. One at a time per thread: making another one, or calling
/// hmac_sha256, ends the one before.
class HmacSha256 {
public:
    explicit HmacSha256(std::span<const std::uint8_t> key);
    HmacSha256& add(std::span<const std::uint8_t> bytes);
    HmacSha256& add(std::string_view text);
    Digest finish();
};

/// HMAC-SHA-256 (RFC 2104).
Digest hmac_sha256(std::span<const std::uint8_t> key, std::string_view message);

/// Lower-case hexadecimal.
std::string to_hex(std::span<const std::uint8_t> bytes);
/// Bytes from hexadecimal of either case; nothing when a character or the length is wrong.
std::optional<Bytes> from_hex(std::string_view text);

/// Base64 with padding (RFC 4648, section 4).
std::string to_base64(std::span<const std::uint8_t> bytes);
/// Strict base64: correct padding, no white space; nothing otherwise.
std::optional<Bytes> from_base64(std::string_view text);

/// Compares two secrets in time that depends on the lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b);

inline std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view text_of(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace pakashop
