#include "adapters/pawapay/signature.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "adapters/pawapay/structured_fields.hpp"
#include "events/kernel/hash.hpp"

namespace pakashop::pawapay {
namespace {

constexpr std::string_view label = "sig-pp";
constexpr std::string_view algorithm = "ecdsa-p256-sha256";
constexpr std::int64_t window_s = 5 * 60;
constexpr std::int64_t lifetime_s = 60;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string mapped(std::string_view text, char (*change)(char)) {
    std::string out{text};
    std::ranges::transform(out, out.begin(), change);
    return out;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto begin = text.find_first_not_of(blanks);
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// All values of a header, joined as RFC 9421 (2.1) has it; nothing when it is not there.
std::optional<std::string> header_value(const SignedMessage& message, std::string_view name) {
    std::optional<std::string> value;
    for (const HttpHeader& header : message.headers) {
        if (mapped(header.name, lower) != name) continue;
        value = value ? *value + ", " : std::string{};
        *value += trimmed(header.value);
    }
    return value;
}

std::string normal_authority(std::string_view authority) {
    std::string out = mapped(authority, lower);
    for (const std::string_view port : {":443", ":80"}) {
        if (out.ends_with(port)) return out.substr(0, out.size() - port.size());
    }
    return out;
}

std::optional<std::string> component_value(const SignedMessage& message, std::string_view name) {
    if (name == "@method") return mapped(message.method, upper);
    if (name == "@authority") return normal_authority(message.authority);
    if (name == "@path") return message.path.empty() ? "/" : message.path;
    if (name.starts_with('@')) return std::nullopt;
    return header_value(message, name);
}

/// The text that is signed (RFC 9421, 2.5); nothing when it covers what the message does not have.
std::optional<std::string> signature_base(
    const SignedMessage& message,
    const std::vector<std::string>& names,
    std::string_view parameters
) {
    std::string base;
    for (const std::string& name : names) {
        const auto value = component_value(message, name);
        if (!value) return std::nullopt;
        base += fmt::format("\"{}\": {}\n", name, *value);
    }
    return base + fmt::format("\"@signature-params\": {}", parameters);
}

bool covers_enough(const std::vector<std::string>& names) {
    const std::set<std::string_view> covered{names.begin(), names.end()};
    constexpr std::array required{"@method", "@authority", "@path", "content-digest"};
    return covered.size() == names.size() &&
           std::ranges::all_of(required, [&](const char* name) { return covered.contains(name); });
}

std::optional<std::string_view>
parameter(const CoveredComponents& covered, const std::string& name) {
    const auto found = covered.parameters.find(name);
    if (found == covered.parameters.end()) return std::nullopt;
    return found->second;
}

std::optional<std::int64_t> seconds_in(std::optional<std::string_view> text) {
    if (!text) return std::nullopt;
    std::int64_t value = 0;
    const auto read = std::from_chars(text->data(), text->data() + text->size(), value);
    const bool whole = read.ec == std::errc{} && read.ptr == text->data() + text->size();
    return whole && value >= 0 ? std::optional{value} : std::nullopt;
}

bool is_fresh(const CoveredComponents& covered, std::int64_t unix_now) {
    const auto created = seconds_in(parameter(covered, "created"));
    if (!created || *created > unix_now + window_s || *created < unix_now - window_s) return false;
    if (!parameter(covered, "expires")) return true;
    const auto expires = seconds_in(parameter(covered, "expires"));
    return expires && *expires >= unix_now;
}

Result<void, SignatureFault> check_digest(const SignedMessage& message) {
    const auto digests = parse_byte_sequences(*header_value(message, "content-digest"));
    if (!digests) return unexpected{SignatureFault::malformed};
    bool known = false;
    for (const auto& [name, bytes] : *digests) {
        if (name != "sha-256" && name != "sha-512") continue;
        known = true;
        const auto actual =
            name == "sha-256" ? sha256_bytes(message.body) : sha512_bytes(message.body);
        if (!equal_in_constant_time(bytes, actual)) return unexpected{SignatureFault::digest};
    }
    if (!known) return unexpected{SignatureFault::digest};
    return {};
}

/// What the signature of our label covers, and its bytes.
struct Found {
    CoveredComponents covered;
    std::string signature;
};

Result<Found, SignatureFault> find_signature(const SignedMessage& message) {
    const auto input = header_value(message, "signature-input");
    const auto value = header_value(message, "signature");
    if (!input || !value || !header_value(message, "content-digest")) {
        return unexpected{SignatureFault::missing};
    }
    auto inputs = parse_signature_input(*input);
    auto values = parse_byte_sequences(*value);
    if (!inputs || !values) return unexpected{SignatureFault::malformed};
    const auto covered = inputs->find(std::string{label});
    const auto signature = values->find(std::string{label});
    if (covered == inputs->end() || signature == values->end()) {
        return unexpected{SignatureFault::missing};
    }
    return Found{std::move(covered->second), std::move(signature->second)};
}

}  // namespace

Result<void, SignatureFault>
verify_signature(const SignedMessage& message, const KeyFinder& keys, std::int64_t unix_now) {
    const auto found = find_signature(message);
    if (!found) return unexpected{found.error()};
    const CoveredComponents& covered = found->covered;
    if (!covers_enough(covered.names)) return unexpected{SignatureFault::uncovered};
    const auto base = signature_base(message, covered.names, covered.verbatim);
    if (!base) return unexpected{SignatureFault::uncovered};
    if (parameter(covered, "alg").value_or(algorithm) != algorithm) {
        return unexpected{SignatureFault::algorithm};
    }
    if (!is_fresh(covered, unix_now)) return unexpected{SignatureFault::stale};
    if (auto digest = check_digest(message); !digest) return digest;
    const auto key_id = parameter(covered, "keyid");
    const auto key = key_id ? keys(*key_id) : nullptr;
    if (!key) return unexpected{SignatureFault::unknown_key};
    if (!key->verifies(*base, found->signature)) return unexpected{SignatureFault::wrong};
    return {};
}

std::vector<HttpHeader> sign_message(
    const SignedMessage& message,
    const SigningKey& key,
    std::string_view key_id,
    std::int64_t unix_now
) {
    const std::vector<std::string> names{
        "@method", "@authority", "@path", "signature-date", "content-digest", "content-type"
    };
    const std::string digest =
        fmt::format("sha-512=:{}:", to_base64(bytes_of(sha512_bytes(message.body))));
    std::vector<HttpHeader> added{
        {"Content-Digest", digest}, {"Signature-Date", to_rfc3339(Instant{unix_now * 1000})}
    };
    SignedMessage whole = message;
    whole.headers.insert(whole.headers.end(), added.begin(), added.end());
    const std::string parameters = fmt::format(
        R"(("{}");alg="{}";keyid="{}";created={};expires={})",
        fmt::join(names, R"(" ")"),
        algorithm,
        key_id,
        unix_now,
        unix_now + lifetime_s
    );
    const auto base = signature_base(whole, names, parameters);
    require(base.has_value(), "a request that is signed has a content type");
    const std::string signature = to_base64(bytes_of(key.sign(*base)));
    added.push_back({"Signature-Input", fmt::format("{}={}", label, parameters)});
    added.push_back({"Signature", fmt::format("{}=:{}:", label, signature)});
    return added;
}

bool verify_hmac(std::string_view secret, std::string_view body, std::string_view signature) {
    if (secret.empty()) return false;
    const auto given = from_hex(trimmed(signature));
    const Digest wanted = hmac_sha256(bytes_of(secret), body);
    return given && equal_in_constant_time(text_of(*given), text_of(wanted));
}

}  // namespace pakashop::pawapay
