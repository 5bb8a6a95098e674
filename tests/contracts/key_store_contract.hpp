#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "handlers/ports/key_store.hpp"

/// What every KeyStore promises (handlers/ports/key_store.hpp).
namespace pakashop::contract {

using MakeKeyStore = std::function<std::unique_ptr<KeyStore>()>;

inline void check_same_key_again(KeyStore& store) {
    const auto made = store.current("usr_1/person");
    REQUIRE(made.has_value());
    CHECK(made->number == 1);
    CHECK(made->key != DataKey{});
    CHECK(store.current("usr_1/person")->key == made->key);
    CHECK(store.find("usr_1/person", 1).value() == made->key);
}

inline void check_subjects_differ(KeyStore& store) {
    std::set<DataKey> keys;
    for (int i = 0; i < 100; ++i) {
        const std::string id = "usr_" + std::to_string(i);
        keys.insert(store.current(id + "/person")->key);
        keys.insert(store.current(id + "/tax")->key);
    }
    CHECK(keys.size() == 200);
}

inline void check_destroyed_is_gone(KeyStore& store) {
    const DataKey first = store.current("usr_1/person")->key;
    const DataKey tax = store.current("usr_1/tax")->key;
    REQUIRE(store.destroy("usr_1/person").has_value());
    CHECK(store.find("usr_1/person", 1).value() == std::nullopt);
    CHECK(store.find("usr_1/tax", 1).value() == tax);
    REQUIRE(store.destroy("usr_1/person").has_value());
    const auto second = store.current("usr_1/person");
    REQUIRE(second.has_value());
    CHECK(second->number == 2);
    CHECK(second->key != first);
    CHECK(store.find("usr_1/person", 1).value() == std::nullopt);
    CHECK(store.find("usr_1/person", 2).value() == second->key);
}

inline void check_unknown_is_damage(KeyStore& store) {
    CHECK(store.find("usr_9/person", 1).error() == KeyFailure::damaged);
    REQUIRE(store.current("usr_9/person").has_value());
    CHECK(store.find("usr_9/person", 2).error() == KeyFailure::damaged);
    CHECK(store.find("usr_9/person", 0).error() == KeyFailure::damaged);
    CHECK(store.destroy("usr_8/person").has_value());
    CHECK(store.find("usr_8/person", 1).error() == KeyFailure::damaged);
}

// Eight callers ask for the same subjects at once and must be told the same keys.
inline void check_callers_agree(KeyStore& store) {
    constexpr int callers = 8;
    constexpr int subjects = 100;
    std::vector<std::vector<DataKey>> seen(callers);
    std::vector<std::thread> threads;
    for (std::vector<DataKey>& mine : seen) {
        threads.emplace_back([&store, &mine] {
            for (int i = 0; i < subjects; ++i) {
                mine.push_back(store.current("usr_" + std::to_string(i) + "/person")->key);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const std::vector<DataKey>& mine : seen) CHECK(mine == seen[0]);
    CHECK(std::set<DataKey>{seen[0].begin(), seen[0].end()}.size() == subjects);
}

/// Runs every check, each on a store of its own.
inline void check_key_store(const MakeKeyStore& make) {
    const std::pair<const char*, void (*)(KeyStore&)> checks[] = {
        {"a subject keeps its key", check_same_key_again},
        {"every subject and class has a key of its own", check_subjects_differ},
        {"a destroyed key is gone, and its number is not given again", check_destroyed_is_gone},
        {"a key that was never made is damage, not erasure", check_unknown_is_damage},
        {"callers at the same time are told the same keys", check_callers_agree},
    };
    for (const auto& [claim, check] : checks) {
        SUBCASE(claim) {
            const auto store = make();
            check(*store);
        }
    }
}

}  // namespace pakashop::contract
