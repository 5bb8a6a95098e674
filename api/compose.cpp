#include "api/compose.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>
#include <spdlog/spdlog.h>

#include "adapters/pawapay/callbacks.hpp"
#include "adapters/pawapay/client.hpp"
#include "adapters/postgres/effects_queue.hpp"
#include "adapters/postgres/migrate.hpp"
#include "adapters/postgres/reads.hpp"
#include "adapters/postgres/rebuild_store.hpp"
#include "adapters/postgres/row_store.hpp"
#include "adapters/postgres/schedule_queue.hpp"
#include "adapters/rocksdb/rocksdb_key_store.hpp"
#include "adapters/rocksdb/rocksdb_log.hpp"
#include "adapters/system/ed25519_signer.hpp"
#include "adapters/system/movable_clock.hpp"
#include "adapters/whatsapp/client.hpp"
#include "adapters/zra/client.hpp"
#include "api/documents.hpp"
#include "api/gateway.hpp"
#include "api/http/server.hpp"
#include "api/metrics.hpp"
#include "api/routes/routes.hpp"
#include "handlers/effect_worker.hpp"
#include "handlers/process_runner.hpp"
#include "handlers/scheduler.hpp"
#include "handlers/sealing.hpp"
#include "handlers/settlement_run.hpp"
#include "handlers/stream_loader.hpp"
#include "handlers/tax_figures.hpp"
#include "projections/core.hpp"
#include "projections/runner.hpp"

namespace pakashop::api {
namespace {

/// The one generation of the embedded log; moving to another log begins a new one.
constexpr std::string_view generation = "pakashop-1";
constexpr std::string_view version = "1.0.0";
constexpr std::size_t pool_threads = 4;
constexpr std::size_t webhook_bytes_max = 64 * 1024;
constexpr std::chrono::seconds drain_patience{10};

std::int64_t real_time_ms() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

Digest derived_key(const Config& config, std::string_view purpose) {
    return hmac_sha256(bytes_of(config.jwt_secret), purpose);
}

/// The migrations are applied whenever the database is met anew, so one that was dropped and made
/// again fills up by itself.
class SelfMigratingStore final : public model::RowStore {
public:
    SelfMigratingStore(std::string url)
        : url_{url}, store_{postgres::RowStoreOptions{.url = std::move(url), .suffix = {}}} {}

    Result<std::vector<model::Checkpoint>, model::StoreFailure>
    checkpoints(std::string_view group, std::string_view of, std::uint32_t partitions) override {
        const auto done = postgres::migrate(url_, postgres::migrations());
        if (!done) {
            SPDLOG_WARN("read models are away: {}", done.error().detail);
            return unexpected{model::StoreFailure::unavailable};
        }
        return store_.checkpoints(group, of, partitions);
    }
    model::ApplyResult apply(
        std::string_view group,
        const model::ChangeSet& changes,
        std::span<const model::CheckpointMove> moves
    ) override {
        return store_.apply(group, changes, moves);
    }

private:
    std::string url_;
    postgres::RowStore store_;
};

/// What the api asks of the runner.
class RunnerProgress final : public ReadProgress {
public:
    /// `runs`: the runner is started here at all; else nothing ever becomes visible.
    RunnerProgress(model::Runner& runner, Engine& engine, bool runs)
        : runner_{runner}, engine_{engine}, runs_{runs} {}

    std::uint64_t position(PartitionId partition) const override {
        return runner_.position(partition);
    }
    void wait(
        PartitionId partition,
        std::uint64_t seq,
        std::chrono::steady_clock::time_point deadline,
        std::function<void(bool)> done
    ) override {
        if (runner_.position(partition) >= seq) return done(true);
        if (!available()) return done(false);
        runner_.wait_until(partition, seq, deadline, std::move(done));
    }
    bool available() const override {
        if (!runs_) return false;
        const auto health = runner_.status().health;
        return health == model::RunnerHealth::following || health == model::RunnerHealth::starting;
    }
    bool caught_up() const override { return runner_.status().caught_up; }
    std::uint64_t lag() const override {
        std::uint64_t behind = 0;
        for (std::uint32_t i = 0; i < engine_.partitions(); ++i) {
            const auto partition = static_cast<PartitionId>(i);
            const std::uint64_t durable = engine_.durable_seq(partition);
            behind += durable - std::min(durable, runner_.position(partition));
        }
        return behind;
    }

private:
    model::Runner& runner_;
    Engine& engine_;
    bool runs_;
};

StartFailure failure_of(const LogOpenFailure& failure) {
    const bool locked = failure.error == LogOpenError::locked;
    const bool away = failure.error == LogOpenError::unavailable;
    const int code = locked ? exit_try_again : away ? exit_service_away : exit_refuses;
    return {
        code,
        "the log does not open (" + std::string{name_of(failure.error)} + "): " + failure.detail
    };
}

std::optional<std::string> text_of_file(const std::string& path) {
    std::ifstream in{path};
    if (!in) return std::nullopt;
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

Result<std::shared_ptr<const pawapay::RequestSigner>, StartFailure> request_signer(
    const Config& config
) {
    if (config.pawapay_signing_key_file.empty()) return nullptr;
    const auto pem = text_of_file(config.pawapay_signing_key_file);
    auto key = pem ? pawapay::SigningKey::from_pem(*pem)
                   : unexpected{std::string{"the file cannot be read"}};
    if (!key)
        return unexpected{StartFailure{exit_refuses, "PAWAPAY_SIGNING_KEY_FILE: " + key.error()}};
    return std::make_shared<pawapay::RequestSigner>(
        pawapay::RequestSigner{*std::move(key), config.pawapay_signing_key_id}
    );
}

/// Everything that lives as long as the process does, in the order it is made.
class Program {
public:
    explicit Program(const Config& config) : config_{config} {}

    Result<void, StartFailure> open_stores();
    Result<void, StartFailure> open_providers();
    void build();
    Result<void, StartFailure> start_engine();
    Result<void, StartFailure> check_second_witness();
    Result<void, StartFailure> check_settings();
    int run();
    /// Told the port once requests are taken.
    void on_listening(std::function<void(std::uint16_t)> listener) {
        on_listening_ = std::move(listener);
    }
    /// Ends `run`. From any thread.
    void end() {
        boost::asio::post(io_, [this] { io_.stop(); });
    }
    void stop();

private:
    void build_edge();
    void start_background();
    Result<SettlementResult, SettlementFailure> settle(const SettlementRequest& request);
    Result<model::RebuildReport, std::string> rebuild(const std::string& name, bool swap);

    const Config& config_;
    MovableClock clock_;
    std::unique_ptr<RocksDbKeyStore> keys_;
    std::unique_ptr<RocksDbLog> log_;
    std::unique_ptr<SealingVault> vault_;
    std::unique_ptr<Ed25519Signer> proofs_;
    std::unique_ptr<pawapay::Client> money_;
    std::unique_ptr<pawapay::KeyDirectory> money_keys_;
    std::unique_ptr<pawapay::CallbackReader> callbacks_;
    std::unique_ptr<zra::Client> tax_;
    std::unique_ptr<whatsapp::Client> messenger_;

    std::unique_ptr<Engine> engine_;
    std::unique_ptr<PlacingDesk> placing_;
    std::unique_ptr<Reference> reference_;
    std::unique_ptr<CommitWatch> watch_;
    std::unique_ptr<ProcessRunner> processes_;
    TaxFigures tax_figures_;
    std::unique_ptr<SelfMigratingStore> rows_;
    std::unique_ptr<model::Runner> runner_;
    std::unique_ptr<RunnerProgress> progress_;
    std::unique_ptr<postgres::Reads> reads_;
    std::unique_ptr<postgres::EffectsQueue> effects_;
    std::unique_ptr<postgres::ScheduleQueue> schedule_;
    std::unique_ptr<EffectWorker> worker_;
    std::unique_ptr<Scheduler> scheduler_;

    boost::asio::io_context io_{1};
    boost::asio::thread_pool pool_{pool_threads};
    std::unique_ptr<PasswordQueue> passwords_;
    std::unique_ptr<App> app_;
    std::unique_ptr<Gateway> gateway_;
    std::unique_ptr<http::Server> server_;
    std::function<void(std::uint16_t)> on_listening_;
    int exit_code_ = exit_done;
};

Result<void, StartFailure> Program::open_stores() {
    std::error_code made;
    std::filesystem::create_directories(config_.data_dir, made);
    RocksDbKeyStoreOptions key_options;
    key_options.directory = config_.data_dir + "/keys";
    key_options.master_key_file = config_.personal_data_key_file;
    auto keys = RocksDbKeyStore::open(std::move(key_options));
    if (!keys) {
        const bool locked = keys.error().error == KeyStoreOpenError::locked;
        const std::string text = "the key store does not open: " + keys.error().detail;
        return unexpected{StartFailure{locked ? exit_try_again : exit_refuses, text}};
    }
    keys_ = *std::move(keys);
    RocksDbLogOptions log_options;
    log_options.directory = config_.log_dir;
    log_options.generation = generation;
    log_options.partitions = config_.partitions;
    log_options.free_bytes_min = static_cast<std::uint64_t>(config_.free_space_min_bytes);
    log_options.on_failure = [](std::string_view problem) {
        SPDLOG_CRITICAL("the log could not be written: {}", problem);
    };
    auto log = RocksDbLog::open(std::move(log_options));
    if (!log) return unexpected{failure_of(log.error())};
    log_ = *std::move(log);
    vault_ = std::make_unique<SealingVault>(*keys_);
    return {};
}

Result<void, StartFailure> Program::open_providers() {
    auto proofs = Ed25519Signer::from_file(config_.proof_key_file);
    if (!proofs) return unexpected{StartFailure{exit_refuses, "PROOF_KEY_FILE: " + proofs.error()}};
    proofs_ = *std::move(proofs);
    auto signer = request_signer(config_);
    if (!signer) return unexpected{signer.error()};
    const auto unix_now = [] { return real_time_ms() / 1000; };
    pawapay::ClientOptions money;
    money.base_url = config_.pawapay_base_url;
    money.token = config_.pawapay_api_key;
    money.signer = *signer;
    money.unix_now = unix_now;
    money_ = std::make_unique<pawapay::Client>(std::move(money));
    money_keys_ = std::make_unique<pawapay::KeyDirectory>(
        [this] { return money_->public_keys(); }, real_time_ms
    );
    pawapay::CallbackOptions callbacks{
        config_.pawapay_webhook_secret, config_.public_url, unix_now
    };
    if (!config_.production()) callbacks.moved_now = [this] { return clock_.now().ms / 1000; };
    callbacks_ = std::make_unique<pawapay::CallbackReader>(std::move(callbacks), *money_keys_);
    zra::ClientOptions tax;
    tax.base_url = config_.zra_url;
    tax.api_key = config_.zra_api_key;
    tax.client_id = config_.zra_client_id;
    tax.client_secret = config_.zra_client_secret;
    tax_ = std::make_unique<zra::Client>(std::move(tax));
    whatsapp::ClientOptions messages;
    messages.base_url = config_.whatsapp_base_url;
    messages.access_token = config_.whatsapp_access_token;
    messages.phone_number_id = config_.whatsapp_phone_number_id;
    messenger_ = std::make_unique<whatsapp::Client>(std::move(messages));
    return {};
}

void Program::build() {
    EngineOptions options;
    options.shard.pin_ttl = [this] { return app_->settings().delivery_pin_ttl; };
    engine_ = std::make_unique<Engine>(*log_, *log_, *vault_, clock_, std::move(options));
    placing_ = std::make_unique<PlacingDesk>(*engine_);
    reference_ = std::make_unique<Reference>(*engine_);
    watch_ = std::make_unique<CommitWatch>(*engine_);
    processes_ = std::make_unique<ProcessRunner>(*engine_);
    reference_->attach();
    processes_->attach();
    rows_ = std::make_unique<SelfMigratingStore>(config_.database_url);
    runner_ = std::make_unique<model::Runner>(*log_, *vault_, *rows_, model::core_projections());
    progress_ = std::make_unique<RunnerProgress>(
        *runner_, *engine_, config_.has_role("projections")
    );
    postgres::ReadsOptions reads;
    reads.url = config_.database_url;
    reads.connections_max = pool_threads;
    reads_ = std::make_unique<postgres::Reads>(std::move(reads));
    effects_ = std::make_unique<postgres::EffectsQueue>(config_.database_url);
    schedule_ = std::make_unique<postgres::ScheduleQueue>(config_.database_url);
    passwords_ = std::make_unique<PasswordQueue>();
    build_edge();
    watch_->attach();
    engine_->on_commit([this](const auto& commit) { tax_figures_.follow(*commit); });
    engine_->on_flush([this] { runner_->notify(); });
}

void Program::build_edge() {
    app_.reset(new App{
        .config = config_,
        .clock = clock_,
        .engine = *engine_,
        .placing = *placing_,
        .vault = *vault_,
        .reference = *reference_,
        .watch = *watch_,
        .read_models = *reads_,
        .progress = *progress_,
        .pool = pool_,
        .tokens = TokenSigner{config_.jwt_secret},
        .client_keys = KeyRing{{config_.client_key}},
        .internal_keys = KeyRing{{config_.internal_key}},
        .passwords = *passwords_,
        .positions = Positions{derived_key(config_, "positions")},
        .callbacks = *callbacks_,
        .tax = *tax_,
        .proofs = *proofs_,
        .settle = [this](const SettlementRequest& request) { return settle(request); },
        .rebuild = [this](const std::string& name, bool swap) { return rebuild(name, swap); },
        .failed_logins = FailedLogins{{login_failures_max, login_failure_window}},
        .login_key = derived_key(config_, "login"),
        .fingerprint_key = derived_key(config_, "fingerprint"),
        .refresh_key = derived_key(config_, "refresh"),
        .cursor_key = derived_key(config_, "cursors"),
        .openapi = {},
        .docs = {},
        .metrics = {},
        .live_settings = {*reference_, config_}
    });
    gateway_ = std::make_unique<Gateway>(*app_, all_routes());
    app_->openapi = openapi_document(gateway_->routes().routes(), version);
    app_->docs = docs_page(gateway_->routes().routes(), version);
    app_->metrics = [this] {
        return render_metrics(
            engine_->figures(),
            gateway_->figures(),
            runner_->status(),
            progress_->lag(),
            worker_ ? worker_->figures() : std::vector<ProviderFigures>{},
            processes_->outstanding(),
            tax_figures_
        );
    };
}

Result<SettlementResult, SettlementFailure> Program::settle(const SettlementRequest& request) {
    const SettlementContext context{*engine_, *vault_, *reference_, *schedule_};
    return run_settlement(context, request);
}

Result<model::RebuildReport, std::string> Program::rebuild(const std::string& name, bool swap) {
    const model::Projection* projection = model::find_projection(name);
    if (!projection) return unexpected{"there is no read model " + name};
    postgres::RebuildStore store{config_.database_url};
    model::RebuildOptions options;
    options.mode = swap ? model::RebuildMode::swap : model::RebuildMode::check;
    auto report = model::rebuild(*log_, *vault_, store, *projection, options);
    if (!report) return unexpected{report.error().detail};
    return *std::move(report);
}

// PostgreSQL has seen how far the log was: a log that is shorter or different lost history (2.5).
Result<void, StartFailure> Program::check_second_witness() {
    const auto migrated = postgres::migrated(config_.database_url, postgres::migrations());
    if (!migrated && migrated.error().kind == postgres::MigrateFailure::Kind::drift) {
        return unexpected{StartFailure{exit_refuses, "DATABASE_URL: " + migrated.error().detail}};
    }
    if (!migrated.value_or(false)) return {};
    const auto places = rows_->checkpoints("core", log_->generation(), log_->partitions());
    if (!places) {
        if (places.error() == model::StoreFailure::unavailable) return {};
        return unexpected{StartFailure{exit_refuses, "the read models followed another log"}};
    }
    for (const model::Checkpoint& checkpoint : *places) {
        const Place& place = checkpoint.state.place;
        if (place.seq == 0) continue;
        const auto head = log_->head_at(checkpoint.partition, place.seq);
        if (head && *head == place.head) continue;
        return unexpected{StartFailure{
            exit_refuses,
            "the log lost history: PostgreSQL has seen partition " +
                std::to_string(checkpoint.partition) + " up to position " +
                std::to_string(place.seq) + ", and the log does not lead there"
        }};
    }
    return {};
}

// What was chosen elsewhere may not be what production runs with: nobody is paid in play money.
Result<void, StartFailure> Program::check_settings() {
    if (!config_.production()) return {};
    const std::string& set = config_.feature_flags;
    const auto chosen = reference_->get<pakashop::Config>(stream_of<pakashop::Config>(set), set);
    const auto wrong = chosen_against_production(chosen);
    if (wrong.empty()) return {};
    return unexpected{StartFailure{
        exit_refuses,
        wrong.front() + " was chosen and is refused in production: change it outside production"
    }};
}

Result<void, StartFailure> Program::start_engine() {
    // A clock that tests moved forward must not fall behind what it dated before the restart.
    if (!config_.production()) clock_.advance_to(newest_record_time(*log_, log_->partitions()));
    engine_->on_fatal([this](std::string reason) {
        SPDLOG_CRITICAL("stopping: {}", reason);
        exit_code_ = exit_try_again;
        boost::asio::post(io_, [this] { io_.stop(); });
    });
    if (auto started = engine_->start(); !started) {
        const bool damaged = started.error().why == LeadFailure::damaged;
        const int code = damaged ? exit_refuses : exit_try_again;
        return unexpected{StartFailure{code, std::move(started.error().text)}};
    }
    processes_->resume();
    return {};
}

void Program::start_background() {
    ReactorContext context{
        *engine_,
        *vault_,
        *reference_,
        clock_,
        *money_,
        *tax_,
        *messenger_,
        config_.pin_key,
        [this] { return app_->settings(); },
        [](const Notice& notice) { SPDLOG_WARN("notice code={} {}", notice.code, notice.text); }
    };
    // Also when PostgreSQL was away at the start: what it has seen of the log counts whenever it
    // comes back (2.5).
    runner_->on_halt([this](const std::string& reason) {
        SPDLOG_CRITICAL("stopping: the read models cannot follow this log: {}", reason);
        exit_code_ = exit_refuses;
        boost::asio::post(io_, [this] { io_.stop(); });
    });
    if (config_.has_role("projections")) runner_->start();
    if (config_.has_role("reactors")) {
        worker_ = std::make_unique<EffectWorker>(context, *effects_, *schedule_);
        worker_->start();
    }
    if (config_.has_role("scheduler")) {
        scheduler_ = std::make_unique<Scheduler>(context, *schedule_);
        scheduler_->start();
    }
}

int Program::run() {
    start_background();
    http::Limits limits;
    limits.body_bytes_max = [](std::string_view path) {
        return path.find("/webhook/") != std::string_view::npos ? webhook_bytes_max
                                                                : std::size_t{1024 * 1024};
    };
    try {
        server_ = std::make_unique<http::Server>(
            io_,
            config_.listen_address,
            config_.listen_port,
            limits,
            [this](http::Request request) { return gateway_->handle(std::move(request)); },
            Gateway::refuse
        );
    } catch (const std::exception& problem) {
        SPDLOG_CRITICAL(
            "cannot listen on {}:{}: {}",
            config_.listen_address,
            config_.listen_port,
            problem.what()
        );
        return exit_service_away;
    }
    SPDLOG_INFO("listening on {}:{}", config_.listen_address, server_->port());
    if (on_listening_) on_listening_(server_->port());
    boost::asio::signal_set signals{io_, SIGTERM, SIGINT};
    signals.async_wait([this](const auto& error, int) {
        if (error) return;
        SPDLOG_INFO("ending: requests under way are answered first");
        auto drained = [this](std::exception_ptr, bool) { io_.stop(); };
        boost::asio::co_spawn(io_, server_->drain(drain_patience), drained);
    });
    io_.run();
    return exit_code_;
}

// In the reverse order of use: nothing that works may outlive what it works on.
void Program::stop() {
    server_.reset();
    if (scheduler_) scheduler_->stop();
    if (worker_) {
        effects_->wake();
        worker_->stop();
    }
    pool_.join();
    runner_->stop();
    engine_->stop();
}

Result<void, StartFailure> prepare(Program& program) {
    if (auto opened = program.open_stores(); !opened) return opened;
    if (auto opened = program.open_providers(); !opened) return opened;
    program.build();
    if (auto good = program.check_second_witness(); !good) return good;
    if (auto good = program.check_settings(); !good) return good;
    return program.start_engine();
}

}  // namespace

int serve(const Config& config) {
    for (const std::string& notice : config.notices) SPDLOG_INFO("{}", notice);
    Program program{config};
    if (auto ready = prepare(program); !ready) {
        SPDLOG_CRITICAL("{}", ready.error().text);
        return ready.error().exit_code;
    }
    const int code = program.run();
    program.stop();
    return code;
}

int serve_briefly(const std::function<int(const std::string& listen)>& work) {
    auto config = read_config(process_environment);
    if (!config) {
        for (const std::string& error : config.error()) SPDLOG_CRITICAL("{}", error);
        return exit_refuses;
    }
    config->listen_address = "127.0.0.1";
    config->listen_port = 0;
    config->roles = {"api", "commands", "projections"};
    Program program{*config};
    if (auto ready = prepare(program); !ready) {
        SPDLOG_CRITICAL("{}", ready.error().text);
        return ready.error().exit_code;
    }
    int result = exit_service_away;
    std::thread worker;
    program.on_listening([&](std::uint16_t port) {
        worker = std::thread{[&, port] {
            result = work("127.0.0.1:" + std::to_string(port));
            program.end();
        }};
    });
    program.run();
    if (worker.joinable()) worker.join();
    program.stop();
    return result;
}

}  // namespace pakashop::api
