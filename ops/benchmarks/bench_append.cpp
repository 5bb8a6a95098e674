#include <atomic>
#include <future>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "handlers/ask.hpp"
#include "ops/benchmarks/bench.hpp"
#include "ops/benchmarks/trade.hpp"

/// Commands through the shard as an order makes them: two holds at its products, the order itself
/// with its sealed address, and the sale of what was held. Decide, seal, hash, one synced batch,
/// witness, answer.
namespace pakashop::bench {
namespace {

constexpr std::uint64_t products = 2'000;
constexpr std::uint64_t buyers = 500;

/// Keeps so many commands under way until it is told to stop. Runs on the engine's thread.
class Load {
public:
    Load(Engine& engine, const Clock& clock) : engine_{engine}, clock_{clock} {}

    void begin(std::uint64_t waiting) {
        under_way_ = waiting;
        for (std::uint64_t i = 0; i < waiting; ++i) send();
    }
    /// No new command; returns when the last one is answered.
    void end() {
        stopping_ = true;
        done_.get_future().wait();
    }
    std::uint64_t answered() const { return answered_.load(std::memory_order_relaxed); }
    std::vector<float>& milliseconds() { return milliseconds_; }

private:
    void send() {
        Command command = next();
        command.reply = [this, began = steady_now()](const Outcome& outcome) {
            if (outcome.kind != Outcome::Kind::committed) give_up("a command was not committed");
            milliseconds_.push_back(static_cast<float>(1'000 * seconds_since(began)));
            answered_.fetch_add(1, std::memory_order_relaxed);
            if (!stopping_) return send();
            if (--under_way_ == 0) done_.set_value();
        };
        engine_.submit(std::move(command));
    }

    // Five commands an order. Since what is held is sold, the states stay those of a shop that
    // trades.
    Command next() {
        const std::uint64_t n = number_.fetch_add(1);
        const std::uint64_t order = n / 5;
        const std::uint64_t step = n % 5;
        const std::uint64_t product = (order * 7 + step % 3) % products;
        const Instant now = clock_.now();
        if (step == 2) return place_command(order, order % buyers, now);
        return step < 2 ? hold_command(order, product, now) : sell_command(order, product, now);
    }

    Engine& engine_;
    const Clock& clock_;
    std::atomic<std::uint64_t> number_{0};
    std::atomic<std::uint64_t> answered_{0};
    std::atomic<bool> stopping_{false};
    std::uint64_t under_way_ = 0;
    std::vector<float> milliseconds_;
    std::promise<void> done_;
};

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

// A buyer's first order makes a key, which is synced by itself; theirs are made before.
void make_keys(Vault& vault) {
    for (std::uint64_t n = 0; n < buyers; ++n) vault.seal({buyer_id(n).value}, "bench", "{}");
}

}  // namespace

int append(const Options& options) {
    std::filesystem::create_directories(options.data);
    constexpr std::size_t bytes_per_command = 1'024;
    const double sync = seconds_per_sync(options.data, options.waiting / 2 * bytes_per_command);
    Machine machine{options};
    offer_products(machine.engine(), machine.clock(), products);
    make_keys(machine.vault());
    const auto before = machine.engine().figures();
    Load load{machine.engine(), machine.clock()};
    load.milliseconds().reserve(options.seconds * 200'000);
    const auto began = steady_now();
    load.begin(options.waiting);
    std::this_thread::sleep_for(std::chrono::seconds{options.seconds});
    const double answered = static_cast<double>(load.answered());
    const double seconds = seconds_since(began);
    load.end();
    const auto after = machine.engine().figures();
    const auto events = static_cast<double>(after.events - before.events);
    Figure{"append"}
        .with("measured", answered / seconds)
        .with("p50_ms", percentile(load.milliseconds(), 0.50))
        .with("p99_ms", percentile(load.milliseconds(), 0.99))
        .with("waiting", static_cast<double>(options.waiting))
        .with("sync_ms", 1'000 * sync)
        .with("limit", static_cast<double>(options.waiting) / 2 / sync)
        .with("events_per_s", events / seconds)
        .print();
    return 0;
}

}  // namespace pakashop::bench
