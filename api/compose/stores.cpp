#include "api/compose/stores.hpp"

#include <filesystem>

#include <spdlog/spdlog.h>

namespace pakashop::api {
namespace {

/// The one generation of the embedded log; moving to another log begins a new one.
constexpr std::string_view generation = "pakashop-1";

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
    options.generation = generation;
    options.partitions = config.partitions;
    options.free_bytes_min = static_cast<std::uint64_t>(config.free_space_min_bytes);
    options.on_failure = [](std::string_view problem) {
        SPDLOG_CRITICAL("the log could not be written: {}", problem);
    };
    return options;
}

}  // namespace

Result<Stores, StartFailure> open_stores(const Config& config) {
    std::error_code made;
    std::filesystem::create_directories(config.data_dir, made);
    RocksDbKeyStoreOptions key_options;
    key_options.directory = config.data_dir + "/keys";
    key_options.master_key_file = config.personal_data_key_file;
    auto keys = RocksDbKeyStore::open(std::move(key_options));
    if (!keys) return unexpected{failure_of(keys.error())};
    auto log = RocksDbLog::open(log_options(config));
    if (!log) return unexpected{failure_of(log.error())};
    Stores stores;
    stores.keys = *std::move(keys);
    stores.log = *std::move(log);
    stores.vault = std::make_unique<SealingVault>(*stores.keys);
    return stores;
}

}  // namespace pakashop::api
