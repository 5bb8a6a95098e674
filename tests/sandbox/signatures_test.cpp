#include "ops/sandbox/signatures.hpp"

#include <functional>

#include <doctest/doctest.h>

#include "ops/sandbox/callbacks.hpp"
#include "ops/sandbox/structured_fields.hpp"
#include "ops/sandbox/text.hpp"
#include "tests/sandbox/kit.hpp"

using namespace pakashop::sandbox;

namespace {

constexpr Instant now = 1'800'000'000'000;
constexpr std::string_view body = R"({"depositId":"x","amount":"5"})";

/// A message signed by a key, and the key that checks it.
struct Signed {
    PrivateKey key = PrivateKey::generate();
    PublicKey public_key = *PublicKey::from_pem(key.public_pem());
    SignedMessage message{
        "POST",
        "127.0.0.1:8900",
        "/pawapay/v2/deposits",
        {{"content-type", "application/json"}},
        body
    };

    Signed() {
        const auto headers = sign_message(message, key, "client-1", now);
        message.headers.insert(message.headers.end(), headers.begin(), headers.end());
    }

    std::optional<SignatureFault> check(std::int64_t at_s = now / 1000) const {
        const KeyFinder keys = [this](std::string_view id) {
            return id == "client-1" ? &public_key : nullptr;
        };
        return check_signature(message, keys, at_s);
    }

    std::string& header(std::string_view name) {
        for (auto& [key_name, value] : message.headers) {
            if (key_name == name) return value;
        }
        FAIL("no such header");
        return message.headers.front().second;
    }
};

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    REQUIRE_NE(at, std::string::npos);
    return text.replace(at, from.size(), to);
}

/// The 64 bytes r‖s of a DER signature.
std::string raw_form(const std::string& der) {
    const auto number = [&](std::size_t at) {
        const auto size = static_cast<std::size_t>(static_cast<unsigned char>(der[at + 1]));
        std::string digits = der.substr(at + 2, size);
        while (digits.size() > 32) digits.erase(0, 1);
        return std::string(32 - digits.size(), '\0') + digits;
    };
    const auto second = 2 + 2 + static_cast<std::size_t>(static_cast<unsigned char>(der[3]));
    return number(2) + number(second);
}

using Fault = SignatureFault;
using Change = std::function<void(Signed&)>;

/// One change to a good message, and what has to be found wrong with it.
struct Mutation {
    std::string_view what;
    Change change;
    Fault fault;
};

Change put(std::string_view name, std::string value) {
    return [name, value = std::move(value)](Signed& m) { m.header(name) = value; };
}

Change drop(std::string_view name) {
    return [name](Signed& m) {
        std::erase_if(m.message.headers, [&](const Field& f) { return f.first == name; });
    };
}

Change input(std::string_view from, std::string_view to) {
    return [from, to](Signed& m) {
        m.header("Signature-Input") = replaced(m.header("Signature-Input"), from, to);
    };
}

void check_mutations(const std::vector<Mutation>& mutations) {
    for (const auto& mutation : mutations) {
        CAPTURE(mutation.what);
        Signed message;
        mutation.change(message);
        CHECK_EQ(message.check(), mutation.fault);
    }
    MESSAGE("mutations tried: ", mutations.size());
    CHECK_GT(mutations.size(), 15);
}

}  // namespace

TEST_CASE("a signed message verifies") {
    const Signed message;
    CHECK_FALSE(message.check());
}

TEST_CASE("signatures are ASN.1 DER and the bare 64 bytes are refused") {
    Signed message;
    std::string& field = message.header("Signature");
    const auto der = parse_byte_dictionary(field)->at("sig-pp");
    CHECK_EQ(der.front(), '\x30');
    CHECK_EQ(static_cast<std::size_t>(static_cast<unsigned char>(der[1])), der.size() - 2);
    CHECK_GE(der.size(), 68);
    CHECK_LE(der.size(), 72);
    const std::string raw = raw_form(der);
    REQUIRE_EQ(raw.size(), 64);
    field = "sig-pp=:" + base64(raw) + ":";
    CHECK_EQ(message.check(), SignatureFault::wrong);
}

TEST_CASE("every change to a signed message is noticed") {
    const std::string other = content_digest("{}");
    check_mutations({
        {"method", [](Signed& m) { m.message.method = "PUT"; }, Fault::wrong},
        {"authority", [](Signed& m) { m.message.authority = "127.0.0.1:8901"; }, Fault::wrong},
        {"path", [](Signed& m) { m.message.path = "/pawapay/v2/payouts"; }, Fault::wrong},
        {"body", [](Signed& m) { m.message.body = "{}"; }, Fault::wrong_digest},
        {"digest", put("Content-Digest", other), Fault::wrong_digest},
        {"unknown digest only", put("Content-Digest", "md5=:AAAA:"), Fault::wrong_digest},
        {"signature date", put("Signature-Date", "2027-01-15T08:00:01.000Z"), Fault::wrong},
        {"content type", put("content-type", "text/plain"), Fault::wrong},
        {"covered header gone", drop("Signature-Date"), Fault::uncovered},
        {"no digest", drop("Content-Digest"), Fault::missing},
        {"no signature", drop("Signature"), Fault::missing},
        {"no input", drop("Signature-Input"), Fault::missing},
        {"signature cut", put("Signature", "sig-pp=:AAAA:"), Fault::wrong},
        {"signature no base64", put("Signature", "sig-pp=:?:"), Fault::malformed},
        {"signature bare", put("Signature", "AAAA"), Fault::malformed},
        {"signature under another label", put("Signature", "sig=:AAAA:"), Fault::malformed},
        {"body and digest",
         [&](Signed& m) {
             m.message.body = "{}";
             m.header("Content-Digest") = other;
         },
         Fault::wrong},
        {"one digest of two wrong",
         [](Signed& m) { m.header("Content-Digest") += ", sha-256=:AAAA:"; },
         Fault::wrong_digest},
        {"signature twice",
         [](Signed& m) { m.message.headers.emplace_back("signature", m.header("Signature")); },
         Fault::malformed},
        {"another's key",
         [](Signed& m) {
             m.public_key = *PublicKey::from_pem(PrivateKey::generate().public_pem());
         },
         Fault::wrong},
    });
}

TEST_CASE("every change to what a signature says of itself is noticed") {
    check_mutations({
        {"created", input("created=1", "created=2"), Fault::wrong},
        {"expires later", input("expires=1", "expires=2"), Fault::wrong},
        {"expires no number", input("expires=1", "expires=x1"), Fault::expired},
        {"key id", input("client-1", "client-2"), Fault::unknown_key},
        {"no key id", input("keyid", "key-name"), Fault::unknown_key},
        {"algorithm", input("ecdsa-p256-sha256", "hmac-sha256"), Fault::algorithm},
        {"method uncovered", input("\"@method\" ", ""), Fault::uncovered},
        {"path uncovered", input("\"@path\" ", ""), Fault::uncovered},
        {"authority uncovered", input("\"@authority\" ", ""), Fault::uncovered},
        {"digest uncovered", input("\"content-digest\" ", ""), Fault::uncovered},
        {"date uncovered", input("\"signature-date\" ", ""), Fault::wrong},
        {"component nobody has", input("\"@path\"", "\"@path\" \"x-none\""), Fault::uncovered},
        {"component twice", input("\"@method\"", "\"@method\" \"@method\""), Fault::malformed},
        {"component with parameter", input("\"@method\"", "\"@method\";req"), Fault::malformed},
        {"order", input("\"@method\" \"@authority\"", "\"@authority\" \"@method\""), Fault::wrong},
        {"another label", input("sig-pp=", "sig-xx="), Fault::malformed},
        {"list open", input(")", ""), Fault::malformed},
        {"text after it", input("sig-pp=", "sig-pp ="), Fault::malformed},
    });
}

TEST_CASE("a signature has an end") {
    const Signed message;
    CHECK_FALSE(message.check(now / 1000 + 59));
    CHECK_EQ(message.check(now / 1000 + 61), SignatureFault::expired);
}

TEST_CASE("a default port and upper case in the authority make no difference") {
    Signed message;
    message.message.authority = "SHOP.test:80";
    message.message.headers = {{"content-type", "application/json"}};
    const auto headers = sign_message(message.message, message.key, "client-1", now);
    message.message.headers.insert(message.message.headers.end(), headers.begin(), headers.end());
    message.message.authority = "shop.test";
    CHECK_FALSE(message.check());
}

TEST_CASE("structured fields are read strictly") {
    const auto input = parse_signature_input(R"(a=("x" "y");created=1;keyid="k\"1", b=())");
    REQUIRE(input);
    CHECK_EQ(input->at("a").components, std::vector<std::string>{"x", "y"});
    CHECK_EQ(input->at("a").parameters.at("keyid"), "k\"1");
    CHECK_EQ(input->at("a").verbatim, R"(("x" "y");created=1;keyid="k\"1")");
    CHECK(input->at("b").components.empty());
    for (const auto text :
         {"",
          "a",
          "a=",
          "a=(x)",
          "a=(\"x\"\"y\")",
          "a=(\"x\";b)",
          "a=();c",
          "a=() b=()",
          "a=(),",
          "A=()",
          "a=(), a=()",
          "a=();c=1;c=2"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_signature_input(text));
    }
}

TEST_CASE("callbacks are signed as the mode says and a forged one by somebody else") {
    const auto secrets = kit::Bench::secrets();
    const auto key = PublicKey::from_pem(secrets->signing_key.public_pem());
    Delivery delivery{
        .number = 1,
        .entry = "e",
        .kind = "deposit",
        .url = "http://127.0.0.1:8000/hook",
        .body = "{}",
        .signing = "rfc9421",
        .forged = false,
        .signed_at = now
    };
    const auto fault = [&]() {
        const SignedMessage message{
            "POST", "127.0.0.1:8000", "/hook", delivery_headers(delivery, *secrets), delivery.body
        };
        return check_signature(
            message,
            [&](std::string_view id) { return id == "HTTP_EC_P256_KEY:1" ? &*key : nullptr; },
            now / 1000
        );
    };
    CHECK_FALSE(fault());
    delivery.forged = true;
    CHECK_EQ(fault(), SignatureFault::wrong);
    delivery.signing = "hmac";
    const auto forged = header_of(delivery_headers(delivery, *secrets), "x-signature");
    delivery.forged = false;
    const auto honest = header_of(delivery_headers(delivery, *secrets), "x-signature");
    CHECK_EQ(honest, hex(hmac_sha256("webhook secret", "{}")));
    CHECK_NE(forged, honest);
    delivery.signing = "none";
    CHECK_EQ(delivery_headers(delivery, *secrets).size(), 1);
}
