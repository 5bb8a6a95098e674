#include "api/cli/copy_ends.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "adapters/rocksdb/rocksdb_key_store.hpp"
#include "adapters/rocksdb/rocksdb_log.hpp"
#include "api/cli/stores.hpp"
#include "api/config.hpp"
#include "api/environment.hpp"

namespace pakashop::cli {
namespace {

using api::StartFailure;

// Sealing writes next to nothing, also where too little space is left to trade.
constexpr std::uint64_t source_free_bytes_min = 64ULL << 20;
constexpr std::size_t source_memtable_bytes = 8U << 20;

std::string text_of(const std::string& name) {
    return api::read_variable(api::process_environment, name).value_or("");
}

StartFailure in_use(const std::string& what, const std::string& detail) {
    return {
        api::exit_try_again, what + " is in use: stop its server first, then copy (" + detail + ")"
    };
}

// Which generation and how many partitions it has, its own view says.
Result<std::unique_ptr<RocksDbLog>, StartFailure> open_log(const std::string& directory) {
    const auto view = RocksDbLog::view(directory);
    const std::string what = "the log in " + directory;
    if (!view) {
        const std::string why = what + " does not open: " + view.error().detail;
        return unexpected{StartFailure{api::exit_bad_data, why}};
    }
    RocksDbLogOptions options;
    options.directory = directory;
    options.generation = (*view)->generation();
    options.partitions = (*view)->partitions();
    options.free_bytes_min = source_free_bytes_min;
    options.memtable_bytes = source_memtable_bytes;
    auto log = RocksDbLog::open(std::move(options));
    if (log) return *std::move(log);
    const LogOpenFailure& failure = log.error();
    if (failure.error == LogOpenError::locked) return unexpected{in_use(what, failure.detail)};
    const bool away = failure.error == LogOpenError::unavailable;
    return unexpected{StartFailure{
        away ? api::exit_service_away : api::exit_bad_data,
        fmt::format("{} does not open ({}): {}", what, name_of(failure.error), failure.detail)
    }};
}

Result<CopySource, StartFailure> open_embedded(const std::string& directory) {
    auto log = open_log(directory);
    if (!log) return unexpected{std::move(log.error())};
    RocksDbKeyStoreOptions options;
    options.directory = data_directory() + "/keys";
    // Opening would make an empty one, and a log without its keys is of no use.
    if (!std::filesystem::exists(options.directory)) {
        const std::string why = "there are no keys in " + options.directory.native() +
                                ": set PAKASHOP_DATA to where the server has them";
        return unexpected{StartFailure{api::exit_refuses, why}};
    }
    options.master_key_file = text_of("PERSONAL_DATA_KEY_FILE");
    auto keys = RocksDbKeyStore::open(std::move(options));
    if (!keys) {
        if (keys.error().error == KeyStoreOpenError::locked) {
            return unexpected{in_use("the key store", keys.error().detail)};
        }
        const std::string why = "the key store does not open: " + keys.error().detail;
        return unexpected{StartFailure{api::exit_refuses, why}};
    }
    CopySource source;
    source.log = *std::move(log);
    source.wrapped_keys = [store = keys->get()] { return store->wrapped_keys(); };
    source.keys = *std::move(keys);
    return source;
}

KafkaOptions brokers_at(const std::string& brokers) {
    KafkaOptions options;
    options.brokers = brokers;
    options.client_id = "pakashop-copy";
    options.on_notice = [](std::string_view notice) { fmt::print(stderr, "{}\n", notice); };
    return options;
}

KafkaKeyStoreOptions key_options(const CopyDestination& where) {
    KafkaKeyStoreOptions options;
    options.kafka = brokers_at(where.brokers);
    options.master_key_file = text_of("PERSONAL_DATA_KEY_FILE");
    options.allow_weak_topic = where.allow_weak_topic;
    return options;
}

KafkaLogOptions log_options(const CopyDestination& where) {
    KafkaLogOptions options;
    options.kafka = brokers_at(where.brokers);
    options.generation = where.generation;
    options.partitions = where.partitions;
    options.allow_weak_topic = where.allow_weak_topic;
    return options;
}

StartFailure failure_of(const KafkaLogFailure& failure) {
    const bool away = failure.error == KafkaLogError::unreachable;
    return {away ? api::exit_service_away : api::exit_refuses, failure.detail};
}

StartFailure failure_of(const KafkaKeysFailure& failure) {
    const bool away = failure.error == KafkaKeysError::unreachable;
    return {away ? api::exit_service_away : api::exit_refuses, failure.detail};
}

// By what addresses brokers are reached does not tell whether two logs are one.
Result<std::string, StartFailure> cluster_of(const KafkaLog& log, const std::string& brokers) {
    std::string id = log.cluster_id();
    if (!id.empty()) return id;
    return unexpected{StartFailure{
        api::exit_service_away, "no broker at " + brokers + " tells which cluster it belongs to"
    }};
}

// A topic is only read here, but for its seal: how strong it is was asked when it was served.
Result<CopySource, StartFailure> open_shared(const std::string& brokers) {
    const auto config = api::read_config(api::process_environment);
    if (!config) {
        const std::string why = fmt::format("{}", fmt::join(config.error(), "\n"));
        return unexpected{StartFailure{api::exit_refuses, why}};
    }
    const CopyDestination where{brokers, config->generation, config->partitions, true};
    auto log = KafkaLog::open(log_options(where));
    if (!log) return unexpected{failure_of(log.error())};
    auto cluster = cluster_of(**log, brokers);
    if (!cluster) return unexpected{std::move(cluster.error())};
    auto keys = KafkaKeyStore::view(key_options(where));
    if (!keys) return unexpected{failure_of(keys.error())};
    CopySource source;
    source.cluster = *std::move(cluster);
    source.log = *std::move(log);
    source.wrapped_keys = [store = keys->get()] { return store->wrapped_keys(); };
    source.keys = *std::move(keys);
    return source;
}

}  // namespace

Result<CopySource, StartFailure> open_copy_source(const std::string& location) {
    const auto brokers = brokers_in(location);
    return brokers ? open_shared(*brokers) : open_embedded(location);
}

Result<CopySink, StartFailure> open_copy_sink(const CopyDestination& where) {
    auto log = KafkaLog::open(log_options(where));
    if (!log) return unexpected{failure_of(log.error())};
    auto cluster = cluster_of(**log, where.brokers);
    if (!cluster) return unexpected{std::move(cluster.error())};
    auto keys = KafkaKeyStore::open(key_options(where));
    if (!keys) return unexpected{failure_of(keys.error())};
    return CopySink{*std::move(keys), *std::move(log), *std::move(cluster)};
}

}  // namespace pakashop::cli
