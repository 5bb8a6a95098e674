#include "handlers/sealing.hpp"

#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "adapters/memory/memory_key_store.hpp"
#include "events/any_event.hpp"

namespace pakashop {
namespace {

const Subject person{"usr_1", SubjectClass::person};
const std::string place = "user:usr_1@3/name";

TEST_CASE("what is sealed opens again, in its place") {
    MemoryKeyStore keys;
    SealingVault vault{keys};
    for (const std::string text : {"", "\"Chanda\"", "{\"a\":[1,2]}", "\"\u00e9\\u0000\""}) {
        const Ciphertext sealed = vault.seal(person, place, text);
        CHECK(sealed.key == "usr_1/person#1");
        CHECK(sealed.box.find(text.empty() ? "{" : text) == std::string::npos);
        CHECK(vault.open(sealed, place) == text);
    }
}

TEST_CASE("sealing the same twice gives the same bytes; anything else, others") {
    MemoryKeyStore keys;
    SealingVault vault{keys};
    SealingVault second{keys};
    const Ciphertext sealed = vault.seal(person, place, "\"Chanda\"");
    CHECK(vault.seal(person, place, "\"Chanda\"") == sealed);
    CHECK(second.seal(person, place, "\"Chanda\"") == sealed);
    CHECK(vault.seal(person, place, "\"Chanda \"").box != sealed.box);
    CHECK(vault.seal(person, "user:usr_1@4/name", "\"Chanda\"").box != sealed.box);
    CHECK(vault.seal({"usr_2"}, place, "\"Chanda\"").box != sealed.box);
    CHECK(vault.seal({"usr_1", SubjectClass::tax}, place, "\"Chanda\"").key == "usr_1/tax#1");
}

TEST_CASE("a sealed value that was touched, or moved, is damage") {
    MemoryKeyStore keys;
    SealingVault vault{keys};
    (void)vault.seal({"usr_2"}, place, "1");
    const Ciphertext sealed = vault.seal(person, place, "\"Chanda Mwila\"");
    CHECK_THROWS_AS(vault.open(sealed, "user:usr_1@4/name"), CorruptStream);
    CHECK_THROWS_AS(vault.open({"usr_2/person#1", sealed.box}, place), CorruptStream);
    int touched = 0;
    for (std::size_t at = 0; at < sealed.box.size(); ++at) {
        for (const char other : {'A', 'b', '9', '=', '-', ' '}) {
            Ciphertext bad = sealed;
            if (bad.box[at] == other) continue;
            bad.box[at] = other;
            CHECK_THROWS_AS(vault.open(bad, place), CorruptStream);
            ++touched;
        }
        CHECK_THROWS_AS(vault.open({sealed.key, sealed.box.substr(0, at)}, place), CorruptStream);
    }
    CHECK_THROWS_AS(vault.open({sealed.key, sealed.box + "AAAA"}, place), CorruptStream);
    CHECK(touched > 300);
}

TEST_CASE("a name that is no key's name is damage") {
    MemoryKeyStore keys;
    SealingVault vault{keys};
    const std::string box = vault.seal(person, place, "1").box;
    for (const char* name :
         {"",
          "usr_1/person",
          "usr_1/person#",
          "usr_1/person#0",
          "usr_1/person#-1",
          "usr_1/person#1x",
          "usr_1/person#99999999999"}) {
        CHECK_THROWS_AS(vault.open({name, box}, place), CorruptStream);
    }
}

TEST_CASE("when the key is destroyed, what it sealed reads as erased, from the cache as well") {
    MemoryKeyStore keys;
    SealingVault vault{keys};
    const Ciphertext sealed = vault.seal(person, place, "\"Chanda\"");
    REQUIRE(vault.open(sealed, place).has_value());
    REQUIRE(vault.destroy("usr_1/person").has_value());
    CHECK(vault.open(sealed, place) == std::nullopt);
    const Ciphertext later = vault.seal(person, place, "\"Chanda\"");
    CHECK(later.key == "usr_1/person#2");
    CHECK(vault.open(later, place) == "\"Chanda\"");
    CHECK(vault.open(sealed, place) == std::nullopt);
}

TEST_CASE("a vault that is told forgets a key that another node destroyed") {
    MemoryKeyStore keys;
    SealingVault vault{keys};
    const Ciphertext sealed = vault.seal(person, place, "1");
    (void)vault.open(sealed, place);
    (void)keys.destroy("usr_1/person");
    CHECK(vault.open(sealed, place).has_value());
    vault.forget("usr_1/person");
    CHECK(vault.open(sealed, place) == std::nullopt);
    CHECK(vault.cached() == 0);
}

TEST_CASE("a key that the store has lost is damage, never erasure") {
    MemoryKeyStore keys;
    MemoryKeyStore emptied;
    const Ciphertext sealed = SealingVault{keys}.seal(person, place, "1");
    CHECK_THROWS_AS(SealingVault{emptied}.open(sealed, place), CorruptStream);
}

TEST_CASE("a store that does not answer is not damage, and keys in the cache still serve") {
    MemoryKeyStore keys;
    SealingVault vault{keys};
    const Ciphertext sealed = vault.seal(person, place, "1");
    (void)vault.open(sealed, place);
    keys.set_unavailable(true);
    CHECK(vault.open(sealed, place) == "1");
    CHECK(vault.seal(person, place, "1") == sealed);
    CHECK_THROWS_AS(vault.seal({"usr_2"}, place, "1"), KeysUnavailable);
    vault.forget("usr_1/person");
    CHECK_THROWS_AS(vault.open(sealed, place), KeysUnavailable);
}

TEST_CASE("the cache holds no more keys than it may, and the last used stay") {
    MemoryKeyStore keys;
    SealingVault vault{keys, 10};
    for (int i = 0; i < 100; ++i) {
        (void)vault.seal({"usr_" + std::to_string(i)}, place, "1");
        (void)vault.seal({"usr_0"}, place, "1");
        CHECK(vault.cached() <= 10);
    }
    keys.set_unavailable(true);
    CHECK_NOTHROW(vault.seal({"usr_0"}, place, "1"));
    CHECK_NOTHROW(vault.seal({"usr_99"}, place, "1"));
    CHECK_THROWS_AS(vault.seal({"usr_50"}, place, "1"), KeysUnavailable);
}

TEST_CASE("many threads may seal and open at once") {
    MemoryKeyStore keys;
    SealingVault vault{keys, 8};
    std::vector<int> opened(4);
    std::vector<std::thread> threads;
    for (int& mine : opened) {
        threads.emplace_back([&vault, &mine] {
            for (int i = 0; i < 500; ++i) {
                const Subject subject{"usr_" + std::to_string(i % 16)};
                const std::string text = std::to_string(i);
                mine += vault.open(vault.seal(subject, place, text), place) == text;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(opened == std::vector<int>(4, 500));
}

TEST_CASE("an event's personal fields are sealed and opened through the vault") {
    MemoryKeyStore keys;
    SealingVault vault{keys};
    OrderPlaced placed;
    placed.order = {"ord_1"};
    placed.notes = Sealed<PublicText>{person, "leave at the gate"};
    DeliveryAddress address;
    address.city = "Lusaka";
    placed.address = Sealed<DeliveryAddress>{person, address};
    AnyEvent event = OrderEvent{placed};
    const std::string at = sealing_place("order:ord_1", 1);
    seal(event, vault, at);
    const std::string stored = encode_event(event);
    CHECK(stored.find("Lusaka") == std::string::npos);
    CHECK(stored.find("gate") == std::string::npos);
    auto decoded = decode_event("order.placed.v1", stored);
    REQUIRE(decoded.has_value());
    open(*decoded, vault, at);
    CHECK(*decoded == AnyEvent{OrderEvent{placed}});
    REQUIRE(vault.destroy("usr_1/person").has_value());
    auto erased = decode_event("order.placed.v1", stored);
    open(*erased, vault, at);
    const auto& order = std::get<OrderPlaced>(std::get<OrderEvent>(*erased));
    CHECK(order.address.erased());
    CHECK(order.notes->erased());
}

}  // namespace
}  // namespace pakashop
