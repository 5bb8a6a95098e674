#include "ops/sandbox/signatures.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "ops/sandbox/clock.hpp"
#include "ops/sandbox/structured_fields.hpp"
#include "ops/sandbox/text.hpp"

namespace pakashop::sandbox {
namespace {

constexpr std::string_view label = "sig-pp";
constexpr std::string_view algorithm = "ecdsa-p256-sha256";
constexpr std::int64_t lifetime_s = 60;

std::string upper(std::string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return out;
}

std::string normal_authority(std::string_view authority) {
    std::string out{authority};
    std::ranges::transform(out, out.begin(), lower);
    if (out.ends_with(":80")) out.resize(out.size() - 3);
    return out;
}

/// The value a component contributes (RFC 9421, 2.1 and 2.2); nothing when it is not there.
std::optional<std::string> component_value(const SignedMessage& message, std::string_view name) {
    if (name == "@method") return upper(message.method);
    if (name == "@authority") return normal_authority(message.authority);
    if (name == "@path") return message.path.empty() ? "/" : message.path;
    if (name.starts_with('@') || !has_header(message.headers, name)) return std::nullopt;
    return header_of(message.headers, name);
}

/// The text that is signed (RFC 9421, 2.5); nothing when a component is not there.
std::optional<std::string> signature_base(
    const SignedMessage& message,
    const std::vector<std::string>& components,
    std::string_view parameters
) {
    std::string base;
    for (const auto& name : components) {
        const auto value = component_value(message, name);
        if (!value) return std::nullopt;
        base += fmt::format("\"{}\": {}\n", name, *value);
    }
    return base + fmt::format("\"@signature-params\": {}", parameters);
}

bool covers_enough(const std::vector<std::string>& components) {
    constexpr std::array required{"@method", "@authority", "@path", "content-digest"};
    return std::ranges::all_of(required, [&](std::string_view name) {
        return std::ranges::find(components, name) != components.end();
    });
}

bool digest_matches(std::string_view field, std::string_view body) {
    const auto digests = parse_byte_dictionary(field);
    if (!digests) return false;
    bool known = false;
    for (const auto& [name, bytes] : *digests) {
        if (name != "sha-256" && name != "sha-512") continue;
        if (bytes != (name == "sha-256" ? sha256(body) : sha512(body))) return false;
        known = true;
    }
    return known;
}

std::string parameter(const SignatureInput& input, std::string_view name) {
    const auto found = input.parameters.find(name);
    return found == input.parameters.end() ? std::string{} : found->second;
}

bool has_expired(const SignatureInput& input, std::int64_t now_s) {
    const std::string text = parameter(input, "expires");
    if (text.empty()) return false;
    std::int64_t expires = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), expires);
    return read.ec != std::errc{} || read.ptr != text.data() + text.size() || expires < now_s;
}

bool names_twice(const std::vector<std::string>& components) {
    return std::set<std::string>{components.begin(), components.end()}.size() != components.size();
}

/// The input and the signature bytes that share the label to be checked.
struct Chosen {
    SignatureInput input;
    std::string signature;
};

std::optional<Chosen> choose(const SignedMessage& message) {
    auto inputs = parse_signature_input(header_of(message.headers, "signature-input"));
    auto signatures = parse_byte_dictionary(header_of(message.headers, "signature"));
    if (!inputs || !signatures) return std::nullopt;
    auto input = inputs->find(label);
    if (input == inputs->end() && inputs->size() == 1) input = inputs->begin();
    if (input == inputs->end()) return std::nullopt;
    const auto signature = signatures->find(input->first);
    if (signature == signatures->end() || names_twice(input->second.components)) return {};
    return Chosen{std::move(input->second), std::move(signature->second)};
}

}  // namespace

std::string_view to_text(SignatureFault fault) {
    switch (fault) {
        case SignatureFault::missing:
            return "a signature header is missing";
        case SignatureFault::malformed:
            return "a signature header cannot be read";
        case SignatureFault::uncovered:
            return "the signature does not cover what it has to";
        case SignatureFault::algorithm:
            return "the algorithm is not ecdsa-p256-sha256";
        case SignatureFault::expired:
            return "the signature has expired";
        case SignatureFault::unknown_key:
            return "no key is registered under that key id";
        case SignatureFault::wrong_digest:
            return "the content digest is not that of the body";
        case SignatureFault::wrong:
            return "the signature does not verify";
    }
    return "unknown";
}

std::optional<SignatureFault>
check_signature(const SignedMessage& message, const KeyFinder& keys, std::int64_t now_s) {
    for (const auto name : {"signature", "signature-input", "content-digest"}) {
        if (!has_header(message.headers, name)) return SignatureFault::missing;
    }
    const auto chosen = choose(message);
    if (!chosen) return SignatureFault::malformed;
    const auto& input = chosen->input;
    const auto base = signature_base(message, input.components, input.verbatim);
    if (!base || !covers_enough(input.components)) return SignatureFault::uncovered;
    const std::string named = parameter(input, "alg");
    if (!named.empty() && named != algorithm) return SignatureFault::algorithm;
    if (has_expired(input, now_s)) return SignatureFault::expired;
    const PublicKey* key = keys(parameter(input, "keyid"));
    if (key == nullptr) return SignatureFault::unknown_key;
    if (!digest_matches(header_of(message.headers, "content-digest"), message.body)) {
        return SignatureFault::wrong_digest;
    }
    if (!key->verifies(*base, chosen->signature)) return SignatureFault::wrong;
    return std::nullopt;
}

std::string content_digest(std::string_view body) {
    return fmt::format("sha-512=:{}:", base64(sha512(body)));
}

Fields sign_message(
    const SignedMessage& message,
    const PrivateKey& key,
    std::string_view key_id,
    Instant now
) {
    const std::vector<std::string> components{
        "@method", "@authority", "@path", "signature-date", "content-digest", "content-type"
    };
    std::string list;
    for (const auto& name : components) {
        list += fmt::format("{}\"{}\"", list.empty() ? "" : " ", name);
    }
    const std::string parameters = fmt::format(
        R"(({});alg="{}";keyid="{}";created={};expires={})",
        list,
        algorithm,
        key_id,
        now / 1000,
        now / 1000 + lifetime_s
    );
    Fields signing{
        {"Content-Digest", content_digest(message.body)}, {"Signature-Date", rfc3339(now)}
    };
    SignedMessage whole = message;
    whole.headers.insert(whole.headers.end(), signing.begin(), signing.end());
    const auto base = signature_base(whole, components, parameters);
    signing.emplace_back("Signature-Input", fmt::format("{}={}", label, parameters));
    signing.emplace_back(
        "Signature", fmt::format("{}=:{}:", label, base64(key.sign(base.value())))
    );
    return signing;
}

}  // namespace pakashop::sandbox
