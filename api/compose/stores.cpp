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
    options.free_bytes_min = static_cast<std::uint64_t>(config.free_space_min_bytes);
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

Result<void, StartFailure> open_embedded(const Config& config, Stores& stores) {
    RocksDbKeyStoreOptions key_options;
    key_options.directory = config.data_dir + "/keys";
    key_options.master_key_file = config.personal_data_key_file;
    auto keys = RocksDbKeyStore::open(std::move(key_options));
    if (!keys) return unexpected{failure_of(keys.error())};
    auto log = RocksDbLog::open(log_options(config));
    if (!log) return unexpected{failure_of(log.error())};
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
