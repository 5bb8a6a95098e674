#include "ops/benchmarks/bench.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <future>
#include <thread>

#include <fmt/format.h>
#include <openssl/rand.h>
#include <sys/stat.h>

#include "adapters/kafka/kafka_log.hpp"
#include "adapters/rocksdb/rocksdb_replica.hpp"

namespace pakashop::bench {
namespace {

// A master key of this data directory's own; like a real one, nobody else may read it.
std::filesystem::path master_key_file(const Options& options) {
    const auto file = options.data / "master.key";
    if (std::filesystem::exists(file)) return file;
    Digest key{};
    require(RAND_bytes(key.data(), key.size()) == 1, "randomness is available");
    std::ofstream{file} << to_hex(key) << '\n';
    ::chmod(file.c_str(), S_IRUSR);
    return file;
}

}  // namespace

Figure::Figure(std::string_view name) : line_{fmt::format(R"({{"figure":"{}")", name)} {}

Figure& Figure::with(std::string_view name, double value) {
    line_ += fmt::format(R"(,"{}":{:.2f})", name, value);
    return *this;
}

Figure& Figure::with(std::string_view name, std::string_view text) {
    line_ += fmt::format(R"(,"{}":"{}")", name, text);
    return *this;
}

void Figure::print() const {
    fmt::print("{}}}\n", line_);
    std::fflush(stdout);
}

double seconds_since(SteadyTime began) {
    return std::chrono::duration<double>(steady_now() - began).count();
}

double percentile(std::vector<float>& samples, double share) {
    if (samples.empty()) return 0;
    const auto at = static_cast<std::ptrdiff_t>(static_cast<double>(samples.size() - 1) * share);
    std::nth_element(samples.begin(), samples.begin() + at, samples.end());
    return static_cast<double>(samples[static_cast<std::size_t>(at)]);
}

void give_up(const std::string& why) {
    fmt::print(stderr, "pakashop-bench: {}\n", why);
    std::exit(69);
}

std::unique_ptr<RocksDbKeyStore> open_keys(const Options& options) {
    std::filesystem::create_directories(options.data);
    RocksDbKeyStoreOptions keys;
    keys.directory = options.data / "keys";
    keys.master_key_file = master_key_file(options);
    auto opened = RocksDbKeyStore::open(std::move(keys));
    if (!opened) give_up("the keys do not open: " + opened.error().detail);
    return *std::move(opened);
}

Machine::Machine(const Options& options) : keys_{open_keys(options)}, vault_{*keys_} {
    options.brokers.empty() ? open_embedded(options) : open_kafka(options);
    engine_ = std::make_unique<Engine>(
        replicated_ ? *replicated_ : *log_, *store_, vault_, clock_, EngineOptions{}
    );
    processes_ = std::make_unique<ProcessRunner>(*engine_);
    processes_->attach();
    engine_->on_fatal([](const std::string& why) { give_up(why); });
    if (const auto started = engine_->start(); !started) give_up(started.error().text);
    processes_->resume_all();
}

Machine::~Machine() { engine_->stop(); }

void Machine::open_embedded(const Options& options) {
    RocksDbLogOptions log;
    log.directory = options.data / "log";
    log.generation = log_generation;
    log.partitions = static_cast<std::uint32_t>(options.partitions);
    log.on_failure = [](std::string_view problem) { fmt::print(stderr, "{}\n", problem); };
    auto opened = RocksDbLog::open(std::move(log));
    if (!opened) give_up("the log does not open: " + opened.error().detail);
    store_ = opened->get();
    log_ = *std::move(opened);
}

void Machine::open_kafka(const Options& options) {
    KafkaLogOptions log;
    log.kafka.brokers = options.brokers;
    log.generation = log_generation;
    log.partitions = static_cast<std::uint32_t>(options.partitions);
    log.allow_weak_topic = true;  // One broker is enough to measure one broker.
    log.on_failure = [](std::string_view problem) { fmt::print(stderr, "{}\n", problem); };
    auto opened = KafkaLog::open(std::move(log));
    if (!opened) give_up("the log does not open: " + opened.error().detail);
    RocksDbReplicaOptions replica;
    replica.directory = options.data / "replica";
    replica.generation = log_generation;
    replica.partitions = static_cast<std::uint32_t>(options.partitions);
    auto copy = RocksDbReplica::open(std::move(replica));
    if (!copy) give_up("the replica does not open: " + copy.error().detail);
    log_ = *std::move(opened);
    replica_ = *std::move(copy);
    replicated_ = std::make_unique<ReplicatedLog>(*log_, *replica_);
    store_ = replica_.get();
}

void Machine::settle() {
    const auto idle = [&] {
        std::promise<bool> promise;
        engine_->post([&] { promise.set_value(processes_->outstanding() == 0); });
        return promise.get_future().get();
    };
    while (!idle() || !idle()) std::this_thread::sleep_for(std::chrono::milliseconds{1});
}

std::unique_ptr<RocksDbLog> view_filled(const Options& options) {
    if (!std::filesystem::exists(options.data / "log")) fill(options);
    auto view = RocksDbLog::view(options.data / "log");
    if (!view) give_up("the log does not open: " + view.error().detail);
    return *std::move(view);
}

}  // namespace pakashop::bench
