#include "api/auth/password.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include <argon2.h>
#include <openssl/rand.h>

#include "events/kernel/hash.hpp"
#include "events/kernel/require.hpp"

namespace pakashop::api {
namespace {

constexpr std::uint32_t passes = 2;
constexpr std::uint32_t memory_kib = 19'456;
constexpr std::uint32_t lanes = 1;
constexpr std::size_t salt_bytes = 16;
constexpr std::size_t hash_bytes = 32;
constexpr std::size_t length_max = 128;
constexpr std::size_t context_word_min = 4;

// What guessing begins with; compared in lower case, also with digits or signs after it.
constexpr std::array<std::string_view, 84> much_used{
    "password",      "passw0rd",   "p@ssw0rd",   "p@ssword",  "pa55word",   "motdepasse",
    "qwertyui",      "qwertyuiop", "qwerty123",  "qwer1234",  "1q2w3e4r",   "1q2w3e4r5t",
    "1qaz2wsx",      "zaq12wsx",   "asdfghjk",   "asdfghjkl", "zxcvbnm1",   "q1w2e3r4",
    "12345678",      "123456789",  "1234567890", "87654321",  "0987654321", "11223344",
    "12341234",      "123123123",  "12344321",   "147258369", "987654321",  "123qwe123",
    "abc12345",      "abcd1234",   "abcdefgh",   "a1b2c3d4",  "aaaa1111",   "abcabcabc",
    "iloveyou",      "ilovegod",   "lovelove",   "babygirl",  "princess",   "sunshine",
    "football",      "baseball",   "basketball", "superman",  "batman123",  "spiderman",
    "starwars",      "pokemon1",   "dragon123",  "monkey123", "shadow123",  "master123",
    "michael1",      "jordan23",   "jennifer",   "jessica1",  "charlie1",   "liverpool",
    "chelsea1",      "manchester", "manutd123",  "arsenal1",  "barcelona",  "whatever",
    "trustno1",      "letmein1",   "letmein123", "welcome1",  "welcome123", "admin123",
    "administrator", "root1234",   "changeme",   "changeme1", "secret123",  "test1234",
    "testtest",      "default1",   "internet",   "computer",  "samsung1",   "zambia123",
};
constexpr std::array<std::string_view, 7>
    our_words{"pakashop", "zambia", "lusaka", "kitwe", "ndola", "airtel", "zamtel"};

std::string lower_case(std::string_view text) {
    std::string result{text};
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

std::size_t code_points(std::string_view utf8) {
    return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) {
        return (c & 0xC0) != 0x80;
    }));
}

/// The password without the digits and signs people put behind a word.
std::string_view stem(std::string_view text) {
    const auto last = text.find_last_of("abcdefghijklmnopqrstuvwxyz");
    return last == text.npos ? text : text.substr(0, last + 1);
}

bool is_common(std::string_view lowered) {
    const auto listed = [&](std::string_view text) {
        return std::ranges::find(much_used, text) != much_used.end();
    };
    if (listed(lowered) || listed(stem(lowered))) return true;
    const bool one_character =
        std::ranges::all_of(lowered, [&](char c) { return c == lowered.front(); });
    const auto follows = [](char a, char b) { return b == a + 1 || b == a - 1; };
    const bool one_row = std::ranges::adjacent_find(lowered, [&](char a, char b) {
                             return !follows(a, b);
                         }) == lowered.end();
    return one_character || one_row;
}

/// A context word makes a password weak when little is left beside it.
bool leans_on(std::string_view lowered, std::string_view word) {
    return word.size() >= context_word_min && lowered.find(word) != lowered.npos &&
           lowered.size() < word.size() + 6;
}

}  // namespace

std::optional<PasswordRefusal> check_password(
    std::string_view password,
    std::span<const std::string> context,
    std::size_t length_min
) {
    const auto length = code_points(password);
    if (length < length_min) return PasswordRefusal::too_short;
    if (length > length_max) return PasswordRefusal::too_long;
    const std::string lowered = lower_case(password);
    if (is_common(lowered)) return PasswordRefusal::common;
    const bool ours = std::ranges::any_of(our_words, [&](std::string_view word) {
        return leans_on(lowered, word);
    });
    const bool theirs = std::ranges::any_of(context, [&](const std::string& word) {
        return leans_on(lowered, lower_case(word));
    });
    if (ours || theirs) return PasswordRefusal::contains_context;
    return std::nullopt;
}

std::string hash_password(std::string_view password) {
    std::array<std::uint8_t, salt_bytes> salt{};
    const bool random = RAND_bytes(salt.data(), static_cast<int>(salt.size())) == 1;
    require(random, "the system gives random bytes");
    std::string phc(
        argon2_encodedlen(passes, memory_kib, lanes, salt_bytes, hash_bytes, Argon2_id), '\0'
    );
    const int code = argon2id_hash_encoded(
        passes,
        memory_kib,
        lanes,
        password.data(),
        password.size(),
        salt.data(),
        salt.size(),
        hash_bytes,
        phc.data(),
        phc.size()
    );
    if (code != ARGON2_OK) return {};
    phc.resize(phc.find('\0'));
    return phc;
}

bool verify_password(std::string_view password, const std::string& phc) {
    return argon2id_verify(phc.c_str(), password.data(), password.size()) == ARGON2_OK;
}

const std::string& nobodys_hash() {
    static const std::string phc = [] {
        std::array<std::uint8_t, 32> secret{};
        const bool random = RAND_bytes(secret.data(), static_cast<int>(secret.size())) == 1;
        require(random, "the system gives random bytes");
        return hash_password(text_of(secret));
    }();
    return phc;
}

}  // namespace pakashop::api
