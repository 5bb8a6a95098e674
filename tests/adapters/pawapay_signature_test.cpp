#include <doctest/doctest.h>
#include <fmt/format.h>

#include "adapters/pawapay/signature.hpp"
#include "adapters/pawapay/structured_fields.hpp"
#include "events/kernel/hash.hpp"

using namespace pakashop;
using namespace pakashop::pawapay;

namespace {

constexpr std::int64_t now = 1'778'580'000;
const std::string key_id = "HTTP_EC_P256_KEY:1";
const std::string all_names =
    R"("@method" "@authority" "@path" "signature-date" "content-digest" "content-type")";

const SigningKey& our_key() {
    static const SigningKey key = SigningKey::generate();
    return key;
}

KeyFinder only(const SigningKey& key, const std::string& id = key_id) {
    auto read = VerifyingKey::from_pem(key.public_pem());
    REQUIRE(read.has_value());
    auto shared = std::make_shared<const VerifyingKey>(*std::move(read));
    return [shared, id](std::string_view asked) { return asked == id ? shared : nullptr; };
}

SignedMessage plain() {
    return {
        "POST",
        "api.pakashop.test",
        "/api/v1/payments/webhook/pawapay",
        {{"Content-Type", "application/json; charset=UTF-8"}},
        R"({"depositId":"x","status":"COMPLETED","amount":"5000.00"})"
    };
}

SignedMessage good() {
    SignedMessage message = plain();
    for (auto& header : sign_message(message, our_key(), key_id, now)) {
        message.headers.push_back(std::move(header));
    }
    return message;
}

HttpHeader& header(SignedMessage& message, std::string_view name) {
    for (auto& each : message.headers) {
        if (each.name == name) return each;
    }
    FAIL("no such header");
    return message.headers.front();
}

void drop(SignedMessage& message, std::string_view name) {
    std::erase_if(message.headers, [&](const HttpHeader& each) { return each.name == name; });
}

void replace(std::string& text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
}

std::string parameters(
    const std::string& names = all_names,
    const std::string& rest = fmt::format(
        R"(alg="ecdsa-p256-sha256";keyid="{}";created={};expires={})",
        key_id,
        now,
        now + 60
    )
) {
    return fmt::format("({});{}", names, rest);
}

/// A message over which the text of RFC 9421 was put together here, by hand.
SignedMessage
signed_by_hand(const std::string& names, const std::string& params, bool raw = false) {
    SignedMessage message = plain();
    const std::string digest =
        fmt::format("sha-256=:{}:", to_base64(bytes_of(sha256_bytes(message.body))));
    const std::string date = "2026-05-12T10:00:00.000Z";
    message.headers.push_back({"Content-Digest", digest});
    message.headers.push_back({"Signature-Date", date});
    std::string base;
    const auto add = [&](std::string_view name, std::string_view value) {
        if (names.find(fmt::format("\"{}\"", name)) == std::string::npos) return;
        base += fmt::format("\"{}\": {}\n", name, value);
    };
    add("@method", "POST");
    add("@authority", "api.pakashop.test");
    add("@path", "/api/v1/payments/webhook/pawapay");
    add("signature-date", date);
    add("content-digest", digest);
    add("content-type", "application/json; charset=UTF-8");
    base += fmt::format("\"@signature-params\": {}", params);
    std::string signature = our_key().sign(base);
    if (raw) {
        // DER: 30 len 02 len r 02 len s, each number perhaps led by a zero or shorter than 32.
        const auto number = [&](std::size_t& at) {
            const auto size = static_cast<unsigned char>(signature[at + 1]);
            std::string digits = signature.substr(at + 2, size);
            at += 2 + size;
            if (digits.size() > 32) digits.erase(0, digits.size() - 32);
            return std::string(32 - digits.size(), '\0') + digits;
        };
        std::size_t at = 2;
        const std::string r = number(at);
        signature = r + number(at);
    }
    message.headers.push_back({"Signature-Input", "sig-pp=" + params});
    message.headers.push_back(
        {"Signature", fmt::format("sig-pp=:{}:", to_base64(bytes_of(signature)))}
    );
    return message;
}

std::string verdict(const SignedMessage& message, std::int64_t at = now) {
    const auto result = verify_signature(message, only(our_key()), at);
    return result ? "good" : std::string{name_of(result.error())};
}

/// One change of a signed message, and what is said of it.
struct Mutation {
    std::string_view what;
    std::function<void(SignedMessage&)> change;
    std::string_view expected;
};

const std::vector<Mutation> mutations{
    {"nothing", [](auto&) {}, "good"},
    {"method", [](auto& m) { m.method = "PUT"; }, "wrong"},
    {"authority", [](auto& m) { m.authority = "evil.test"; }, "wrong"},
    {"authority in capitals", [](auto& m) { m.authority = "API.Pakashop.TEST"; }, "good"},
    {"authority with its port", [](auto& m) { m.authority += ":443"; }, "good"},
    {"another port", [](auto& m) { m.authority += ":8443"; }, "wrong"},
    {"path", [](auto& m) { m.path += "/"; }, "wrong"},
    {"one byte of the body", [](auto& m) { m.body.back() = ']'; }, "digest"},
    {"a byte behind the body", [](auto& m) { m.body += ' '; }, "digest"},
    {"an empty body", [](auto& m) { m.body.clear(); }, "digest"},
    {"content type", [](auto& m) { header(m, "Content-Type").value = "a/b"; }, "wrong"},
    {"date", [](auto& m) { header(m, "Signature-Date").value = "1"; }, "wrong"},
    {"no date", [](auto& m) { drop(m, "Signature-Date"); }, "uncovered"},
    {"no digest", [](auto& m) { drop(m, "Content-Digest"); }, "missing"},
    {"no signature", [](auto& m) { drop(m, "Signature"); }, "missing"},
    {"no input", [](auto& m) { drop(m, "Signature-Input"); }, "missing"},
    {"header added twice", [](auto& m) { m.headers.push_back({"content-type", "x"}); }, "wrong"},
    {"spaces around", [](auto& m) { header(m, "Signature-Date").value += "  "; }, "good"},
    {"digest of another body",
     [](auto& m) {
         m.body = "{}";
         header(m, "Content-Digest").value =
             fmt::format("sha-512=:{}:", to_base64(bytes_of(sha512_bytes("{}"))));
     },
     "wrong"},
    {"digest of an unknown kind",
     [](auto& m) { header(m, "Content-Digest").value = "md5=:AAAA:"; },
     "digest"},
    {"one digest right, one wrong",
     [](auto& m) { header(m, "Content-Digest").value += ", sha-256=:AAAA:"; },
     "digest"},
    {"digest no dictionary",
     [](auto& m) { header(m, "Content-Digest").value = "sha-512"; },
     "malformed"},
    {"another label",
     [](auto& m) { replace(header(m, "Signature-Input").value, "sig-pp", "sig-xx"); },
     "missing"},
    {"another algorithm",
     [](auto& m) {
         replace(header(m, "Signature-Input").value, "ecdsa-p256-sha256", "hmac-sha256");
     },
     "algorithm"},
    {"another key id",
     [](auto& m) { replace(header(m, "Signature-Input").value, "KEY:1", "KEY:2"); },
     "unknown_key"},
    {"a later end",
     [](auto& m) {
         replace(
             header(m, "Signature-Input").value,
             fmt::format("expires={}", now + 60),
             fmt::format("expires={}", now + 9999)
         );
     },
     "wrong"},
    {"less is covered",
     [](auto& m) { replace(header(m, "Signature-Input").value, R"("@path" )", ""); },
     "uncovered"},
    {"covered twice",
     [](auto& m) {
         replace(header(m, "Signature-Input").value, R"("@path")", R"("@path" "@path")");
     },
     "uncovered"},
    {"signature no base64",
     [](auto& m) { header(m, "Signature").value = "sig-pp=:???:"; },
     "malformed"},
    {"signature empty", [](auto& m) { header(m, "Signature").value = "sig-pp=::"; }, "wrong"},
    {"input no list", [](auto& m) { header(m, "Signature-Input").value = "sig-pp=1"; }, "malformed"
    },
};

}  // namespace

TEST_CASE("a message signed here verifies here, in DER") {
    const SignedMessage message = good();
    CHECK(verdict(message) == "good");
    SignedMessage copy = message;
    const auto values = parse_byte_sequences(header(copy, "Signature").value);
    REQUIRE(values.has_value());
    CHECK(values->at("sig-pp").front() == '\x30');
}

TEST_CASE("what the RFC says by hand verifies, in DER and as 64 raw bytes") {
    for (int i = 0; i < 20; ++i) {
        CHECK(verdict(signed_by_hand(all_names, parameters())) == "good");
        CHECK(verdict(signed_by_hand(all_names, parameters(), true)) == "good");
    }
}

TEST_CASE("any change of a signed message is noticed") {
    for (const Mutation& mutation : mutations) {
        SignedMessage message = good();
        mutation.change(message);
        INFO(std::string{mutation.what});
        CHECK(verdict(message) == mutation.expected);
    }
    MESSAGE("mutations: " << mutations.size());
}

TEST_CASE("every single bit of the signature counts") {
    const SignedMessage message = good();
    SignedMessage copy = message;
    const auto values = parse_byte_sequences(header(copy, "Signature").value);
    const std::string bytes = values->at("sig-pp");
    std::size_t refused = 0;
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::string flipped = bytes;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        SignedMessage forged = message;
        header(forged, "Signature").value =
            fmt::format("sig-pp=:{}:", to_base64(bytes_of(flipped)));
        refused += verdict(forged) == "good" ? 0 : 1;
    }
    CHECK(refused == bytes.size() * 8);
}

TEST_CASE("a signature counts for five minutes and not beyond its own end") {
    const auto with = [](std::string rest) {
        return signed_by_hand(all_names, parameters(all_names, std::move(rest)));
    };
    const std::string key = fmt::format(R"(keyid="{}")", key_id);
    const SignedMessage unending = with(fmt::format("{};created={}", key, now));
    CHECK(verdict(unending, now + 299) == "good");
    CHECK(verdict(unending, now + 301) == "stale");
    CHECK(verdict(unending, now - 299) == "good");
    CHECK(verdict(unending, now - 301) == "stale");
    const SignedMessage ending = with(fmt::format("{};created={};expires={}", key, now, now + 60));
    CHECK(verdict(ending, now + 60) == "good");
    CHECK(verdict(ending, now + 61) == "stale");
    CHECK(verdict(with(key)) == "stale");
    CHECK(verdict(with(key + ";created=soon")) == "stale");
    CHECK(verdict(with(fmt::format("{};created={};expires=never", key, now))) == "stale");
    CHECK(verdict(with(fmt::format("created={}", now))) == "unknown_key");
}

TEST_CASE("somebody else's key, and a key on another curve, do not do") {
    const SigningKey other = SigningKey::generate();
    const SignedMessage message = good();
    const auto result = verify_signature(message, only(other), now);
    REQUIRE(!result.has_value());
    CHECK(result.error() == SignatureFault::wrong);
    const std::string p384 =
        "-----BEGIN PUBLIC KEY-----\n"
        "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEqofKIr6LBTeOscce8yCtdG4dO2KLp5uY\n"
        "WfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3NhfeSpYmLG9dnpi/kpLcKfj0Hb0omhR8\n"
        "6doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f\n"
        "-----END PUBLIC KEY-----\n";
    CHECK(!VerifyingKey::from_pem(p384).has_value());
    CHECK(!VerifyingKey::from_pem("no key").has_value());
    CHECK(!SigningKey::from_pem("no key").has_value());
}

TEST_CASE("structured fields are read strictly") {
    for (const std::string_view bad :
         {"",
          "sig-pp",
          "sig-pp=",
          "sig-pp=(",
          R"(sig-pp=("@method")",
          R"(sig-pp=("@method";req))",
          R"(sig-pp=("@method""@path"))",
          R"(sig-pp=("@method"),)",
          R"(sig-pp=("a"), sig-pp=("b"))",
          R"(sig-pp=("a");created=1;created=2)",
          R"(sig-pp=("a");created=)",
          R"(SIG=("a"))",
          "sig-pp=(\"a\x01\")"}) {
        INFO(std::string{bad});
        CHECK(!parse_signature_input(bad).has_value());
    }
    const auto two = parse_signature_input(R"(a=("x"  "y");k="v\"w" , b=();n=5)");
    REQUIRE(two.has_value());
    CHECK(two->at("a").names == std::vector<std::string>{"x", "y"});
    CHECK(two->at("a").parameters.at("k") == "v\"w");
    CHECK(two->at("a").verbatim == R"(("x"  "y");k="v\"w")");
    CHECK(two->at("b").names.empty());
    CHECK(two->at("b").parameters.at("n") == "5");
    for (const std::string_view bad :
         {"", "a", "a=", "a=:", "a=:AA=:", "a=:AAAA:,a=:AAAA:", "a=1"}) {
        INFO(std::string{bad});
        CHECK(!parse_byte_sequences(bad).has_value());
    }
}

TEST_CASE("the seeds' HMAC binds the raw body") {
    const std::string body = R"({"depositId":"x"})";
    const std::string right = to_hex(hmac_sha256(bytes_of("secret"), body));
    CHECK(verify_hmac("secret", body, right));
    CHECK(verify_hmac("secret", body, " " + right));
    CHECK(!verify_hmac("secret", body + " ", right));
    CHECK(!verify_hmac("other", body, right));
    CHECK(!verify_hmac("", body, to_hex(hmac_sha256(bytes_of(""), body))));
    for (const std::string_view bad : {"", "00", "rubbish", "zz"}) {
        CHECK(!verify_hmac("secret", body, bad));
    }
}
