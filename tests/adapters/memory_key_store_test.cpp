#include "adapters/memory/memory_key_store.hpp"

#include "tests/contracts/key_store_contract.hpp"

namespace pakashop {

TEST_CASE("the memory key store keeps the contract") {
    contract::check_key_store([] { return std::make_unique<MemoryKeyStore>(); });
}

TEST_CASE("the memory key store makes the same keys from the same seed") {
    MemoryKeyStore one{7};
    MemoryKeyStore same{7};
    MemoryKeyStore other{8};
    const DataKey key = one.current("usr_1/person")->key;
    CHECK(same.current("usr_1/person")->key == key);
    CHECK(other.current("usr_1/person")->key != key);
}

TEST_CASE("an unavailable memory key store says so") {
    MemoryKeyStore store;
    store.set_unavailable(true);
    CHECK(store.current("usr_1/person").error() == KeyFailure::unavailable);
    CHECK(store.find("usr_1/person", 1).error() == KeyFailure::unavailable);
    CHECK(store.destroy("usr_1/person").error() == KeyFailure::unavailable);
    CHECK(store.made() == 0);
}

}  // namespace pakashop
