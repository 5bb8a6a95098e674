#include <fcntl.h>
#include <unistd.h>

#include "ops/benchmarks/load.hpp"

/// Commands through the shard on this machine's disk: decide, seal, hash, one synced batch,
/// witness, answer.
namespace pakashop::bench {
namespace {

/// Seconds that one batch spends on this disk at the least: a log file that grows by `bytes` and is
/// synced, then a slot of a witness written through. Half of those waiting at each is the limit:
/// the other half is being decided and written meanwhile.
double seconds_per_sync(const std::filesystem::path& directory, std::size_t bytes) {
    constexpr int rounds = 300;
    const std::filesystem::path path = directory / "sync";
    const std::string content(bytes, 'x');
    const int log = ::open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
    const int slot = ::open((path.native() + ".slot").c_str(), O_CREAT | O_WRONLY | O_DSYNC, 0600);
    const auto began = steady_now();
    for (int i = 0; i < rounds; ++i) {
        const bool written = ::write(log, content.data(), bytes) == static_cast<ssize_t>(bytes) &&
                             ::fdatasync(log) == 0 && ::pwrite(slot, content.data(), 1'024, 0) > 0;
        if (!written) give_up("the disk cannot be written");
    }
    const double seconds = seconds_since(began) / rounds;
    ::close(log);
    ::close(slot);
    return seconds;
}

}  // namespace

int append(const Options& options) {
    std::filesystem::create_directories(options.data);
    constexpr std::size_t bytes_per_command = 1'024;
    const double sync = seconds_per_sync(options.data, options.waiting / 2 * bytes_per_command);
    Machine machine{options};
    Load load{machine};
    const auto before = machine.engine().figures();
    const LoadFigures figures = load.run(options.waiting, std::chrono::seconds{options.seconds});
    const auto after = machine.engine().figures();
    const auto events = static_cast<double>(after.events - before.events);
    const auto commits = static_cast<double>(after.commits - before.commits);
    Figure{"append"}
        .with("measured", figures.per_second)
        .with("p50_ms", figures.p50_ms)
        .with("p99_ms", figures.p99_ms)
        .with("waiting", static_cast<double>(options.waiting))
        .with("per_batch", commits / static_cast<double>(after.flushes - before.flushes))
        .with("sync_ms", 1'000 * sync)
        .with("limit", static_cast<double>(options.waiting) / 2 / sync)
        .with("events_per_s", events / static_cast<double>(options.seconds))
        .print();
    return 0;
}

}  // namespace pakashop::bench
