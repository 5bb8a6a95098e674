#include "events/kernel/cipher.hpp"

#include <algorithm>
#include <memory>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "events/kernel/hash.hpp"
#include "events/kernel/require.hpp"

namespace pakashop {
namespace {

constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;
constexpr std::string_view encryption_label = "pakashop.sealed.v1.encryption";
constexpr std::string_view nonce_label = "pakashop.sealed.v1.nonce";

struct FreeCipher {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

void must(int outcome) { require(outcome == 1, "AES-256-GCM, HMAC and HKDF are available"); }

const EVP_CIPHER* algorithm() {
    static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    return cipher;
}

// One context per thread and direction: OpenSSL looks algorithms up by name when a context is new,
// which costs several times what sealing a short field does.
CipherContext new_context(int encrypt) {
    CipherContext context{EVP_CIPHER_CTX_new()};
    require(context != nullptr, "there is memory for a cipher context");
    must(EVP_CipherInit_ex2(context.get(), algorithm(), nullptr, nullptr, encrypt, nullptr));
    return context;
}

EVP_CIPHER_CTX* encryptor() {
    static thread_local const CipherContext context = new_context(1);
    return context.get();
}

EVP_CIPHER_CTX* decryptor() {
    static thread_local const CipherContext context = new_context(0);
    return context.get();
}

void derive(
    std::span<const std::uint8_t, 32> data_key,
    std::string_view label,
    std::array<std::uint8_t, 32>& out
) {
    EVP_KDF* kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
    EVP_KDF_CTX* context = EVP_KDF_CTX_new(kdf);
    char digest[] = "SHA256";
    std::array<std::uint8_t, 32> secret;
    std::ranges::copy(data_key, secret.begin());
    std::string info{label};
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret.data(), secret.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
        OSSL_PARAM_construct_end()
    };
    const int outcome = EVP_KDF_derive(context, out.data(), out.size(), parameters);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    OPENSSL_cleanse(secret.data(), secret.size());
    must(outcome);
}

// The context's length comes first, so that no other split of the same bytes has the same nonce.
void make_nonce(
    const SealingKeys& keys,
    std::string_view context,
    std::string_view text,
    std::uint8_t* out
) {
    std::array<std::uint8_t, 8> length;
    for (std::size_t i = 0; i < 8; ++i) {
        length[i] = static_cast<std::uint8_t>(context.size() >> (56 - 8 * i) & 0xff);
    }
    const Digest digest = HmacSha256{keys.nonce}.add(length).add(context).add(text).finish();
    std::copy_n(digest.begin(), nonce_bytes, out);
}

}  // namespace

SealingKeys::SealingKeys(std::span<const std::uint8_t, 32> data_key) {
    derive(data_key, encryption_label, encryption);
    derive(data_key, nonce_label, nonce);
}

SealingKeys::~SealingKeys() {
    OPENSSL_cleanse(encryption.data(), encryption.size());
    OPENSSL_cleanse(nonce.data(), nonce.size());
}

std::string seal_box(const SealingKeys& keys, std::string_view context, std::string_view text) {
    static thread_local Bytes bytes;
    bytes.resize(nonce_bytes + text.size() + tag_bytes);
    std::uint8_t* const sealed = bytes.data() + nonce_bytes;
    make_nonce(keys, context, text, bytes.data());
    EVP_CIPHER_CTX* const cipher = encryptor();
    int size = 0;
    must(EVP_EncryptInit_ex2(cipher, nullptr, keys.encryption.data(), bytes.data(), nullptr));
    must(EVP_EncryptUpdate(
        cipher, nullptr, &size, bytes_of(context).data(), static_cast<int>(context.size())
    ));
    must(EVP_EncryptUpdate(
        cipher, sealed, &size, bytes_of(text).data(), static_cast<int>(text.size())
    ));
    must(EVP_EncryptFinal_ex(cipher, sealed + text.size(), &size));
    must(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, tag_bytes, sealed + text.size()));
    return to_base64(bytes);
}

std::optional<std::string>
open_box(const SealingKeys& keys, std::string_view context, std::string_view box) {
    auto bytes = from_base64(box);
    if (!bytes || bytes->size() < nonce_bytes + tag_bytes) return std::nullopt;
    // Only one text has this box: two spellings of its base64 are not both accepted.
    if (to_base64(*bytes) != box) return std::nullopt;
    std::string text(bytes->size() - nonce_bytes - tag_bytes, '\0');
    std::uint8_t* const sealed = bytes->data() + nonce_bytes;
    auto* const out = reinterpret_cast<std::uint8_t*>(text.data());
    EVP_CIPHER_CTX* const cipher = decryptor();
    int size = 0;
    must(EVP_DecryptInit_ex2(cipher, nullptr, keys.encryption.data(), bytes->data(), nullptr));
    must(EVP_DecryptUpdate(
        cipher, nullptr, &size, bytes_of(context).data(), static_cast<int>(context.size())
    ));
    must(EVP_DecryptUpdate(cipher, out, &size, sealed, static_cast<int>(text.size())));
    must(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, tag_bytes, sealed + text.size()));
    if (EVP_DecryptFinal_ex(cipher, out + text.size(), &size) != 1) return std::nullopt;
    return text;
}

}  // namespace pakashop
