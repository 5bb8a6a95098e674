#include "adapters/kafka/kafka_key_store.hpp"

#include <algorithm>
#include <future>

#include "adapters/kafka/key_records.hpp"
#include "adapters/system/master_key.hpp"
#include "tests/adapters/kafka_key_bench.hpp"
#include "tests/contracts/key_store_contract.hpp"

namespace pakashop {
namespace {

using namespace std::chrono_literals;
using kit::open_error;
using kit::open_keys;
using kit::race;
using kit::subject;
using kit::time_of;
using kit::until;

class OwnKeyStore final : public KeyStore {
public:
    Result<NumberedKey, KeyFailure> current(std::string_view name) override {
        return store_->current(name);
    }
    Result<std::optional<DataKey>, KeyFailure> find(std::string_view name, std::uint32_t number)
        override {
        return store_->find(name, number);
    }
    Result<void, KeyFailure> destroy(std::string_view name) override {
        return store_->destroy(name);
    }

private:
    kit::KeyBench bench_;
    std::unique_ptr<KafkaKeyStore> store_ = bench_.open();
};

TEST_CASE("the key store on Kafka keeps the contract") {
    contract::check_key_store([] { return std::make_unique<OwnKeyStore>(); });
}

TEST_CASE("keys and the numbers of destroyed ones are read back by the next process") {
    const kit::KeyBench bench;
    DataKey kept{};
    {
        const auto store = bench.open();
        kept = store->current(subject(1))->key;
        (void)store->current(subject(2));
        CHECK(store->destroy(subject(2)).has_value());
    }
    const auto store = bench.open();
    CHECK(store->find(subject(1), 1).value() == kept);
    CHECK(store->find(subject(2), 1).value() == std::nullopt);
    CHECK(store->current(subject(2))->number == 2);
}

TEST_CASE("another master key is refused by name, and a bad file before any broker is asked") {
    const kit::KeyBench bench;
    (void)bench.open()->current(subject(1));
    auto options = bench.options();
    options.master_key_file = bench.master_key_file('b');
    CHECK(open_error(options) == KafkaKeysError::wrong_master_key);
    options.master_key_file = "/nowhere";
    CHECK(open_error(options) == KafkaKeysError::master_key_file);
    CHECK(bench.open()->current(subject(1))->number == 1);
}

TEST_CASE("two nodes that open an empty topic with different master keys: one is refused") {
    const kit::KeyBench bench;
    auto other = bench.options();
    other.master_key_file = bench.master_key_file('b');
    auto first = std::async([&] { return KafkaKeyStore::open(bench.options()).has_value(); });
    auto second = std::async([&] { return KafkaKeyStore::open(other).has_value(); });
    CHECK(first.get() + second.get() == 1);
}

TEST_CASE("a topic that is missing, weak or would forget is refused with what is wrong") {
    const kit::KeyBench bench;
    auto options = bench.options();
    options.topic = "nowhere";
    CHECK(open_error(options) == KafkaKeysError::topic);
    options = bench.options();
    options.allow_weak_topic = false;
    CHECK(open_error(options) == KafkaKeysError::topic);
    options.allow_weak_topic = true;
    options.topic = kit::make_key_topic_with("");
    CHECK(open_error(options) == KafkaKeysError::topic);
    const auto again = KafkaKeyStore::create_topic(options.kafka, {options.topic, true});
    CHECK(again.error().error == KafkaLogError::exists);
}

TEST_CASE("a key made by one node is found by another at once") {
    const kit::KeyBench bench;
    const auto one = bench.open();
    const auto other = bench.open();
    for (int i = 0; i < 200; ++i) {
        const DataKey key = one->current(subject(i))->key;
        CHECK(other->find(subject(i), 1).value() == key);
    }
    CHECK(other->find(subject(0), 2).error() == KeyFailure::damaged);
}

TEST_CASE("nodes that make keys of the same subjects at once use the same, now and later") {
    const kit::KeyBench bench;
    constexpr int subjects = 200;
    const auto one = bench.open();
    const auto other = bench.open();
    const auto third = bench.open();
    const auto seen = race({one.get(), other.get(), third.get()}, 2, subjects);
    for (const auto& mine : seen) CHECK(mine == seen[0]);
    CHECK(std::set<DataKey>{seen[0].begin(), seen[0].end()}.size() == subjects);
    const auto later = bench.open();
    for (int n = 0; n < subjects; ++n) {
        CHECK(later->find(subject(n), 1).value() == seen[0][static_cast<std::size_t>(n)]);
    }
    const auto keys = bench.keys_left();
    MESSAGE(keys << " keys were written for " << subjects << " subjects");
    CHECK(keys > subjects);
}

TEST_CASE("a key that comes after the end of its number stays destroyed") {
    const kit::KeyBench bench;
    const auto master = MasterKey::load(bench.options().master_key_file);
    {
        const auto store = bench.open();
        (void)store->current(subject(1));
        CHECK(store->destroy(subject(1)).has_value());
    }
    const kafka::KeyRecordName late{kafka::KeyRecordName::Kind::key, subject(1), 1, 77};
    bench.write(late.text(), master->wrap(kafka::numbered(subject(1), 1), DataKey{}));
    const auto store = bench.open();
    CHECK(store->find(subject(1), 1).value() == std::nullopt);
    CHECK(store->current(subject(1))->number == 2);
    const std::pair<std::string, std::string> taken_back{late.text(), "(deleted)"};
    CHECK(until(5s, [&] { return std::ranges::count(bench.raw(), taken_back) == 1; }));
}

TEST_CASE("nodes that destroy and make one subject's key at once come to the same end") {
    const kit::KeyBench bench;
    const auto one = bench.open();
    const auto other = bench.open();
    for (int round = 0; round < 20; ++round) {
        (void)one->current(subject(1));
        auto destroyed = std::async([&] { return one->destroy(subject(1)).has_value(); });
        auto also = std::async([&] { return other->destroy(subject(1)).has_value(); });
        const auto made = other->current(subject(1));
        REQUIRE(made.has_value());
        CHECK(destroyed.get());
        CHECK(also.get());
    }
    const auto a = one->current(subject(1));
    const auto b = other->current(subject(1));
    const auto later = bench.open()->current(subject(1));
    CHECK(a->number == later->number);
    CHECK(a->key == later->key);
    CHECK(b->key == later->key);
    CHECK(later->number >= 20);
}

TEST_CASE("keys go from one store to another, and open there what they sealed") {
    const kit::KeyBench bench;
    const auto old = bench.open();
    const DataKey kept = old->current(subject(1))->key;
    (void)old->current(subject(2));
    REQUIRE(old->destroy(subject(2)).has_value());
    const auto keys = old->wrapped_keys();
    REQUIRE(keys.has_value());
    const kit::KeyBench elsewhere;
    const auto store = elsewhere.open();
    REQUIRE(store->import(*keys).has_value());
    const std::uint64_t batches = store->batches();
    REQUIRE(store->import(*keys).has_value());
    CHECK(store->batches() == batches);
    CHECK(digest_of(*store->wrapped_keys()) == digest_of(*keys));
    CHECK(store->find(subject(1), 1).value() == kept);
    CHECK(store->find(subject(2), 1).value() == std::nullopt);
    std::vector<WrappedKey> others = *keys;
    others[0].wrapped[0] = static_cast<char>(others[0].wrapped[0] ^ 1);
    CHECK(store->import(others).error().contradicts == subject(1));
}

TEST_CASE("while a log is being copied nobody opens the keys for it") {
    const kit::KeyBench bench;
    const auto copier = bench.open();
    REQUIRE(copier->begin_copy("pakashop-1", "rocksdb:/var/log").has_value());
    auto options = bench.options();
    options.generation = "pakashop-1";
    CHECK(open_error(options) == KafkaKeysError::copying);
    CHECK(KafkaKeyStore::open(options).error().detail.starts_with(
        "log pakashop-1 is being copied from rocksdb:/var/log and is not whole"
    ));
    options.generation = "pakashop-2";
    CHECK(KafkaKeyStore::open(options).has_value());
    CHECK(bench.open()->copied_from("pakashop-1") == "rocksdb:/var/log");
    REQUIRE(copier->end_copy("pakashop-1").has_value());
    options.generation = "pakashop-1";
    CHECK(KafkaKeyStore::open(options).has_value());
}

TEST_CASE("a view finds keys and makes none") {
    const kit::KeyBench bench;
    (void)bench.view();
    CHECK(bench.raw().empty());
    const auto store = bench.open();
    const DataKey key = store->current(subject(1))->key;
    const auto view = bench.view();
    CHECK(view->find(subject(1), 1).value() == key);
    CHECK(view->current(subject(1))->key == key);
    CHECK(view->current(subject(2)).error() == KeyFailure::unavailable);
    CHECK(view->destroy(subject(1)).error() == KeyFailure::unavailable);
    CHECK(bench.raw().size() == 2);
}

TEST_CASE("what cannot be in the topic ends the following of it, and known keys stay") {
    const kit::KeyBench bench;
    auto options = bench.options();
    std::promise<std::string> told;
    options.on_failure = [&](std::string_view problem) { told.set_value(std::string{problem}); };
    const auto store = open_keys(options);
    const DataKey key = store->current(subject(1))->key;
    bench.write("nonsense", "1");
    auto problem = told.get_future();
    REQUIRE(problem.wait_for(5s) == std::future_status::ready);
    MESSAGE(problem.get());
    CHECK(store->find(subject(1), 1).value() == key);
    CHECK(store->find(subject(2), 1).error() == KeyFailure::damaged);
    CHECK(store->current(subject(2)).error() == KeyFailure::damaged);
    CHECK(open_error(bench.options()) == KafkaKeysError::damaged);
}

TEST_CASE("keys made at the same time share their batches") {
    const kit::KeyBench bench;
    const auto store = bench.open();
    constexpr int callers = 16;
    constexpr int each = 100;
    const auto took = time_of([&] {
        std::vector<std::thread> threads;
        for (int caller = 0; caller < callers; ++caller) {
            threads.emplace_back([&, caller] {
                for (int i = 0; i < each; ++i) (void)store->current(subject(caller * each + i));
            });
        }
        for (std::thread& thread : threads) thread.join();
    });
    constexpr int keys = callers * each;
    MESSAGE(keys << " keys took " << store->batches() << " batches, " << took.count() << " ms");
    CHECK(store->batches() < keys / 4);
    std::unique_ptr<KafkaKeyStore> again;
    const auto opening = time_of([&] { again = bench.open(); });
    MESSAGE("they were read back in " << opening.count() << " ms");
    for (int i = 0; i < keys; ++i) CHECK(again->find(subject(i), 1).value());
}

}  // namespace
}  // namespace pakashop
