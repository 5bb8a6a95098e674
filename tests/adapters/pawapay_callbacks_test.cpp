#include <algorithm>
#include <atomic>
#include <future>

#include <doctest/doctest.h>

#include "adapters/pawapay/callbacks.hpp"
#include "adapters/pawapay/key_directory.hpp"
#include "adapters/pawapay/signature.hpp"

using namespace pakashop;
using namespace pakashop::pawapay;

namespace {

constexpr std::int64_t unix_now = 1'778'580'000;

/// A callback with an empty object, signed under the key id `K:1`.
http::Request signed_request(const SigningKey& key) {
    http::Request request;
    request.method = "POST";
    request.target = "/webhook";
    request.body = "{}";
    request.headers = {{"host", "shop.example"}, {"content-type", "application/json"}};
    const SignedMessage message{
        "POST", "shop.example", "/webhook", {{"Content-Type", "application/json"}}, "{}"
    };
    for (const HttpHeader& header : sign_message(message, key, "K:1", unix_now)) {
        std::string name = header.name;
        std::ranges::transform(name, name.begin(), [](char c) {
            return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        });
        request.headers.push_back({std::move(name), header.value});
    }
    return request;
}

}  // namespace

TEST_CASE("keys are fetched when one is not known, at most once a minute") {
    const SigningKey first = SigningKey::generate();
    const SigningKey second = SigningKey::generate();
    const auto list = [](const SigningKey& key, std::string_view id) {
        std::string json;
        JsonWriter{json}
            .begin_array()
            .begin_object()
            .key("id")
            .text("RSA:1")
            .key("key")
            .text("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")
            .end_object()
            .begin_object()
            .key("id")
            .text(id)
            .key("key")
            .text(key.public_pem())
            .end_object()
            .end_array();
        return json;
    };
    std::optional<std::string> answer = list(first, "K:1");
    int fetches = 0;
    std::int64_t clock_ms = 0;
    KeyDirectory keys{
        [&] {
            ++fetches;
            return answer;
        },
        [&] { return clock_ms; }
    };
    const auto has = [&](std::string_view id) {
        const auto key = keys.find(id);
        REQUIRE(key.has_value());
        return *key != nullptr;
    };
    CHECK(has("K:1"));
    CHECK(has("K:1"));
    CHECK(fetches == 1);
    CHECK(!has("K:2"));
    CHECK(fetches == 1);
    clock_ms += 60'000;
    answer = list(second, "K:2");
    CHECK(has("K:2"));
    CHECK(!has("K:1"));
    CHECK(fetches == 2);
    clock_ms += 60'000;
    answer = std::nullopt;
    CHECK(!keys.find("K:3").has_value());
    CHECK(has("K:2"));
    CHECK(!keys.find("RSA:1").has_value());
    CHECK(fetches == 3);
    clock_ms += 2'000;
    answer = list(first, "K:3");
    CHECK(has("K:3"));
    CHECK(!has("RSA:1"));
    CHECK(fetches == 4);
    clock_ms += 3'600'000;
    answer = list(first, "K:4");
    CHECK(!has("K:3"));
    CHECK(fetches == 5);
    clock_ms += 3'600'000;
    answer = std::nullopt;
    CHECK(has("K:4"));
    CHECK(fetches == 6);
}

TEST_CASE("a provider that hangs over its keys holds up nobody whose key is known") {
    const std::string pem = SigningKey::generate().public_pem();
    std::promise<void> asked;
    std::promise<void> answered;
    std::atomic<int> fetches{0};
    std::atomic<std::int64_t> clock_ms{0};
    KeyDirectory keys{
        [&]() -> std::optional<std::string> {
            if (++fetches == 2) {
                asked.set_value();
                answered.get_future().wait();
            }
            std::string json;
            JsonWriter out{json};
            out.begin_array().begin_object().key("id").text("K:1").key("key").text(pem);
            out.end_object().end_array();
            return json;
        },
        [&] { return clock_ms.load(); }
    };
    REQUIRE(keys.find("K:1").has_value());
    clock_ms = 60'000;
    auto hanging = std::async(std::launch::async, [&] { return keys.find("K:2").has_value(); });
    asked.get_future().wait();
    CHECK(keys.find("K:1").value() != nullptr);
    CHECK(!keys.find("K:3").has_value());
    CHECK(!keys.renew());
    answered.set_value();
    CHECK(hanging.get());
    CHECK(fetches == 2);
}

TEST_CASE("a key that was replaced under its id is asked for once") {
    const SigningKey first = SigningKey::generate();
    const SigningKey second = SigningKey::generate();
    const SigningKey* now = &first;
    int fetches = 0;
    std::int64_t clock_ms = 0;
    KeyDirectory keys{
        [&]() -> std::optional<std::string> {
            ++fetches;
            std::string json;
            JsonWriter out{json};
            out.begin_array().begin_object().key("id").text("K:1");
            out.key("key").text(now->public_pem()).end_object().end_array();
            return json;
        },
        [&] { return clock_ms; }
    };
    CallbackReader reader{{"", "", [] { return unix_now; }}, keys};
    const auto fault = [&](const SigningKey& key) {
        return reader.read(signed_request(key)).error();
    };
    CHECK(fault(first) == api::CallbackFault::unreadable);
    now = &second;
    CHECK(fault(second) == api::CallbackFault::signature);
    clock_ms += 60'000;
    CHECK(fault(second) == api::CallbackFault::unreadable);
    CHECK(fault(first) == api::CallbackFault::signature);
    CHECK(fetches == 2);
}

TEST_CASE("a callback whose key cannot be fetched now may come again, a forged one may not") {
    std::optional<std::string> answer;
    KeyDirectory keys{[&] { return answer; }, [] { return std::int64_t{0}; }};
    CallbackReader reader{{"secret", "", [] { return unix_now; }}, keys};
    http::Request request;
    request.method = "POST";
    request.target = "/webhook";
    request.body = "{}";
    request.headers = {{"host", "shop.example"}, {"content-type", "application/json"}};
    CHECK(reader.read(request).error() == api::CallbackFault::signature);
    request = signed_request(SigningKey::generate());
    CHECK(reader.read(request).error() == api::CallbackFault::busy);
    request.headers.push_back({"x-signature", "00"});
    CHECK(reader.read(request).error() == api::CallbackFault::signature);
}
