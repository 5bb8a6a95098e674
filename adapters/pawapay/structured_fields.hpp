#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The part of structured fields (RFC 8941) that message signatures are written in.
namespace pakashop::pawapay {

/// One member of a `Signature-Input`: what a signature covers, and its parameters.
struct CoveredComponents {
    std::vector<std::string> names;                 ///< `@method`, `content-digest`; in order.
    std::map<std::string, std::string> parameters;  ///< Strings without their quotes.
    std::string verbatim;  ///< List and parameters as they stand: the signature covers them too.
};

/// `sig-pp=("@method" "@path");created=1;keyid="k"`, several divided by commas. Nothing when the
/// text is anything else, a label comes twice, or a component has parameters of its own.
std::optional<std::map<std::string, CoveredComponents>> parse_signature_input(std::string_view field
);

/// `sha-512=:BASE64:`, several divided by commas, as decoded bytes: a `Content-Digest` or a
/// `Signature`. Nothing when the text is anything else or a label comes twice.
std::optional<std::map<std::string, std::string>> parse_byte_sequences(std::string_view field);

}  // namespace pakashop::pawapay
