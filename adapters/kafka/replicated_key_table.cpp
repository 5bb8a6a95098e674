#include "adapters/kafka/replicated_key_table.hpp"

#include <utility>

#include "adapters/kafka/key_import.hpp"
#include "adapters/kafka/key_topic.hpp"
#include "adapters/kafka/log_topic.hpp"

namespace pakashop::kafka {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

KafkaKeysFailure unreachable(const KafkaKeyStoreOptions& options, const std::string& what) {
    return {
        KafkaKeysError::unreachable,
        "topic " + options.topic + " at " + options.kafka.brokers + what
    };
}

Result<std::unique_ptr<ReplicatedKeyTable>, KafkaKeysFailure>
ReplicatedKeyTable::open(const KafkaKeyStoreOptions& options, Admin admin, bool writes) {
    std::unique_ptr<ReplicatedKeyTable> table{new ReplicatedKeyTable{options, std::move(admin)}};
    if (writes) {
        auto writer = GroupWriter::make(settings_of(options.kafka), options.topic, key_partition);
        if (!writer) return unexpected{KafkaKeysFailure{KafkaKeysError::topic, writer.error()}};
        table->writer_ = *std::move(writer);
    }
    if (auto failure = table->follow()) return unexpected{*std::move(failure)};
    if (auto failure = table->load()) return unexpected{*std::move(failure)};
    return table;
}

std::optional<KafkaKeysFailure> ReplicatedKeyTable::follow() {
    auto tail = TopicTail::start(
        {.common = settings_of(options_.kafka),
         .topic = options_.topic,
         .partition = key_partition,
         .patience = options_.patience},
        [this](std::span<const TailRecord> records) { return take(records); },
        options_.on_failure
    );
    if (!tail) return KafkaKeysFailure{KafkaKeysError::topic, tail.error()};
    tail_ = *std::move(tail);
    return std::nullopt;
}

std::optional<KafkaKeysFailure> ReplicatedKeyTable::load() {
    const auto end = ask_end();
    std::uint64_t seen = 0;
    while (end && !tail_->wait_for(*end, Clock::now() + options_.patience)) {
        if (auto problem = tail_->problem()) {
            return KafkaKeysFailure{KafkaKeysError::damaged, *std::move(problem)};
        }
        if (tail_->position() == seen) return stuck_at(seen);
        seen = tail_->position();
    }
    return end ? std::nullopt : std::optional{stuck_at(seen)};
}

std::optional<std::string> ReplicatedKeyTable::take(std::span<const TailRecord> records) {
    const std::lock_guard lock{mutex_};
    for (const TailRecord& record : records) {
        if (auto problem = table_.apply(record.key, record.value)) {
            return "at offset " + std::to_string(record.offset) + " " + *std::move(problem);
        }
    }
    return std::nullopt;
}

KeyTable::Entry ReplicatedKeyTable::of(std::string_view subject) const {
    const std::lock_guard lock{mutex_};
    return table_.of(subject);
}

std::vector<KeyTable::Numbered> ReplicatedKeyTable::all() const {
    const std::lock_guard lock{mutex_};
    return table_.all();
}

std::vector<std::string> ReplicatedKeyTable::litter(std::string_view beginning) const {
    const std::lock_guard lock{mutex_};
    return table_.litter(beginning);
}

std::optional<std::string> ReplicatedKeyTable::master_key_id() const {
    const std::lock_guard lock{mutex_};
    return table_.master_key_id();
}

std::optional<std::string> ReplicatedKeyTable::copied_from(std::string_view generation) const {
    const std::lock_guard lock{mutex_};
    return table_.copied_from(generation);
}

std::vector<std::string> ReplicatedKeyTable::copy_marks(std::string_view generation) const {
    const std::lock_guard lock{mutex_};
    return table_.copy_marks(generation);
}

Result<std::vector<OutRecord>, std::string>
ReplicatedKeyTable::missing_keys(std::span<const WrappedKey> keys, std::uint64_t mark) const {
    const std::lock_guard lock{mutex_};
    return kafka::missing_keys(table_, keys, mark);
}

bool ReplicatedKeyTable::catch_up() {
    const auto deadline = Clock::now() + options_.patience;
    const auto end = ask_end();
    return end && tail_->wait_for(*end, deadline);
}

KeyFailure ReplicatedKeyTable::failure() const {
    return followed() ? KeyFailure::unavailable : KeyFailure::damaged;
}

// Brokers that store a record where another was read have lost that one, and perhaps more.
bool ReplicatedKeyTable::write(std::vector<OutRecord> records, Clock::time_point deadline) {
    const std::uint64_t before = tail_->position();
    const auto offset = writer_->write(std::move(records), deadline);
    if (!offset) return false;
    if (*offset < before) {
        tail_->give_up(
            "topic " + options_.topic + " had reached offset " + std::to_string(before) +
            " and was cut: a record was stored at " + std::to_string(*offset)
        );
    }
    return tail_->wait_for(*offset + 1, deadline);
}

Result<std::uint64_t, LogFailure> ReplicatedKeyTable::ask_end() const {
    return kafka::ask_end(admin_.client(), options_.topic, key_partition, options_.patience);
}

KafkaKeysFailure ReplicatedKeyTable::stuck_at(std::uint64_t offset) const {
    return unreachable(
        options_, " was read up to offset " + std::to_string(offset) + ", then no broker answered"
    );
}

}  // namespace pakashop::kafka
