#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "aggregates/settings.hpp"
#include "api/auth/jwt.hpp"
#include "api/auth/keys.hpp"
#include "api/auth/password_queue.hpp"
#include "api/config.hpp"
#include "api/ports/read_models.hpp"
#include "api/positions.hpp"
#include "handlers/commit_watch.hpp"
#include "handlers/engine.hpp"
#include "handlers/reference.hpp"
#include "projections/memory_tables.hpp"

namespace boost::asio {
class thread_pool;
}

namespace pakashop {
class MovableClock;
class CallbackVerifier;
class TaxAuthority;
class SettlementRun;
class ProofSigner;
}  // namespace pakashop

namespace pakashop::api {

/// What every route works with. Built once by compose.cpp; everything in it outlives the server.
struct App {
    const Config& config;
    MovableClock& clock;
    Engine& engine;
    Vault& vault;
    Reference& reference;
    CommitWatch& watch;
    ReadModels& read_models;
    ReadProgress& progress;
    boost::asio::thread_pool& pool;
    TokenSigner tokens;
    KeyRing client_keys;
    KeyRing internal_keys;
    PasswordQueue& passwords;
    Positions positions;
    CallbackVerifier& callbacks;
    TaxAuthority& tax;
    SettlementRun& settlement;
    ProofSigner& proofs;
    Digest login_key{};        ///< Turns an e-mail address into its login's stream.
    Digest fingerprint_key{};  ///< Keyed fingerprints of command bodies.
    std::string openapi;       ///< Rendered once.
    std::function<std::string()> metrics;

    /// The run-time settings as they are now (CFG-06).
    Settings settings();
};

}  // namespace pakashop::api
