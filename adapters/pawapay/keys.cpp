#include "adapters/pawapay/keys.hpp"

#include <array>
#include <optional>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "events/kernel/require.hpp"

namespace pakashop::pawapay {
namespace {

constexpr std::size_t coordinate_bytes = 32;

struct Free {
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
    void operator()(BIGNUM* number) const { BN_free(number); }
    void operator()(unsigned char* bytes) const { OPENSSL_free(bytes); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* data_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Owned<BIO> reader(std::string_view pem) {
    return Owned<BIO>{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
}

bool is_p256(const EVP_PKEY* key) {
    std::array<char, 64> name{};
    std::size_t size = 0;
    const bool named = EVP_PKEY_get_group_name(key, name.data(), name.size(), &size) == 1;
    return named && std::string_view{name.data(), size} == "prime256v1";
}

/// Takes a key that was read, if it is one we use.
Result<KeyHandle, std::string> checked(KeyHandle key) {
    if (!key) return unexpected{std::string{"it is no key in PEM"}};
    if (!is_p256(key.get())) return unexpected{std::string{"it is not on the curve P-256"}};
    return key;
}

/// r‖s as DER, which is what OpenSSL verifies.
std::string to_der(std::string_view raw) {
    const auto number = [&](std::size_t at) {
        return Owned<BIGNUM>{
            BN_bin2bn(data_of(raw.substr(at)), static_cast<int>(coordinate_bytes), nullptr)
        };
    };
    auto r = number(0);
    auto s = number(coordinate_bytes);
    const Owned<ECDSA_SIG> signature{ECDSA_SIG_new()};
    require(r && s && signature, "OpenSSL has memory for a signature");
    ECDSA_SIG_set0(signature.get(), r.release(), s.release());
    unsigned char* bytes = nullptr;
    const int size = i2d_ECDSA_SIG(signature.get(), &bytes);
    const Owned<unsigned char> owned{bytes};
    require(size > 0, "a signature can be written as DER");
    return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

bool verify_der(EVP_PKEY* key, std::string_view text, std::string_view signature) {
    const Owned<EVP_MD_CTX> context{EVP_MD_CTX_new()};
    if (EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1) return false;
    return EVP_DigestVerify(
               context.get(), data_of(signature), signature.size(), data_of(text), text.size()
           ) == 1;
}

std::string digest(const EVP_MD* algorithm, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned int size = 0;
    const int done = EVP_Digest(text.data(), text.size(), bytes.data(), &size, algorithm, nullptr);
    require(done == 1, "OpenSSL knows the SHA-2 family");
    return {reinterpret_cast<const char*>(bytes.data()), size};
}

}  // namespace

void FreeKey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Result<VerifyingKey, std::string> VerifyingKey::from_pem(std::string_view pem) {
    auto key =
        checked(KeyHandle{PEM_read_bio_PUBKEY(reader(pem).get(), nullptr, nullptr, nullptr)});
    if (!key) return unexpected{key.error()};
    return VerifyingKey{*std::move(key)};
}

bool VerifyingKey::verifies(std::string_view text, std::string_view signature) const {
    if (verify_der(key_.get(), text, signature)) return true;
    return signature.size() == 2 * coordinate_bytes &&
           verify_der(key_.get(), text, to_der(signature));
}

Result<SigningKey, std::string> SigningKey::from_pem(std::string_view pem) {
    auto key =
        checked(KeyHandle{PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, nullptr, nullptr)});
    if (!key) return unexpected{key.error()};
    return SigningKey{*std::move(key)};
}

SigningKey SigningKey::generate() {
    KeyHandle key{EVP_EC_gen("P-256")};
    require(key != nullptr, "OpenSSL makes keys");
    return SigningKey{std::move(key)};
}

std::string SigningKey::sign(std::string_view text) const {
    const Owned<EVP_MD_CTX> context{EVP_MD_CTX_new()};
    std::size_t size = 0;
    const bool ready =
        EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
        EVP_DigestSign(context.get(), nullptr, &size, data_of(text), text.size()) == 1;
    std::string signature(size, '\0');
    auto* out = reinterpret_cast<unsigned char*>(signature.data());
    require(
        ready && EVP_DigestSign(context.get(), out, &size, data_of(text), text.size()) == 1,
        "a P-256 key signs"
    );
    signature.resize(size);
    return signature;
}

std::string SigningKey::public_pem() const {
    const Owned<BIO> out{BIO_new(BIO_s_mem())};
    require(PEM_write_bio_PUBKEY(out.get(), key_.get()) == 1, "a public key can be written");
    char* data = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string sha256_bytes(std::string_view text) { return digest(EVP_sha256(), text); }
std::string sha512_bytes(std::string_view text) { return digest(EVP_sha512(), text); }

}  // namespace pakashop::pawapay
