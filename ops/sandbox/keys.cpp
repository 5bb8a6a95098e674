#include "ops/sandbox/keys.hpp"

#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

namespace pakashop::sandbox {
namespace {

struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeDigest {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;
using Digest = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Bio reader(std::string_view pem) {
    return Bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
}

std::string drained(BIO* bio) {
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

bool on_p256(EVP_PKEY* key) {
    char group[64] = {};
    std::size_t size = 0;
    if (key == nullptr || EVP_PKEY_get_group_name(key, group, sizeof group, &size) != 1) {
        return false;
    }
    return std::string_view{group, size} == "prime256v1";
}

/// Running out of memory or a broken OpenSSL: nothing the sandbox could go on after.
void expect_openssl(bool good) {
    if (!good) throw std::runtime_error{"OpenSSL refused an operation on a P-256 key"};
}

}  // namespace

void FreeKey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

std::optional<PublicKey> PublicKey::from_pem(std::string_view pem) {
    KeyHandle key{PEM_read_bio_PUBKEY(reader(pem).get(), nullptr, nullptr, nullptr)};
    if (!on_p256(key.get())) return std::nullopt;
    return PublicKey{std::move(key)};
}

bool PublicKey::verifies(std::string_view bytes, std::string_view signature) const {
    const Digest context{EVP_MD_CTX_new()};
    if (EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1) {
        return false;
    }
    return EVP_DigestVerify(
               context.get(), bytes_of(signature), signature.size(), bytes_of(bytes), bytes.size()
           ) == 1;
}

PrivateKey PrivateKey::generate() {
    KeyHandle key{EVP_EC_gen("P-256")};
    expect_openssl(key != nullptr);
    return PrivateKey{std::move(key)};
}

std::optional<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
    KeyHandle key{PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, nullptr, nullptr)};
    if (!on_p256(key.get())) return std::nullopt;
    return PrivateKey{std::move(key)};
}

std::string PrivateKey::to_pem() const {
    const Bio out{BIO_new(BIO_s_mem())};
    const int written =
        PEM_write_bio_PKCS8PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    expect_openssl(written == 1);
    return drained(out.get());
}

std::string PrivateKey::public_pem() const {
    const Bio out{BIO_new(BIO_s_mem())};
    expect_openssl(PEM_write_bio_PUBKEY(out.get(), key_.get()) == 1);
    return drained(out.get());
}

std::string PrivateKey::sign(std::string_view bytes) const {
    const Digest context{EVP_MD_CTX_new()};
    const bool ready =
        EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1;
    expect_openssl(ready);
    std::size_t size = 128;
    std::string signature(size, '\0');
    const int signed_well = EVP_DigestSign(
        context.get(),
        reinterpret_cast<unsigned char*>(signature.data()),
        &size,
        bytes_of(bytes),
        bytes.size()
    );
    expect_openssl(signed_well == 1);
    signature.resize(size);
    return signature;
}

}  // namespace pakashop::sandbox
