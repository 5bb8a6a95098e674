#include "tests/adapters/kafka_key_bench.hpp"

#include <algorithm>
#include <mutex>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "adapters/kafka/group_writer.hpp"
#include "adapters/kafka/log_topic.hpp"
#include "adapters/kafka/topic_tail.hpp"

namespace pakashop::kit {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

std::string new_topic_name() {
    static int made = 0;
    return "keys" + std::to_string(++made);
}

}  // namespace

KeyBench::KeyBench(std::string topic) {
    options_.kafka = kafka_options();
    options_.kafka.start_patience = 3000ms;
    options_.topic = topic.empty() ? make_topic() : std::move(topic);
    options_.master_key_file = master_key_file('a');
    options_.allow_weak_topic = true;
}

std::filesystem::path KeyBench::master_key_file(char digit) const {
    const auto file = scratch_.path() / std::string(1, digit);
    write_file(file, std::string(64, digit));
    ::chmod(file.c_str(), 0400);
    return file;
}

std::unique_ptr<KafkaKeyStore> KeyBench::open() const { return open_keys(options_); }

std::unique_ptr<KafkaKeyStore> KeyBench::view() const {
    auto store = KafkaKeyStore::view(options_);
    REQUIRE_MESSAGE(store.has_value(), store.error().detail);
    return *std::move(store);
}

std::vector<std::pair<std::string, std::string>> KeyBench::raw() const {
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

std::ptrdiff_t KeyBench::keys_left() const {
    return std::ranges::count_if(raw(), [](const auto& record) {
        return record.first.starts_with("key:usr_") && record.second != "(deleted)";
    });
}

void KeyBench::write(const std::string& name, const std::string& value) const {
    auto writer = kafka::GroupWriter::make(kafka::settings_of(options_.kafka), options_.topic, 0);
    REQUIRE((*writer)->write({{name, value}}, Clock::now() + 10s));
}

std::string KeyBench::make_topic() const {
    const std::string name = new_topic_name();
    const auto made = KafkaKeyStore::create_topic(options_.kafka, {name, true});
    REQUIRE_MESSAGE(made.has_value(), made.error().detail);
    return name;
}

std::string make_key_topic_with(const std::string& settings) {
    const std::string name = new_topic_name();
    (void)strike("topic --create --partitions 1 --topic " + name + " " + settings);
    return name;
}

std::unique_ptr<KafkaKeyStore> open_keys(const KafkaKeyStoreOptions& options) {
    auto store = KafkaKeyStore::open(options);
    REQUIRE_MESSAGE(store.has_value(), store.error().detail);
    return *std::move(store);
}

KafkaKeysError open_error(const KafkaKeyStoreOptions& options) {
    const auto store = KafkaKeyStore::open(options);
    REQUIRE_FALSE(store.has_value());
    MESSAGE(store.error().detail);
    return store.error().error;
}

std::string subject(int number) { return "usr_" + std::to_string(number) + "/person"; }

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

}  // namespace pakashop::kit
