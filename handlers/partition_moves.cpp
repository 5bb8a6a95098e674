#include "handlers/partition_moves.hpp"

#include <algorithm>

namespace pakashop {

void PartitionMoves::start() {
    thread_ = std::thread{[this] { run(); }};
}

void PartitionMoves::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void PartitionMoves::begin(PartitionId partition, Move move) {
    const std::lock_guard lock{mutex_};
    moves_.emplace_back(partition, move);
    wake_.notify_one();
}

bool PartitionMoves::moving(PartitionId partition) const {
    const std::lock_guard lock{mutex_};
    return std::ranges::any_of(moves_, [&](const auto& each) { return each.first == partition; });
}

std::size_t PartitionMoves::count(Move move) const {
    const std::lock_guard lock{mutex_};
    const auto same = [&](const auto& each) { return each.second == move; };
    return static_cast<std::size_t>(std::ranges::count_if(moves_, same));
}

void PartitionMoves::run() {
    std::unique_lock lock{mutex_};
    while (true) {
        wake_.wait(lock, [this] { return stopping_ || !moves_.empty(); });
        if (stopping_) return;
        const auto [partition, move] = moves_.front();
        lock.unlock();
        carry_out_(partition, move);
        lock.lock();
        moves_.pop_front();
    }
}

}  // namespace pakashop
