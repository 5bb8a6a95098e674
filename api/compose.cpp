#include "api/compose.hpp"

#include <csignal>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>
#include <spdlog/spdlog.h>

#include "adapters/system/movable_clock.hpp"
#include "api/app.hpp"
#include "api/compose/cluster.hpp"
#include "api/compose/duties.hpp"
#include "api/compose/peer.hpp"
#include "api/compose/providers.hpp"
#include "api/compose/read_side.hpp"
#include "api/compose/stores.hpp"
#include "api/documents.hpp"
#include "api/gateway.hpp"
#include "api/http/server.hpp"
#include "api/metrics.hpp"
#include "api/routes/routes.hpp"
#include "handlers/effect_worker.hpp"
#include "handlers/process_runner.hpp"
#include "handlers/settlement_run.hpp"
#include "handlers/stream_loader.hpp"
#include "handlers/tax_figures.hpp"

namespace pakashop::api {
namespace {

constexpr std::string_view version = "1.0.0";
constexpr std::size_t pool_threads = 4;
constexpr std::size_t outside_threads = 4;
constexpr std::size_t body_bytes_max = 1024 * 1024;
constexpr std::size_t webhook_bytes_max = 64 * 1024;
constexpr std::size_t commands_bytes_max = 64 * 1024 * 1024;
constexpr std::chrono::seconds drain_patience{10};

// Of a key that is never replaced: the log's streams are named with these, and the repeats it knows
// are told by them, for ever. No purpose has a '#', which every text that a PIN derives from has.
Digest derived_key(const Config& config, std::string_view purpose) {
    return hmac_sha256(config.pin_key.secret, purpose);
}

/// Everything that lives as long as the process does, in the order it is made.
class Program {
public:
    explicit Program(const Config& config) : config_{config} {}

    /// Everything up to the point where requests can be taken, or why that is not to be.
    Result<void, StartFailure> prepare();
    /// Takes requests until it is told to end; the exit code.
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
    Result<void, StartFailure> open();
    void build();
    void build_edge();
    Result<void, StartFailure> check_settings();
    Result<void, StartFailure> check_name();
    Result<void, StartFailure> start_engine();
    ReactorContext reactor_context();
    void start_background();
    Result<void, StartFailure> listen();
    std::size_t body_limit(const http::Request& head) const;
    Result<SettlementResult, SettlementFailure> settle(const SettlementRequest& request);
    bool clustered() const { return !stores_.log->exclusive(); }
    EngineOptions engine_options();
    void join();
    Result<ClusterView, pakashop::ReadFailure> cluster_view();

    const Config& config_;
    MovableClock clock_;
    Stores stores_;
    Providers providers_;

    std::unique_ptr<Engine> engine_;
    std::unique_ptr<PlacingDesk> placing_;
    std::unique_ptr<Reference> reference_;
    std::unique_ptr<CommitWatch> watch_;
    std::unique_ptr<ProcessRunner> processes_;
    TaxFigures tax_figures_;
    std::unique_ptr<ReadSide> read_side_;
    std::unique_ptr<EffectWorker> worker_;
    std::unique_ptr<ClusterSide> cluster_;
    std::unique_ptr<Duties> duties_;

    boost::asio::io_context io_{1};
    boost::asio::thread_pool pool_{pool_threads};
    boost::asio::thread_pool outside_pool_{outside_threads};
    std::unique_ptr<PasswordQueue> passwords_;
    std::unique_ptr<App> app_;
    std::unique_ptr<Gateway> gateway_;
    std::unique_ptr<http::Server> server_;
    std::function<void(std::uint16_t)> on_listening_;
    int exit_code_ = exit_done;
};

Result<void, StartFailure> Program::prepare() {
    if (auto opened = open(); !opened) return opened;
    build();
    if (auto good = read_side_->check_second_witness(); !good) return good;
    if (auto good = check_settings(); !good) return good;
    if (auto good = check_name(); !good) return good;
    return start_engine();
}

Result<void, StartFailure> Program::open() {
    auto stores = open_stores(config_);
    if (!stores) return unexpected{std::move(stores.error())};
    stores_ = *std::move(stores);
    auto providers = open_providers(config_, clock_);
    if (!providers) return unexpected{std::move(providers.error())};
    providers_ = *std::move(providers);
    return {};
}

EngineOptions Program::engine_options() {
    EngineOptions options;
    options.shard.pin_ttl = [this] { return app_->settings().delivery_pin_ttl; };
    if (!clustered()) return options;
    options.standby = true;
    options.may_lead = [this](PartitionId partition) { return cluster_->may_lead(partition); };
    options.forward = [this](Command command) { cluster_->forward(std::move(command)); };
    options.on_deposed = [this](PartitionId partition) { cluster_->deposed(partition); };
    options.on_frozen = [](PartitionId partition, const std::string& why) {
        SPDLOG_CRITICAL("alert code=partition_frozen partition={}: {}", partition, why);
    };
    return options;
}

void Program::build() {
    engine_ = std::make_unique<Engine>(
        stores_.engine_log(), *stores_.store, *stores_.vault, clock_, engine_options()
    );
    placing_ = std::make_unique<PlacingDesk>(*engine_);
    reference_ = std::make_unique<Reference>(*engine_);
    watch_ = std::make_unique<CommitWatch>(*engine_);
    processes_ = std::make_unique<ProcessRunner>(*engine_);
    reference_->attach();
    processes_->attach();
    read_side_ = std::make_unique<ReadSide>(
        config_,
        *stores_.log,
        *stores_.store,
        *stores_.vault,
        *engine_,
        pool_threads,
        clustered() ? std::function{[this] { return duties_->writes_rows(); }} : nullptr
    );
    duties_ = std::make_unique<Duties>(config_, *stores_.log, *read_side_, [this] {
        return reactor_context();
    });
    passwords_ = std::make_unique<PasswordQueue>();
    if (clustered()) join();
    build_edge();
    if (config_.has_role("reactors")) {
        worker_ = std::make_unique<EffectWorker>(
            reactor_context(), read_side_->effects(), read_side_->schedule()
        );
        worker_->attach();
    }
    watch_->attach();
    engine_->on_commit([this](const auto& commit) { tax_figures_.follow(*commit); });
    engine_->on_flush([this] { duties_->notify(); });
}

void Program::build_edge() {
    app_.reset(new App{
        .config = config_,
        .clock = clock_,
        .engine = *engine_,
        .placing = *placing_,
        .vault = *stores_.vault,
        .reference = *reference_,
        .watch = *watch_,
        .read_models = read_side_->reads(),
        .progress = read_side_->progress(),
        .pool = pool_,
        .outside_pool = outside_pool_,
        .tokens = TokenSigner{config_.jwt_secret, config_.jwt_secret_previous},
        .client_keys = KeyRing{{config_.client_key}},
        .internal_keys = KeyRing{{config_.internal_key}},
        .passwords = *passwords_,
        .positions = Positions{derived_key(config_, "positions"), config_.generation},
        .callbacks = *providers_.callbacks,
        .money = *providers_.money,
        .tax = *providers_.tax,
        .proofs = *providers_.proofs,
        .acted =
            [this](auto deadline, auto done) { processes_->when_acted(deadline, std::move(done)); },
        .settle = [this](const SettlementRequest& request) { return settle(request); },
        .rebuild =
            [this](const std::string& name, bool swap) { return read_side_->rebuild(name, swap); },
        .cluster_view = [this] { return cluster_view(); },
        .when_fresh = {},
        .all_led = [this] { return !cluster_ || cluster_->membership().all_led(); },
        .failed_logins = FailedLogins{{login_failures_max, login_failure_window}},
        .login_key = derived_key(config_, "login"),
        .fingerprint_key = derived_key(config_, "fingerprint"),
        .refresh_key = derived_key(config_, "refresh"),
        .cursor_key = derived_key(config_, "cursors"),
        .openapi = {},
        .docs = {},
        .metrics = {},
        .live_settings = {*reference_, config_},
        .asyncapi = asyncapi_document(version)
    });
    if (cluster_) {
        app_->when_fresh = [this](auto done) { cluster_->when_fresh(std::move(done)); };
    }
    gateway_ = std::make_unique<Gateway>(*app_, all_routes());
    app_->openapi = openapi_document(gateway_->routes().routes(), version);
    app_->docs = docs_page(gateway_->routes().routes(), version);
    app_->metrics = [this] {
        return render_metrics(
            engine_->figures(),
            gateway_->figures(),
            read_side_->runner().status(),
            read_side_->progress().lag(),
            worker_ ? worker_->figures() : std::vector<ProviderFigures>{},
            processes_->outstanding(),
            tax_figures_,
            duties_->egress_status()
        );
    };
}

Result<SettlementResult, SettlementFailure> Program::settle(const SettlementRequest& request) {
    const SettlementContext context{*engine_, *stores_.vault, *reference_, read_side_->schedule()};
    return run_settlement(context, request);
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
    if (!config_.production()) {
        clock_.advance_to(newest_record_time(*stores_.store, stores_.log->partitions()));
    }
    engine_->on_fatal([this](std::string reason) {
        SPDLOG_CRITICAL("stopping: {}", reason);
        exit_code_ = exit_try_again;
        end();
    });
    if (auto started = engine_->start(); !started) {
        const LeadFailure why = started.error().why;
        const bool never = why == LeadFailure::damaged || why == LeadFailure::moved;
        const int code = never ? exit_refuses : exit_try_again;
        return unexpected{StartFailure{code, std::move(started.error().text)}};
    }
    if (!cluster_) processes_->resume_all();
    return {};
}

void Program::join() {
    MembershipEvents events;
    events.on_lead = [this](PartitionId partition) {
        SPDLOG_INFO("leads partition {}", partition);
        processes_->resume(partition);
    };
    events.on_follow = [this](PartitionId partition) {
        SPDLOG_INFO("leads partition {} no more", partition);
        processes_->stop(partition);
    };
    events.on_duty = [this](const std::string& duty, bool begun) { duties_->change(duty, begun); };
    events.on_moved = [this](const std::string& text) {
        SPDLOG_CRITICAL("stopping: {}", text);
        exit_code_ = exit_try_again;
        end();
    };
    events.on_problem = [](const std::string& text) { SPDLOG_ERROR("cannot lead: {}", text); };
    cluster_ =
        std::make_unique<ClusterSide>(config_, *engine_, stores_.engine_log(), std::move(events));
    // A clock that tests moved forward elsewhere is not behind what it dated there.
    if (config_.production()) return;
    engine_->on_commit([this](const auto& commit) { clock_.advance_to(commit->at); });
}

Result<void, StartFailure> Program::check_name() {
    const auto other = cluster_ ? cluster_->namesake() : std::nullopt;
    if (!other) return {};
    return unexpected{StartFailure{
        exit_refuses,
        "node " + config_.node + " is running already, at " + *other +
            ": give this one a name of its own with --node or PAKASHOP_NODE"
    }};
}

Result<ClusterView, pakashop::ReadFailure> Program::cluster_view() {
    if (cluster_) return cluster_->view();
    ClusterView alone{{{config_.node, config_.advertised_address, true, {}, {}}}, {}};
    for (std::uint32_t i = 0; i < engine_->partitions(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        alone.leases.push_back({lease_of(partition), config_.node, config_.advertised_address});
    }
    return alone;
}

ReactorContext Program::reactor_context() {
    return {
        *engine_,
        *stores_.vault,
        *reference_,
        clock_,
        *providers_.money,
        *providers_.tax,
        *providers_.messenger,
        config_.pin_key,
        [this] { return app_->settings(); },
        [](const Notice& notice) { SPDLOG_WARN("notice code={} {}", notice.code, notice.text); },
        [this] {
            if (cluster_) cluster_->catch_up();
        }
    };
}

void Program::start_background() {
    // Also when PostgreSQL was away at the start: what it has seen of the log counts whenever it
    // comes back (2.5).
    read_side_->runner().on_halt([this](const std::string& reason) {
        SPDLOG_CRITICAL("stopping: the read models cannot follow this log: {}", reason);
        exit_code_ = exit_refuses;
        end();
    });
    if (read_side_->runs_here()) read_side_->runner().start();
    if (worker_) worker_->start();
    if (!cluster_) duties_->begin_alone(clock_.now());
}

// What other nodes pass on is taken from those who hold the key, and nobody else's memory is spent.
std::size_t Program::body_limit(const http::Request& head) const {
    const bool from_node = clustered() && head.path == peer_commands_path &&
                           app_->internal_keys.opens(head.header("x-internal-key"));
    if (from_node) return commands_bytes_max;
    const bool webhook = head.path.find("/webhook/") != std::string::npos;
    return webhook ? webhook_bytes_max : body_bytes_max;
}

Result<void, StartFailure> Program::listen() {
    http::Limits limits;
    limits.body_bytes_max = [this](const http::Request& head) { return body_limit(head); };
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
        const std::string where =
            config_.listen_address + ":" + std::to_string(config_.listen_port);
        return unexpected{
            StartFailure{exit_service_away, "cannot listen on " + where + ": " + problem.what()}
        };
    }
    return {};
}

int Program::run() {
    start_background();
    if (auto listening = listen(); !listening) {
        SPDLOG_CRITICAL("{}", listening.error().text);
        return listening.error().exit_code;
    }
    SPDLOG_INFO("listening on {}:{}", config_.listen_address, server_->port());
    if (cluster_) cluster_->start();
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
    if (!cluster_) duties_->end();
    if (worker_) {
        read_side_->effects().wake();
        worker_->stop();
    }
    pool_.join();
    outside_pool_.join();
    if (cluster_) cluster_->stop();
    read_side_->runner().stop();
    engine_->stop();
    if (cluster_) cluster_->leave();
}

}  // namespace

int serve(const Config& config) {
    spdlog::set_level(spdlog::level::from_str(config.log_level));
    for (const std::string& notice : config.notices) SPDLOG_INFO("{}", notice);
    Program program{config};
    if (auto ready = program.prepare(); !ready) {
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
    if (auto ready = program.prepare(); !ready) {
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
