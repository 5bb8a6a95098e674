#include "adapters/system/ed25519_signer.hpp"

#include <cstdio>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "events/kernel/require.hpp"

namespace pakashop {
namespace {

constexpr std::size_t signature_bytes = 64;

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

}  // namespace

Result<std::unique_ptr<Ed25519Signer>, std::string> Ed25519Signer::from_file(const std::string& path
) {
    std::FILE* file = std::fopen(path.c_str(), "r");
    if (!file) return unexpected{"the file " + path + " cannot be read"};
    EVP_PKEY* key = PEM_read_PrivateKey(file, nullptr, nullptr, nullptr);
    std::fclose(file);
    if (!key) return unexpected{"the file " + path + " holds no private key in PEM"};
    if (EVP_PKEY_base_id(key) != EVP_PKEY_ED25519) {
        EVP_PKEY_free(key);
        return unexpected{"the key in " + path + " is not Ed25519"};
    }
    return std::unique_ptr<Ed25519Signer>{new Ed25519Signer{key}};
}

Ed25519Signer::~Ed25519Signer() { EVP_PKEY_free(static_cast<EVP_PKEY*>(key_)); }

std::string Ed25519Signer::sign(const Digest& proof_hash) const {
    const Context context{EVP_MD_CTX_new()};
    Bytes signature(signature_bytes);
    std::size_t size = signature.size();
    auto* key = static_cast<EVP_PKEY*>(key_);
    const bool good =
        EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
        EVP_DigestSign(
            context.get(), signature.data(), &size, proof_hash.data(), proof_hash.size()
        ) == 1;
    require(good && size == signature_bytes, "an Ed25519 key signs");
    return to_base64(signature);
}

bool Ed25519Signer::verifies(const Digest& proof_hash, std::string_view signature) const {
    const auto bytes = from_base64(signature);
    if (!bytes || bytes->size() != signature_bytes) return false;
    const Context context{EVP_MD_CTX_new()};
    auto* key = static_cast<EVP_PKEY*>(key_);
    if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) != 1) return false;
    return EVP_DigestVerify(
               context.get(), bytes->data(), bytes->size(), proof_hash.data(), proof_hash.size()
           ) == 1;
}

}  // namespace pakashop
