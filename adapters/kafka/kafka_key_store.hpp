#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/kafka/kafka_log.hpp"
#include "adapters/system/wrapped_key.hpp"
#include "handlers/ports/key_store.hpp"

namespace pakashop {

/// How the keys on Kafka are opened.
struct KafkaKeyStoreOptions {
    KafkaOptions kafka;
    std::string topic = "pakashop.keys";
    /// 64 hexadecimal digits, mode 0400.
    std::filesystem::path master_key_file;
    /// The log that the keys are wanted for: while it is being copied, the store does not open.
    /// Nothing is asked when empty.
    std::string generation;
    /// Takes a topic that a single broken machine may rob of acknowledged keys, and says so.
    bool allow_weak_topic = false;
    /// For how long a call waits for a broker before it says `unavailable`.
    std::chrono::milliseconds patience{5000};
    /// Told, from another thread, why the topic cannot be followed any more. May be empty.
    std::function<void(std::string_view problem)> on_failure;
};

/// How the topic is made. It gets three copies where there are three brokers, else one.
struct KafkaKeyTopicOptions {
    std::string topic = "pakashop.keys";
    /// Has each key synced before it is acknowledged (KafkaTopicOptions::flush_each_append).
    bool flush_each_key = true;
};

enum class KafkaKeysError {
    topic,             ///< It is not there, not fit, or not to be reached by these settings.
    unreachable,       ///< No broker answered in time.
    master_key_file,   ///< It cannot be read, or could be by others.
    wrong_master_key,  ///< The keys were wrapped by another.
    copying,           ///< The log and its keys are being copied, and are not whole.
    damaged            ///< The topic holds what cannot be there, or not what must be.
};
constexpr auto enum_names(KafkaKeysError) {
    return std::array<std::string_view, 6>{
        "topic", "unreachable", "master_key_file", "wrong_master_key", "copying", "damaged"
    };
}

/// Why the keys were not opened: what is wrong, and what to do about it.
struct KafkaKeysFailure {
    KafkaKeysError error;
    std::string detail;
};

/// Why keys of another store were not brought in.
struct KeyImportFailure {
    KeyFailure failure = KeyFailure::unavailable;
    std::string contradicts;  ///< The subject that has another key here; empty when none has.
};

/// The data keys of a cluster, wrapped, in one compacted topic that every node reads whole and then
/// follows; lookups are answered from memory (architecture 2.7).
///
/// Which key counts is said by the topic's order alone (kafka/key_table.hpp). A key is handed out
/// only after it was read back from there, when all brokers in sync have it; so all nodes use the
/// same key, whoever made it, and one that came second is never used. Callers that make keys at the
/// same time share their batches.
///
/// A subject or number that is not known is looked for up to the end of the topic before it counts
/// as never made: when no broker answers, that is `unavailable`. A key that was destroyed by
/// another node may still be found for the moment it takes to read of that. The wrapped bytes of a
/// destroyed key leave the brokers' files when they compact, a day later with the settings of
/// create_topic(), as soon as something else is written.
///
/// Once the topic cannot be followed any more (it was cut, or holds what cannot be there) known
/// keys are still found, and everything else is `damaged`.
class KafkaKeyStore final : public KeyStore {
public:
    /// Reads the whole topic. An empty one takes this master key for good.
    static Result<std::unique_ptr<KafkaKeyStore>, KafkaKeysFailure> open(
        KafkaKeyStoreOptions options
    );
    /// The same, without ever writing: what would make or destroy a key answers `unavailable`.
    static Result<std::unique_ptr<KafkaKeyStore>, KafkaKeysFailure> view(
        KafkaKeyStoreOptions options
    );
    /// Makes the topic.
    static Result<void, KafkaLogFailure>
    create_topic(const KafkaOptions& kafka, const KafkaKeyTopicOptions& topic);

    ~KafkaKeyStore() override;

    Result<NumberedKey, KeyFailure> current(std::string_view subject) override;
    Result<std::optional<DataKey>, KeyFailure> find(std::string_view subject, std::uint32_t number)
        override;
    Result<void, KeyFailure> destroy(std::string_view subject) override;

    /// Every subject's newest key, destroyed ones too, as far as the topic reaches now.
    Result<std::vector<WrappedKey>, KeyFailure> wrapped_keys();
    /// Brings these in, wrapped by the same master key, and reads them back. A subject that has
    /// another key here is refused before anything is written, by its name.
    Result<void, KeyImportFailure> import(std::span<const WrappedKey> keys);

    /// Notes in the topic that the log of that generation is being copied from there: until
    /// end_copy() nobody opens the store for it.
    Result<void, KeyFailure> begin_copy(std::string_view generation, std::string_view from);
    Result<void, KeyFailure> end_copy(std::string_view generation);
    /// Where it is being copied from, as far as the topic was read.
    std::optional<std::string> copied_from(std::string_view generation) const;

    /// How many batches were written since the store was opened.
    std::uint64_t batches() const;

private:
    class Impl;
    explicit KafkaKeyStore(std::unique_ptr<Impl> impl);
    static Result<std::unique_ptr<KafkaKeyStore>, KafkaKeysFailure>
    make(KafkaKeyStoreOptions options, bool writes);

    std::unique_ptr<Impl> impl_;
};

}  // namespace pakashop
