/// Elliptic-curve keys on P-256. Signatures are ASN.1 DER, as pawaPay's are, and not the 64 bare
/// bytes that RFC 9421 asks for.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace pakashop::sandbox {

/// Frees an OpenSSL key.
struct FreeKey {
    void operator()(evp_pkey_st* key) const;
};
using KeyHandle = std::unique_ptr<evp_pkey_st, FreeKey>;

/// The half of a key pair that checks signatures. Safe to use from several threads.
class PublicKey {
public:
    /// Reads a PEM "PUBLIC KEY"; nothing unless it is a key on P-256.
    [[nodiscard]] static std::optional<PublicKey> from_pem(std::string_view pem);

    /// Whether `signature` is the DER ECDSA-SHA256 signature of `bytes` by this key. The 64-byte
    /// form is refused.
    [[nodiscard]] bool verifies(std::string_view bytes, std::string_view signature) const;

private:
    explicit PublicKey(KeyHandle key) : key_{std::move(key)} {}
    KeyHandle key_;
};

/// The half that signs. Safe to use from several threads.
class PrivateKey {
public:
    /// A fresh random key.
    [[nodiscard]] static PrivateKey generate();

    /// Reads a PEM private key without a passphrase; nothing unless it is a key on P-256.
    [[nodiscard]] static std::optional<PrivateKey> from_pem(std::string_view pem);

    /// PKCS#8 in PEM. A secret: only ever written to the key file.
    [[nodiscard]] std::string to_pem() const;

    /// The public half as PEM "PUBLIC KEY".
    [[nodiscard]] std::string public_pem() const;

    /// The DER ECDSA-SHA256 signature of `bytes`.
    [[nodiscard]] std::string sign(std::string_view bytes) const;

private:
    explicit PrivateKey(KeyHandle key) : key_{std::move(key)} {}
    KeyHandle key_;
};

}  // namespace pakashop::sandbox
