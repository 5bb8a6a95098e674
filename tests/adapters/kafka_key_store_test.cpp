#include "adapters/kafka/kafka_key_store.hpp"

#include <algorithm>
#include <future>
#include <mutex>

#include <sys/stat.h>

#include "adapters/kafka/group_writer.hpp"
#include "adapters/kafka/key_records.hpp"
#include "adapters/kafka/log_topic.hpp"
#include "adapters/kafka/topic_tail.hpp"
#include "adapters/system/master_key.hpp"
#include "tests/adapters/kafka_bench.hpp"
#include "tests/contracts/key_store_contract.hpp"

namespace pakashop {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

std::string new_topic_name() {
    static int made = 0;
    return "keys" + std::to_string(++made);
}

// A topic of keys and a master key of its own.
class Bench {
public:
    explicit Bench(std::string topic = {}) {
        options_.kafka = kit::kafka_options();
        options_.kafka.start_patience = 3000ms;
        options_.topic = topic.empty() ? make_topic() : std::move(topic);
        options_.master_key_file = master_key_file('a');
        options_.allow_weak_topic = true;
    }

    std::filesystem::path master_key_file(char digit) const {
        const auto file = scratch_.path() / std::string(1, digit);
        kit::write_file(file, std::string(64, digit));
        ::chmod(file.c_str(), 0400);
        return file;
    }
    KafkaKeyStoreOptions options() const { return options_; }
    std::unique_ptr<KafkaKeyStore> open() const {
        auto store = KafkaKeyStore::open(options_);
        REQUIRE_MESSAGE(store.has_value(), store.error().detail);
        return *std::move(store);
    }

    // Everything in the topic, by name in order.
    std::vector<std::pair<std::string, std::string>> raw() const {
        std::mutex mutex;
        std::vector<std::pair<std::string, std::string>> out;
        const auto settings = kafka::settings_of(options_.kafka);
        const auto admin = kafka::connect(options_.kafka);
        const auto end = kafka::ask_end(admin->client(), options_.topic, 0, 5000ms);
        REQUIRE(end.has_value());
        auto tail = kafka::TopicTail::start(
            {.common = settings, .topic = options_.topic},
            [&](std::span<const kafka::TailRecord> records) {
                const std::lock_guard lock{mutex};
                for (const auto& record : records) {
                    out.emplace_back(record.key, record.value.value_or("(deleted)"));
                }
                return std::nullopt;
            },
            {}
        );
        REQUIRE((*tail)->wait_for(*end, Clock::now() + 10s));
        const std::lock_guard lock{mutex};
        return out;
    }

    // A record that another node wrote.
    void write(const std::string& name, const std::string& value) const {
        auto writer =
            kafka::GroupWriter::make(kafka::settings_of(options_.kafka), options_.topic, 0);
        REQUIRE((*writer)->write({{name, value}}, Clock::now() + 10s));
    }

private:
    std::string make_topic() const {
        const std::string name = new_topic_name();
        const auto made = KafkaKeyStore::create_topic(options_.kafka, {name, true});
        REQUIRE_MESSAGE(made.has_value(), made.error().detail);
        return name;
    }

    kit::ScratchFolder scratch_;
    KafkaKeyStoreOptions options_;
};

KafkaKeysError open_error(const KafkaKeyStoreOptions& options) {
    const auto store = KafkaKeyStore::open(options);
    REQUIRE_FALSE(store.has_value());
    MESSAGE(store.error().detail);
    return store.error().error;
}

std::string subject(int number) { return "usr_" + std::to_string(number) + "/person"; }

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
    Bench bench_;
    std::unique_ptr<KafkaKeyStore> store_ = bench_.open();
};

template <class Call>
std::chrono::milliseconds time_of(Call call) {
    const auto start = Clock::now();
    call();
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
}

// Calls `ask` until it is true.
template <class Ask>
bool until(std::chrono::seconds limit, Ask ask) {
    for (const auto end = Clock::now() + limit; Clock::now() < end;) {
        if (ask()) return true;
        std::this_thread::sleep_for(100ms);
    }
    return false;
}

TEST_CASE("the key store on Kafka keeps the contract") {
    contract::check_key_store([] { return std::make_unique<OwnKeyStore>(); });
}

TEST_CASE("keys and the numbers of destroyed ones are read back by the next process") {
    const Bench bench;
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
    const Bench bench;
    (void)bench.open()->current(subject(1));
    auto options = bench.options();
    options.master_key_file = bench.master_key_file('b');
    CHECK(open_error(options) == KafkaKeysError::wrong_master_key);
    options.master_key_file = "/nowhere";
    CHECK(open_error(options) == KafkaKeysError::master_key_file);
    CHECK(bench.open()->current(subject(1))->number == 1);
}

TEST_CASE("two nodes that open an empty topic with different master keys: one is refused") {
    const Bench bench;
    auto other = bench.options();
    other.master_key_file = bench.master_key_file('b');
    auto first = std::async([&] { return KafkaKeyStore::open(bench.options()).has_value(); });
    auto second = std::async([&] { return KafkaKeyStore::open(other).has_value(); });
    CHECK(first.get() + second.get() == 1);
}

TEST_CASE("a topic that is missing, weak or would forget is refused with what is wrong") {
    const Bench bench;
    auto options = bench.options();
    options.topic = "nowhere";
    CHECK(open_error(options) == KafkaKeysError::topic);
    options = bench.options();
    options.allow_weak_topic = false;
    CHECK(open_error(options) == KafkaKeysError::topic);
    options.allow_weak_topic = true;
    options.topic = new_topic_name();
    (void)kit::strike("topic --create --partitions 1 --topic " + options.topic);
    CHECK(open_error(options) == KafkaKeysError::topic);
    const auto again = KafkaKeyStore::create_topic(options.kafka, {options.topic, true});
    CHECK(again.error().error == KafkaLogError::exists);
}

TEST_CASE("a key made by one node is found by another at once") {
    const Bench bench;
    const auto one = bench.open();
    const auto other = bench.open();
    for (int i = 0; i < 200; ++i) {
        const DataKey key = one->current(subject(i))->key;
        CHECK(other->find(subject(i), 1).value() == key);
    }
    CHECK(other->find(subject(0), 2).error() == KeyFailure::damaged);
}

// Every thread of every node wants a key for the same subjects, in the same order.
std::vector<std::vector<DataKey>>
race(const std::vector<KafkaKeyStore*>& nodes, int threads_each, int subjects) {
    std::vector<std::vector<DataKey>> seen(nodes.size() * static_cast<std::size_t>(threads_each));
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < seen.size(); ++i) {
        threads.emplace_back([&, i] {
            KafkaKeyStore& store = *nodes[i % nodes.size()];
            for (int n = 0; n < subjects; ++n) seen[i].push_back(store.current(subject(n))->key);
        });
    }
    for (std::thread& thread : threads) thread.join();
    return seen;
}

TEST_CASE("nodes that make keys of the same subjects at once use the same, now and later") {
    const Bench bench;
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
    const auto raw = bench.raw();
    const auto keys = std::ranges::count_if(raw, [](const auto& record) {
        return record.first.starts_with("key:") && record.second != "(deleted)";
    });
    MESSAGE(keys << " keys were written for " << subjects << " subjects");
    CHECK(keys > subjects);
}

TEST_CASE("a key that comes after the end of its number stays destroyed") {
    const Bench bench;
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
    const Bench bench;
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

TEST_CASE("a view finds keys and makes none") {
    const Bench bench;
    CHECK(KafkaKeyStore::view(bench.options()).has_value());
    CHECK(bench.raw().empty());
    const auto store = bench.open();
    const DataKey key = store->current(subject(1))->key;
    const auto view = KafkaKeyStore::view(bench.options());
    CHECK((*view)->find(subject(1), 1).value() == key);
    CHECK((*view)->current(subject(1))->key == key);
    CHECK((*view)->current(subject(2)).error() == KeyFailure::unavailable);
    CHECK((*view)->destroy(subject(1)).error() == KeyFailure::unavailable);
    CHECK(bench.raw().size() == 2);
}

TEST_CASE("what cannot be in the topic ends the following of it, and known keys stay") {
    const Bench bench;
    auto options = bench.options();
    std::promise<std::string> told;
    options.on_failure = [&](std::string_view problem) { told.set_value(std::string{problem}); };
    const auto store = KafkaKeyStore::open(options);
    const DataKey key = (*store)->current(subject(1))->key;
    bench.write("nonsense", "1");
    auto problem = told.get_future();
    REQUIRE(problem.wait_for(5s) == std::future_status::ready);
    MESSAGE(problem.get());
    CHECK((*store)->find(subject(1), 1).value() == key);
    CHECK((*store)->find(subject(2), 1).error() == KeyFailure::damaged);
    CHECK((*store)->current(subject(2)).error() == KeyFailure::damaged);
    CHECK(open_error(bench.options()) == KafkaKeysError::damaged);
}

TEST_CASE("keys made at the same time share their batches") {
    const Bench bench;
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

// Tiny segments, compacted as soon as there is anything to compact.
std::string make_restless_topic() {
    const std::string name = new_topic_name();
    (void)kit::strike(
        "topic --create --partitions 1 --topic " + name +
        " --config cleanup.policy=compact --config retention.ms=-1 --config retention.bytes=-1"
        " --config flush.messages=1 --config segment.ms=200 --config max.compaction.lag.ms=1000"
        " --config min.cleanable.dirty.ratio=0.01 --config delete.retention.ms=0"
    );
    return name;
}

TEST_CASE("compaction removes destroyed and lost keys from the topic and changes no answer") {
    const Bench bench{make_restless_topic()};
    constexpr int subjects = 30;
    const auto one = bench.open();
    const auto other = bench.open();
    const auto seen = race({one.get(), other.get()}, 2, subjects);
    const auto keys_left = [&] {
        return std::ranges::count_if(bench.raw(), [](const auto& record) {
            return record.first.starts_with("key:usr_") && record.second != "(deleted)";
        });
    };
    const auto written = keys_left();
    CHECK(written > subjects);
    for (int n = 0; n < subjects; n += 3) CHECK(one->destroy(subject(n)).has_value());
    // Segments are closed, and compacted, only while something is written.
    int fillers = 0;
    const auto only_living_are_left = [&] {
        (void)one->current("filler_" + std::to_string(++fillers) + "/person");
        return keys_left() == subjects - subjects / 3;
    };
    const auto took = time_of([&] { CHECK(until(90s, only_living_are_left)); });
    MESSAGE(
        written << " records of keys became " << keys_left() << " in " << took.count() << " ms, "
                << fillers << " more keys"
    );
    for (const auto& store : {bench.open(), bench.open()}) {
        for (int n = 0; n < subjects; ++n) {
            const auto key = store->find(subject(n), 1);
            REQUIRE(key.has_value());
            CHECK(key->has_value() == (n % 3 != 0));
            if (*key) CHECK(*key == seen[0][static_cast<std::size_t>(n)]);
        }
        CHECK(store->current(subject(0))->number == 2);
    }
}

TEST_CASE("a topic that has lost keys is noticed, and what they sealed does not pass for erased") {
    const Bench bench;
    std::string told;
    auto options = bench.options();
    options.on_failure = [&](std::string_view problem) { told = problem; };
    const auto store = *KafkaKeyStore::open(options);
    (void)store->current(subject(1));
    const DataKey key = store->current(subject(2))->key;
    (void)store->current(subject(3));
    (void)kit::strike("kill 1");
    (void)kit::strike("lose-tail 1 --partition 0 --batches 2 --topic " + options.topic);
    (void)kit::strike("start 1");
    CHECK(until(60s, [&] {
        const auto made = store->current(subject(4));
        return !made && made.error() == KeyFailure::damaged;
    }));
    CHECK(store->find(subject(2), 1).value() == key);
    MESSAGE(told);
    CHECK(told.find("cut") != told.npos);
    CHECK(bench.open()->find(subject(1), 1).value());
    CHECK(bench.open()->find(subject(2), 1).error() == KeyFailure::damaged);
}

TEST_CASE("no broker: known keys are found, the rest is unavailable in time, and comes back") {
    const Bench bench;
    auto options = bench.options();
    options.patience = 2000ms;
    const auto store = *KafkaKeyStore::open(options);
    const DataKey key = store->current(subject(1))->key;
    for (const std::string blow : {"kill 1", "pause 1"}) {
        INFO(blow);
        (void)kit::strike(blow);
        CHECK(store->find(subject(1), 1).value() == key);
        CHECK(store->current(subject(1))->key == key);
        const auto made =
            time_of([&] { CHECK(store->current(subject(2)).error() == KeyFailure::unavailable); });
        const auto found =
            time_of([&] { CHECK(store->find(subject(3), 1).error() == KeyFailure::unavailable); });
        const auto destroyed =
            time_of([&] { CHECK(store->destroy(subject(1)).error() == KeyFailure::unavailable); });
        MESSAGE(
            blow << ": refused after " << made.count() << ", " << found.count() << " and "
                 << destroyed.count() << " ms"
        );
        CHECK(std::max({made, found, destroyed}) < 4500ms);
        CHECK(open_error(options) == KafkaKeysError::unreachable);
        (void)kit::strike(blow == "kill 1" ? "start 1" : "resume 1");
        const auto back = time_of([&] {
            CHECK(until(60s, [&] { return store->current(subject(2)).has_value(); }));
        });
        MESSAGE("back after " << back.count() << " ms");
        CHECK(store->destroy(subject(2)).has_value());
    }
    const auto again = bench.open();
    CHECK(again->find(subject(1), 1).value() == key);
    CHECK(again->current(subject(2))->number == 3);
}

}  // namespace
}  // namespace pakashop
