#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "aggregates/settings.hpp"
#include "api/auth/failed_logins.hpp"
#include "api/auth/jwt.hpp"
#include "api/auth/keys.hpp"
#include "api/auth/password_queue.hpp"
#include "api/config.hpp"
#include "api/http/message.hpp"
#include "api/ports/callbacks.hpp"
#include "api/ports/proof_signer.hpp"
#include "api/ports/read_models.hpp"
#include "api/positions.hpp"
#include "handlers/commit_watch.hpp"
#include "handlers/engine.hpp"
#include "handlers/placing.hpp"
#include "handlers/ports/cluster.hpp"
#include "handlers/reference.hpp"
#include "handlers/settlement_run.hpp"
#include "projections/memory_tables.hpp"
#include "projections/rebuild.hpp"

namespace boost::asio {
class thread_pool;
}

namespace pakashop {
class MovableClock;
class TaxAuthority;
}  // namespace pakashop

namespace pakashop::api {

/// The run-time settings (CFG-06), resolved anew only when their stream has moved on: every command
/// asks for them. Safe from any thread.
class LiveSettings {
public:
    LiveSettings(Reference& reference, const Config& config)
        : reference_{reference}, config_{config} {}
    Settings now();

private:
    Reference& reference_;
    const Config& config_;
    std::mutex mutex_;
    std::shared_ptr<const pakashop::Config::State> chosen_;
    Settings resolved_;
};

/// What every route works with. Built once by compose.cpp; everything in it outlives the server.
struct App {
    const Config& config;
    MovableClock& clock;
    Engine& engine;
    PlacingDesk& placing;
    Vault& vault;
    Reference& reference;
    CommitWatch& watch;
    ReadModels& read_models;
    ReadProgress& progress;
    boost::asio::thread_pool& pool;
    /// For what may wait for a provider: one that hangs holds up nothing else.
    boost::asio::thread_pool& outside_pool;
    TokenSigner tokens;
    KeyRing client_keys;
    KeyRing internal_keys;
    PasswordQueue& passwords;
    Positions positions;
    Callbacks& callbacks;
    MobileMoney& money;
    TaxAuthority& tax;
    ProofSigner& proofs;
    /// ProcessRunner::when_acted: what follows at other keys from what is committed now.
    std::function<void(std::chrono::steady_clock::time_point, std::function<void(bool)>)> acted;
    /// One settlement run (api.md); blocks: call it on the pool.
    std::function<Result<SettlementResult, SettlementFailure>(const SettlementRequest&)> settle;
    /// Builds a read model anew, to compare or to swap; blocks.
    std::function<Result<model::RebuildReport, std::string>(const std::string&, bool)> rebuild;
    /// The nodes of the cluster and their leases; this one alone on one machine. Blocks.
    std::function<Result<ClusterView, pakashop::ReadFailure>()> cluster_view;
    /// ClusterSide::when_fresh; none on one machine, where nobody else decides anything.
    std::function<void(std::function<void(bool)>)> when_fresh;
    /// Whether somebody leads each partition.
    std::function<bool()> all_led;
    FailedLogins failed_logins;
    Digest login_key{};        ///< Turns an e-mail address into its login's stream.
    Digest fingerprint_key{};  ///< Keyed fingerprints of command bodies.
    Digest refresh_key{};      ///< Proves that a refresh token is one of ours.
    Digest cursor_key{};       ///< Proves that a list's cursor is one of ours.
    std::string openapi;       ///< Rendered once.
    http::Response docs;
    std::function<std::string()> metrics;

    LiveSettings live_settings;
    std::string asyncapi;  ///< Rendered once.

    /// The run-time settings as they are now (CFG-06). From any thread.
    Settings settings() { return live_settings.now(); }
};

}  // namespace pakashop::api
