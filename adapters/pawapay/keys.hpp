#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "events/kernel/result.hpp"

struct evp_pkey_st;

/// Keys on the curve P-256 and what message signatures do with them; OpenSSL stays in keys.cpp.
namespace pakashop::pawapay {

struct FreeKey {
    void operator()(evp_pkey_st* key) const;
};
using KeyHandle = std::unique_ptr<evp_pkey_st, FreeKey>;

/// A provider's key. Safe from any thread.
class VerifyingKey {
public:
    /// From a PEM `PUBLIC KEY`; what is wrong with it otherwise. Only P-256 is taken.
    static Result<VerifyingKey, std::string> from_pem(std::string_view pem);

    /// Whether `signature` is an ECDSA signature with SHA-256 of `text`: in DER, as pawaPay sends
    /// it, or the 64 bytes r‖s that RFC 9421 names.
    bool verifies(std::string_view text, std::string_view signature) const;

private:
    explicit VerifyingKey(KeyHandle key) : key_{std::move(key)} {}
    KeyHandle key_;
};

/// Our own key. Safe from any thread.
class SigningKey {
public:
    /// From a PEM `PRIVATE KEY` or `EC PRIVATE KEY`; what is wrong with it otherwise.
    static Result<SigningKey, std::string> from_pem(std::string_view pem);
    /// A new one, for tests.
    static SigningKey generate();

    /// An ECDSA signature with SHA-256 of `text`, in DER.
    std::string sign(std::string_view text) const;
    /// The public half as PEM, for registering it.
    std::string public_pem() const;

private:
    explicit SigningKey(KeyHandle key) : key_{std::move(key)} {}
    KeyHandle key_;
};

/// The digest's bytes.
std::string sha256_bytes(std::string_view text);
std::string sha512_bytes(std::string_view text);

}  // namespace pakashop::pawapay
