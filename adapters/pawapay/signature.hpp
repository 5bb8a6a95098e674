#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/client.hpp"
#include "adapters/pawapay/keys.hpp"
#include "events/codec.hpp"

/// HTTP message signatures (RFC 9421) with content digests (RFC 9530) as pawaPay uses them:
/// requests we sign, callbacks we verify; and the seeds' plain HMAC (PAY-14, C-17).
///
///     if (auto good = verify_signature(message, keys, unix_now); !good) return
///     refuse(good.error());
namespace pakashop::pawapay {

/// The parts of an HTTP request that a signature can cover.
struct SignedMessage {
    std::string method;
    std::string authority;  ///< Host and port as the sender knows them (PAKASHOP_PUBLIC_URL).
    std::string path;       ///< As sent, percent-encoded, without the query.
    std::vector<HttpHeader> headers;  ///< Names in any case.
    std::string body;                 ///< Raw, byte for byte.
};

/// Why a signature counts for nothing.
enum class SignatureFault {
    missing,      ///< Signature, Signature-Input or Content-Digest is not there.
    malformed,    ///< One of them cannot be read.
    uncovered,    ///< Something that has to be covered is not, or is not in the message.
    algorithm,    ///< Another one than ecdsa-p256-sha256.
    stale,        ///< Not made within the last or next five minutes, or expired.
    unknown_key,  ///< Nobody we know has this key id.
    digest,       ///< The body is not the one that was signed.
    wrong         ///< It does not verify.
};
constexpr auto enum_names(SignatureFault) {
    return std::array<std::string_view, 8>{
        "missing", "malformed", "uncovered", "algorithm", "stale", "unknown_key", "digest", "wrong"
    };
}

/// The key of that id; null when there is none.
using KeyFinder = std::function<std::shared_ptr<const VerifyingKey>(std::string_view key_id)>;

/// Verifies label `sig-pp`: method, authority, path and content digest must be covered, each
/// component at most once; `created` lies within five minutes of `unix_now`, `expires` is not over;
/// every digest of a known algorithm matches the body, and at least one is known. `unix_now` is the
/// real time in seconds: a clock that was moved for tests must not decide here.
Result<void, SignatureFault>
verify_signature(const SignedMessage& message, const KeyFinder& keys, std::int64_t unix_now);

/// Content-Digest, Signature-Date, Signature-Input and Signature for a request, whose Content-Type
/// must be among its headers.
std::vector<HttpHeader> sign_message(
    const SignedMessage& message,
    const SigningKey& key,
    std::string_view key_id,
    std::int64_t unix_now
);

/// Whether `signature` is the lower- or upper-case hex of HMAC-SHA256(secret, body). Compares in
/// constant time; an empty secret verifies nothing.
bool verify_hmac(std::string_view secret, std::string_view body, std::string_view signature);

}  // namespace pakashop::pawapay
