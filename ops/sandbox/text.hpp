/// Small pure helpers on text: base64, hexadecimal, digests, identifiers, phone numbers, URLs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pakashop::sandbox {

/// An ASCII letter in lower case; anything else as it is.
[[nodiscard]] char lower(char c);

/// The text without leading and trailing blanks.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// Standard base64 with padding (RFC 4648, 4).
[[nodiscard]] std::string base64(std::string_view bytes);

/// The bytes of a padded base64 text; nothing for any other text.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

/// Lower-case hexadecimal.
[[nodiscard]] std::string hex(std::string_view bytes);

/// The raw 32 or 64 digest bytes.
[[nodiscard]] std::string sha256(std::string_view bytes);
[[nodiscard]] std::string sha512(std::string_view bytes);

/// The raw 32 bytes of HMAC-SHA256.
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view bytes);

/// Whether the text consists of one or more decimal digits.
[[nodiscard]] bool all_digits(std::string_view text);

/// Whether the text is a UUID of version 4: 36 characters, either case (pawaPay's ids).
[[nodiscard]] bool is_uuid_v4(std::string_view text);

/// Only the digits of a phone number in any spelling: "+260 763-456789" gives "260763456789".
[[nodiscard]] std::string digits_of(std::string_view phone);

/// A Zambian number in any spelling as E.164 digits: "0977123456", "977123456", "260977123456" and
/// "+260 977 123456" are one number. The digits of any other text as they are.
[[nodiscard]] std::string msisdn_of(std::string_view phone);

/// A text with its %XX escapes and "+" decoded; broken escapes stay as they are.
[[nodiscard]] std::string query_decoded(std::string_view text);

/// What a signature needs of a URL. The authority is in lower case, its default port dropped.
struct Url {
    std::string authority;
    std::string path;  ///< "/" when the URL has none; without the query.
};

/// The parts of an absolute http or https URL; nothing for any other text.
[[nodiscard]] std::optional<Url> split_url(std::string_view url);

}  // namespace pakashop::sandbox
