#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/kafka/admin.hpp"
#include "adapters/kafka/group_writer.hpp"
#include "adapters/kafka/kafka_key_store.hpp"
#include "adapters/kafka/key_table.hpp"
#include "adapters/kafka/topic_tail.hpp"

namespace pakashop::kafka {

/// No broker answered, or too few: names the topic and the brokers, and then says `what`.
KafkaKeysFailure unreachable(const KafkaKeyStoreOptions& options, const std::string& what);

/// The topic of keys as this process knows it: a table that follows the topic, and the way to
/// write to it. What is written here gets into the table only by being read back, in the topic's
/// order, like everyone else's. Safe from any thread.
class ReplicatedKeyTable {
public:
    /// Reads the whole topic, however long it is. Refused as `unreachable` when brokers do not go
    /// on answering, as `damaged` when it holds what cannot be there, as `topic` when no client can
    /// be made by these settings. One that does not write is for looking only.
    static Result<std::unique_ptr<ReplicatedKeyTable>, KafkaKeysFailure>
    open(const KafkaKeyStoreOptions& options, Admin admin, bool writes);

    /// As KeyTable, as far as the topic was read.
    KeyTable::Entry of(std::string_view subject) const;
    std::vector<KeyTable::Numbered> all() const;
    std::vector<std::string> litter(std::string_view beginning = {}) const;
    std::optional<std::string> master_key_id() const;
    std::optional<std::string> copied_from(std::string_view generation) const;
    std::vector<std::string> copy_marks(std::string_view generation) const;
    /// As kafka::missing_keys, of this table.
    Result<std::vector<OutRecord>, std::string>
    missing_keys(std::span<const WrappedKey> keys, std::uint64_t mark) const;

    /// Reads what was written before the call; what other nodes have made is known then. False when
    /// no broker answers for the options' patience, or the topic is followed no more.
    bool catch_up();
    /// False once the topic was cut, or held what cannot be there: the table stays as it is.
    bool followed() const { return !tail_->problem(); }
    /// What to answer a caller whom catch_up() or write() left without an answer.
    KeyFailure failure() const;

    /// Whether it may write(), and post().
    bool writes() const { return writer_ != nullptr; }
    /// True when the records were stored, and everything up to them has been read.
    bool write(std::vector<OutRecord> records, std::chrono::steady_clock::time_point deadline);
    /// The same for records that may get lost, without waiting.
    void post(std::vector<OutRecord> records) { writer_->post(std::move(records)); }
    /// The number of batches written so far.
    std::uint64_t batches() const { return writer_ ? writer_->batches() : 0; }

private:
    ReplicatedKeyTable(const KafkaKeyStoreOptions& options, Admin admin)
        : options_{options}, admin_{std::move(admin)} {}
    std::optional<KafkaKeysFailure> follow();
    std::optional<KafkaKeysFailure> load();
    std::optional<std::string> take(std::span<const TailRecord> records);
    Result<std::uint64_t, LogFailure> ask_end() const;
    KafkaKeysFailure stuck_at(std::uint64_t offset) const;

    const KafkaKeyStoreOptions options_;
    const Admin admin_;
    mutable std::mutex mutex_;  ///< Guards the table; nothing else is locked while it is held.
    KeyTable table_;
    std::unique_ptr<GroupWriter> writer_;  ///< None where nothing is to be written.
    std::unique_ptr<TopicTail> tail_;      ///< Last: it fills the table until it is gone.
};

}  // namespace pakashop::kafka
