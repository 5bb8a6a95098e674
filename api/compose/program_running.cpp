#include <csignal>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <spdlog/spdlog.h>

#include "api/compose/peer.hpp"
#include "api/compose/program.hpp"
#include "handlers/stream_loader.hpp"

/// From a program that is composed to one that runs, and its end.
namespace pakashop::api {
namespace {

constexpr std::size_t body_bytes_max = 1024 * 1024;
constexpr std::size_t webhook_bytes_max = 64 * 1024;
constexpr std::size_t commands_bytes_max = 64 * 1024 * 1024;
constexpr std::chrono::seconds drain_patience{10};

}  // namespace

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

Result<void, StartFailure> Program::check_name() {
    const auto other = cluster_ ? cluster_->namesake() : std::nullopt;
    if (!other) return {};
    return unexpected{StartFailure{
        exit_refuses,
        "node " + config_.node + " is running already, at " + *other +
            ": give this one a name of its own with --node or PAKASHOP_NODE"
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

}  // namespace pakashop::api
