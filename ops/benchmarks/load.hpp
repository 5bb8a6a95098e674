#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <vector>

#include "ops/benchmarks/bench.hpp"

namespace pakashop::bench {

/// What a load has measured.
struct LoadFigures {
    double per_second = 0;  ///< Commands answered.
    double p50_ms = 0;      ///< From when a command was due to its answer.
    double p99_ms = 0;
};

/// Commands as an order makes them: two holds at its products, the order itself with its sealed
/// address, and the sale of what was held. One load of a machine at a time.
class Load {
public:
    /// Puts the products on sale first.
    explicit Load(Machine& machine);

    /// Keeps so many commands under way for so long; returns when the last one is answered.
    LoadFigures run(std::uint64_t waiting, std::chrono::seconds time);
    /// Begins so many commands each second, whether or not earlier ones are answered.
    LoadFigures run_paced(double per_second, std::chrono::seconds time);

private:
    void send(SteadyTime due);
    void answered(SteadyTime due);
    Command next();
    void reset(std::uint64_t under_way, bool refill, double expected);
    LoadFigures figures(double count, double seconds);

    Engine& engine_;
    const Clock& clock_;
    std::atomic<std::uint64_t> number_{0};
    std::atomic<std::uint64_t> answered_{0};
    std::atomic<bool> refill_{false};  ///< An answered command is followed by another.
    std::atomic<std::uint64_t> under_way_{0};
    std::vector<float> milliseconds_;  ///< For the engine's thread while anything is under way.
    std::promise<void> done_;
};

}  // namespace pakashop::bench
