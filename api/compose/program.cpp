#include "api/compose/program.hpp"

#include <spdlog/spdlog.h>

#include "api/documents.hpp"
#include "api/metrics.hpp"
#include "api/routes/routes.hpp"

namespace pakashop::api {
namespace {

constexpr std::string_view version = "1.0.0";

// Of a key that is never replaced: the log's streams are named with these, and the repeats it knows
// are told by them, for ever. No purpose has a '#', which every text that a PIN derives from has.
Digest derived_key(const Config& config, std::string_view purpose) {
    return hmac_sha256(config.pin_key.secret, purpose);
}

}  // namespace

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

}  // namespace pakashop::api
