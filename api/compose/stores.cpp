#include "api/compose/stores.hpp"

#include <filesystem>

#include <spdlog/spdlog.h>

#include "adapters/kafka/kafka_key_store.hpp"
#include "adapters/kafka/kafka_log.hpp"
#include "adapters/rocksdb/rocksdb_key_store.hpp"
#include "adapters/rocksdb/rocksdb_log.hpp"
#include "adapters/rocksdb/rocksdb_replica.hpp"
#include "handlers/log_seal.hpp"
#include "handlers/replicated_log.hpp"

namespace pakashop::api {
namespace {

StartFailure failure_of(const KeyStoreOpenFailure& failure) {
    const bool locked = failure.error == KeyStoreOpenError::locked;
    return {
        locked ? exit_try_again : exit_refuses, "the key store does not open: " + failure.detail
    };
}

StartFailure failure_of(const LogOpenFailure& failure) {
    const bool locked = failure.error == LogOpenError::locked;
    const bool away = failure.error == LogOpenError::unavailable;
    const int code = locked ? exit_try_again : away ? exit_service_away : exit_refuses;
    return {
        code,
        "the log does not open (" + std::string{name_of(failure.error)} + "): " + failure.detail
    };
}

RocksDbLogOptions log_options(const Config& config) {
    RocksDbLogOptions options;
    options.directory = config.log_dir;
    options.generation = config.generation;
    options.partitions = config.partitions;
    const auto wanted = static_cast<std::uint64_t>(config.free_space_min_bytes);
    options.free_bytes_min = std::max(wanted, options.free_bytes_needed());
    options.on_failure = [](std::string_view problem) {
        SPDLOG_CRITICAL("the log could not be written: {}", problem);
    };
    return options;
}

StartFailure failure_of(const KafkaLogFailure& failure) {
    const bool away = failure.error == KafkaLogError::unreachable;
    return {away ? exit_service_away : exit_refuses, "the log does not open: " + failure.detail};
}

StartFailure failure_of(const KafkaKeysFailure& failure) {
    const bool away = failure.error == KafkaKeysError::unreachable;
    return {away ? exit_service_away : exit_refuses, "the keys do not open: " + failure.detail};
}

KafkaOptions brokers_of(const Config& config) {
    KafkaOptions options;
    options.brokers = config.kafka_brokers;
    options.client_id = "pakashop-" + config.node;
    options.on_notice = [](std::string_view notice) { SPDLOG_WARN("{}", notice); };
    return options;
}

KafkaLogOptions kafka_options(const Config& config) {
    KafkaLogOptions options;
    options.kafka = brokers_of(config);
    options.generation = config.generation;
    options.partitions = config.partitions;
    options.allow_weak_topic = config.allow_weak_topic;
    options.on_failure = [](std::string_view problem) {
        SPDLOG_ERROR("an append to the log is uncertain: {}", problem);
    };
    return options;
}

KafkaKeyStoreOptions kafka_key_options(const Config& config) {
    KafkaKeyStoreOptions options;
    options.kafka = brokers_of(config);
    options.master_key_file = config.personal_data_key_file;
    options.generation = config.generation;
    options.allow_weak_topic = config.allow_weak_topic;
    options.on_failure = [](std::string_view problem) {
        SPDLOG_CRITICAL("the keys of personal data cannot be followed: {}", problem);
    };
    return options;
}

RocksDbReplicaOptions replica_options(const Config& config) {
    RocksDbReplicaOptions options;
    options.directory = config.data_dir + "/replica-" + config.generation;
    options.generation = config.generation;
    options.partitions = config.partitions;
    options.free_bytes_min = static_cast<std::uint64_t>(config.free_space_min_bytes);
    return options;
}

Result<void, StartFailure> open_kafka(const Config& config, Stores& stores) {
    auto keys = KafkaKeyStore::open(kafka_key_options(config));
    if (!keys) return unexpected{failure_of(keys.error())};
    auto log = KafkaLog::open(kafka_options(config));
    if (!log) return unexpected{failure_of(log.error())};
    auto replica = RocksDbReplica::open(replica_options(config));
    if (!replica) return unexpected{failure_of(replica.error())};
    stores.keys = *std::move(keys);
    stores.log = *std::move(log);
    stores.replica = *std::move(replica);
    stores.replicated = std::make_unique<ReplicatedLog>(*stores.log, *stores.replica);
    stores.store = stores.replica.get();
    return {};
}

Result<std::unique_ptr<RocksDbLog>, StartFailure> open_log(const Config& config) {
    auto log = RocksDbLog::open(log_options(config));
    if (!log) return unexpected{failure_of(log.error())};
    return *std::move(log);
}

std::string key_directory(const Config& config) { return config.data_dir + "/keys"; }

Result<std::unique_ptr<KeyStore>, StartFailure> open_keys(const Config& config) {
    RocksDbKeyStoreOptions options;
    options.directory = key_directory(config);
    options.master_key_file = config.personal_data_key_file;
    auto keys = RocksDbKeyStore::open(std::move(options));
    if (!keys) return unexpected{failure_of(keys.error())};
    return *std::move(keys);
}

bool holds_records(Log& log) {
    for (std::uint32_t i = 0; i < log.partitions(); ++i) {
        if (log.end(static_cast<PartitionId>(i)) != std::uint64_t{0}) return true;
    }
    return false;
}

// Beside a log with records a new key store would give out numbers that the keys before it have
// already: what it sealed would never open again once those are back. Asked of a view, so that the
// log is left as it was found; one that does not open says why when it is opened.
Result<void, StartFailure> refuse_lost_keys(const Config& config) {
    if (RocksDbKeyStore::exists(key_directory(config))) return {};
    const auto log = RocksDbLog::view(config.log_dir);
    if (!log || !holds_records(**log)) return {};
    return unexpected{StartFailure{
        exit_refuses,
        "the log in " + config.log_dir + " has records, but its keys of personal data are not in " +
            key_directory(config) + ": put back those that belong to it"
    }};
}

Result<void, StartFailure> open_embedded(const Config& config, Stores& stores) {
    if (auto kept = refuse_lost_keys(config); !kept) return kept;
    auto log = open_log(config);
    if (!log) return unexpected{std::move(log.error())};
    auto keys = open_keys(config);
    if (!keys) return unexpected{std::move(keys.error())};
    stores.keys = *std::move(keys);
    stores.store = log->get();
    stores.log = *std::move(log);
    return {};
}

Result<void, StartFailure> refuse_moved(const Stores& stores) {
    const auto where = moved_to(*stores.store, stores.log->partitions());
    if (!where) return {};
    return unexpected{StartFailure{
        exit_refuses,
        "this log was moved to " + *where +
            ": set PAKASHOP_LOG, PAKASHOP_GENERATION and PAKASHOP_PARTITIONS to what it is there; "
            "here it can only be read (log verify, log show)"
    }};
}

}  // namespace

Result<Stores, StartFailure> open_stores(const Config& config) {
    std::error_code made;
    std::filesystem::create_directories(config.data_dir, made);
    Stores stores;
    const bool shared = !config.kafka_brokers.empty();
    auto opened = shared ? open_kafka(config, stores) : open_embedded(config, stores);
    if (!opened) return unexpected{std::move(opened.error())};
    if (auto here = refuse_moved(stores); !here) return unexpected{std::move(here.error())};
    stores.vault = std::make_unique<SealingVault>(*stores.keys);
    return stores;
}

}  // namespace pakashop::api
