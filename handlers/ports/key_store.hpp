#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "events/kernel/result.hpp"

namespace pakashop {

/// The AES-256 key that seals one subject's data.
using DataKey = std::array<std::uint8_t, 32>;

struct NumberedKey {
    std::uint32_t number = 1;  ///< The `#2` of `usr_1/person#2`.
    DataKey key{};
};

enum class KeyFailure { unavailable, damaged };

/// Data keys by subject (`usr_1/person`), each wrapped by a master key (architecture 2.7). A key is
/// durable before it is handed out for the first time. Safe from any thread.
class KeyStore {
public:
    virtual ~KeyStore() = default;
    /// The subject's newest key; made when there is none yet.
    virtual Result<NumberedKey, KeyFailure> current(std::string_view subject) = 0;
    /// The key of that number; nothing when it was destroyed. A number that was never made is
    /// `damaged`: keys are durable before their first use, so this store has lost some, and what
    /// they sealed must not pass for erased.
    virtual Result<std::optional<DataKey>, KeyFailure>
    find(std::string_view subject, std::uint32_t number) = 0;
    /// Destroys every key of the subject, for good. What they sealed reads as Erased from now on;
    /// a later current() makes a key of the next number.
    virtual Result<void, KeyFailure> destroy(std::string_view subject) = 0;
};

}  // namespace pakashop
