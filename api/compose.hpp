#pragma once

#include <functional>
#include <string>

#include "api/config.hpp"
#include "events/kernel/result.hpp"

namespace pakashop::api {

/// Why the program does not start, with the exit code that says so (api.md, "Starting").
struct StartFailure {
    int exit_code = 78;
    std::string text;
};

/// Exit codes of the program.
enum ExitCode : int {
    exit_done = 0,
    exit_usage = 64,
    exit_bad_data = 65,
    exit_service_away = 69,
    exit_try_again = 75,
    exit_refuses = 78
};

/// Runs the program until it is told to end (SIGTERM, SIGINT): the engine on the embedded log, the
/// read models, reactors, schedule and the HTTP API, by the configured roles. Returns the exit
/// code.
int serve(const Config& config);

/// Runs the program on a free port of the loopback interface for as long as `work` takes, without
/// reactors and schedule: for commands that need a server while none runs. `work` is told
/// host:port. Returns its result, or the exit code of a failed start; the configuration comes from
/// the environment.
int serve_briefly(const std::function<int(const std::string& listen)>& work);

}  // namespace pakashop::api
