#pragma once

#include <memory>

#include "adapters/rocksdb/rocksdb_key_store.hpp"
#include "adapters/rocksdb/rocksdb_log.hpp"
#include "api/compose.hpp"
#include "handlers/sealing.hpp"

namespace pakashop::api {

/// What this machine keeps: the log, the keys of personal data, and the vault over them. One
/// process has them at a time.
struct Stores {
    std::unique_ptr<RocksDbKeyStore> keys;
    std::unique_ptr<RocksDbLog> log;
    std::unique_ptr<SealingVault> vault;
};

/// Opens them where the configuration says, and makes those that are not there; or why not.
Result<Stores, StartFailure> open_stores(const Config& config);

}  // namespace pakashop::api
