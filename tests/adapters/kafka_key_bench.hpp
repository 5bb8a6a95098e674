#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/kafka/kafka_key_store.hpp"
#include "tests/adapters/kafka_bench.hpp"

/// What the tests of the keys on a real broker share.
namespace pakashop::kit {

/// A topic of keys and a master key of its own.
class KeyBench {
public:
    explicit KeyBench(std::string topic = {});

    /// The file of a master key that is made of this digit.
    std::filesystem::path master_key_file(char digit) const;
    KafkaKeyStoreOptions options() const { return options_; }
    /// A store, or a view, that must open.
    std::unique_ptr<KafkaKeyStore> open() const;
    std::unique_ptr<KafkaKeyStore> view() const;

    /// Everything in the topic in its order, names and values.
    std::vector<std::pair<std::string, std::string>> raw() const;
    /// How many keys in it, of subjects as subject() names them, nobody has taken back.
    std::ptrdiff_t keys_left() const;
    /// A record that another node wrote.
    void write(const std::string& name, const std::string& value) const;

private:
    std::string make_topic() const;

    ScratchFolder scratch_;
    KafkaKeyStoreOptions options_;
};

/// Makes a topic by Kafka's own tool, with these settings and no others: `--config a=b`. Its name.
std::string make_key_topic_with(const std::string& settings);
/// Opens a store that must open.
std::unique_ptr<KafkaKeyStore> open_keys(const KafkaKeyStoreOptions& options);
/// Why a store that must not open does not.
KafkaKeysError open_error(const KafkaKeyStoreOptions& options);
/// `usr_<number>/person`.
std::string subject(int number);

/// The keys that every thread of every node gets for the same subjects, asked for in one order.
std::vector<std::vector<DataKey>>
race(const std::vector<KafkaKeyStore*>& nodes, int threads_each, int subjects);

/// How long the call took.
template <class Call>
std::chrono::milliseconds time_of(Call call) {
    const auto start = std::chrono::steady_clock::now();
    call();
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - start
    );
}

/// Calls `ask` until it is true; false when the time is over.
template <class Ask>
bool until(std::chrono::seconds limit, Ask ask) {
    for (const auto end = std::chrono::steady_clock::now() + limit;
         std::chrono::steady_clock::now() < end;) {
        if (ask()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
    return false;
}

}  // namespace pakashop::kit
