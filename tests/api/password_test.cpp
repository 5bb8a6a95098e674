#include "api/auth/password.hpp"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "api/auth/password_queue.hpp"

namespace asio = boost::asio;
using namespace pakashop::api;

namespace {

std::optional<PasswordRefusal> check(std::string_view password) {
    const std::vector<std::string> context{
        "mwansa.b", "Mwansa Banda", "Banda", "+260971234567", "Jo"
    };
    return check_password(password, context);
}

std::string repeat(std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

}  // namespace

TEST_CASE("a password is judged by length and by how guessable it is") {
    for (const std::string& fine :
         {std::string{"correct horse battery"},
          std::string{"Kx7!pQ2m"},
          std::string{"tilapia at noon"},
          repeat("é1", 4),
          repeat("魚b", 64),
          std::string{"Banda likes long walks"},
          std::string{" leading and trailing "}}) {
        CAPTURE(fine);
        CHECK_FALSE(check(fine).has_value());
    }
    CHECK(check("Kx7!pQ2") == PasswordRefusal::too_short);
    CHECK(check("ééééééé") == PasswordRefusal::too_short);
    CHECK(check(repeat("魚b", 64) + "c") == PasswordRefusal::too_long);
    for (const char* common :
         {"password",
          "PASSWORD",
          "Password1!",
          "12345678",
          "87654321",
          "aaaaaaaaaa",
          "qwertyuiop",
          "iloveyou99",
          "abcdefghij",
          "ihgfedcba"}) {
        CAPTURE(common);
        CHECK(check(common) == PasswordRefusal::common);
    }
    for (const char* near :
         {"pakashop1", "Pakashop!!", "banda1234", "+260971234567", "mwansa.b!"}) {
        CAPTURE(near);
        CHECK(check(near) == PasswordRefusal::contains_context);
    }
    CHECK(check_password("Kx7!pQ2mKx7!p", {}, 15) == PasswordRefusal::too_short);
}

TEST_CASE("a hash is Argon2id with the agreed cost, salted, and verifies its password alone") {
    const auto phc = hash_password("correct horse");
    CHECK(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    CHECK(phc.find('\0') == phc.npos);
    CHECK(phc != hash_password("correct horse"));
    CHECK(verify_password("correct horse", phc));
    CHECK_FALSE(verify_password("correct horse ", phc));
    CHECK_FALSE(verify_password("Correct horse", phc));
    CHECK_FALSE(verify_password("", phc));
}

TEST_CASE("a stored text that is no hash verifies nothing") {
    for (const char* broken : {"", "plain", "$argon2id$", "$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA"}) {
        CHECK_FALSE(verify_password("x", broken));
    }
    CHECK_FALSE(verify_password("", nobodys_hash()));
    CHECK(&nobodys_hash() == &nobodys_hash());
}

TEST_CASE("the queue answers on the caller's thread and refuses at once when it is full") {
    asio::io_context io{1};
    PasswordQueue queue{3};
    const auto main_thread = std::this_thread::get_id();
    int right = 0;
    int wrong = 0;
    int refused = 0;
    bool elsewhere = false;
    const auto phc = hash_password("secret");
    const auto attempt = [&](std::string password) -> asio::awaitable<void> {
        const auto answer = co_await queue.verify(password, phc);
        elsewhere = elsewhere || std::this_thread::get_id() != main_thread;
        if (!answer)
            ++refused;
        else if (*answer)
            ++right;
        else
            ++wrong;
    };
    for (int i = 0; i < 20; ++i) {
        asio::co_spawn(io, attempt(i == 0 ? "secret" : "other"), asio::detached);
    }
    io.run();
    CHECK(right == 1);
    CHECK(wrong + refused == 19);
    CHECK(refused >= 15);
    CHECK_FALSE(elsewhere);
    CHECK(queue.waiting() == 0);
}

TEST_CASE("the queue hashes") {
    asio::io_context io{1};
    PasswordQueue queue;
    std::optional<std::string> phc;
    const auto work = [&]() -> asio::awaitable<void> { phc = co_await queue.hash("secret"); };
    asio::co_spawn(io, work(), asio::detached);
    io.run();
    REQUIRE(phc.has_value());
    CHECK(verify_password("secret", *phc));
}

TEST_CASE("a queue that ends answers those still waiting with nothing") {
    asio::io_context io{1};
    int unanswered = 0;
    auto queue = std::make_unique<PasswordQueue>(8);
    const auto work = [&]() -> asio::awaitable<void> {
        const auto phc = co_await queue->hash("secret");
        if (!phc) ++unanswered;
    };
    for (int i = 0; i < 6; ++i) asio::co_spawn(io, work(), asio::detached);
    io.poll();
    queue.reset();
    io.run();
    CHECK(unanswered >= 4);
}
