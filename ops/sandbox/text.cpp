#include "ops/sandbox/text.hpp"

#include <algorithm>
#include <array>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace pakashop::sandbox {
namespace {

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string digest(const EVP_MD* algorithm, std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned int size = 0;
    EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, algorithm, nullptr);
    return {reinterpret_cast<const char*>(out.data()), size};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_hex(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); }

int hex_value(char c) { return is_digit(c) ? c - '0' : lower(c) - 'a' + 10; }

}  // namespace

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string base64(std::string_view bytes) {
    std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // OpenSSL also writes a final zero.
    const int size = EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(out.data()),
        bytes_of(bytes),
        static_cast<int>(bytes.size())
    );
    out.resize(static_cast<std::size_t>(size));
    return out;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    const auto padding = text.size() - std::min(text.find('='), text.size());
    if (padding > 2) return std::nullopt;
    std::string out(text.size() / 4 * 3, '\0');
    const int size = EVP_DecodeBlock(
        reinterpret_cast<unsigned char*>(out.data()), bytes_of(text), static_cast<int>(text.size())
    );
    if (size < 0) return std::nullopt;
    out.resize(static_cast<std::size_t>(size) - padding);
    if (base64(out) != text) return std::nullopt;  // OpenSSL forgives blanks; we do not.
    return out;
}

std::string hex(std::string_view bytes) {
    constexpr std::string_view alphabet = "0123456789abcdef";
    std::string out;
    out.reserve(2 * bytes.size());
    for (const char c : bytes) {
        const auto value = static_cast<unsigned char>(c);
        out += alphabet[value >> 4U];
        out += alphabet[value & 15U];
    }
    return out;
}

std::string sha256(std::string_view bytes) { return digest(EVP_sha256(), bytes); }

std::string sha512(std::string_view bytes) { return digest(EVP_sha512(), bytes); }

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned int size = 0;
    HMAC(
        EVP_sha256(),
        key.data(),
        static_cast<int>(key.size()),
        bytes_of(bytes),
        bytes.size(),
        out.data(),
        &size
    );
    return {reinterpret_cast<const char*>(out.data()), size};
}

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, is_digit);
}

bool is_uuid_v4(std::string_view text) {
    constexpr std::string_view variants = "89ab";
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
    }
    return text[14] == '4' && variants.contains(lower(text[19]));
}

std::string digits_of(std::string_view phone) {
    std::string digits;
    std::ranges::copy_if(phone, std::back_inserter(digits), is_digit);
    return digits;
}

std::string msisdn_of(std::string_view phone) {
    constexpr std::string_view country = "260";
    constexpr std::size_t national_size = 9;
    std::string digits = digits_of(phone);
    if (digits.starts_with("00")) digits.erase(0, 2);
    if (digits.size() == national_size + 1 && digits.starts_with('0')) digits.erase(0, 1);
    if (digits.size() == national_size) digits.insert(0, country);
    return digits;
}

std::string query_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape =
            text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2]);
        if (escape) {
            out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

std::optional<Url> split_url(std::string_view url) {
    constexpr std::string_view plain = "http://";
    constexpr std::string_view secure = "https://";
    const bool is_plain = url.starts_with(plain);
    if (!is_plain && !url.starts_with(secure)) return std::nullopt;
    const std::string_view default_port = is_plain ? ":80" : ":443";
    url.remove_prefix(is_plain ? plain.size() : secure.size());
    const auto end = std::min(url.find_first_of("/?#"), url.size());
    std::string authority{url.substr(0, end)};
    std::ranges::transform(authority, authority.begin(), lower);
    if (authority.ends_with(default_port)) authority.resize(authority.size() - default_port.size());
    if (authority.empty()) return std::nullopt;
    url.remove_prefix(end);
    std::string path{url.substr(0, std::min(url.find_first_of("?#"), url.size()))};
    return Url{std::move(authority), path.empty() ? "/" : std::move(path)};
}

}  // namespace pakashop::sandbox
