#include "handlers/follower.hpp"

#include <future>

namespace pakashop {
namespace {

constexpr std::size_t read_bytes = 1024uz * 1024;
constexpr std::chrono::milliseconds idle_pause{20};
constexpr std::chrono::milliseconds away_pause{500};

}  // namespace

Follower::Follower(
    Engine& engine,
    Log& log,
    Store& store,
    std::function<void(std::string)> on_damage
)
    : engine_{engine}, log_{log}, on_damage_{std::move(on_damage)} {
    for (std::uint32_t i = 0; i < log.partitions(); ++i) {
        next_.push_back(store.next_offset(static_cast<PartitionId>(i)));
    }
}

void Follower::start() {
    thread_ = std::thread{[this] { run(); }};
}

void Follower::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Follower::pause(std::chrono::milliseconds time) {
    std::unique_lock lock{mutex_};
    wake_.wait_for(lock, time, [this] { return stopping_; });
}

void Follower::run() {
    while (true) {
        {
            const std::lock_guard lock{mutex_};
            if (stopping_) return;
        }
        const auto some = follow_all();
        if (!some) {
            pause(away_pause);
        } else if (!*some) {
            caught_up_ = true;
            pause(idle_pause);
        }
    }
}

std::optional<bool> Follower::follow_all() {
    bool some = false;
    for (std::size_t i = 0; i < next_.size(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        const auto entries = log_.read(partition, next_[i], read_bytes);
        if (!entries && entries.error() == LogFailure::unavailable) return std::nullopt;
        if (!entries || !follow(partition, *entries)) {
            on_damage_("partition " + std::to_string(i) + ": the log cannot be followed");
            const std::lock_guard lock{mutex_};
            stopping_ = true;
            return false;
        }
        some = some || !entries->empty();
    }
    return some;
}

bool Follower::follow(PartitionId partition, std::span<const LogEntry> entries) {
    if (entries.empty()) return true;
    std::promise<bool> followed;
    engine_.post([&] { followed.set_value(engine_.follow(partition, entries).has_value()); });
    next_[partition] = entries.back().offset + 1;
    return followed.get_future().get();
}

}  // namespace pakashop
