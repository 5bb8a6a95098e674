#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pakashop::api {

/// What is wrong with a new password (S3). No rule about kinds of characters: length and not being
/// guessable are what counts.
enum class PasswordRefusal { too_short, too_long, common, contains_context };

/// Checks a new password: `length_min` to 128 characters (code points), not one of
/// the much-used ones, not one character or one row of keys over and over, and without a context
/// word (name, e-mail name, phone; words under four characters do not count). Case does not help.
std::optional<PasswordRefusal> check_password(
    std::string_view password,
    std::span<const std::string> context,
    std::size_t length_min = 8
);

/// Argon2id as a PHC string: 19 MiB, two passes, one lane, 16 random bytes of salt (S1). Takes
/// about 45 ms of one core: go through PasswordQueue, not here. Empty when memory is short.
std::string hash_password(std::string_view password);

/// True when the password belongs to the PHC string; takes as long as hashing.
bool verify_password(std::string_view password, const std::string& phc);

/// A hash no password is known for: verify against it when there is no such user, so that the
/// answer takes as long (S4).
const std::string& nobodys_hash();

}  // namespace pakashop::api
