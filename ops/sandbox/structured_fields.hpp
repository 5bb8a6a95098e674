/// The two structured fields (RFC 8941) that a message signature needs.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pakashop::sandbox {

/// One member of a Signature-Input dictionary.
struct SignatureInput {
    std::vector<std::string> components;  ///< In the order given, without their quotes.
    std::map<std::string, std::string, std::less<>> parameters;  ///< Strings without quotes.
    std::string verbatim;  ///< The inner list and its parameters as received.
};

/// Reads `label=("a" "b");alg="x";created=1, other=(…)`. Component parameters (`"a";req`) are not
/// supported: such a field is malformed. Nothing when malformed or a label comes twice.
[[nodiscard]] std::optional<std::map<std::string, SignatureInput, std::less<>>>
parse_signature_input(std::string_view field);

/// Reads `label=:<base64>:, other=:<base64>:` into decoded bytes: a Signature or a Content-Digest.
/// Nothing when malformed or a label comes twice.
[[nodiscard]] std::optional<std::map<std::string, std::string, std::less<>>> parse_byte_dictionary(
    std::string_view field
);

}  // namespace pakashop::sandbox
