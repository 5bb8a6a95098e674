#include "adapters/kafka/kafka_key_store.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>
#include <vector>

#include <openssl/rand.h>

#include "adapters/kafka/key_import.hpp"
#include "adapters/kafka/key_topic.hpp"
#include "adapters/kafka/log_topic.hpp"
#include "adapters/kafka/replicated_key_table.hpp"
#include "adapters/system/master_key.hpp"

namespace pakashop {
namespace {

using Clock = std::chrono::steady_clock;
using kafka::KeyRecordName;
using kafka::KeyTable;
using kafka::OutRecord;
using kafka::ReplicatedKeyTable;
using Kind = KeyRecordName::Kind;

constexpr std::size_t written_at_once = 500;

KafkaKeysFailure failure_of(KafkaLogFailure failure) {
    const bool away = failure.error == KafkaLogError::unreachable;
    return {away ? KafkaKeysError::unreachable : KafkaKeysError::topic, std::move(failure.detail)};
}

template <class Number>
std::optional<Number> random() {
    Number number{};
    const bool drawn = RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number) == 1;
    return drawn ? std::optional{number} : std::nullopt;
}

std::vector<OutRecord> taking_back(const std::vector<std::string>& names) {
    std::vector<OutRecord> records;
    for (const std::string& name : names) records.push_back({name, {}});
    return records;
}

}  // namespace

class KafkaKeyStore::Impl {
public:
    Impl(KafkaKeyStoreOptions options, MasterKey master, std::unique_ptr<ReplicatedKeyTable> table)
        : options_{std::move(options)}, master_{std::move(master)}, table_{std::move(table)} {}

    // What must be so before the first call.
    std::optional<KafkaKeysFailure> start() {
        if (auto failure = refuse_half_copied()) return failure;
        if (auto failure = adopt_or_check_master()) return failure;
        sweep();
        return std::nullopt;
    }

    Result<NumberedKey, KeyFailure> current(std::string_view subject) {
        const auto deadline = Clock::now() + options_.patience;
        std::unique_lock lock{mutex_};
        do {
            const KeyTable::Entry known = table_->of(subject);
            if (known.lost || !table_->followed()) return unexpected{KeyFailure::damaged};
            if (known.alive()) return unwrap(subject, known);
            if (!table_->writes()) return unexpected{KeyFailure::unavailable};
            // Of callers with the same subject one makes the key.
            if (const auto [mine, fresh] = making_.emplace(subject); !fresh) {
                made_.wait_until(lock, deadline, [&] { return !making_.contains(subject); });
                continue;
            }
            lock.unlock();
            const bool written = make(subject, known.number + 1, deadline);
            lock.lock();
            making_.erase(making_.find(subject));
            made_.notify_all();
            if (!written) return unexpected{table_->failure()};
        } while (Clock::now() < deadline);
        return unexpected{KeyFailure::unavailable};
    }

    Result<std::optional<DataKey>, KeyFailure>
    find(std::string_view subject, std::uint32_t number) {
        if (number == 0) return unexpected{KeyFailure::damaged};
        KeyTable::Entry known = table_->of(subject);
        if (number > known.number) {
            if (!table_->catch_up()) return unexpected{table_->failure()};
            known = table_->of(subject);
        }
        if (number > known.number) return unexpected{KeyFailure::damaged};
        if (number < known.number) return std::optional<DataKey>{};
        if (known.lost) return unexpected{KeyFailure::damaged};
        if (!known.alive()) return std::optional<DataKey>{};
        const auto key = unwrap(subject, known);
        if (!key) return unexpected{key.error()};
        return std::optional{key->key};
    }

    // First the end, which makes it so; then the bytes, which this call or a later one, or whoever
    // opens the store next, takes out of the topic.
    Result<void, KeyFailure> destroy(std::string_view subject) {
        if (!table_->writes()) return unexpected{KeyFailure::unavailable};
        if (!table_->catch_up()) return unexpected{table_->failure()};
        const auto deadline = Clock::now() + options_.patience;
        const KeyTable::Entry known = table_->of(subject);
        if (known.alive() || known.lost) {
            if (!end(subject, known.number, deadline)) return unexpected{table_->failure()};
        }
        const auto names = table_->litter(kafka::key_names_of(subject));
        if (names.empty() || table_->write(taking_back(names), deadline)) return {};
        return unexpected{table_->failure()};
    }

    Result<std::vector<WrappedKey>, KeyFailure> wrapped_keys() {
        if (!table_->catch_up()) return unexpected{table_->failure()};
        std::vector<WrappedKey> out;
        for (const auto& [subject, entry] : table_->all()) {
            if (entry.lost) return unexpected{KeyFailure::damaged};
            out.push_back(kafka::wrapped_key_of(subject, entry));
        }
        return out;
    }

    // Read back they must be what they were: then nothing is missing any more.
    Result<void, KeyImportFailure> import(std::span<const WrappedKey> keys) {
        auto missing = missing_of(keys);
        if (!missing) return unexpected{missing.error()};
        for (std::size_t i = 0; i < missing->size(); i += written_at_once) {
            const auto begin = missing->begin() + static_cast<std::ptrdiff_t>(i);
            const auto end =
                missing->begin() +
                static_cast<std::ptrdiff_t>(std::min(missing->size(), i + written_at_once));
            if (!table_->write({begin, end}, Clock::now() + options_.patience)) {
                return unexpected{KeyImportFailure{table_->failure(), {}}};
            }
        }
        missing = missing_of(keys);
        if (!missing) return unexpected{missing.error()};
        if (missing->empty()) return {};
        return unexpected{KeyImportFailure{KeyFailure::damaged, {}}};
    }

    Result<void, KeyFailure> begin_copy(std::string_view generation, std::string_view from) {
        if (copied_from(generation)) return {};
        const auto mark = random<std::uint64_t>();
        if (!mark || !table_->writes()) return unexpected{KeyFailure::unavailable};
        const KeyRecordName name{Kind::copying, std::string{generation}, 0, *mark};
        const auto deadline = Clock::now() + options_.patience;
        if (table_->write({{name.text(), std::string{from}}}, deadline)) return {};
        return unexpected{table_->failure()};
    }

    Result<void, KeyFailure> end_copy(std::string_view generation) {
        const auto marks = table_->copy_marks(generation);
        if (marks.empty()) return {};
        const auto deadline = Clock::now() + options_.patience;
        if (table_->writes() && table_->write(taking_back(marks), deadline)) return {};
        return unexpected{table_->failure()};
    }

    std::optional<std::string> copied_from(std::string_view generation) const {
        return table_->copied_from(generation);
    }

    std::uint64_t batches() const { return table_->batches(); }

private:
    Result<std::vector<OutRecord>, KeyImportFailure> missing_of(std::span<const WrappedKey> keys) {
        const auto mark = random<std::uint64_t>();
        if (!mark || !table_->writes() || !table_->catch_up()) {
            return unexpected{KeyImportFailure{table_->failure(), {}}};
        }
        auto missing = table_->missing_keys(keys, *mark);
        if (!missing) return unexpected{KeyImportFailure{KeyFailure::damaged, missing.error()}};
        return *std::move(missing);
    }

    std::optional<KafkaKeysFailure> refuse_half_copied() const {
        const auto from = copied_from(options_.generation);
        if (!from) return std::nullopt;
        return KafkaKeysFailure{
            KafkaKeysError::copying,
            "log " + options_.generation + " is being copied from " + *from +
                " and is not whole: run `pakashop log copy` to its end"
        };
    }

    // Two nodes may open an empty topic at once: here too the first record counts.
    std::optional<KafkaKeysFailure> adopt_or_check_master() {
        if (table_->writes() && !table_->master_key_id() && !adopt_master()) {
            return kafka::unreachable(options_, " takes no record: too few brokers answer");
        }
        const auto id = table_->master_key_id();
        if (!id || *id == master_.id()) return std::nullopt;
        return KafkaKeysFailure{
            KafkaKeysError::wrong_master_key,
            "the keys in topic " + options_.topic + " were wrapped by master key " + *id +
                ", the file holds " + master_.id()
        };
    }

    bool adopt_master() {
        const auto mark = random<std::uint64_t>();
        if (!mark) return false;
        const KeyRecordName name{Kind::about, {}, 0, *mark};
        const auto deadline = Clock::now() + options_.patience;
        return table_->write({{name.text(), kafka::about_value(master_.id())}}, deadline);
    }

    // What others left who ended before they took it back.
    void sweep() {
        if (!table_->writes()) return;
        const auto names = table_->litter();
        for (std::size_t i = 0; i < names.size(); i += written_at_once) {
            const auto end = std::min(names.size(), i + written_at_once);
            table_->post(taking_back(
                {names.begin() + static_cast<std::ptrdiff_t>(i),
                 names.begin() + static_cast<std::ptrdiff_t>(end)}
            ));
        }
    }

    // True when a key of that number, this one or an earlier, was read back or is destroyed.
    bool make(std::string_view subject, std::uint32_t number, Clock::time_point deadline) {
        const auto mark = random<std::uint64_t>();
        const auto key = random<DataKey>();
        if (!mark || !key) return false;
        const KeyRecordName name{Kind::key, std::string{subject}, number, *mark};
        const std::string wrapped = master_.wrap(kafka::numbered(subject, number), *key);
        if (!table_->write({{name.text(), wrapped}}, deadline)) return false;
        const KeyTable::Entry winner = table_->of(subject);
        const bool won = winner.number == number && winner.mark == *mark;
        if (!won) table_->post(taking_back(table_->litter(name.text())));
        return true;
    }

    bool end(std::string_view subject, std::uint32_t number, Clock::time_point deadline) {
        const auto mark = random<std::uint64_t>();
        if (!mark) return false;
        const KeyRecordName name{Kind::end, std::string{subject}, number, *mark};
        return table_->write({{name.text(), std::string{kafka::end_value}}}, deadline);
    }

    Result<NumberedKey, KeyFailure> unwrap(std::string_view subject, const KeyTable::Entry& entry)
        const {
        const auto key = master_.unwrap(kafka::numbered(subject, entry.number), entry.wrapped);
        if (!key) return unexpected{KeyFailure::damaged};
        return NumberedKey{entry.number, *key};
    }

    const KafkaKeyStoreOptions options_;
    const MasterKey master_;
    const std::unique_ptr<ReplicatedKeyTable> table_;
    std::mutex mutex_;  ///< Guards `making_`, and is taken before the table's own, never after.
    std::set<std::string, std::less<>> making_;  ///< Subjects whose key is being made in here.
    std::condition_variable made_;
};

Result<std::unique_ptr<KafkaKeyStore>, KafkaKeysFailure>
KafkaKeyStore::make(KafkaKeyStoreOptions options, bool writes) {
    auto master = MasterKey::load(options.master_key_file);
    if (!master) {
        return unexpected{KafkaKeysFailure{KafkaKeysError::master_key_file, master.error()}};
    }
    auto admin = kafka::connect(options.kafka);
    if (!admin) return unexpected{failure_of(admin.error())};
    const kafka::TopicDemand demand{
        .name = options.topic,
        .partitions = kafka::key_partition + 1,
        .purpose = "keep keys",
        .judge = kafka::key_faults_of,
        .allow_weak = options.allow_weak_topic
    };
    if (const auto found = kafka::check_topic(*admin, options.kafka, demand); !found) {
        return unexpected{failure_of(found.error())};
    }
    auto table = ReplicatedKeyTable::open(options, *std::move(admin), writes);
    if (!table) return unexpected{std::move(table.error())};
    auto impl = std::make_unique<Impl>(std::move(options), *std::move(master), *std::move(table));
    if (auto failure = impl->start()) return unexpected{*std::move(failure)};
    return std::unique_ptr<KafkaKeyStore>{new KafkaKeyStore{std::move(impl)}};
}

Result<std::unique_ptr<KafkaKeyStore>, KafkaKeysFailure> KafkaKeyStore::open(
    KafkaKeyStoreOptions options
) {
    return make(std::move(options), true);
}

Result<std::unique_ptr<KafkaKeyStore>, KafkaKeysFailure> KafkaKeyStore::view(
    KafkaKeyStoreOptions options
) {
    return make(std::move(options), false);
}

Result<void, KafkaLogFailure>
KafkaKeyStore::create_topic(const KafkaOptions& kafka, const KafkaKeyTopicOptions& topic) {
    const auto admin = kafka::connect(kafka);
    if (!admin) return unexpected{admin.error()};
    return kafka::make_topic(*admin, kafka, topic.topic, [&](std::uint32_t copies) {
        return kafka::TopicState{1, copies, kafka::key_settings_for(copies, topic.flush_each_key)};
    });
}

KafkaKeyStore::KafkaKeyStore(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
KafkaKeyStore::~KafkaKeyStore() = default;

Result<NumberedKey, KeyFailure> KafkaKeyStore::current(std::string_view subject) {
    return impl_->current(subject);
}

Result<std::optional<DataKey>, KeyFailure>
KafkaKeyStore::find(std::string_view subject, std::uint32_t number) {
    return impl_->find(subject, number);
}

Result<void, KeyFailure> KafkaKeyStore::destroy(std::string_view subject) {
    return impl_->destroy(subject);
}

Result<std::vector<WrappedKey>, KeyFailure> KafkaKeyStore::wrapped_keys() {
    return impl_->wrapped_keys();
}

Result<void, KeyImportFailure> KafkaKeyStore::import(std::span<const WrappedKey> keys) {
    return impl_->import(keys);
}

Result<void, KeyFailure>
KafkaKeyStore::begin_copy(std::string_view generation, std::string_view from) {
    return impl_->begin_copy(generation, from);
}

Result<void, KeyFailure> KafkaKeyStore::end_copy(std::string_view generation) {
    return impl_->end_copy(generation);
}

std::optional<std::string> KafkaKeyStore::copied_from(std::string_view generation) const {
    return impl_->copied_from(generation);
}

std::uint64_t KafkaKeyStore::batches() const { return impl_->batches(); }

}  // namespace pakashop
