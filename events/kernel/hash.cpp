#include "events/kernel/hash.hpp"

#include <memory>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "events/kernel/require.hpp"

namespace pakashop {
namespace {

// Fetched once: OpenSSL 3 looks an algorithm up by name otherwise, which costs more than the hash.
const EVP_MD* sha256_algorithm() {
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return algorithm;
}

// A few contexts per thread are kept for reuse; allocating one costs as much as hashing 200 bytes.
struct ContextPool {
    std::vector<EVP_MD_CTX*> free;
    ContextPool() = default;
    ContextPool(const ContextPool&) = delete;
    ContextPool& operator=(const ContextPool&) = delete;
    ~ContextPool() {
        for (EVP_MD_CTX* context : free) EVP_MD_CTX_free(context);
    }
};
thread_local ContextPool pool;

void must_hmac(int outcome) { require(outcome == 1, "HMAC-SHA-256 is available"); }

struct FreeMac {
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeMac>;

MacContext new_hmac() {
    EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    MacContext context{EVP_MAC_CTX_new(mac)};
    EVP_MAC_free(mac);
    require(context != nullptr, "HMAC is available");
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()
    };
    must_hmac(EVP_MAC_CTX_set_params(context.get(), parameters));
    return context;
}

// One per thread, for the same reason.
EVP_MAC_CTX* hmac_context() {
    static thread_local const MacContext context = new_hmac();
    return context.get();
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

Sha256::Sha256() {
    EVP_MD_CTX* context = nullptr;
    if (pool.free.empty()) {
        context = EVP_MD_CTX_new();
    } else {
        context = pool.free.back();
        pool.free.pop_back();
    }
    require(
        context != nullptr && EVP_DigestInit_ex2(context, sha256_algorithm(), nullptr) == 1,
        "SHA-256 is available"
    );
    context_ = context;
}

Sha256::~Sha256() { pool.free.push_back(static_cast<EVP_MD_CTX*>(context_)); }

Sha256& Sha256::add(std::span<const std::uint8_t> bytes) {
    EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size());
    return *this;
}

Sha256& Sha256::add(std::string_view text) { return add(bytes_of(text)); }

Digest Sha256::finish() {
    Digest digest;
    EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), digest.data(), nullptr);
    return digest;
}

Digest sha256(std::string_view text) { return Sha256{}.add(text).finish(); }
Digest sha256(std::span<const std::uint8_t> bytes) { return Sha256{}.add(bytes).finish(); }

HmacSha256::HmacSha256(std::span<const std::uint8_t> key) {
    must_hmac(EVP_MAC_init(hmac_context(), key.data(), key.size(), nullptr));
}

HmacSha256& HmacSha256::add(std::span<const std::uint8_t> bytes) {
    must_hmac(EVP_MAC_update(hmac_context(), bytes.data(), bytes.size()));
    return *this;
}

HmacSha256& HmacSha256::add(std::string_view text) { return add(bytes_of(text)); }

Digest HmacSha256::finish() {
    Digest digest;
    std::size_t size = 0;
    must_hmac(EVP_MAC_final(hmac_context(), digest.data(), &size, digest.size()));
    return digest;
}

Digest hmac_sha256(std::span<const std::uint8_t> key, std::string_view message) {
    return HmacSha256{key}.add(message).finish();
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

std::optional<Bytes> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    Bytes out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out.push_back(static_cast<std::uint8_t>(high << 4 | low));
    }
    return out;
}

std::string to_base64(std::span<const std::uint8_t> bytes) {
    std::string out((bytes.size() + 2) / 3 * 4, '\0');
    // OpenSSL also writes a terminating zero, which lands on the string's own.
    EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(out.data()), bytes.data(), static_cast<int>(bytes.size())
    );
    return out;
}

std::optional<Bytes> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    const auto padding = text.size() - text.find_last_not_of('=') - 1;
    if (text.empty()) return Bytes{};
    if (padding > 2) return std::nullopt;
    const auto body = text.substr(0, text.size() - padding);
    const auto strange =
        body.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    if (strange != std::string_view::npos) return std::nullopt;
    Bytes out(text.size() / 4 * 3);
    const auto in = bytes_of(text);
    if (EVP_DecodeBlock(out.data(), in.data(), static_cast<int>(in.size())) < 0)
        return std::nullopt;
    out.resize(out.size() - padding);
    return out;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace pakashop
