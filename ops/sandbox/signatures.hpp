/// HTTP message signatures as pawaPay uses them: RFC 9421 over a Content-Digest (RFC 9530), with
/// DER ECDSA P-256. Pure: keys and time are handed in.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "ops/sandbox/exchange.hpp"
#include "ops/sandbox/keys.hpp"

namespace pakashop::sandbox {

/// What a signature is made over. `path` is without the query.
struct SignedMessage {
    std::string method;
    std::string authority;
    std::string path;
    Fields headers;
    std::string_view body;
};

/// What is wrong with a signature, in the order it is looked for.
enum class SignatureFault {
    missing,       ///< No Signature, no Signature-Input or no Content-Digest.
    malformed,     ///< Not the structured fields of RFC 8941, or a component named twice.
    uncovered,     ///< A component that has to be covered is not, or one covered is not there.
    algorithm,     ///< Any other than ecdsa-p256-sha256.
    expired,       ///< `expires` has passed.
    unknown_key,   ///< No key is registered under `keyid`.
    wrong_digest,  ///< The body is not the one the digest was made of.
    wrong,         ///< The bytes were not signed by that key.
};

/// The words of a fault, for a failure message.
[[nodiscard]] std::string_view to_text(SignatureFault fault);

/// Finds the key registered under an id; null when there is none.
using KeyFinder = std::function<const PublicKey*(std::string_view key_id)>;

/// Checks the signature of a message: every known digest in Content-Digest must match, and the
/// signature must cover @method, @authority, @path and content-digest. The label is `sig-pp` if
/// there, else the only one. `now_s` is in Unix seconds. Returns what is wrong, or nothing.
[[nodiscard]] std::optional<SignatureFault>
check_signature(const SignedMessage& message, const KeyFinder& keys, std::int64_t now_s);

/// The headers that sign a message the way pawaPay's callbacks are signed: Content-Digest
/// (sha-512), Signature-Date, Signature-Input and Signature under the label `sig-pp`, good for one
/// minute. The message must already have its Content-Type.
[[nodiscard]] Fields sign_message(
    const SignedMessage& message,
    const PrivateKey& key,
    std::string_view key_id,
    Instant now
);

/// `sha-512=:<base64>:`.
[[nodiscard]] std::string content_digest(std::string_view body);

}  // namespace pakashop::sandbox
