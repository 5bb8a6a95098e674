#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "adapters/system/movable_clock.hpp"
#include "api/app.hpp"
#include "api/compose.hpp"
#include "api/compose/cluster.hpp"
#include "api/compose/duties.hpp"
#include "api/compose/providers.hpp"
#include "api/compose/read_side.hpp"
#include "api/compose/stores.hpp"
#include "api/gateway.hpp"
#include "api/http/server.hpp"
#include "handlers/effect_worker.hpp"
#include "handlers/process_runner.hpp"
#include "handlers/settlement_run.hpp"
#include "handlers/tax_figures.hpp"

namespace pakashop::api {

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
    static constexpr std::size_t pool_threads = 4;
    static constexpr std::size_t outside_threads = 4;

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

}  // namespace pakashop::api
