#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include "handlers/ports/log.hpp"

namespace pakashop {

/// What is to be done about who leads a partition.
enum class Move : std::uint8_t {
    take_up,    ///< Lead it.
    hand_over,  ///< Lead it no more, and let its lease go.
    follow      ///< It is led no more; follow it.
};

/// Carries moves out one after the other, on a thread of its own: a log that hangs may hold one up
/// for seconds, and the node's leases are kept meanwhile. Safe from any thread.
class PartitionMoves {
public:
    using CarryOut = std::function<void(PartitionId, Move)>;

    explicit PartitionMoves(CarryOut carry_out) : carry_out_{std::move(carry_out)} {}
    ~PartitionMoves() { stop(); }
    PartitionMoves(const PartitionMoves&) = delete;
    PartitionMoves& operator=(const PartitionMoves&) = delete;

    void start();
    /// Ends after the move that is being carried out; the others are left. Idempotent.
    void stop();
    /// After those that were begun before.
    void begin(PartitionId partition, Move move);
    bool moving(PartitionId partition) const;
    std::size_t count(Move move) const;

private:
    void run();

    const CarryOut carry_out_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::pair<PartitionId, Move>> moves_;  ///< The first is being carried out.
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace pakashop
