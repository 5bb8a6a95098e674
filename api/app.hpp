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
class Membership;
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
    boost::asio::thread_pool& peers;  ///< For `ask_peer` alone: a silent node holds up no query.
    TokenSigner tokens;
    KeyRing client_keys;
    KeyRing internal_keys;
    PasswordQueue& passwords;
    Positions positions;
    Callbacks& callbacks;
    TaxAuthority& tax;
    ProofSigner& proofs;
    /// ProcessRunner::when_acted: what follows at other keys from what is committed now.
    std::function<void(std::chrono::steady_clock::time_point, std::function<void(bool)>)> acted;
    /// One settlement run (api.md); blocks: call it on the pool.
    std::function<Result<SettlementResult, SettlementFailure>(const SettlementRequest&)> settle;
    /// Builds a read model anew, to compare or to swap; blocks.
    std::function<Result<model::RebuildReport, std::string>(const std::string&, bool)> rebuild;
    /// The nodes of the cluster; this one alone on one machine. Blocks.
    std::function<Result<std::vector<ClusterNode>, pakashop::ReadFailure>()> nodes;
    /// Sends a request to the node at host:port; nothing when there is no answer. Blocks.
    std::function<std::optional<http::Response>(const std::string&, const http::Request&)> ask_peer;
    const Membership* membership = nullptr;  ///< None on one machine, where it always leads.
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
