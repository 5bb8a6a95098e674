#include "api/compose.hpp"

#include <thread>

#include <spdlog/spdlog.h>

#include "api/compose/program.hpp"

namespace pakashop::api {

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
