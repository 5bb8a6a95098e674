#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/rocksdb/rocksdb_key_store.hpp"
#include "adapters/rocksdb/rocksdb_log.hpp"
#include "adapters/system/movable_clock.hpp"
#include "handlers/engine.hpp"
#include "handlers/process_runner.hpp"
#include "handlers/replicated_log.hpp"
#include "handlers/sealing.hpp"

/// The measurements inside one process. Each prints JSON lines `{"figure": …, "measured": …}` that
/// ops/benchmarks/table.py sets beside floor and goal; what else it says goes to stderr.
namespace pakashop::bench {

/// What the command line asked for.
struct Options {
    std::filesystem::path data;    ///< Made, and filled where a figure needs it, if not there.
    std::string listen;            ///< echo: HOST:PORT.
    std::string brokers;           ///< kafka: HOST:PORT,…; the log is there, and not on this disk.
    std::string database_url;      ///< rebuild: an empty database.
    std::uint64_t seconds = 10;    ///< append, kafka: how long.
    std::uint64_t waiting = 64;    ///< append, kafka: commands under way at any moment.
    std::uint64_t orders = 4'000;  ///< fill: whole lives.
    std::uint64_t threads = 2;     ///< replay: partitions are shared between so many.
    std::uint64_t partitions = 16;
};

/// One JSON line; numbers as they are, in the order given.
class Figure {
public:
    explicit Figure(std::string_view name);
    Figure& with(std::string_view name, double value);
    Figure& with(std::string_view name, std::string_view text);
    void print() const;

private:
    std::string line_;
};

using SteadyTime = std::chrono::steady_clock::time_point;
inline SteadyTime steady_now() { return std::chrono::steady_clock::now(); }
double seconds_since(SteadyTime began);

/// The value below which `share` of the samples lie; 0 for none. Sorts them.
double percentile(std::vector<float>& samples, double share);

/// Ends the program with a message: a benchmark has nobody to answer to.
[[noreturn]] void give_up(const std::string& why);

/// The generation of the log that is measured, and that of a topic nobody but the broker's own
/// tools writes to.
constexpr std::string_view log_generation = "bench-1";
constexpr std::string_view raw_generation = "bench-raw";

/// The log, keys and engine of a server, in this process, without HTTP and without reactors.
class Machine {
public:
    explicit Machine(const Options& options);
    ~Machine();
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    Engine& engine() { return *engine_; }
    Log& log() { return *log_; }
    Vault& vault() { return vault_; }
    const Clock& clock() const { return clock_; }
    /// Waits until every command of the processes is acknowledged.
    void settle();

private:
    void open_embedded(const Options& options);
    void open_kafka(const Options& options);

    MovableClock clock_;
    std::unique_ptr<RocksDbKeyStore> keys_;
    std::unique_ptr<Log> log_;
    std::unique_ptr<Replica> replica_;  ///< Of a log that lies elsewhere.
    std::unique_ptr<ReplicatedLog> replicated_;
    Store* store_ = nullptr;
    SealingVault vault_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<ProcessRunner> processes_;
};

/// Opens the keys of `--data`; makes them, and their master key, if they are not there.
std::unique_ptr<RocksDbKeyStore> open_keys(const Options& options);
/// A view of the log of `--data`, which is filled first if there is none.
std::unique_ptr<RocksDbLog> view_filled(const Options& options);

/// The figures; each returns an exit code.
int echo(const Options& options);
int append(const Options& options);
int kafka(const Options& options);
int fill(const Options& options);
int replay(const Options& options);
int rebuild(const Options& options);
int verify(const Options& options);

}  // namespace pakashop::bench
