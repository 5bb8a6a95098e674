#pragma once

#include <memory>
#include <string_view>

#include "api/compose.hpp"
#include "handlers/ports/log.hpp"
#include "handlers/sealing.hpp"

namespace pakashop::api {

/// What the program keeps: the log, the keys of personal data, and the vault over them. On one
/// machine the log is its own store; on Kafka a replica of it is, which what is read and written
/// through `replicated` feeds.
struct Stores {
    std::unique_ptr<KeyStore> keys;
    std::unique_ptr<Log> log;
    std::unique_ptr<Replica> replica;
    std::unique_ptr<Log> replicated;
    Store* store = nullptr;
    std::unique_ptr<SealingVault> vault;

    /// The log as the engine works with it.
    Log& engine_log() { return replicated ? *replicated : *log; }
};

/// Opens them where the configuration says, and makes those that are not there; or why not. On one
/// machine no keys are made beside a log that has records: they would be the wrong ones.
Result<Stores, StartFailure> open_stores(const Config& config);

}  // namespace pakashop::api
